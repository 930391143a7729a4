"""Files to hand in: whole or not at all, never over another, and where the student may write."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lessons import capstone, files, progress, report

pytestmark = pytest.mark.usefixtures("store", "small_bank")
ANSWERS = "kickback-answers-Ann.csv"


@pytest.fixture
def answered():
    for _ in range(3):
        progress.save("01-minimus", "check", 1, True)


def refuse(monkeypatch, folder, number):
    """Let nothing be written into a folder."""
    real = Path.open

    def opened(path, *args, **ways):
        if path.parent == Path(folder) and "r" not in (args or ["r"])[0]:
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *args, **ways)

    monkeypatch.setattr(Path, "open", opened)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_said_and_leaves_nothing_half(number, answered, tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(number, os.strerror(number))

    folder = tmp_path / "course"
    folder.mkdir()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError) as caught:
        report.write("Ann", folder)
    assert caught.value.strerror.startswith("the disk is full, or the space that you may use is used up")
    assert list(folder.iterdir()) == []


def test_a_file_that_grows_too_large_for_the_disk_is_not_left_behind(tmp_path):
    """With a real limit, in a process of its own: the name stands only on what is whole."""
    code = (
        "import resource, sys; from lessons import files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: files.write(sys.argv[1], 'a', '.csv', b'x' * 5000)\n"
        "except OSError as fault: print(fault.strerror)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("the disk is full") and not done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_nothing_that_stands_there_is_replaced(tmp_path, monkeypatch):
    assert files.write(tmp_path, "a", ".csv", b"first").name == "a.csv"
    assert files.write(tmp_path, "a", ".csv", b"first").name == "a.csv"
    (tmp_path / "a-2.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a-3.csv").mkdir()
    assert files.write(tmp_path, "a", ".csv", b"second").name == "a-4.csv"

    def without(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", without)  # as on a USB drive
    assert files.write(tmp_path, "a", ".csv", b"third").name == "a-5.csv"
    assert (tmp_path / "a.csv").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_course_of_another_user_takes_no_file_so_it_stands_where_the_student_may_write(
    number, answered, tmp_path, monkeypatch, tables
):
    home, course = tmp_path / "home", tmp_path / "course"
    home.mkdir(), course.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    refuse(monkeypatch, course, number)
    path = report.write("Ann", course)
    assert path == home / ANSWERS and report.read(home).students == 1
    assert files.elsewhere(path, course) == (
        f"The folder {course} cannot be written to, so the file stands in {home}."
    )
    assert capstone.write({"name": "Ann"}, tables, course) == home / "kickback-plan-Ann.html"
    home.rename(tmp_path / "gone")
    assert report.write("Ann", course) == progress.path().parent / ANSWERS
    monkeypatch.setenv("KICKBACK_PROGRESS", str(course / "progress.sqlite"))
    with pytest.raises(OSError) as caught:
        files.write(course, "a", ".csv", b"x")
    assert caught.value.strerror == "you may not write into this folder"


@pytest.mark.parametrize("name", ["🦵" * 80, "é" * 90, "a" * 300, "Ann\ud800", "../../etc/Ann"])
def test_any_name_gives_a_file_in_the_folder(name, answered, tmp_path):
    path = report.write(f"Ann {name}", tmp_path / ".")
    assert path.parent == tmp_path and len(os.fsencode(path.name)) < 255
    assert report.read(path).students == 1
