"""Read one table as text, and bring faults that have one cause into one sentence."""

import csv
import difflib
import functools
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lessons.reading import LONGEST_SHOWN, Unreadable, listed, read_text, shown

_FIRST = 3  # rows that a sentence names; more are counted
_SENTENCES = 30  # of one folder
_MOST_ROWS = 20_000  # the longest table of the course has 3,000
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}
_COMMAS = (
    'in LibreOffice "Save as", "Edit filter settings", with a comma as field delimiter; '
    "in Excel set the list separator of the system to a comma before saving"
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell, row or file. Those of a file that share `kind` become one sentence.

    `row` is the number that a spreadsheet shows, 0 for the file as a whole. `what` is said of the value;
    `many`, if there is one, is said in its place where several cells share the fault.
    """

    path: str
    what: str | Callable[[], str]
    kind: object = None
    row: int = 0
    column: str = ""
    value: str | None = None
    many: str = ""

    def text(self, where: str = "", what: str = "") -> str:
        """Return the sentence about this fault, or with another place or another fault in it."""
        said = what or (self.what if isinstance(self.what, str) else self.what())
        if not self.row:
            return f"{self.path}{said}."
        value = "" if self.value is None else f"{shown(self.value)} "
        column = f", column {self.column}" if self.column else ""
        return f"{self.path}, {where or f'row {self.row}{column}'}: {value}{said}."


@dataclass
class Sheet:
    """One file as text: `rows` pairs the number that a spreadsheet shows with the cells by column.

    What was said once is not said again: `doubted` are columns of which nothing can be concluded, `misfits`
    rows, and `wrong` single cells (row and column).
    """

    resource: dict
    rows: list[tuple[int, dict[str, str]]]
    doubted: set[str] = field(default_factory=set)
    misfits: set[int] = field(default_factory=set)
    wrong: set[tuple[int, str]] = field(default_factory=set)

    @property
    def path(self) -> str:
        return self.resource["path"]

    @property
    def fields(self) -> list[dict]:
        return self.resource["schema"]["fields"]

    def doubt_all(self) -> None:
        """Conclude nothing from any column."""
        self.doubted = {one["name"] for one in self.fields}

    def sure(self, *columns: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows in which these columns are as they should be."""
        if self.doubted.isdisjoint(columns):
            for number, row in self.rows:
                if number not in self.misfits and not any((number, one) in self.wrong for one in columns):
                    yield number, row

    def fault(self, number: int, column: str, value: str, what, kind: str = "", many: str = "") -> Fault:
        """Return a fault of one cell, of one kind with the others of its column."""
        return Fault(self.path, what, (column, kind), number, column, value, many)


def read_sheet(folder: Path, resource: dict, faults: list[Fault]) -> Sheet:
    """Read a table's file and add what is wrong with its header and its rows' lengths to `faults`.

    Unreadable is raised if it holds no table, or one that is not parted by commas.
    """
    header, *body = _records(read_text(folder, resource["path"]))
    known = [one["name"] for one in resource["schema"]["fields"]]
    _check_separator(header, body, known)
    sheet = Sheet(resource, [])
    header, body = _without_empty_ends(sheet, header, body, faults)
    faults += _header_faults(sheet, header, known)
    if not body:
        faults.append(Fault(sheet.path, " has a header and no rows"))
    for number, cells in enumerate(body, start=2):
        wrong = _row_fault(sheet.path, number, cells, len(header))
        if wrong:
            faults.append(wrong)
        if wrong and wrong.kind != "trailing":
            # The first cell still counts, so that rows of other tables that name its id are no faults too.
            cells = cells[:1]
            sheet.misfits.add(number)
        sheet.rows.append((number, dict(zip(header, cells, strict=False))))
    return sheet


def _records(text: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, strict=True)
    records, start = [], 1
    try:
        for record in reader:
            records.append(record)
            start = reader.line_num + 1
    except csv.Error as error:
        if not lines.read(1) and text.count('"') % 2:
            raise Unreadable(
                f"is not a CSV table: a quotation mark in line {start} or below is never closed"
            ) from None
        raise Unreadable(f"is not a CSV table, see line {reader.line_num}: {error}") from None
    if not records or not any(map(any, records)):
        raise Unreadable("is empty; its first row must name the columns")
    if len(records) > _MOST_ROWS:
        raise Unreadable(f"has {len(records)} rows; no table of the course has more than {_MOST_ROWS}")
    return records


def _check_separator(header: list[str], body: list[list[str]], known: list[str]) -> None:
    """Raise Unreadable if something else than commas parts the cells, or the first row names no column."""
    first = header[0].casefold() if header else ""
    if len(header) <= 2 and first.startswith("sep="):
        raise Unreadable("begins with a line for Excel, sep=; delete that line")
    if len(set(header) & set(known)) * 2 >= len(known):
        alone = [record[0] for record in body if len(record) == 1]
        if len(known) < 3 or len(alone) * 2 <= len(body) or not alone:
            return
        parted = [mark for mark in (*_SEPARATORS, ",") if alone[0].count(mark) * 2 >= len(known)]
    else:
        whole = ",".join(header)
        cells = {mark: [cell.strip(' "') for cell in whole.split(mark)] for mark in (*_SEPARATORS, ",")}
        parted = [mark for mark in cells if len(set(cells[mark]) & set(known)) * 2 >= len(known)]
    if "," in parted:
        raise Unreadable("has each row in one pair of quotation marks; save it with one cell for each column")
    if parted:
        raise Unreadable(
            f"is parted by {_SEPARATORS[parted[0]]}, not by commas; save it with commas ({_COMMAS})"
        )
    if not set(header) & set(known):
        raise Unreadable(f"does not name its columns in row 1; they are {listed(known)}")


def _without_empty_ends(
    sheet: Sheet, header: list[str], body: list, faults: list[Fault]
) -> tuple[list, list]:
    """Return header and rows without the columns at the end that hold nothing, not even a name."""
    ended = wide = len(header)
    while ended and not header[ended - 1].strip():
        ended -= 1
    if ended == wide or any(any(cells[ended:wide]) for cells in body):
        return header, body
    columns = "an empty column" if wide - ended == 1 else f"{wide - ended} empty columns"
    faults.append(Fault(sheet.path, f"{columns} without a name at the end; delete the commas there", row=1))
    return header[:ended], [cells[:ended] + cells[wide:] for cells in body]


def _header_faults(sheet: Sheet, header: list[str], known: list[str]) -> Iterator[Fault]:
    counts = Counter(header)
    missing = [name for name in known if name not in counts]
    strange = [name for name in counts if name not in known]
    twice = [name for name in counts if counts[name] > 1]
    sheet.doubted |= {*missing, *twice}
    several = {
        "missing": f"{len(missing)} columns are missing: {listed(missing)}",
        "strange": f"{len(strange)} columns are not known: {listed(strange, _FIRST)}",
        "twice": f"{len(twice)} columns stand there more than once: {listed(twice, _FIRST)}",
    }
    for name in missing:
        yield Fault(sheet.path, f"column {name} is missing", "missing", 1, many=several["missing"])
    for name in strange:
        what = functools.partial(_unknown, name, known)
        yield Fault(sheet.path, what, "strange", 1, many=several["strange"])
    for name in twice:
        what = f"column {shown(name)} stands there {counts[name]} times"
        yield Fault(sheet.path, what, "twice", 1, many=several["twice"])


def _unknown(name: str, known: list[str]) -> str:
    return f"there is no column {shown(name)}{nearest(name, known)}"


def nearest(value: str, allowed: Iterable[str]) -> str:
    """Name the nearest of what is allowed, if one is near."""
    close = difflib.get_close_matches(value[:LONGEST_SHOWN], list(allowed), n=1)
    return f"; nearest: {shown(close[0], quote='')}" if close else ""


def _row_fault(path: str, number: int, cells: list[str], wide: int) -> Fault | None:
    """Return what is wrong with a row as a whole."""
    counted = f"it has {len(cells)} cells; the header has {wide}"
    if not any(cells):
        what = "it holds no value; delete it" if cells else counted
        return Fault(path, what, "empty row", number, many="they hold no value; delete them")
    if len(cells) > wide and not any(cells[wide:]):
        many = "they have empty cells after the last column; delete the commas at their ends"
        return Fault(path, f"{counted}; delete the commas at its end", "trailing", number, many=many)
    if len(cells) != wide:
        many = f"they have more or fewer cells than the header, which has {wide}; the first has {len(cells)}"
        return Fault(path, counted, "length", number, many=many)
    return None


def sentences(faults: Iterable[Fault]) -> tuple[list[str], int]:
    """Return one sentence for each cause, and how many causes there are.

    Up to three faults of a kind have a sentence each; more of them one, with their number and the first
    three. Of very many sentences each file keeps the first, and the rest is counted.
    """
    groups: dict[tuple, list[Fault]] = {}
    for number, fault in enumerate(faults):
        key = (fault.path, number) if fault.kind is None else (fault.path, "kind", fault.kind)
        groups.setdefault(key, []).append(fault)
    listing: dict[str, list[Callable[[], str]]] = {}
    for group in groups.values():
        said = listing.setdefault(group[0].path, [])
        said += [functools.partial(_together, group)] if len(group) > _FIRST else [one.text for one in group]
    count = sum(map(len, listing.values()))
    share = _SENTENCES if count <= _SENTENCES else max(2, _SENTENCES // len(listing))
    written = [say() for said in listing.values() for say in said[:share]]
    rest = [f"{path}: {len(said) - share}" for path, said in listing.items() if len(said) > share]
    return written + ([f"More that is not listed here, in {', '.join(rest)}."] if rest else []), count


def _together(group: list[Fault]) -> str:
    first = group[0]
    rows = list(dict.fromkeys(one.row for one in group))
    columns = list(dict.fromkeys(one.column for one in group if one.column))
    if rows == [1]:
        where = "row 1"
    else:
        named = ", ".join(map(str, rows[:_FIRST]))
        where = f"{len(group)} {'cells' if len(columns) > 1 else 'rows'} (the first in rows {named})"
    if columns:
        where += f", column{'s' if len(columns) > 1 else ''} {listed(columns)}"
    return first.text(where, first.many)
