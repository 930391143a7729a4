"""Close what a cell showed when that cell runs again, so that a saved notebook holds each panel once.

Every widget that is not closed stays in the kernel and in the saved file, seen or not. JupyterLab tells which
cell runs. Without that (nbclient, Voila, a terminal) nothing is closed.
"""

import sys
import weakref
from collections.abc import Iterator

from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances as _living

_VIEW = "application/vnd.jupyter.widget-view+json"
# Each widget of the course with what shows it: ids of cells, and widgets that show it inside.
_shown_by: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


class ClosedOnRerun(Widget):
    """A widget that is closed, with all its parts, when the last cell or widget that showed it has ended.

    `_links` are parts that no trait holds. `_lent` are widgets inside that are not its own.
    """

    _links: tuple = ()
    _lent: tuple = ()

    def __init__(self, *args, **traits):
        super().__init__(*args, **traits)
        show(self, cell())

    def close(self) -> None:
        """Take the widget and its parts off the page."""
        if self.comm is None:
            return
        parts = list(_parts(self))
        super().close()
        self.__dict__.pop("_repr_mimebundle_", None)  # ipywidgets takes even the words of what is closed
        for part in parts:
            part.close()
        _end(self)

    def _repr_mimebundle_(self, **kwargs):
        show(self, cell())
        bundle = super()._repr_mimebundle_(**kwargs)
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle or {}
        return bundle if self.comm is not None else {key: bundle[key] for key in bundle if key != _VIEW}


def show(widget: Widget, holder) -> None:
    """Note that a cell, named by its id, or another widget shows this one, or those inside it."""
    if not holder:
        return
    if isinstance(widget, ClosedOnRerun):
        _shown_by.setdefault(widget, set()).add(holder)
        return
    for part in _parts(widget):
        if part in _shown_by:
            _shown_by[part].add(holder)


def watch() -> None:
    """Close the widgets of each cell that runs again; outside a notebook, do nothing."""
    shell = _shell()
    if shell is not None:
        shell.events.register("pre_run_cell", _before)


def _before(info) -> None:
    # What a cell's own code runs is no cell, and has no id.
    if getattr(info, "cell_id", None):
        _end(info.cell_id)


def _end(holder) -> None:
    """Close what is shown by nothing but a cell or a widget that has ended."""
    for widget, holders in list(_shown_by.items()):
        if holder in holders:
            holders.discard(holder)
            if not holders and not _stands_in_another(widget):
                widget.close()


def _stands_in_another(widget: Widget) -> bool:
    """Tell whether a box shows it, such as one of the reader's own: nobody knows when that ends."""
    return any(widget in getattr(box, "children", ()) for box in list(_living.values()))


def _parts(widget: Widget) -> Iterator[Widget]:
    """Give every part of a widget: its layout and styles, its children with theirs, its links."""
    seen, waiting = {widget}, [widget]
    while waiting:
        whole = waiting.pop()
        seen.update(getattr(whole, "_lent", ()))
        held = [getattr(whole, name) for name in whole.keys]
        for part in _widgets([*held, getattr(whole, "_links", ())]):
            if part not in seen:
                seen.add(part)
                waiting.append(part)
                yield part


def _widgets(value) -> Iterator[Widget]:
    if isinstance(value, Widget):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _widgets(one)


def cell() -> str | None:
    """Return the id of the cell that runs; None if none does, or if nobody tells its id."""
    shell = _shell()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    return (parent or {}).get("metadata", {}).get("cellId")


def _shell():
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
