"""Answer files, broken at random: each is read or named in a sentence, and the rest of the class is counted.

A tenth runs by default; KICKBACK_FUZZ=full runs all 1,000.
"""

import io
import os
import random
import time
import zipfile

import pytest
from test_collect import answers_of
from test_handed_in import SAVED, table, with_cells

from lessons import ask, report

pytestmark = pytest.mark.usefixtures("store", "small_bank")

COUNT = 1000 if os.environ.get("KICKBACK_FUZZ") == "full" else 100
MOST_SECONDS = 10
CELLS = [
    "",
    "1" * 20,
    "-1",
    "1E+23",
    "nan",
    "inf",
    "٣",
    "\0",
    "'",
    '"',
    "'=1",
    "null",
    "[[0]]",
    "a;b",
    "é\ud83d",
]
CELLS += [
    "1e999",
    "{}" * 50_000,
    "True\n",
    "\u202e",
    "0x1",
    "1_0",
    "½",
    "²",
    "FALSE()",
    "#N/A",
    "=1+1",
    "," * 9,
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "mac_roman", "cp437", "utf-7"]


def flip(content, chance):
    """Some bytes replaced by others."""
    broken = bytearray(content)
    for _ in range(chance.randint(1, 20)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def cut(content, chance):
    """A stretch taken out or said twice."""
    start, end = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:start] + content[end:] if chance.random() < 0.5 else content[:end] + content[start:]


def cell(_content, chance):
    """One column filled with what does not belong there, parted by some sign, in some encoding."""
    name = chance.choice(report.WRITTEN)
    rows = with_cells(**{name: lambda kept: chance.choice([kept, chance.choice(CELLS)])})
    chance.shuffle(rows)
    text = table(rows, delimiter=chance.choice(",;\t|"), lineterminator=chance.choice(["\n", "\r\n", "\r"]))
    return text.encode(chance.choice(ENCODINGS), "replace")


def packed(content, chance):
    """A zip, some of its own bytes broken."""
    whole = io.BytesIO()
    kind = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    with zipfile.ZipFile(whole, "w", kind) as archive:
        archive.writestr("kickback-answers-José.csv", content)
        archive.writestr("inner.zip", whole.getvalue())
    return chance.choice([flip, cut, lambda same, _: same])(whole.getvalue(), chance)


def swap(content, chance):
    """Some lines in another order, doubled or gone."""
    lines = content.splitlines(keepends=True)
    return b"".join(chance.choices(lines, k=chance.randint(1, 2 * len(lines))))


@pytest.mark.parametrize("part", range(10))
def test_a_broken_file_never_stops_the_rest_of_the_class(part, tmp_path):
    class_folder = tmp_path / "class"
    class_folder.mkdir()
    (class_folder / "ann.csv").write_bytes(answers_of("Ann"))
    for number in range(part * COUNT // 10, (part + 1) * COUNT // 10):
        chance = random.Random(number)
        content = chance.choice(list(SAVED.values()))
        way = chance.choice([flip, cut, cell, packed, swap])
        file = class_folder / ("broken.zip" if way is packed else "broken.csv")
        file.write_bytes(way(content, chance))
        started = time.monotonic()
        handed = report.read(class_folder)
        assert time.monotonic() - started < MOST_SECONDS, number
        assert "Ann" in set(handed.answers["student"]), number
        for sentence in (*handed.skipped, *handed.notes):
            assert sentence.isprintable() and len(sentence) < 600, (number, sentence)
        report.by_question(handed.answers), report.before_after(handed.answers)
        try:
            said = repr(ask.restore(file))
        except ValueError as reason:
            said = str(reason)
        assert said.isprintable() and len(said) < 600, (number, said)
        if number % 50 == 0:
            assert "<table" in ask.class_report(class_folder)._repr_mimebundle_()["text/html"]
        file.unlink()
