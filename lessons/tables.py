"""Read the course's tables, check them against `data/datapackage.json`, and hand out typed DataFrames.

Missing text is the empty string, a missing number is NaN. `python -m lessons.tables check` names every fault;
`seal` rewrites the hash of each table after an intended edit.
"""

import difflib
import functools
import hashlib
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lessons import description
from lessons.reading import LONGEST_SHOWN, DataFault, Unreadable, listed, read_content, shown
from lessons.sheets import Fault, Sheet, nearest, read_sheet, sentences

DATA = Path(__file__).resolve().parent.parent / "data"
NUMBER = r"-?[0-9]{1,12}(\.[0-9]{1,12})?"
INTEGER = r"-?[0-9]{1,12}"
_FEW = 3  # wrong cells of a column: with more, nothing is concluded from what it lacks
_MANY = 4  # columns that do not fit most of their cells: the columns themselves are in question
_TRIED = 20  # rows that are tried for a shift; if all of them are shifted, so are the others
_LONGEST_MATCHED = 200  # characters


@dataclass(frozen=True, eq=False, repr=False)
class Tables:
    """The course's tables, one DataFrame for each file of `data/`; columns as in `data/datapackage.json`."""

    muscles: pd.DataFrame
    exercises: pd.DataFrame
    roles: pd.DataFrame
    claims: pd.DataFrame
    claim_evidence: pd.DataFrame
    emg: pd.DataFrame
    outcomes: pd.DataFrame
    findings: pd.DataFrame
    databases: pd.DataFrame
    cues: pd.DataFrame
    postures: pd.DataFrame
    segments: pd.DataFrame
    moment_arms_leg: pd.DataFrame
    moment_arms_elbow: pd.DataFrame
    model_results: pd.DataFrame
    sources: pd.DataFrame

    def __repr__(self) -> str:
        return "Tables: " + ", ".join(f"{len(getattr(self, f.name))} {f.name}" for f in fields(self))

    def exercise_id(self, text: str) -> str:
        """Return the id of an exercise named by id, name or alias; a ValueError offers the nearest."""
        known = {}
        for row in self.exercises.itertuples():
            terms = (row.exercise_id, row.name, *parts(row.aliases))
            known |= {_plain(term): row.exercise_id for term in terms}
        return _look_up(text, known, "exercise", "quadruped_bent_knee")

    def muscle_id(self, text: str) -> str:
        """Return the id of a muscle named by id or name; a ValueError offers the nearest."""
        known = {}
        for row in self.muscles.itertuples():
            known |= {_plain(term): row.muscle_id for term in (row.muscle_id, row.name)}
        return _look_up(text, known, "muscle", "gluteus_maximus")


def load(folder: str | Path | None = None) -> Tables:
    """Read and check every table and return them; each call hands out copies of its own.

    Without `folder` the course's own tables are read, once. Raises `DataFault` with every fault found.
    """
    tables = _own_tables() if folder is None else _read(Path(folder))
    return Tables(**{field.name: getattr(tables, field.name).copy() for field in fields(Tables)})


def parts(cell: str) -> list[str]:
    """Return the items of a cell that holds several, parted by ";"; an empty cell holds none."""
    return cell.split(";") if cell else []


def unsealed(folder: Path = DATA) -> list[str]:
    """Return the tables whose content differs from the hash in the folder's `datapackage.json`.

    Raises `DataFault` if that file or a table cannot be read.
    """
    resources = description.resources(folder, _names())
    found, faults = [], []
    for resource in resources:
        try:
            if resource["hash"] != _hash(folder, resource["path"]):
                found.append(resource["name"])
        except Unreadable as fault:
            faults.append(f"{resource['path']} {fault}.")
    if faults:
        raise DataFault(faults, folder)
    return found


def seal(folder: Path = DATA) -> list[str]:
    """Write each table's hash into the folder's `datapackage.json`; return the tables whose hash changed.

    Raises `DataFault` if a file cannot be read, and `OSError` if the description cannot be written.
    """
    changed = unsealed(folder)
    package = folder / description.NAME
    text = package.read_text(encoding="utf-8")
    for name in changed:
        before = rf'("path":\s*"{name}\.csv",\s*"hash":\s*")[^"]*'
        text, count = re.subn(before, rf"\g<1>{_hash(folder, f'{name}.csv')}", text)
        if not count:
            raise DataFault(
                [f"{description.NAME}: the hash of {name} must stand right after its path."], folder
            )
    aside = package.with_suffix(".new")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(aside, package)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    return changed


_Sheets = dict[str, Sheet]


def _names() -> list[str]:
    return [one.name for one in fields(Tables)]


def _own_tables() -> Tables:
    return _read_once(DATA)


@functools.cache
def _read_once(folder: Path) -> Tables:
    return _read(folder)


def _resources() -> list[dict]:
    return _described_once(DATA)


@functools.cache
def _described_once(folder: Path) -> list[dict]:
    return description.resources(folder, _names())


def _read(folder: Path) -> Tables:
    if not folder.is_dir():
        raise DataFault([f"There is no folder {folder}."], folder)
    faults: list[Fault] = []
    sheets: _Sheets = {}
    for resource in _resources():
        try:
            sheets[resource["name"]] = read_sheet(folder, resource, faults)
        except Unreadable as fault:
            faults.append(Fault(resource["path"], f" {fault}"))
    for sheet in sheets.values():
        faults += _cell_faults(sheet)
    for sheet in sheets.values():
        faults += _key_faults(sheet)
    for rule in (_reference_faults, _role_faults, _measurement_faults, _exercise_faults):
        faults += rule(sheets)
    if faults:
        said, count = sentences(faults)
        raise DataFault(said, folder, count=count)
    return Tables(**{name: _frame(sheet) for name, sheet in sheets.items()})


class _Wrong(NamedTuple):
    """What is wrong with a cell; `many` is said where several are, `everywhere` if of any column."""

    kind: str
    what: str
    many: str = ""
    everywhere: bool = False


def _cell_faults(sheet: Sheet) -> list[Fault]:
    # Most cells of a column repeat a few values: each value is judged once.
    judges = {one["name"]: functools.cache(functools.partial(_wrong, field=one)) for one in sheet.fields}
    found: list[Fault] = []
    for number, row in sheet.rows:
        for column, judge in judges.items():
            value = row.get(column)
            wrong = judge(value) if value is not None and column not in sheet.doubted else None
            if wrong:
                sheet.wrong.add((number, column))
            if wrong and number not in sheet.misfits:
                fault = sheet.fault(number, column, value, wrong.what, wrong.kind, wrong.many)
                found.append(replace(fault, kind=wrong.kind) if wrong.everywhere else fault)
    return _without_shifted(sheet, found, judges)


def _without_shifted(sheet: Sheet, found: list[Fault], judges: dict) -> list[Fault]:
    """Put one fault in place of those of a table, or of a row, whose cells stand in other columns."""
    own = [fault for fault in found if isinstance(fault.kind, tuple)]
    counts = Counter(fault.column for fault in own)
    wide = [column for column, count in counts.items() if count * 2 > len(sheet.rows) >= _FEW]
    if len(wide) >= _MANY:
        sheet.doubt_all()
        first = next(fault for fault in own if fault.column in wide)
        what = (
            f": the cells of {len(wide)} columns do not fit their names in most rows ({listed(wide, _FEW)}); "
            f"are columns moved, missing or exchanged? The first: row {first.row}, column {first.column}, "
            f"{shown(first.value)} {first.what}"
        )
        return [Fault(sheet.path, what)]
    rows, by_row = dict(sheet.rows), Counter(fault.row for fault in own)
    several = [number for number, count in by_row.items() if count >= _FEW]
    ways = {number: _shift(rows[number], judges, by_row[number]) for number in several[:_TRIED]}
    shifted = {number: way for number, way in ways.items() if way}
    if several and len(shifted) == _TRIED:  # all that were tried: the others too
        shifted = dict.fromkeys(several, shifted[several[0]])
    sheet.misfits |= set(shifted)
    many = "their cells stand one column too far to one side"
    return [fault for fault in found if fault.row not in shifted] + [
        Fault(sheet.path, f"its cells stand one column too far to the {way}", "shifted", number, many=many)
        for number, way in shifted.items()
    ]


def _shift(row: dict[str, str], judges: dict, faults: int) -> str:
    """Say where a row's cells stand if most of its faults go when they are moved back, or ""."""
    cells, judge = [row.get(column, "") for column in judges], list(judges.values())
    for start in range(len(cells)):
        for way, moved in (
            ("right", [*cells[:start], *cells[start + 1 :], ""]),
            ("left", [*cells[:start], "", *cells[start:-1]]),
        ):
            if 3 * sum(one(cell) is not None for one, cell in zip(judge, moved, strict=True)) <= faults:
                return way
    return ""


def _wrong(value: str, field: dict) -> _Wrong | None:
    """Say what is wrong with one cell, or None."""
    limits = field.get("constraints", {})
    if not value:
        return _Wrong("empty", "is empty; a value is required") if limits.get("required") else None
    if value != value.strip():
        return _Wrong("space", "begins or ends with a space", everywhere=True)
    if not value.isprintable():
        return _Wrong("hidden", "holds a line break or another character that does not show", everywhere=True)
    if field["type"] in ("number", "integer"):
        return _wrong_number(value, field["type"], limits)
    if field["type"] == "boolean":
        return _wrong_boolean(value)
    if field["type"] == "list":
        return _wrong_list(value, field)
    return _wrong_text(value, limits)


def _wrong_boolean(value: str) -> _Wrong | None:
    if value in ("true", "false"):
        return None
    many = "is written otherwise by a spreadsheet; write true or false, in small letters"
    return _Wrong("boolean", "is not allowed; allowed: true, false", many, everywhere=True)


def _wrong_number(value: str, kind: str, limits: dict) -> _Wrong | None:
    whole = kind == "integer"
    if not re.fullmatch(INTEGER if whole else NUMBER, value):
        what = "is not a whole number; write it like 12" if whole else "is not a number; write it like 12.5"
        if re.fullmatch(NUMBER, value.replace(",", ".", 1)) and "," in value:
            return _Wrong("comma", what, "has a decimal comma; write it like 12.5", everywhere=True)
        return _Wrong("number", what)
    low, high = limits.get("minimum", float("-inf")), limits.get("maximum", float("inf"))
    if low <= float(value) <= high:
        return None
    top = "or more" if high == float("inf") else f"to {high}"
    return _Wrong("range", f"is out of range; allowed: {low} {top}")


def _wrong_list(value: str, field: dict) -> _Wrong | None:
    items, allowed = parts(value), field.get("itemEnum")
    if any(item != item.strip() or not item for item in items):
        return _Wrong("items", 'has an empty item or spaces around ";"')
    if field.get("references") and len(set(items)) < len(items):
        return _Wrong("twice", "names the same id twice")
    strange = [item for item in items if allowed and item not in allowed]
    if strange:
        what = f"holds {shown(strange[0])}, which is not allowed; allowed: {listed(allowed)}"
        return _Wrong("allowed", what)
    return None


def _wrong_text(value: str, limits: dict) -> _Wrong | None:
    allowed, pattern = limits.get("enum"), limits.get("pattern", "")
    if allowed and value not in allowed:
        return _Wrong("allowed", f"is not allowed; allowed: {listed(allowed)}")
    # Nothing that must follow a pattern is long, and a pattern may take its time on what is.
    if pattern and (len(value) > _LONGEST_MATCHED or not re.fullmatch(pattern, value)):
        return _Wrong("pattern", f"is not written as it must be; allowed pattern: {shown(pattern, quote='')}")
    if len(value) > limits.get("maxLength", len(value)):
        return _Wrong("long", f"has {len(value)} characters; allowed: {limits['maxLength']}")
    return None


def _key_faults(sheet: Sheet) -> Iterator[Fault]:
    unique = [[f["name"]] for f in sheet.fields if f.get("constraints", {}).get("unique")]
    keys = unique + [key for key in [sheet.resource["schema"]["primaryKey"]] if key not in unique]
    for key in keys:
        first: dict[tuple, int] = {}
        for number, row in sheet.sure(*key):
            if all(row.get(name) for name in key):
                value = tuple(row[name] for name in key)
                if first.setdefault(value, number) != number:
                    what = f"already stands in row {first[value]}; it must be unique"
                    yield sheet.fault(number, ", ".join(key), ", ".join(value), what, "unique")


def _reference_faults(sheets: _Sheets) -> Iterator[Fault]:
    known = functools.cache(lambda target: _known(sheets, *target.split(".")))
    for sheet in sheets.values():
        for number, row in sheet.sure():
            for column, value, target in _references(sheet, row):
                allowed, doubtful = known(target)
                if column in sheet.doubted or (number, column) in sheet.wrong:
                    continue
                if allowed and value and value not in allowed and _plain(value) not in doubtful:
                    what = functools.partial(_not_in, target, value, allowed)
                    yield sheet.fault(number, column, value, what, target)


def _not_in(target: str, value: str, allowed: dict[str, None]) -> str:
    table, column = target.split(".")
    return f"is not in the column {column} of {table}.csv{nearest(value, allowed)}"


def _known(sheets: _Sheets, table: str, column: str) -> tuple[dict[str, None], set[str]]:
    """Return the values that may be referred to, and those that were said to be wrong where they stand.

    There are none where that table could not be read, or not be trusted: the cause was said there.
    """
    sheet = sheets.get(table)
    if sheet is None or column in sheet.doubted:
        return {}, set()
    wrong, lost = set(), False
    for number, row in sheet.rows:
        value = row.get(column)
        lost = lost or (number in sheet.misfits and (not value or (number, column) in sheet.wrong))
        if value and (number, column) in sheet.wrong:
            wrong.add(_plain(value))
    if lost or len(wrong) > _FEW:
        return {}, set()
    return dict.fromkeys(row[column] for _, row in sheet.rows if row.get(column)), wrong


def _references(sheet: Sheet, row: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield each column that refers, one value at a time, with the `table.column` it must stand in."""
    for key in sheet.resource["schema"].get("foreignKeys", []):
        (column,), target = key["fields"], key["reference"]
        table = target["resource"] or sheet.resource["name"]
        yield column, row.get(column, "").strip(), f"{table}.{target['fields'][0]}"
    for field in sheet.fields:
        column, cell = field["name"], row.get(field["name"], "")
        target = field.get("references") or field.get("referencesByKind", {}).get(row.get("kind"))
        for value in (parts(cell) if field["type"] == "list" else [cell]) if target else []:
            yield column, value.strip(), target


def _role_faults(sheets: _Sheets) -> Iterator[Fault]:
    sheet = sheets.get("roles")
    if sheet is None:
        return
    rules, groups = sheet.resource["roleRules"], sheet.resource["groupsAllowed"]
    for number, row in sheet.sure("role", "contraction"):
        role, contraction = row["role"], row["contraction"]
        if role in rules and contraction and contraction not in rules[role]["contraction"]:
            what = f"does not go with {role}; allowed: {listed(rules[role]['contraction'])}"
            yield sheet.fault(number, "contraction", contraction, what, f"role {role}")
    for number, row in sheet.sure("role", "emphasis"):
        role, emphasis = row["role"], row["emphasis"]
        low, high = rules[role]["emphasis"] if role in rules and emphasis else (0, 0)
        if emphasis and role in rules and not low <= int(emphasis) <= high:
            what = f"does not go with {role}; allowed: {low} to {high}"
            yield sheet.fault(number, "emphasis", emphasis, what, f"role {role}")
    wholes = _known(sheets, "muscles", "part_of")[0]
    for number, row in sheet.sure("muscle_id"):
        muscle = row["muscle_id"]
        if muscle in wholes and muscle not in groups:
            named = [m["muscle_id"] for _, m in sheets["muscles"].rows if m.get("part_of") == muscle]
            what = f"is a group or a whole; allowed: its parts ({listed(named)})"
            yield sheet.fault(number, "muscle_id", muscle, what, f"group {muscle}")


def _measurement_faults(sheets: _Sheets) -> Iterator[Fault]:
    """Yield EMG rows whose statistic and numbers do not go together."""
    sheet = sheets.get("emg")
    for number, row in sheet.sure("statistic", "value", "low", "high") if sheet else []:
        statistic = row["statistic"]
        needed, barred = (("low", "high"), "value") if statistic == "range" else (("value",), None)
        for column in needed:
            if not row[column]:
                what = f"is empty; the statistic {statistic} needs it"
                yield sheet.fault(number, column, "", what, "needed")
        if barred and row[barred]:
            what = f"does not go with {statistic}; leave it empty"
            yield sheet.fault(number, barred, row[barred], what, "barred")
        low, high = row["low"], row["high"]
        if low and high and float(low) > float(high):
            yield sheet.fault(number, "low", low, f"is above the high end, {high}", "ends")


def _exercise_faults(sheets: _Sheets) -> Iterator[Fault]:
    """Yield names that two exercises share, and nearest exercises without a value or a difference."""
    sheet = sheets.get("exercises")
    if sheet is None:
        return
    owner: dict[str, str] = {}
    for number, row in sheet.sure("exercise_id"):
        own = row["exercise_id"]
        for column in ("exercise_id", "name", "aliases"):
            for term in parts(row.get(column, "")):
                other = owner.setdefault(_plain(term), own)
                if other != own:
                    what = f"already names {other}; a name finds one exercise"
                    yield sheet.fault(number, column, term, what, "shared")
    measured, doubtful = _known(sheets, "emg", "exercise_id")
    for number, row in sheet.sure("nearest_measured", "nearest_differs"):
        near, differs = parts(row["nearest_measured"]), row["nearest_differs"]
        for exercise in near if measured else []:
            if exercise not in measured and _plain(exercise) not in doubtful:
                yield sheet.fault(
                    number, "nearest_measured", exercise, "has no value in emg.csv", "unmeasured"
                )
        if len(parts(differs)) != len(near):
            what = f"holds {len(parts(differs))} phrases; nearest_measured names {len(near)} exercises"
            yield sheet.fault(number, "nearest_differs", differs, what, "phrases")


def _frame(sheet: Sheet) -> pd.DataFrame:
    values = {f["name"]: [row[f["name"]] for _, row in sheet.rows] for f in sheet.fields}
    return pd.DataFrame({f["name"]: _typed(values[f["name"]], f) for f in sheet.fields})


def _typed(values: list[str], field: dict) -> pd.Series:
    if field["type"] in ("number", "integer"):
        return pd.Series([float(value or "nan") for value in values], dtype="float64")
    if field["type"] == "boolean":
        return pd.Series([value == "true" for value in values], dtype=bool)
    if field.get("categorical"):
        names = pd.Index(field["constraints"]["enum"], dtype=object)
        return pd.Series(pd.Categorical(values, names, ordered=field["categorical"] == "ordered"))
    # Plain objects: the text type of pandas differs between 2.2 and 3.
    return pd.Series(values, dtype=object)


def _look_up(text: str, known: dict[str, str], kind: str, example: str) -> str:
    if not isinstance(text, str):
        raise ValueError(
            f"Name the {kind} by text such as {example!r}, not by {shown(repr(text), quote='')}."
        )
    if _plain(text) in known:
        return known[_plain(text)]
    close = difflib.get_close_matches(_plain(text[:LONGEST_SHOWN]), known, n=12, cutoff=0.5)
    ids = list(dict.fromkeys(known[term] for term in close))[:3]
    offer = f"Nearest: {', '.join(ids)}." if ids else f"The ids stand in {kind}s.csv: {example} is one."
    raise ValueError(f"No {kind} is called {shown(text)}. {offer}")


def _plain(term: str) -> str:
    """Return a name without the differences that a reader would not mean: case, spaces, hyphens."""
    return re.sub(r"[\s_-]+", " ", term).strip().casefold()


def _hash(folder: Path, name: str) -> str:
    content = read_content(folder, name).replace(b"\r\n", b"\n")
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def main(arguments: list[str]) -> int:
    """Run `check` or `seal` on the course's own tables and return the exit code."""
    if arguments not in (["check"], ["seal"]):
        print("Say one of: check, seal.")
        return 2
    try:
        _read(DATA)
        changed = seal(DATA) if arguments == ["seal"] else unsealed(DATA)
    except DataFault as fault:
        _say(str(fault))
        return 1
    except OSError as fault:
        _say(f"Nothing was sealed: {fault.filename or DATA} cannot be written ({fault.strerror}).")
        return 1
    files = ", ".join(f"{name}.csv" for name in changed)
    if arguments == ["seal"]:
        _say(f"Sealed: {files or 'nothing had changed'}.")
    else:
        _say(f"OK. Not sealed yet: {files}." if files else "OK")
    return 0


def _say(text: str) -> None:
    # A console of another alphabet would stop at a letter that it lacks.
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
