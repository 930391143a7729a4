"""What the notebooks import: the tables, the comparisons, the pictures and the panels.

`load()` gives the course's tables as DataFrames. Everything else is a module of its own, imported by name:
`from lessons import explore`.
"""

from lessons.tables import DataFault, Tables, load

__all__ = ["DataFault", "Tables", "load"]
