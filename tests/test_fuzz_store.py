"""Broken stores and odd messages, drawn from a seed: each ends in sentences, none in an exception or a wait.

KICKBACK_FUZZ=full draws ten times as many.
"""

import gc
import json
import os
import random
import sqlite3
import time

import pandas as pd
import pytest
from ipywidgets import Widget

from lessons import answer_file, ask, bank, capstone, progress
from lessons.live import Table

pytestmark = [pytest.mark.usefixtures("store", "small_bank"), pytest.mark.filterwarnings("error:::lessons")]

FULL = os.environ.get("KICKBACK_FUZZ") == "full"
STORES, MESSAGES = (200, 1000) if FULL else (20, 100)
LONGEST = 10  # seconds of work; a disk that others use as well may take longer
SHOWN = Table(pd.DataFrame({"muscle": ["Gluteus maximus"], "value": [24]}), "What was measured")
MAKE = {
    "check": lambda: ask.check("01-minimus", "01-holders", "02-table"),
    "predict": lambda: ask.predict("01-percent"),
    "recall": lambda: ask.recall("09"),
    "vote": lambda: ask.vote("02-vote", instructor=True),
    "verdicts": lambda: ask.verdicts("C03", "C12"),
    "scoreboard": ask.scoreboard,
    "pre": lambda: ask.test("pre"),
    "post": lambda: ask.test("post"),
}
CELLS = [
    "null",
    "''",
    "'nonsense'",
    "x'ff00fe'",
    "-1",
    "1e308",
    "'[[0]]'",
    "'{\"round\": []}'",
    "cast(x'ff' as text)",
]
TABLES = {"answers": 8, "drafts": 4, "about": 2, "restored": 2}


@pytest.fixture
def sound(store):
    """The bytes of a store in which everything was answered."""
    progress.save("elsewhere", "check", 1, True)
    moved = progress.answers()
    progress.set_aside()
    for question, answer in (("01-minimus", 1), ("01-holders", [0, 2]), ("02-vote", 0)):
        progress.save(question, "check", answer, True)
        progress.save(question, "vote", answer, True)
    for number, place in enumerate(("pre", "post")):
        progress.save(f"0{9 * number}-{place}-01", place, number, True)
    progress.save("01-percent", "predict", 24, True)
    progress.save("verdict-C03", "verdict", "supported", True)
    progress.keep("recall 09", {"round": 2, "ids": ["01-minimus"], "at": "2026-11-03T10:00:00+00:00"})
    progress.keep("tally 02-vote", {"before": [3, 4], "after": [1, 6]})
    progress.keep("test after the course", "compared")
    progress.keep("capstone", {"name": "Ann", "choices": [{"reason": "long " * 900}]})
    progress.name_owner("Ann")
    progress.restore(moved)
    return store.read_bytes()


def broken(chance, sound):
    """Return the bytes of a store after damage: bytes changed, put in, cut off or blanked."""
    data = bytearray(sound)
    kind = chance.choice(["bytes", "head", "cut", "page", "put in", "text"])
    if kind in ("bytes", "head"):
        for _ in range(chance.choice([1, 8, 200])):
            data[chance.randrange(100 if kind == "head" else len(data))] = chance.randrange(256)
    elif kind == "cut":
        del data[chance.randrange(len(data)) :]
    elif kind == "page":
        start = 4096 * chance.randrange(len(data) // 4096)
        data[start : start + 4096] = chance.choice([bytes(4096), chance.randbytes(4096)])
    elif kind == "put in":
        at = chance.randrange(len(data))
        data[at:at] = chance.randbytes(chance.choice([1, 100, 4096]))
    else:  # in the words of the schema and of the rows
        words = chance.choice(
            [b"answers", b"text", b"question", b"create", b"01-minimus", b"check", b"[0, 2]"]
        )
        data = bytearray(bytes(data).replace(words, chance.randbytes(len(words))))
    return bytes(data)


def spoil(chance, store):
    """Write into some cells what the course never would."""
    opened = sqlite3.connect(store, isolation_level=None)
    for _ in range(chance.choice([1, 3, 20])):
        table = chance.choice(list(TABLES))
        columns = [line[1] for line in opened.execute(f"pragma table_info({table})")]
        cell, rows = chance.choice(CELLS), chance.choice(["1", "rowid % 2", "rowid = 1"])
        column = chance.choice(columns)
        try:
            opened.execute(f"update or ignore {table} set {column} = {cell} where {rows}")
        except sqlite3.Error:
            continue
    opened.close()


def use_everything(tables):
    """Open every kind of form, answer in it and read the store; return the sentences that came."""
    said = [repr(ask.reveal(name, SHOWN)) and "" for name in ("01-percent", "C03")]
    forms = [make() for make in MAKE.values()]
    said += [form.notice for form in forms]
    said.append(capstone.Form(tables).told["note"])
    forms[0].commit("01-minimus", 1)
    said += [forms[0].states["01-minimus"]["told"]["note"], repr(ask.progress())]
    said += [progress.owner().trouble, progress.name_owner("Bob"), progress.restore(progress.answers())[1]]
    assert progress.last("01-minimus", "check") == 1
    return [sentence for sentence in said if sentence]


@pytest.mark.parametrize("damage", ["bytes", "cells"])
def test_every_broken_store_ends_in_sentences(damage, store, sound, tables):
    for seed in range(STORES // 2):
        chance = random.Random(f"{damage} {seed}")
        for path in store.parent.iterdir():
            path.unlink()
        store.write_bytes(broken(chance, sound) if damage == "bytes" else sound)
        if damage == "cells":
            spoil(chance, store)
        before = store.read_bytes()
        progress._told.clear(), progress._waiting.clear()
        Widget.close_all()  # each answer is told to every form that is alive
        gc.collect()
        begun = time.process_time()
        said = use_everything(tables)
        assert time.process_time() - begun < LONGEST and not answer_file._locked_until, seed
        assert all(sentence.rstrip()[-1] == "." for sentence in said), (seed, said)
        aside = [path.read_bytes() for path in store.parent.glob("*-damaged-*.sqlite")]
        assert not aside or before in aside, f"it was set aside, but not unchanged ({seed})"


def odd(chance, depth=0):
    """Return any JSON value."""
    plain = [None, True, False, 0, 1, -1, 1.0, 3.6, 1e308, float("nan"), float("inf"), 10**400, 10**5000]
    plain += ["", "0", "main target", "supported", "01-minimus", "\ud83e", "x" * 5000, "<b>", "\x00"]
    kind = chance.choice(["plain", "plain", "list", "dict"]) if depth < 4 else "plain"
    if kind == "plain":
        return chance.choice(plain)
    values = [odd(chance, depth + 1) for _ in range(chance.randrange(4))]
    return (
        values if kind == "list" else dict(zip(("before", "after", "name", "choices"), values, strict=False))
    )


KEYS = ["question", "answer", "tally", "show", "finish", "number", "seen", "private", "plan", "base", "lift"]
KEYS += ["whose", "new_class", "write"]


def message(chance, form):
    """Return a message: any JSON value, or one with the names that the page uses, some as they should be."""
    if chance.random() < 0.2:
        return odd(chance)
    sent = {key: odd(chance) for key in chance.sample(KEYS, chance.randrange(1, 5))}
    if isinstance(form, ask.Form) and chance.random() < 0.7:
        sent["question"] = chance.choice(list(form.asked))
    return sent


def send(form, sent):
    """Call what hears messages as ipywidgets does, which would only log an exception."""
    for hear in form._msg_callbacks.callbacks:
        hear(form, sent, [])


@pytest.mark.parametrize("kind", [*MAKE, "capstone"])
def test_messages_of_any_shape_end_in_sentences_and_store_nothing_bad(kind, tables, tmp_path):
    Widget.close_all()
    gc.collect()
    form = MAKE[kind]() if kind in MAKE else capstone.plan(tmp_path, tables=tables)
    chance = random.Random(kind)
    for number in range(MESSAGES):
        begun = time.process_time()
        send(form, message(chance, form))
        assert time.process_time() - begun < LONGEST, number
    assert progress._waiting == []
    again = MAKE[kind]() if kind in MAKE else capstone.plan(tmp_path, tables=tables)
    assert progress.notices() == [] and "does not fit" not in getattr(again, "notice", ""), (
        "something bad is stored"
    )
    for line in progress.answers().itertuples():
        if line.question in bank._all():
            ask._checked(bank.question(line.question), json.loads(line.answer), False)
