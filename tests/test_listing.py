"""Copies and other notebooks beside the lessons are never taken for a lesson, and are named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import listing  # noqa: E402
import pack  # noqa: E402
import present  # noqa: E402
import refresh  # noqa: E402
from pack_page import Fault  # noqa: E402

from lessons import bank, load  # noqa: E402

COPIES = [
    "02_prime_movers-Copy1.ipynb",
    "02_prime_movers (1).ipynb",
    "02_prime_movers-checkpoint.ipynb",
    "00_start_here copy.ipynb",
    "Untitled.ipynb",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The notebooks as a reader leaves them: with copies, one of them before its lesson in every order."""
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    for name in COPIES:
        shutil.copy(folder / "02_prime_movers.ipynb", folder / name)
    return folder


def test_the_course_names_its_lessons(folder):
    ours, others = listing.parted(folder)
    assert [path.stem for path in ours] == [*bank.lessons(), "explorer"]
    assert sorted(path.name for path in others) == sorted(COPIES)
    assert all(name in listing.left_out(others) for name in COPIES)
    assert listing.left_out([]) == ""


@pytest.mark.parametrize("word", ["02", "2", "02_prime_movers"])
def test_a_lesson_is_shown_and_not_its_copy(folder, word):
    assert present.lesson(word, folder).name == "02_prime_movers.ipynb"


@pytest.mark.parametrize("name", [COPIES[0], "Untitled"])
def test_who_asks_for_a_copy_by_name_is_told_how_to_show_it(folder, name):
    with pytest.raises(Fault, match="is not a lesson of the course.*press Present"):
        present.lesson(name, folder)


def test_the_pack_and_refresh_take_the_lessons_only(folder, tmp_path, monkeypatch):
    made = pack.build(tmp_path / "pack", folder, ROOT / "lessons" / "plans", load())
    assert [name for name in made if "Copy" in name or "copy" in name or "Untitled" in name] == []
    monkeypatch.setattr(refresh, "NOTEBOOKS", folder)
    assert [path.stem for path in refresh.chosen([])] == [*bank.lessons(), "explorer"]
    assert refresh.chosen([str(folder / COPIES[0])]) == [folder / COPIES[0]]


def test_the_tests_leave_copies_out_and_name_them(folder):
    course = folder.parent
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, course)
    for name in ("lessons", "tools"):
        (course / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "notebooks"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True).stdout
    assert (
        "02_prime_movers.ipynb::" in said and "Untitled.ipynb::" not in said and "Copy1.ipynb::" not in said
    )
