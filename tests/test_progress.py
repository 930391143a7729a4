"""The student's answers: nothing is lost by a kill, a full disk, a damaged file or a second notebook."""

import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from lessons import progress

SAVE_MANY = """
import sys
from lessons import progress
name, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    said = progress.save(f"{name}-{number}", "check", {"chosen": number}, True)
    assert not said, said
    print(number, flush=True)
"""


def saver(store, name, count):
    own = os.environ | {"KICKBACK_PROGRESS": str(store)}
    command = [sys.executable, "-c", SAVE_MANY, name, str(count)]
    return subprocess.Popen(command, env=own, stdout=subprocess.PIPE, text=True)


def test_an_answer_is_there_for_the_next_reader(store):
    assert progress.answers().empty and not store.exists()
    assert progress.save("01-a", "check", [2, 0], False, ["minimus_drives_leg_back"]) == ""
    assert progress.save("01-a", "check", [1], True) == ""
    found = progress.answers()
    assert list(found["attempt"]) == [1, 2] and list(found["right"]) == [False, True]
    assert list(found["misconceptions"]) == ["minimus_drives_leg_back", ""]
    assert progress.last("01-a", "check") == [1]
    assert progress.last("01-a", "vote") is None


def test_the_newest_draft_counts_and_the_older_ones_stay(store):
    assert progress.kept("capstone") is None
    progress.keep("capstone", {"why": "because é"})
    progress.keep("capstone", {"why": "for another reason"})
    assert progress.kept("capstone") == {"why": "for another reason"}
    with sqlite3.connect(store) as opened:
        assert opened.execute("select count(*) from drafts").fetchone() == (2,)


def test_of_many_drafts_the_newest_two_hundred_stay(store):
    progress.keep("other", 1)
    for number in range(210):
        progress.keep("capstone", number)
    assert progress.kept("capstone") == 209 and progress.kept("other") == 1
    with sqlite3.connect(store) as opened:
        assert opened.execute(
            "select count(*), min(value) from drafts where name = 'capstone'"
        ).fetchone() == (
            200,
            "10",
        )


def test_two_processes_that_answer_at_once_lose_nothing(store):
    both = [saver(store, name, 100) for name in ("left", "right")]
    assert [one.wait(120) for one in both] == [0, 0]
    found = progress.answers()
    assert len(found) == found["question"].nunique() == 200


def test_killing_the_process_during_a_thousand_saves_leaves_a_readable_store(store):
    """Killed ten times at a random moment: what was reported as saved is there, and the file is sound."""
    reported, chance = 0, random.Random(3)
    for turn in range(10):
        process = saver(store, f"turn{turn}", 1000)
        # Some saves first, however slow the computer is, then a moment anywhere within the next ones.
        seen = [process.stdout.readline() for _ in range(chance.randint(10, 30))]
        time.sleep(chance.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        reported += len(seen) + len(process.stdout.read().splitlines())
        process.wait(20)
        with sqlite3.connect(store) as opened:
            assert opened.execute("pragma integrity_check").fetchone() == ("ok",)
        assert reported <= len(progress.answers()) <= reported + turn + 1
    assert reported > 100
    assert progress.notices() == []


@pytest.mark.parametrize("content", [b"this is no database, " * 90, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_set_aside_with_a_sentence_and_never_overwritten(store, content):
    store.parent.mkdir()
    store.write_bytes(content)
    assert progress.save("01-a", "check", 1, True) == ""
    (aside,) = store.parent.glob("progress-damaged-*.sqlite")
    assert aside.read_bytes() == content
    (said,) = progress.notices()
    assert said.startswith("The file of your earlier answers was damaged.") and str(aside) in said
    assert list(progress.answers()["question"]) == ["01-a"]
    assert progress.notices() == []


def test_a_file_damaged_in_its_middle_is_set_aside_as_soon_as_that_is_met(store):
    for number in range(400):
        progress.save(f"q{number}", "check", "x" * 200, True)
    whole = store.read_bytes()
    store.write_bytes(whole[:4096] + b"\xee" * (len(whole) - 4096))
    progress.answers()
    progress.save("after", "check", 1, True)
    assert "after" in set(progress.answers()["question"])
    assert [path for path in store.parent.iterdir() if "damaged" in path.name]


def test_an_answer_that_finds_no_room_stays_and_is_saved_with_the_next(store, monkeypatch):
    progress.save("first", "check", 1, True)
    real = sqlite3.connect

    def full(*args, **kwargs):
        opened = real(*args, **kwargs)
        pages = opened.execute("pragma page_count").fetchone()[0]
        opened.execute(f"pragma max_page_count = {pages}")
        return opened

    monkeypatch.setattr(progress.sqlite3, "connect", full)
    said = progress.save("second", "check", "x" * 20_000, True)
    assert said.startswith(
        "Not saved yet: the disk is full, or the space that you may use is used up; make room."
    )
    assert list(progress.answers()["question"]) == ["first", "second"], "it must stay on the page"
    monkeypatch.setattr(progress.sqlite3, "connect", real)
    assert progress.save("third", "check", 1, True) == ""
    with real(store) as opened:
        assert opened.execute("select question from answers order by at, rowid").fetchall() == [
            ("first",),
            ("second",),
            ("third",),
        ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_folder_that_cannot_be_made_is_said(store, monkeypatch):
    monkeypatch.setenv("KICKBACK_PROGRESS", "/dev/full/progress.sqlite")
    said = progress.save("01-a", "check", 1, True)
    assert said.startswith("Not saved yet: the folder /dev/full cannot be made")


def test_a_store_of_another_program_or_a_newer_course_stays_as_it_is(store):
    store.parent.mkdir()
    with sqlite3.connect(store) as opened:
        opened.execute("create table recipes (name text)")
    opened.close()
    before = store.read_bytes()
    assert "belongs to another program and stays as it is" in progress.save("01-a", "check", 1, True)
    assert store.read_bytes() == before
    with sqlite3.connect(store) as opened:
        opened.execute("pragma user_version = 9")
    opened.close()
    assert "was written by a newer version of the course" in progress.save("01-a", "check", 1, True)


def test_without_the_variable_the_answers_live_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("KICKBACK_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = progress.path()
    assert path.name == "progress.sqlite" and path.parent.name == "kickback-lab"
    if sys.platform == "linux":
        assert path.is_relative_to(tmp_path)


def test_starting_over_sets_the_file_aside(store):
    assert progress.set_aside() is None
    progress.save("01-a", "check", 1, True)
    before = store.read_bytes()
    aside = progress.set_aside()
    assert aside.read_bytes() == before and progress.answers().empty
    shutil.rmtree(store.parent)


def tried(*lines):
    frame = pd.DataFrame(lines, columns=["question", "days", "right"])
    now = datetime(2026, 3, 1, tzinfo=UTC)
    frame["at"] = [(now - timedelta(days=days)).isoformat() for days in frame["days"]]
    return frame.assign(attempt=1, place="check").sort_values("at"), now


def test_what_was_missed_comes_first_then_what_has_rested_longest():
    given, now = tried(("old", 9, True), ("older", 20, True), ("missed", 2, False), ("fresh", 0.5, True))
    assert progress.due(["old", "older", "missed", "fresh", "never"], given, now) == [
        "missed",
        "older",
        "old",
    ]


def test_a_question_rests_longer_each_time_it_was_right_and_a_miss_begins_anew():
    given, now = tried(("a", 8, True), ("a", 4, True), ("b", 8, True), ("b", 4, False), ("b", 2, True))
    assert progress.due(["a", "b"], given, now) == ["b"], "right twice rests five days, right once one day"


def at(monkeypatch, text):
    monkeypatch.setattr(progress, "_now", lambda: f"{text}T10:00:00.000+00:00")


def test_what_was_written_last_counts_whatever_the_clock_said(store, monkeypatch):
    at(monkeypatch, "2026-12-01")
    progress.save("01-a", "check", "written first", False)
    for number in range(201):
        progress.keep("capstone", number)
    at(monkeypatch, "2026-11-01")
    progress.save("01-a", "check", "written last", True)
    assert progress.keep("capstone", "written last") == ""
    assert progress.last("01-a", "check") == "written last" and progress.kept("capstone") == "written last"
    found = progress.answers()
    assert list(found["attempt"]) == [1, 2] and list(found["right"]) == [False, True]
    with sqlite3.connect(store) as opened:
        kept = opened.execute("select value from drafts order by rowid").fetchall()
    assert len(kept) == 200 and kept[0] == ("2",) and kept[-1] == ('"written last"',)


def test_a_question_that_was_missed_in_the_future_is_due(store, monkeypatch):
    for question, right in (("missed", False), ("right", True)):
        at(monkeypatch, "2031-01-01")
        progress.save(question, "check", 1, right)
    at(monkeypatch, "2026-01-01")
    progress.save("right", "recall 02", 1, True)
    now = datetime(2026, 1, 9, tzinfo=UTC)
    assert progress.due(["right", "missed"], progress.answers(), now) == ["missed", "right"]
    undated = progress.answers().assign(at="sometime in May")
    assert progress.due(["right", "missed"], undated, now) == ["missed", "right"]


def test_a_store_knows_whose_answers_it_holds(store, monkeypatch):
    assert progress.owner() == progress.Owner(path=store) and not store.exists()
    at(monkeypatch, "2026-11-03")
    progress.save("01-a", "check", 1, True)
    assert progress.name_owner("Ann") == ""
    first = progress.owner()
    assert (first.name, first.since[:10], first.path) == ("Ann", "2026-11-03", store) and len(first.id) == 32
    assert set(progress.answers()["store"]) == {first.id}
    at(monkeypatch, "2026-11-04")
    progress.name_owner("Bob")
    assert progress.owner() == progress.Owner(first.id, "Bob", first.since, store, count=1)
    progress.set_aside()
    progress.save("01-a", "check", 1, True)
    assert progress.owner().id != first.id and progress.owner().name == ""


def test_a_store_of_an_older_course_gets_an_id_and_the_older_course_still_reads_it(store):
    store.parent.mkdir()
    line = ("e", "2026-11-03T10:00:00.000+00:00", "01-a", "check", 1, "0", 1, "")
    with sqlite3.connect(store) as opened:
        for statement in progress._TABLES.split(";")[:2]:
            opened.execute(statement)
        opened.execute("pragma user_version = 1")
        opened.execute("insert into answers values (?, ?, ?, ?, ?, ?, ?, ?)", line)
    opened.close()
    assert list(progress.answers()["question"]) == ["01-a"] and progress.owner().id == ""
    progress.save("01-b", "check", 1, True)
    assert set(progress.answers()["store"]) == {progress.owner().id} != {""}
    with sqlite3.connect(store) as opened:
        assert opened.execute("pragma user_version").fetchone() == (1,)
        assert [column[1] for column in opened.execute("pragma table_info(answers)")] == [
            *("entry", "at", "question", "place", "attempt", "answer", "right", "misconceptions")
        ]


def test_a_student_who_moves_to_a_new_computer_stays_one_student(store, monkeypatch, tmp_path):
    progress.save("01-a", "check", [1], False, ["minimus_drives_leg_back"])
    progress.save("01-a", "check", [0], True)
    moved = progress.answers()
    old = progress.owner().id
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "new computer" / "progress.sqlite"))
    assert progress.restore(moved) == (2, "")
    pd.testing.assert_frame_equal(progress.answers(), moved)
    assert progress.owner().id == old and progress.last("01-a", "check") == [0]
    assert progress.restore(moved) == (0, ""), "the same answers again"


def test_restored_answers_stand_behind_those_of_this_store_and_keep_their_origin(
    store, monkeypatch, tmp_path
):
    progress.save("01-a", "check", "there", True)
    there, moved = progress.owner().id, progress.answers()
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "other" / "progress.sqlite"))
    progress.save("01-a", "check", "here", False)
    assert progress.restore(moved.assign(attempt=7, at="2020-01-01T00:00:00+00:00")) == (1, "")
    found = progress.answers()
    assert list(found["attempt"]) == [1, 2] and list(found["store"]) == [progress.owner().id, there]
    assert progress.last("01-a", "check") == "there" and progress.owner().id != there
    count, why = progress.restore(pd.DataFrame([{"question": 7, "entry": None}, {"answer": "no JSON"}]))
    assert (count, why) == (0, "")


def test_several_threads_that_save_at_once_lose_nothing(store):
    """JupyterLab may run a widget's messages beside the cell that runs."""
    said = []

    def work(name):
        said.extend(progress.save(f"{name}-{number}", "check", number, True) for number in range(50))

    threads = [threading.Thread(target=work, args=[name]) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite3.connect(store) as opened:
        (count,) = opened.execute("select count(distinct question) from answers").fetchone()
    assert said == [""] * 400 and count == 400 and len(progress.answers()) == 400


def change_rows(store, *statements):
    """Do to a store what only another program would."""
    opened = sqlite3.connect(store, isolation_level=None)
    for statement in statements:
        opened.execute(*([statement] if isinstance(statement, str) else statement))
    opened.close()


@pytest.mark.parametrize(
    ("statement", "is_left_out"),
    [
        ("update answers set answer = '{no JSON' where question = '01-b'", True),
        (f"update answers set answer = '{'[' * 5000}' where question = '01-b'", True),
        ("update answers set answer = x'fffe00' where question = '01-b'", True),
        ("update answers set right = 'perhaps' where question = '01-b'", True),
        ("update answers set question = x'ff' where question = '01-b'", True),
        ("update answers set entry = null where question = '01-b'", True),
        ("update answers set attempt = 'second' where question = '01-b'", False),
        ("update answers set at = x'00', misconceptions = x'ff' where question = '01-b'", False),
        ("update answers set answer = cast(x'2261ff22' as text) where question = '01-b'", False),
    ],
)
def test_a_stored_line_that_holds_no_answer_is_left_out_and_the_rest_is_there(store, statement, is_left_out):
    for question in ("01-a", "01-b", "01-c"):
        progress.save(question, "check", question, True)
    change_rows(store, statement)
    found = list(progress.answers()["question"])
    assert found == (["01-a", "01-c"] if is_left_out else ["01-a", "01-b", "01-c"])
    assert (
        progress.last("01-c", "check") == "01-c" and (progress.last("01-b", "check") is None) == is_left_out
    )
    said = progress.notices()
    assert len(said) == is_left_out and all("left out here" in one and str(store) in one for one in said)
    assert progress.save("01-d", "check", 1, True) == "" and not progress.notices(), "said once"


def test_a_draft_that_cannot_be_read_gives_way_to_the_one_before(store):
    progress.keep("capstone", "whole")
    progress.keep("capstone", "half")
    change_rows(store, "update drafts set value = '\"half' where value = '\"half\"'")
    assert progress.kept("capstone") == "whole" and "It stays in" in progress.notices()[0]


def test_a_schema_that_cannot_be_read_is_a_damaged_file(store):
    progress.save("01-a", "check", 1, True)
    whole = store.read_bytes()
    for old, new in ((b"create table answers", b"cr\xffate table answers"), (b"question", b"questi\xf6n")):
        at = whole.lower().index(old)
        store.write_bytes(whole[:at] + new + whole[at + len(new) :])
        damaged = store.read_bytes()
        assert progress.answers().empty and progress.kept("capstone") is None
        (said,) = progress.notices()
        (aside,) = [path for path in store.parent.glob("progress-damaged-*") if str(path) in said]
        assert aside.read_bytes() == damaged
        assert progress.save("01-a", "check", 1, True) == ""


def raising(fault):
    def act(*_args, **_kwargs):
        raise fault

    return act


@pytest.mark.parametrize(
    ("where", "name", "fault"),
    [
        (Path, "exists", PermissionError(13, "Permission denied")),
        (Path, "stat", PermissionError(13, "Permission denied")),
        (progress, "path", RuntimeError("Could not determine home directory.")),
        (progress, "path", PermissionError(13, "Permission denied")),
        (progress.sqlite3, "connect", sqlite3.InterfaceError("bad")),
    ],
)
def test_a_place_that_may_not_be_looked_at_is_said(store, monkeypatch, where, name, fault):
    progress.save("01-a", "check", 1, True)
    monkeypatch.setattr(where, name, raising(fault))
    assert progress.answers().empty and progress.last("01-a", "check") is None
    assert progress.kept("capstone") is None
    (said,) = progress.notices()
    assert said.startswith("Earlier answers cannot be read: ") and "KICKBACK_PROGRESS" in said
    assert progress.save("01-a", "check", 2, True).startswith("Not saved yet: ")
    assert progress.owner().trouble and progress.owner().id == ""
    assert progress.restore(pd.DataFrame())[1].startswith("Not restored: ")
    with pytest.raises(ValueError, match="Your answers stay where they are: "):
        progress.set_aside()


def test_a_folder_and_a_relative_path_are_taken_or_named(store, monkeypatch, tmp_path):
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path))
    assert f"{tmp_path} is a folder, not a file" in progress.save("01-a", "check", 1, True)
    monkeypatch.setenv("KICKBACK_PROGRESS", "here.sqlite")
    monkeypatch.chdir(tmp_path)
    assert progress.save("01-b", "check", 1, True) == "" and progress.owner().path == tmp_path / "here.sqlite"
    assert list(progress.answers()["question"]) == ["01-a", "01-b"], "what waited went with the next"
    monkeypatch.setenv("KICKBACK_PROGRESS", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert progress.path().is_absolute() and progress.path().name == "progress.sqlite"


FULL = "Not saved yet: the disk is full, or the space that you may use is used up; make room."
SAVE_UNDER_A_LIMIT = """
import resource
from lessons import progress
assert not progress.save("first", "check", 1, True)
size = progress.path().stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
print(progress.save("second", "check", "x" * 100_000, True))
"""


@pytest.mark.skipif(os.name == "nt", reason="this system has no limit on a file's size")
def test_a_limit_on_the_size_of_a_file_is_a_full_disk(store):
    own = os.environ | {"KICKBACK_PROGRESS": str(store)}
    command = [sys.executable, "-c", SAVE_UNDER_A_LIMIT]
    said = subprocess.run(command, env=own, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.startswith(FULL)
    assert list(progress.answers()["question"]) == ["first"]


class Refusing(sqlite3.Connection):
    """A connection whose first write fails as a quota, a full disk or a network home would have it."""

    code = 0

    def execute(self, statement, *values):
        if statement.startswith("begin"):
            fault = sqlite3.OperationalError("disk I/O error")
            fault.sqlite_errorcode = self.code
            raise fault
        return super().execute(statement, *values)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, FULL),
        (sqlite3.SQLITE_IOERR_WRITE, FULL),
        (sqlite3.SQLITE_IOERR_FSYNC, FULL),
        (sqlite3.SQLITE_IOERR_LOCK, "network that cannot lock files"),
        (sqlite3.SQLITE_PROTOCOL, "network that cannot lock files"),
    ],
)
def test_every_way_to_have_no_room_or_no_lock_has_its_sentence(store, monkeypatch, code, words):
    progress.save("first", "check", 1, True)
    real = sqlite3.connect
    monkeypatch.setattr(Refusing, "code", code)
    monkeypatch.setattr(
        progress.sqlite3, "connect", lambda *args, **ways: real(*args, **ways, factory=Refusing)
    )
    assert words in progress.save("second", "check", 1, True)
    monkeypatch.setattr(progress.sqlite3, "connect", real)
    assert progress.save("third", "check", 1, True) == "" and len(progress.answers()) == 3


@pytest.mark.skipif(os.name == "nt", reason="this system has no such quota")
def test_a_quota_that_takes_no_new_folder_is_a_full_disk(store, monkeypatch):
    monkeypatch.setattr(Path, "mkdir", raising(OSError(errno.EDQUOT, "Disk quota exceeded")))
    assert progress.save("first", "check", 1, True).startswith(FULL)


def test_a_locked_store_is_waited_for_once_and_what_was_answered_is_saved_when_it_is_free(store, monkeypatch):
    monkeypatch.setattr(progress, "_WAIT", 0.4)
    progress.save("first", "check", 1, True)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("begin exclusive")
    begun = time.monotonic()
    for _ in range(10):
        assert progress.last("first", "check") is None
    said = progress.save("second", "check", 1, True)
    assert time.monotonic() - begun < 2
    assert (
        "Another notebook may still be writing" in said and "network" in said and "KICKBACK_PROGRESS" in said
    )
    assert len(progress.notices()) == 1 and list(progress.answers()["question"]) == ["second"]
    other.execute("rollback")
    other.close()
    assert list(progress.answers()["question"]) == ["first", "second"]
    with sqlite3.connect(store) as opened:
        assert opened.execute("select count(*) from answers").fetchone() == (2,), "a reader writes what waits"


def test_what_waits_belongs_to_the_store_that_is_set_aside(store, monkeypatch):
    monkeypatch.setattr(progress, "_WAIT", 0.1)
    progress.save("first", "check", 1, True)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("begin exclusive")
    progress.save("second", "check", 1, True)
    with pytest.raises(ValueError, match="Your answers stay where they are"):
        progress.set_aside()
    other.close()
    aside = progress.set_aside()
    with sqlite3.connect(aside) as opened:
        assert opened.execute("select count(*) from answers").fetchone() == (2,)
    assert progress.answers().empty


def test_a_draft_can_be_made_from_the_newest_that_is_stored(store):
    assert progress.change("capstone", lambda stored: {"goal": "a"} if stored is None else stored) == ""
    assert progress.change("capstone", lambda stored: stored | {"client": "b"}) == ""
    assert progress.kept("capstone") == {"goal": "a", "client": "b"}


def test_half_an_emoji_does_not_keep_what_comes_after_from_being_saved(store):
    assert progress.save("01-a", "check", "leg \ud83e", True) == "" and progress.name_owner("\udc80") == ""
    assert progress.last("01-a", "check") == "leg \ufffd" and progress.save("01-b", "check", 1, True) == ""
