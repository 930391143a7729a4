"""Say what to do when a cell needs another one that has not run, in place of a NameError's traceback."""

import os
import re
import sys
from pathlib import Path


def watch() -> None:
    """Answer every NameError of the notebook that runs here with a sentence; outside IPython, do nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((NameError,), _tell)


def _tell(shell, kind, fault, trace, tb_offset=None) -> list[str]:
    name = getattr(fault, "name", None)
    # What goes wrong inside a package is no matter of order.
    if not name or _innermost(trace).f_globals is not shell.user_global_ns or not _is_of_course():
        return _as_usual(shell, kind, fault, trace, tb_offset)
    lines = [
        f"{name} is not there yet: the cell that makes it has not run since this page was opened.",
        "Choose Run, then Run All Cells. (If you typed the name yourself, look at its spelling.)",
        f"If this stays, that cell is gone. {_bring_back()} gives the page back as it came; answers stay.",
    ]
    shell._showtraceback(kind, fault, ["\n".join(lines)])
    return lines


def _is_of_course() -> bool:
    """Tell whether the notebook takes anything from the lessons; one that cannot be read may.

    Where the lessons are installed, every kernel comes here.
    """
    try:
        text = Path(os.environ["JPY_SESSION_NAME"]).read_text(encoding="utf-8")
    except (KeyError, OSError, ValueError):
        return True
    # The second stands in every lesson, also when the cell that imports is gone.
    return re.search(r"\b(from|import) lessons\b|course\.py restore", text) is not None


def _bring_back() -> str:
    """Return the command that gives back the page that runs here; without its name if Jupyter keeps that."""
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).stem
    word = re.match(r"\d\d(?=_)|explorer$", name)
    return f"python3 course.py restore {word[0]}" if word else "python3 course.py restore"


def _innermost(trace):
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame


def _as_usual(shell, kind, fault, trace, tb_offset) -> list[str]:
    lines = shell.InteractiveTB.structured_traceback(kind, fault, trace, tb_offset=tb_offset)
    shell._showtraceback(kind, fault, lines)
    return lines
