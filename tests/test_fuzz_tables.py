"""Damaged tables, descriptions and question files, drawn from a seed: each loads or ends in sentences.

KICKBACK_FUZZ=full draws ten times as many.
"""

import csv
import io
import json
import os
import random
import shutil
import time

import pytest

from lessons import DataFault, anatomy, bank, load, tables

pytestmark = pytest.mark.filterwarnings("error")

TIMES = 10 if os.environ.get("KICKBACK_FUZZ") == "full" else 1
LONGEST = 10  # seconds of work
LARGEST = 20_000  # bytes of a message
CELLS = [
    "",
    " ",
    "x",
    "0",
    "-1",
    "1e9",
    "9" * 400,
    "1,5",
    "TRUE",
    "a;b;;c",
    "=1+1",
    "\n",
    "\0",
    "é",
    "😀" * 99,
]
CELLS += [
    "a" * 200_000,
    '"',
    "'",
    "gluteus_maximus",
    "quadruped_bent_knee",
    "nan",
    "../..",
    "\u202e",
    "\ufeff",
]
VALUES = [None, True, 0, -1, 1.5, 10**40, "", "(", "[", "a" * 5000, "(a+)+$", "../x.csv", "\ud800", [], {}]
VALUES += [[[]], [None], {"": None}, ["a", "a"], "emg.value", "string", "list", 1e308, "[a-z]{99999999999}"]
HEADS = [
    b"",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"PK\x03\x04",
    b"sep=;\n",
    b"\n\n",
    b"<html>",
    b"\0\0",
]


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(tables.DATA, tmp_path / "data")


def changed_bytes(drawn, content):
    """Change, add, take away or repeat a few bytes."""
    content = bytearray(content)
    for _ in range(drawn.choice([1, 1, 3, 20])):
        place, length = drawn.randrange(len(content) + 1), drawn.choice([1, 1, 5, 200, 5000])
        new = drawn.choice(
            [b"", drawn.randbytes(length), bytes([drawn.choice(b'",;\n\r\t\0{}[]()\xe9')]) * length]
        )
        content[place : place + drawn.choice([0, length])] = new
    return bytes(content)


def changed_rows(drawn, content):
    """Change cells, rows and columns as a slip in a spreadsheet does."""
    rows = list(csv.reader(io.StringIO(content.decode())))
    for _ in range(drawn.choice([1, 2, 8])):
        row, column = drawn.randrange(len(rows)), drawn.randrange(len(rows[0]))
        slip = drawn.randrange(8)
        for cells in rows if drawn.random() < 0.4 else [rows[row]]:
            if slip == 0:
                cells[column : column + 1] = [drawn.choice(CELLS)]
            elif slip == 1:
                cells.insert(column, drawn.choice(CELLS[:4]))
            elif slip == 2:
                del cells[column : column + drawn.choice([1, 3])]
            elif slip == 3:
                cells += [""] * drawn.choice([1, 40])
            elif slip == 4:
                cells.reverse()
        if slip == 5:
            drawn.shuffle(rows)
        elif slip == 6:
            del rows[row : row + drawn.choice([1, 30, 9999])]
            rows = rows or [[""]]
        elif slip == 7:
            rows += rows[row : row + drawn.choice([1, 50])] * drawn.choice([1, 20])
        rows[0] = rows[0] or [""]
    text = io.StringIO()
    how = {"delimiter": drawn.choice(",,,,;\t|"), "quoting": drawn.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])}
    csv.writer(text, lineterminator=drawn.choice(["\n", "\r\n", "\r", "\n\n"]), **how).writerows(rows)
    encoding = drawn.choice(["utf-8"] * 4 + ["utf-8-sig", "utf-16", "utf-16-be", "cp1252", "utf-32"])
    return text.getvalue().encode(encoding, "replace")


def changed_values(drawn, content):
    """Put other values into a JSON text, or take some away."""
    top = [json.loads(content)]
    for _ in range(drawn.choice([1, 1, 2, 6])):
        inner, key = top, 0
        while isinstance(inner[key], list | dict) and inner[key] and drawn.random() < 0.9:
            inner = inner[key]
            key = drawn.randrange(len(inner)) if isinstance(inner, list) else drawn.choice(list(inner))
        if drawn.random() < 0.2 and inner is not top:
            del inner[key]
        else:
            inner[key] = json.loads(content) if drawn.random() < 0.02 else drawn.choice(VALUES)
    return json.dumps(top[0]).encode()


def ends_in_sentences(use, message):
    """Run what may refuse damaged files, and look at how it does."""
    start = time.process_time()
    try:
        use()
    except DataFault as fault:
        assert fault.faults, message
        assert all(one.endswith(".") and one.isprintable() for one in fault.faults), f"{message}: {fault}"
        assert len(str(fault).encode()) < LARGEST, message
    assert time.process_time() - start < LONGEST, message


@pytest.mark.parametrize("seed", range(50 * TIMES))
def test_a_damaged_table_loads_or_ends_in_sentences(folder, seed):
    drawn = random.Random(seed)
    for path in drawn.sample(sorted(folder.glob("*.csv")), drawn.choice([1, 1, 2, 16])):
        change = drawn.choice([changed_bytes, changed_rows, changed_rows])
        content = drawn.choice(HEADS) * (drawn.random() < 0.15) + change(drawn, path.read_bytes())
        path.write_bytes(content)
    ends_in_sentences(lambda: load(folder), f"seed {seed}")


@pytest.mark.parametrize("seed", range(30 * TIMES))
def test_a_damaged_description_ends_in_sentences(folder, monkeypatch, seed):
    drawn = random.Random(seed)
    package = folder / "datapackage.json"
    change = drawn.choice([changed_bytes, changed_values, changed_values, changed_values])
    package.write_bytes(change(drawn, package.read_bytes()))
    monkeypatch.setattr(tables, "DATA", folder)
    for use in (load, lambda: tables.unsealed(folder), lambda: tables.seal(folder)):
        ends_in_sentences(use, f"seed {seed}")
    ends_in_sentences(lambda: tables.main(["check"]), f"seed {seed}")


@pytest.mark.parametrize("seed", range(20 * TIMES))
def test_damaged_questions_and_outlines_end_in_sentences(folder, tmp_path, monkeypatch, seed):
    drawn = random.Random(seed)
    questions = shutil.copytree(bank.FOLDER, tmp_path / "questions")
    monkeypatch.setattr(tables, "DATA", folder)
    monkeypatch.setattr(bank, "FOLDER", questions)
    caches = (bank._books, bank._all, bank.misconceptions)
    for path in (
        drawn.choice(sorted(questions.glob("*.json"))),
        folder / "poses.json",
        folder / "skeletons.json",
    ):
        change = drawn.choice([changed_bytes, changed_values, changed_values])
        path.write_bytes(change(drawn, path.read_bytes()))
    try:
        for use in (bank.questions, bank.misconceptions, anatomy.drawn, anatomy.drawings):
            ends_in_sentences(use, f"seed {seed}")
            for cache in caches:
                cache.cache_clear()
        ends_in_sentences(answered, f"seed {seed}")
    finally:
        for cache in caches:
            cache.cache_clear()


def answered():
    """Mark the right answer to every question."""
    for one in bank.questions():
        bank.mark(one, bank.key(one))
        bank.answer_text(one, bank.key(one))
