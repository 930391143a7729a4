"""Read one file of answers, as the course wrote it or as a spreadsheet program saved it again."""

import codecs
import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

# What every file of answers has. Files of today add the store of each answer, and which of how many it is.
COLUMNS = [
    "student",
    "question",
    "place",
    "attempt",
    "at",
    "answer",
    "words",
    "right",
    "misconceptions",
    "entry",
]
WRITTEN = ["student", "store", *COLUMNS[1:], "number", "of"]
MOST_BYTES = 5_000_000
_MOST_LINES, _MOST_ROWS, _MOST_NAMES = 50_000, 20_000, 500
# How spreadsheet programs write what was right and what was not, each in its own language.
_RIGHT = "true 1 wahr vrai verdadero verdadeiro vero waar sand sann sant tosi prawda pravda igaz doğru истина"
_WRONG = "false 0 falsch faux falso onwaar falsk usann falskt epätosi fałsz nepravda hamis yanlış ложь"
_MARKS = dict.fromkeys(_RIGHT.split(), True) | dict.fromkeys(_WRONG.split(), False)
_DELIMITERS = ",;\t"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"pk\x03\x04", "a workbook or another packed file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%pdf", "a PDF file"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
)
_WHOLE = re.compile(r"([0-9]{1,9})(?:[.,]0+)?")  # 3, and 3.0 or 3,0 as a spreadsheet may write it
_AS_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?E[+-][0-9]+|[0-9]{15}0{4,}", re.IGNORECASE)
# A cell that a spreadsheet could take for a formula gets an apostrophe in front.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


@dataclass(frozen=True)
class File:
    """The answers of one student in one file, in the order in which they were given.

    Each of the `rows` has the columns `WRITTEN`. In a file of an older course `store` is "" and `number`
    counts the rows. `source` names the file.
    """

    source: str
    student: str
    rows: list[dict]


def harmless(cell):
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def folded(name: str) -> str:
    """Return a name as names are compared: capital letters and the number of spaces do not matter."""
    return " ".join(unicodedata.normalize("NFC", name.casefold()).split())


def parse(content: bytes, source: str, encoding: str = "") -> list[File]:
    """Return the answers that a file holds, one `File` for each student that it names.

    `encoding` is what text that is not Unicode was written in; "" means Windows-1252. Raises ValueError,
    saying what is wrong and what would be right, if this is not a whole file of answers.
    """
    if len(content) > MOST_BYTES:
        raise ValueError("it is larger than any student's answers can be")
    text, is_utf8 = _decoded(content, encoding)
    try:
        header, records = _table(text)
    except ValueError as reason:
        raise ValueError(str(reason) if is_utf8 else f"it is not UTF-8 text, and {reason}") from None
    if not records:
        raise ValueError("it holds no answers: nothing was answered when it was written, or it was cut short")
    is_numbered = {"number", "of"} <= set(header)
    number, cells = records[-1]
    if is_numbered and len(cells) <= header.index("of"):
        raise ValueError(f"it was cut short in row {number}; ask for the file anew")
    by_name = defaultdict(list)
    for number, cells in records:
        row = _row(number, cells, header)
        by_name[folded(row["student"])].append((number, row))
    if len(by_name) > _MOST_NAMES:
        raise ValueError("it names more students than a class has")
    return [
        File(source, rows[0][1]["student"], _in_order(rows) if is_numbered else _counted(rows))
        for rows in by_name.values()
    ]


def _decoded(content: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text and whether it was in UTF-8."""
    start = content[:64].lstrip().lower()
    for sign, kind in _OTHER_FILES:
        if start.startswith(sign):
            raise ValueError(f"it is not a CSV table but {kind}; save it as CSV UTF-8")
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), "") or _unmarked(content)
    for name in filter(None, (marked, "utf-8", encoding or "cp1252")):
        with suppress(UnicodeError):
            text = content.decode(name).removeprefix("\ufeff")
            if "\0" in text:
                break
            return text, name.startswith("utf-8")
    else:
        raise ValueError(
            "it is not UTF-8 text, nor text of Windows; save it as CSV UTF-8. If a Mac saved it, "
            'encoding="mac_roman" may read it'
        )
    raise ValueError("it is not UTF-8 text: it holds zero bytes, as no table does; ask for the file anew")


def _unmarked(content: bytes) -> str:
    """Return which UTF-16 a text without a mark is in, judged by its zero bytes; "" if it is in none."""
    start = content[: 2 * (min(len(content), 400) // 2)]
    zeros = [start[side::2].count(0) for side in (0, 1)]
    if min(zeros) or max(zeros) <= len(start) // 4:
        return ""
    return "utf-16-be" if zeros[0] else "utf-16-le"


def _table(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and, each with its number in the table, the rows that are not blank."""
    first = re.match(r"[^\r\n]*", text)[0]
    named = re.fullmatch(r'"?sep=(.?)"?[;,\t ]*', first, re.IGNORECASE)
    if named:
        text = text[len(first) :].lstrip("\r\n")
    header, trouble = [], ""
    for delimiter in (named[1] if named else "") + _DELIMITERS:
        try:
            rows = _rows(text, delimiter)
            found = [cell.strip().casefold() for cell in next(rows, (1, []))[1]]
            header = header or found
            table = list(islice(rows, _MOST_ROWS + 1))
            if {"student", "entry"} <= set(found):
                break
        except csv.Error as fault:
            trouble = trouble or str(fault)
    else:
        if trouble or len(header) < 2:
            raise ValueError(f"it is not a CSV table ({trouble or 'it has no columns'})")
        return _complete(header), []
    if len(table) > _MOST_ROWS:
        raise ValueError("it has more rows than any student has answers")
    return _complete(found), table


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for number, cells in enumerate(reader, 1):
        if number > _MOST_LINES:
            raise csv.Error("it has more lines than any student has answers")
        cells = _unpadded(cells)
        if len(cells) == 1 and "," in cells[0]:
            # A program that parts cells by another sign took the whole line for one cell.
            cells = _unpadded(next(csv.reader([cells[0]], strict=True)))
        if cells:
            yield number, cells


def _unpadded(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _complete(header: Sequence[str]) -> list[str]:
    lacking = [name for name in COLUMNS if name not in header]
    if lacking:
        raise ValueError(f"it has no column {', '.join(lacking)}; was it written by ask.export?")
    twice = next((name for name in WRITTEN if header.count(name) > 1), "")
    if twice:
        raise ValueError(f"it has two columns called {twice}; ask for the file anew")
    return list(header)


def _row(number: int, cells: list[str], header: list[str]) -> dict:
    """Return a row by column, its numbers and marks read; a ValueError names the cell that cannot be."""
    if len(cells) > len(header):
        raise ValueError(f"row {number} has more cells than there are columns; it was changed by hand")
    typed = dict(zip(header, cells, strict=False))
    line = {name: _as_typed(typed.get(name, "")) for name in WRITTEN}
    for name in ("entry", "store"):
        if _AS_NUMBER.fullmatch(line[name]):
            raise ValueError(
                f"row {number}, column {name} holds {line[name][:40]!r}: a spreadsheet program took a name "
                "for a number and saved it so. Hand in the file as the course wrote it"
            )
    line["right"] = _MARKS.get(re.sub(r"(?<=^[01])[.,]0+$", "", line["right"]).casefold())
    for name in ("attempt", "number", "of"):
        whole = _WHOLE.fullmatch(line[name])
        line[name] = int(whole[1]) if whole else None
    for name in ("student", "entry", "right", "attempt"):
        if line[name] is None or line[name] == "":
            raise _changed(number, name, typed.get(name, ""))
    student = " ".join(_repaired(line["student"]).split())[:200]
    return line | {"student": student, "words": _repaired(line["words"])}


def _as_typed(cell: str) -> str:
    cell = cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
    return cell.strip()


def _repaired(text: str) -> str:
    """Return text whose UTF-8 a program had read as Windows text, as it was: JosÃ© becomes José."""
    with suppress(UnicodeError):
        return text.encode("cp1252").decode("utf-8")
    return text


def _counted(rows: list[tuple[int, dict]]) -> list[dict]:
    """Return the rows of an older course, counted in the order in which they stand."""
    found: dict[str, dict] = {}
    for _, row in rows:
        found.setdefault(row["entry"], row)
    return [
        row | {"store": "", "number": number, "of": len(found)}
        for number, row in enumerate(found.values(), 1)
    ]


def _in_order(rows: list[tuple[int, dict]]) -> list[dict]:
    """Return rows, each with its number in the table, in the order of writing; a ValueError if some lack."""
    most = max(row["of"] or 0 for _, row in rows)
    seen = {"number": set(), "entry": set()}
    for place, row in rows:
        for name in ("number", "of"):
            if row[name] is None:
                raise ValueError(f"row {place}, column {name} holds no number; it was changed by hand")
        if row["of"] != most:
            raise _changed(place, "of", str(row["of"]))
        for name, known in seen.items():
            if row[name] in known or not 1 <= row["number"] <= most:
                raise _changed(place, name, str(row[name]))
            known.add(row[name])
    if len(rows) < most:
        raise ValueError(
            f"it holds {len(rows)} of {most} answers: it was cut short, or some were taken out. "
            "Ask for the file anew"
        )
    return sorted((row for _, row in rows), key=lambda row: row["number"])


def _changed(number: int, column: str, cell: str) -> ValueError:
    return ValueError(f"row {number}, column {column} holds {cell[:40]!r}; it was changed by hand")
