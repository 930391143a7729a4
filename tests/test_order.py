"""What a cell says that needs another one: how to run it, and what to do when it is gone."""

import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lessons import order


@pytest.fixture
def said(monkeypatch):
    """What a shell shows of a cell that uses a name which is not there."""
    shell = InteractiveShell()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    order.watch()
    shown = []
    monkeypatch.setattr(shell, "_showtraceback", lambda kind, fault, lines: shown.append("\n".join(lines)))

    def run(code: str) -> str:
        shell.run_cell(code)
        return shown[-1]

    return run


@pytest.mark.parametrize(
    ("page", "command"),
    [
        ("notebooks/02_prime_movers.ipynb", "python3 course.py restore 02 "),
        ("explorer.ipynb", "python3 course.py restore explorer "),
        ("Untitled.ipynb", "python3 course.py restore gives"),
        ("", "python3 course.py restore gives"),
    ],
)
def test_a_cell_that_was_deleted_can_be_brought_back(said, monkeypatch, page, command):
    monkeypatch.setenv("JPY_SESSION_NAME", page)
    lines = said("explore.compare('a', 'b')").splitlines()
    assert (
        lines[0] == "explore is not there yet: the cell that makes it has not run since this page was opened."
    )
    assert lines[1].startswith("Choose Run, then Run All Cells.")
    assert lines[2].startswith("If this stays, that cell is gone.") and command in lines[2]


def test_what_goes_wrong_inside_a_package_is_shown_as_usual(said):
    assert "NameError" in said(
        "import types; m = types.ModuleType('m'); exec('def f(): return q', m.__dict__); m.f()"
    )
