"""Handing in: whose answers they are, where the file stands, how it brings them to another computer."""

import errno
import os
from pathlib import Path

import pandas as pd
import pytest

from lessons import ask, progress, report

pytestmark = pytest.mark.usefixtures("store", "small_bank")


@pytest.fixture
def computer(tmp_path, monkeypatch):
    """Sit down at a computer with a store of its own."""

    def sit_down(name):
        monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / name / "progress.sqlite"))

    return sit_down


def press(form, name):
    return form.commit("name", name)["told"]


def words(told):
    return f"{told['head']} {told.get('note', '')}"


def test_another_name_is_written_only_at_the_second_press(tmp_path):
    ask.check("01-minimus").commit("01-minimus", 0)
    form = ask.export(folder=tmp_path)
    assert press(form, "Ann")["head"].startswith("Written: kickback-answers-Ann.csv")
    assert press(form, " ann ")["head"].startswith("Written"), "the same name needs no question"
    first = words(press(form, "Bob"))
    assert "handed in as ann, and the first is of" in first and "begin anew: ask.start_over()" in first
    assert not list(tmp_path.glob("*Bob*"))
    assert press(form, "Bob")["head"].startswith("Written: kickback-answers-Bob.csv")
    assert press(ask.export(folder=tmp_path), "Bob")["head"].startswith("Written"), "Bob is the name now"


def test_from_code_another_name_is_said_too(tmp_path, capsys):
    ask.check("01-minimus").commit("01-minimus", 0)
    ask.export("Ann", tmp_path)
    assert capsys.readouterr().out == ""
    assert ask.export("Bob", tmp_path) == tmp_path / "kickback-answers-Bob.csv"
    assert "These answers were handed in as Ann" in capsys.readouterr().out


def test_the_file_is_offered_as_a_download_even_where_none_can_be_written(tmp_path, monkeypatch):
    ask.check("01-minimus").commit("01-minimus", 0)
    form = ask.export(folder=tmp_path)
    told = press(form, "José")
    assert told["file"]["name"] == "kickback-answers-José.csv"
    written = (tmp_path / told["file"]["name"]).read_bytes()
    assert told["file"]["text"].encode() == written

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    told = press(ask.export(folder=tmp_path), "JOSÉ")
    assert told["head"] == (
        "Not written: the disk is full, or the space that you may use is used up; make room."
    )
    assert "Download the file" in told["note"] and told["file"]["text"].startswith("\ufeffstudent,store")
    with pytest.raises(ValueError, match="Not written: the disk is full"):
        ask.export("JOSÉ", tmp_path)


def test_a_hand_in_says_where_it_stands_instead_of_a_folder_of_another_user(tmp_path, monkeypatch, capsys):
    home, course = tmp_path / "home", tmp_path / "course"
    home.mkdir(), course.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    real = Path.open

    def refused(path, *args, **ways):
        if path.parent == course:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *args, **ways)

    monkeypatch.setattr(Path, "open", refused)
    ask.check("01-minimus").commit("01-minimus", 0)
    told = press(ask.export(folder=course), "Ann")
    assert f"It stands in {home}." in told["note"] and "cannot be written to" in told["note"]
    assert ask.export("Ann", course).parent == home
    assert f"the file stands in {home}" in capsys.readouterr().out


def test_answers_move_to_another_computer_and_stay_one_students(computer, tmp_path):
    folder = tmp_path / "handed in"
    folder.mkdir()
    computer("pc1")
    ask.check("01-minimus").commit("01-minimus", 0)
    ask.predict("01-percent").commit("01-percent", 3.5)
    path = ask.export("José", folder)
    computer("pc2")
    panel = ask.progress()
    said = ask.restore(path)
    assert (said.new, said.known, said.student) == (2, 0, "José")
    assert repr(said).startswith("2 answers of José came back from kickback-answers-José.csv.")
    assert "Run All Cells" in repr(said) and "plan of lesson 09" in repr(said)
    assert "You have answered 2 of" in panel.said, "what stands on the page follows"
    assert ask.predict("01-percent").states["01-percent"]["answer"] == 3.5
    ask.check("01-minimus").commit("01-minimus", 1)
    again = ask.restore(path)
    assert (again.new, again.known) == (0, 2) and "2 answers of the file were here already" in repr(again)
    ask.export("José", folder)
    handed = report.read(folder)
    assert handed.notes == () and handed.students == 1
    assert list(handed.answers["right"]) == [False, False, True]


def test_a_file_that_a_spreadsheet_saved_comes_back_whole(computer, tmp_path):
    computer("pc1")
    ask.predict("01-percent").commit("01-percent", 3.5)
    ask.check("01-holders").commit("01-holders", [0, 1])
    path = ask.export("José", tmp_path)
    saved = pd.read_csv(path, encoding="utf-8-sig", dtype=str).replace({"3.5": "3,5", "False": "FALSCH"})
    saved["at"] = "03.11.2026 10:00"
    saved.to_csv(path, sep=";", index=False, encoding="cp1252")
    computer("pc2")
    assert ask.restore(path).new == 2
    assert ask.predict("01-percent").states["01-percent"]["answer"] == 3.5
    assert ask.check("01-holders").states["01-holders"]["answer"] == [0, 1]


def test_what_cannot_be_brought_in_is_said_and_changes_nothing(computer, tmp_path):
    computer("pc1")
    ask.check("01-minimus").commit("01-minimus", 0)
    path = ask.export("Ann", tmp_path)
    computer("pc2")
    ask.check("01-minimus").commit("01-minimus", 1)
    ask.export("Bob", tmp_path / "pc2")
    cut = tmp_path / "cut.csv"
    cut.write_bytes(path.read_bytes()[:-4])
    both = tmp_path / "both"
    both.mkdir()
    for one in (path, tmp_path / "pc2" / "kickback-answers-Bob.csv"):
        (both / one.name).write_bytes(one.read_bytes())
    for file, said in (
        (path, "holds the answers of Ann; here stand those of Bob"),
        (cut, "cut.csv was skipped: it was cut short in row 2"),
        (both, "holds answers of Ann and Bob; name the file of one student"),
        (tmp_path / "nowhere.csv", "There is no"),
        (tmp_path / "pc1" / "progress.sqlite", "Nothing was brought in"),
    ):
        with pytest.raises(ValueError, match=said):
            ask.restore(file)
    assert list(progress.answers()["right"]) == [True]
