"""The student's own answers: saved at once, in one SQLite file on this computer, and never overwritten."""

import atexit
import json
import os
import sqlite3
import threading
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import platformdirs

from lessons.answer_file import ELSEWHERE, AnswerFile, Unusable

COLUMNS = ["at", "question", "place", "attempt", "answer", "right", "misconceptions", "entry", "store"]
# After so many right first tries in a row a question rests for so many days. The first step beyond a day is
# five: retrieval after five days holds better than after one (Cadaret & Yates 2018).
REST_DAYS = (0, 1, 5, 14, 30)
_VERSION = 1
_WAIT = 5  # seconds for another notebook to finish its own write
_KEPT_DRAFTS = 200
_TABLES = """
create table if not exists answers (
  entry text primary key, at text not null, question text not null, place text not null,
  attempt integer not null, answer text not null, right integer not null, misconceptions text not null);
create table if not exists drafts (
  entry text primary key, at text not null, name text not null, value text not null);
create table if not exists about (key text primary key, value text not null);
create table if not exists restored (entry text primary key, store text not null);
"""
_TABLE_COLUMNS = {
    "answers": ["entry", "at", "question", "place", "attempt", "answer", "right", "misconceptions"],
    "drafts": ["entry", "at", "name", "value"],
    "about": ["key", "value"],
    "restored": ["entry", "store"],
}
_ANSWER = """insert or ignore into answers values (:entry, :at, :question, :place,
  1 + (select count(*) from answers where question = :question and place = :place),
  :answer, :right, :misconceptions)"""
_DRAFT = "insert or ignore into drafts values (:entry, :at, :name, :value)"
_ABOUT = "insert or replace into about values (:key, :value)"
# A draft is kept at every pause in typing: the newest ones are enough to go back. Newest is what was written
# last, whatever the clock said.
_TRIM = f"""delete from drafts where rowid not in (select rowid from (select rowid,
  row_number() over (partition by name order by rowid desc) as age from drafts)
  where age <= {_KEPT_DRAFTS})"""
_UNREAD = "unread"
_NOTHING = object()  # what a text that is no JSON holds: JSON has a None of its own


@dataclass(frozen=True)
class Owner:
    """Whose answers a store holds.

    `id` is drawn once for each store, "" while there is none; `name` the last that answers were handed in
    under; `since` when the first answer was given (ISO text); `path` the file, None if it has no place;
    `count` how many answers there are. A store that cannot be read says why in `trouble`.
    """

    id: str = ""
    name: str = ""
    since: str = ""
    path: Path | None = None
    trouble: str = ""
    count: int = 0


@dataclass(frozen=True)
class _Line:
    """One line to be written; `merge` makes a draft's value from the newest one that is stored."""

    statement: str
    values: dict
    merge: Callable | None = None


# What could not be written yet. It is shown like the rest, and tried again with the next answer.
_waiting: list[_Line] = []
_said: list[str] = []
_told: set[tuple[str, str]] = set()
# Forms of this kernel: each is emptied when the answers that it shows are set aside.
_followers: weakref.WeakSet = weakref.WeakSet()
# JupyterLab may run a widget's messages in a second thread: one at a time may use the store and the queue.
_lock = threading.RLock()


def path() -> Path:
    """Return the file of this student's answers; the variable KICKBACK_PROGRESS names another.

    Raises OSError or RuntimeError where the system names no folder for it.
    """
    chosen = os.environ.get("KICKBACK_PROGRESS", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(platformdirs.user_data_dir("kickback-lab", False)) / "progress.sqlite"


def save(question: str, place: str, answer, right: bool, misconceptions=()) -> str:
    """Save one answer at once; return "" or, if that failed, a sentence for the reader.

    `place` says where it was given: predict, check, recall 03, vote, pre, post, verdict. An answer that could
    not be saved is kept and tried again with the next one.
    """
    return _write(
        _ANSWER,
        question=question,
        place=place,
        answer=_json(answer),
        right=int(right),
        misconceptions=";".join(misconceptions),
    )


def keep(name: str, value) -> str:
    """Save a draft (any JSON value) under a name, beside its earlier ones; return as `save` does."""
    return _write(_DRAFT, name=name, value=_json(value))


def change(name: str, merge: Callable) -> str:
    """Save the draft that `merge` makes of the newest one under a name; return as `save` does.

    `merge` gets the newest draft, None if there is none. Nothing else can be written between the two.
    """
    return _write(_DRAFT, merge, name=name)


def kept(name: str):
    """Return the newest draft under a name that can be read; None if there is none."""
    with _lock:
        newest = _read(lambda store: _newest_draft(store, name), None)
        for line in list(_waiting):
            if line.statement == _DRAFT and line.values["name"] == name:
                newest = line.merge(newest) if line.merge else json.loads(line.values["value"])
    return newest


def answers() -> pd.DataFrame:
    """Return every answer of this student, in the order in which they were written.

    Columns: `at` (UTC, ISO text), `question, place, attempt` (from 1), `answer` (JSON text), `right`,
    `misconceptions` (parted by ";"), `entry` (a unique name of the line), `store` (the id of the store in
    which it was given). A line that cannot be read is left out and stays in the file.
    """
    frame = pd.DataFrame(_answers(), columns=COLUMNS)
    # Counted here: what is stored is not trusted, and what waits has no number yet.
    frame["attempt"] = frame.groupby(["question", "place"]).cumcount() + 1
    return frame.astype({"attempt": int, "right": bool})


def last(question: str, place: str):
    """Return the newest answer to a question in a place; None if it was not answered there."""
    return next(iter(given(place).get(question, [])), None)


def given(place: str, since: str = "") -> dict[str, list]:
    """Return what was answered in a place, by question, the newest answer first.

    `since` names the line (its `entry`) up to which everything is left out.
    """
    found: dict[str, list] = {}
    for line in reversed(_answers()):
        if line["entry"] == since:
            break
        if line["place"] == place:
            found.setdefault(line["question"], []).append(json.loads(line["answer"]))
    return found


def owner() -> Owner:
    """Return whose answers this store holds; see `Owner`."""
    with _lock:
        try:
            file = _file()
            about = file.use(_about, _said.append) if file.exists else {}
        except Unusable as reason:
            return Owner(path=_path_or_none(), trouble=f"Earlier answers cannot be read: {reason}.")
        lines = _answers()
        about |= {line.values["key"]: line.values["value"] for line in _waiting if line.statement == _ABOUT}
    since = lines[0]["at"] if lines else ""
    return Owner(about.get("store", ""), about.get("name", ""), since, file.path, count=len(lines))


def name_owner(name: str) -> str:
    """Save the name that this store's answers are handed in under; return as `save` does."""
    return _write(_ABOUT, key="name", value=_storable(name))


def restore(rows: pd.DataFrame) -> tuple[int, str]:
    """Add answers (columns as `answers` returns) behind those that are there, in the frame's order.

    Lines whose `entry` is there already, and lines that hold no answer, are left out. Returns how many were
    new, and "" or a sentence that says why none could be written. A store without any answer takes over the
    id of the store that the answers come from, so that a student who moves stays one student.
    """
    lines = [line for row in rows.to_dict("records") if (line := _readable({"store": ""} | row))]
    count = 0

    def add(store: sqlite3.Connection) -> None:
        nonlocal count
        count = _restore(store, lines)

    with _lock:
        try:
            _put(add)
        except Unusable as reason:
            return 0, f"Not restored: {reason}."
    return count, ""


def due(candidates: list[str], given: pd.DataFrame, now: datetime) -> list[str]:
    """Sort question ids by how much they need to be asked again; those that still rest are left out.

    First what was missed at the last first try, then what has rested longest beyond its time. Questions that
    were never answered are left out. `given` is as `answers` returns. A try that is dated in the future, or
    not at all, has rested long enough: a clock that was wrong must not put a question off for good.
    """
    ranked = []
    tries = given[given["attempt"] == 1]
    for place, question in enumerate(candidates):
        own = tries[tries["question"] == question]
        if own.empty:
            continue
        right_since = int(own["right"].iloc[::-1].cumprod().sum())
        rest = timedelta(days=REST_DAYS[min(right_since, len(REST_DAYS) - 1)])
        tried = when(own["at"].iloc[-1])
        over = now - tried - rest if tried and tried <= now else timedelta(0)
        if over >= timedelta(0):
            ranked.append((right_since > 0, -over, place, question))
    return [question for *_, question in sorted(ranked)]


def when(text) -> datetime | None:
    """Return the time that a line is dated with, in UTC where it names no zone; None if it is no time."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def set_aside() -> Path | None:
    """Give the file of answers another name beside the old one and return it; None if there was no file.

    What waits to be saved is written first: it belongs to the old file. Then the forms that follow
    are emptied.
    Raises ValueError, with a sentence, where the file cannot be written or renamed.
    """
    with _lock:
        try:
            if _waiting:
                _put()
            file = _file()
            aside = file.rename("until") if file.exists else None
        except Unusable as reason:
            raise ValueError(f"Your answers stay where they are: {reason}.") from None
        except OSError as fault:
            raise ValueError(f"{path()} cannot be given another name ({fault.strerror}).") from None
    for form in list(_followers):
        form.empty()
    return aside


def follow(form) -> None:
    """Have a form emptied, by its method `empty`, whenever the answers that it shows are set aside."""
    _followers.add(form)


def say(sentence: str, subject: str = "") -> None:
    """Tell the reader a sentence with the next form; once for a store and subject, by itself the sentence."""
    key = (str(_path_or_none()), subject or sentence)
    with _lock:
        if key not in _told:
            _said.append(sentence)
        if _path_or_none():
            _told.add(key)


def unsaved() -> bool:
    """Return whether something could not be written yet."""
    return bool(_waiting)


def notices() -> list[str]:
    """Return, once each, the sentences about what is wrong with the stored answers."""
    with _lock:
        told, _said[:] = list(dict.fromkeys(_said)), []
    return told


def _write(statement: str, merge: Callable | None = None, **values) -> str:
    values |= {"entry": uuid.uuid4().hex, "at": _now()}
    with _lock:
        _waiting.append(_Line(statement, values, merge))
        try:
            _put()
        except Unusable as reason:
            return f"Not saved yet: {reason}. It stays on this page and is tried again with your next answer."
    return ""


def _put(more: Callable | None = None) -> None:
    """Write what waits and then `more`, all or nothing; the queue is emptied only once all is written."""

    def work(store: sqlite3.Connection) -> None:
        with store:
            store.execute("begin immediate")
            for statement in (part for part in _TABLES.split(";") if part.strip()):
                store.execute(statement)
            store.execute(f"pragma user_version = {_VERSION}")
            store.execute("insert or ignore into about values ('store', ?)", [uuid.uuid4().hex])
            for line in _waiting:
                values = line.values
                if line.merge:
                    newest = _newest_draft(store, values["name"])
                    values = values | {"value": _json(line.merge(newest))}
                    if values["value"] == _json(newest):
                        continue
                store.execute(line.statement, values)
            if more:
                more(store)
            store.execute(_TRIM)

    file = _file()
    file.make_folder()
    _used(file, work)
    _waiting.clear()


@atexit.register
def _try_once_more() -> None:
    """Write what still waits when Python ends: a lock or a full disk may have gone since."""
    with suppress(Unusable):
        if _waiting:
            _put()


def _restore(store: sqlite3.Connection, lines: list[dict]) -> int:
    (is_new,) = store.execute("select not exists (select 1 from answers)").fetchone()
    origins = {line["store"] for line in lines}
    if is_new and len(origins) == 1 and "" not in origins:
        store.execute(_ABOUT, {"key": "store", "value": origins.pop()})
    (own,) = store.execute("select value from about where key = 'store'").fetchone()
    count = 0
    for line in lines:
        if store.execute(_ANSWER, line).rowcount > 0:
            count += 1
            if line["store"] != own:
                store.execute("insert or replace into restored values (:entry, :store)", line)
    return count


def _answers() -> list[dict]:
    """Return the answers that can be read, in the order of writing, with those that wait at the end."""
    with _lock:
        lines, own = _read(_stored_answers, ([], ""))
        waiting = [line.values for line in _waiting if line.statement == _ANSWER]
    found = [_readable(line) for line in lines]
    lost = found.count(None)
    if lost:
        some = (
            "1 earlier answer cannot be read and is"
            if lost == 1
            else f"{lost} earlier answers cannot be read and are"
        )
        say(f"{some} left out here. What is there stays in {_named()}.")
    return [line for line in found if line] + [line | {"store": own} for line in waiting]


def _stored_answers(store: sqlite3.Connection) -> tuple[list[dict], str]:
    if not _has(store, "answers"):
        return [], ""
    columns = _TABLE_COLUMNS["answers"]
    own = _about(store).get("store", "")
    origin = dict(store.execute("select entry, store from restored")) if _has(store, "restored") else {}
    lines = [
        dict(zip(columns, line, strict=True))
        for line in store.execute(f"select {', '.join(columns)} from answers order by rowid")
    ]
    return [line | {"store": origin.get(line["entry"], own)} for line in lines], own


def _readable(line: dict) -> dict | None:
    """Return a line as an answer has to be; None if it holds none. Nothing that is stored is trusted."""
    named = all(isinstance(line.get(name), str) and line[name] for name in ("question", "place", "entry"))
    if not named or line.get("right") not in (0, 1) or _parsed(line.get("answer")) is _NOTHING:
        return None
    return {
        **{name: _storable(line[name]) for name in ("question", "place", "entry", "answer")},
        **{
            name: _storable(line[name]) if isinstance(line.get(name), str) else ""
            for name in ("at", "misconceptions", "store")
        },
        "right": int(line["right"]),
    }


def _newest_draft(store: sqlite3.Connection, name: str):
    if not _has(store, "drafts"):
        return None
    for (value,) in store.execute("select value from drafts where name = ? order by rowid desc", [name]):
        found = _parsed(value)
        if found is not _NOTHING:
            return found
        say(f"A draft that was stored under {name!r} cannot be read and is left out. It stays in {_named()}.")
    return None


def _parsed(text):
    """Return the JSON value of a text; `_NOTHING` if it is none."""
    try:
        return json.loads(text) if isinstance(text, str) else _NOTHING
    except (ValueError, RecursionError):
        return _NOTHING


def _json(value) -> str:
    return _storable(json.dumps(value, ensure_ascii=False))


def _storable(text: str) -> str:
    """Return text that can be stored: half an emoji, as a browser may cut it, becomes a mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _about(store: sqlite3.Connection) -> dict[str, str]:
    if not _has(store, "about"):
        return {}
    return {
        key: value for key, value in store.execute("select key, value from about") if isinstance(value, str)
    }


def _has(store: sqlite3.Connection, table: str) -> bool:
    return store.execute("select 1 from sqlite_master where name = ?", [table]).fetchone() is not None


def _read(work: Callable, otherwise):
    """Return what `work` finds in the store; `otherwise` where there is none or where it cannot be read."""
    if _waiting:
        with suppress(Unusable):
            _put()
    try:
        file = _file()
        return _used(file, work) if file.exists else otherwise
    except Unusable as reason:
        say(f"Earlier answers cannot be read: {reason}.", _UNREAD)
        return otherwise


def _used(file: AnswerFile, work: Callable):
    found = file.use(work, _said.append)
    _told.discard((str(file.path), _UNREAD))
    return found


def _file() -> AnswerFile:
    try:
        return AnswerFile(path(), _TABLE_COLUMNS, _VERSION, _WAIT)
    except (OSError, RuntimeError, ValueError) as fault:
        raise Unusable(f"no folder can be found for your answers ({fault}). {ELSEWHERE}") from None


def _path_or_none() -> Path | None:
    try:
        return path()
    except (OSError, RuntimeError, ValueError):
        return None


def _named() -> str:
    """Return the path of the store as text, for sentences; it may have none."""
    return str(_path_or_none() or "the file of your answers")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
