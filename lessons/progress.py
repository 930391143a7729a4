"""The student's own answers: saved at once, in one SQLite file on this computer, and never overwritten."""

import json
import os
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import platformdirs

COLUMNS = ["at", "question", "place", "attempt", "answer", "right", "misconceptions", "entry"]
# After so many right first tries in a row a question rests for so many days. The first step beyond a day is
# five: retrieval after five days holds better than after one (Cadaret & Yates 2018).
REST_DAYS = (0, 1, 5, 14, 30)
_VERSION = 1
_WAIT = 20  # seconds for another notebook to finish its own write
_TABLES = """
create table if not exists answers (
  entry text primary key, at text not null, question text not null, place text not null,
  attempt integer not null, answer text not null, right integer not null, misconceptions text not null);
create table if not exists drafts (
  entry text primary key, at text not null, name text not null, value text not null);
"""
_ANSWER = """insert or ignore into answers values (:entry, :at, :question, :place,
  1 + (select count(*) from answers where question = :question and place = :place),
  :answer, :right, :misconceptions)"""
_DRAFT = "insert or ignore into drafts values (:entry, :at, :name, :value)"
# A draft is kept at every pause in typing: the newest ones are enough to go back.
_TRIM = """delete from drafts where rowid not in (select rowid from (select rowid,
  row_number() over (partition by name order by at desc, rowid desc) as age from drafts) where age <= 200)"""
# What could not be written yet. It is shown like the rest, and tried again with the next answer.
_waiting: list[tuple[str, dict]] = []
_said: list[str] = []


class _Unwritten(Exception):
    """The store could not be used; the text tells the reader why and what to do."""


def path() -> Path:
    """Return the file of this student's answers; the variable KICKBACK_PROGRESS names another."""
    chosen = os.environ.get("KICKBACK_PROGRESS")
    return (
        Path(chosen)
        if chosen
        else Path(platformdirs.user_data_dir("kickback-lab", False)) / "progress.sqlite"
    )


def save(question: str, place: str, answer, right: bool, misconceptions=()) -> str:
    """Save one answer at once; return "" or, if that failed, a sentence for the reader.

    `place` says where it was given: predict, check, recall 03, vote, pre, post, verdict. An answer that could
    not be saved is kept and tried again with the next one.
    """
    return _write(
        _ANSWER,
        question=question,
        place=place,
        answer=json.dumps(answer, ensure_ascii=False),
        right=int(right),
        misconceptions=";".join(misconceptions),
    )


def keep(name: str, value) -> str:
    """Save a draft (any JSON value) under a name, beside its earlier ones; return as `save` does."""
    return _write(_DRAFT, name=name, value=json.dumps(value, ensure_ascii=False))


def kept(name: str):
    """Return the newest draft under a name; None if there is none."""
    found = [line for line in _read("drafts", ["at", "name", "value", "entry"]) if line["name"] == name]
    return json.loads(found[-1]["value"]) if found else None


def answers() -> pd.DataFrame:
    """Return every answer of this student, oldest first.

    Columns: `at` (UTC, ISO text), `question, place, attempt` (from 1), `answer` (JSON text), `right`,
    `misconceptions` (parted by ";"), `entry` (a unique name of the line).
    """
    found = pd.DataFrame(_read("answers", COLUMNS), columns=COLUMNS)
    return found.astype({"attempt": int, "right": bool})


def last(question: str, place: str):
    """Return the newest answer to a question in a place; None if it was not answered there."""
    found = [
        line for line in _read("answers", COLUMNS) if line["question"] == question and line["place"] == place
    ]
    return json.loads(found[-1]["answer"]) if found else None


def due(candidates: list[str], given: pd.DataFrame, now: datetime) -> list[str]:
    """Sort question ids by how much they need to be asked again; those that still rest are left out.

    First what was missed at the last first try, then what has rested longest beyond its time. Questions that
    were never answered are left out. `given` is as `answers` returns.
    """
    ranked = []
    tries = given[given["attempt"] == 1]
    for place, question in enumerate(candidates):
        own = tries[tries["question"] == question].sort_values("at")
        if own.empty:
            continue
        right_since = int(own["right"].iloc[::-1].cumprod().sum())
        rest = timedelta(days=REST_DAYS[min(right_since, len(REST_DAYS) - 1)])
        over = now - datetime.fromisoformat(own["at"].iloc[-1]) - rest
        if over >= timedelta(0):
            ranked.append((right_since > 0, -over, place, question))
    return [question for *_, question in sorted(ranked)]


def set_aside() -> Path | None:
    """Give the file of answers another name beside the old one and return it; None if there was no file."""
    file = path()
    return _renamed(file, "until") if file.exists() else None


def notices() -> list[str]:
    """Return, once each, the sentences about a damaged file that was set aside."""
    told, _said[:] = list(_said), []
    return told


def _write(statement: str, **line) -> str:
    _waiting.append((statement, line | {"entry": uuid.uuid4().hex, "at": _now()}))
    try:
        file = path()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise _Unwritten(f"the folder {file.parent} cannot be made ({fault.strerror})") from None
        _use(file, _flush)
    except _Unwritten as reason:
        return f"Not saved yet: {reason}. It stays on this page and is tried again with your next answer."
    return ""


def _flush(store: sqlite3.Connection) -> None:
    waiting = list(_waiting)
    with store:  # all or nothing
        store.execute("begin immediate")
        for one in (part for part in _TABLES.split(";") if part.strip()):
            store.execute(one)
        store.execute(f"pragma user_version = {_VERSION}")
        for statement, line in waiting:
            store.execute(statement, line)
        store.execute(_TRIM)
    del _waiting[: len(waiting)]


def _read(table: str, columns: list[str]) -> list[dict]:
    def ask(store: sqlite3.Connection) -> list[dict]:
        if not store.execute("select 1 from sqlite_master where name = ?", [table]).fetchone():
            return []
        lines = store.execute(f"select {', '.join(columns)} from {table} order by at, rowid")
        return [dict(zip(columns, line, strict=True)) for line in lines]

    file = path()
    try:
        found = _use(file, ask) if file.exists() else []
    except _Unwritten as reason:
        if str(reason) not in _said:
            _said.append(f"Earlier answers cannot be read: {reason}.")
        found = []
    own = [line for _, line in _waiting if set(columns) <= {*line, "attempt"}]
    return found + [{name: line.get(name, 1) for name in columns} for line in own]


def _use(file: Path, work):
    """Open the store, do the work and close it; a damaged file is set aside and a new one begun."""
    for last_time in (False, True):
        seen = _identity(file)
        try:
            with closing(sqlite3.connect(file, timeout=_WAIT, isolation_level=None)) as store:
                version = store.execute("pragma user_version").fetchone()[0]
                if version > _VERSION:
                    raise _Unwritten(
                        f"{file} was written by a newer version of the course and stays as it is"
                    )
                if not version and store.execute("select 1 from sqlite_master").fetchone():
                    raise _Unwritten(f"{file} belongs to another program and stays as it is")
                return work(store)
        except sqlite3.DatabaseError as fault:
            code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
            if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or last_time:
                raise _Unwritten(_reason(code, file, fault)) from None
            _set_aside(file, seen)


def _identity(file: Path):
    try:
        return file.stat().st_ino
    except OSError:
        return None


def _set_aside(file: Path, seen) -> None:
    """Give a damaged file another name, with its journal; not if another notebook has done so by now."""
    if _identity(file) != seen:
        return
    try:
        aside = _renamed(file, "damaged")
    except OSError as fault:
        raise _Unwritten(f"{file} is damaged and cannot be set aside ({fault.strerror})") from None
    _said.append(
        f"The file of your earlier answers was damaged. It was set aside, unchanged, as {aside}; "
        "a new one takes your answers from now on."
    )


def _renamed(file: Path, why: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = file.with_name(f"{file.stem}-{why}-{stamp}-{uuid.uuid4().hex[:6]}{file.suffix}")
    file.rename(aside)
    journal = file.with_name(file.name + "-journal")
    if journal.exists():
        journal.rename(aside.with_name(aside.name + "-journal"))
    return aside


def _reason(code: int, file: Path, fault: Exception) -> str:
    return {
        sqlite3.SQLITE_FULL: "the disk is full; make room",
        sqlite3.SQLITE_BUSY: "another notebook has been writing for too long; try again",
        sqlite3.SQLITE_READONLY: f"{file} is write-protected",
        sqlite3.SQLITE_CANTOPEN: f"{file} cannot be opened",
        sqlite3.SQLITE_PERM: f"{file} cannot be opened",
    }.get(code, f"{file} cannot be used ({fault})")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
