"""What the notebooks import: the tables, the comparisons, the pictures and the panels.

`load()` gives the course's tables as DataFrames. Everything else is a module of its own, imported by name:
`from lessons import explore`.
"""

from lessons import order

__all__ = ["DataFault", "Tables", "load"]

order.watch()


def __getattr__(name: str):
    # A kernel imports this package as it starts; pandas can wait for the first cell.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lessons import tables

    return getattr(tables, name)
