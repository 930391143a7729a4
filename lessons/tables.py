"""Read the course's tables, check them against `data/datapackage.json`, and hand out typed DataFrames.

Missing text is the empty string, a missing number is NaN. `python -m lessons.tables check` names every fault;
`seal` rewrites the hash of each table after an intended edit.
"""

import csv
import difflib
import functools
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parent.parent / "data"
LONGEST_SHOWN = 60
NUMBER = r"-?[0-9]{1,12}(\.[0-9]{1,12})?"
INTEGER = r"-?[0-9]{1,12}"


class DataFault(ValueError):
    """Tables that cannot be used. `faults` holds every fault found, one sentence each."""

    def __init__(self, faults: Iterable[str], folder: Path) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__("\n- ".join([f"{count} in the tables of {folder}:", *self.faults]))


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
    """Return the tables whose content differs from the hash in the folder's `datapackage.json`."""
    resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    return [r["name"] for r in resources if r["hash"] != _hash(folder / f"{r['name']}.csv")]


def seal(folder: Path = DATA) -> list[str]:
    """Write each table's hash into the folder's `datapackage.json`; return the tables whose hash changed."""
    changed = unsealed(folder)
    package = folder / "datapackage.json"
    text = package.read_text(encoding="utf-8")
    for name in changed:
        text = re.sub(
            rf'("path": "{name}\.csv",\s*"hash": ")[^"]*', rf"\g<1>{_hash(folder / f'{name}.csv')}", text
        )
    package.write_text(text, encoding="utf-8", newline="\n")
    return changed


@dataclass
class _Sheet:
    """One file as text: `rows` pairs the number that a spreadsheet shows with the cells by column."""

    resource: dict
    rows: list[tuple[int, dict[str, str]]]

    @property
    def fields(self) -> list[dict]:
        return self.resource["schema"]["fields"]

    def fault(self, number: int, column: str, value: str, what: str) -> str:
        return f"{self.resource['path']}, row {number}, column {column}: {_shown(value)} {what}."


_Sheets = dict[str, _Sheet]


@functools.cache
def _own_tables() -> Tables:
    return _read(DATA)


@functools.cache
def _resources() -> list[dict]:
    return json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]


def _read(folder: Path) -> Tables:
    if not folder.is_dir():
        raise DataFault([f"There is no folder {folder}."], folder)
    faults: list[str] = []
    sheets: _Sheets = {}
    for resource in _resources():
        try:
            sheets[resource["name"]] = _sheet(_text(folder, resource["path"]), resource, faults)
        except _Unreadable as fault:
            faults.append(f"{resource['path']} {fault}.")
    for sheet in sheets.values():
        faults += [*_cell_faults(sheet), *_key_faults(sheet)]
    for rule in (_reference_faults, _role_faults, _measurement_faults, _exercise_faults):
        faults += rule(sheets)
    if faults:
        raise DataFault(faults, folder)
    return Tables(**{name: _frame(sheet) for name, sheet in sheets.items()})


class _Unreadable(Exception):
    """A file that holds no table at all; the text goes on from the file's name."""


def _text(folder: Path, name: str) -> str:
    path = folder / name
    if not path.exists():
        raise _Unreadable("is missing")
    if not path.is_file():
        raise _Unreadable("is not a file")
    # A link must not lead the reader to a file that is no part of the tables.
    if path.resolve().parent != folder.resolve():
        raise _Unreadable("is a link to a place outside its folder; put the file itself there")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _Unreadable(f"cannot be read: {error.strerror}") from None
    if b"\0" in content:
        raise _Unreadable(f"holds a NUL byte in line {_line(content, content.index(0))}; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable(f"is not UTF-8 in line {_line(content, error.start)}; save it as UTF-8") from None


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _sheet(text: str, resource: dict, faults: list[str]) -> _Sheet:
    path = resource["path"]
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise _Unreadable(f"is not a CSV table: {error}") from None
    if not records:
        raise _Unreadable("is empty; its first row must name the columns")
    header, *body = records
    known = [field["name"] for field in resource["schema"]["fields"]]
    faults += [f"{path}, row 1: column {name} is missing." for name in known if name not in header]
    for name in dict.fromkeys(header):
        if name not in known:
            faults.append(f"{path}, row 1: there is no column {_shown(name)}{_hint(name, known)}.")
        if header.count(name) > 1:
            faults.append(f"{path}, row 1: column {_shown(name)} stands there {header.count(name)} times.")
    if not body:
        faults.append(f"{path} has a header and no rows.")
    rows = []
    for number, cells in enumerate(body, start=2):
        if len(cells) != len(header):
            faults.append(f"{path}, row {number}: it has {len(cells)} cells; the header has {len(header)}.")
            # The first cell still counts, so that rows of other tables that name its id are not faults too.
            cells = cells[:1]
        rows.append((number, dict(zip(header, cells, strict=False))))
    return _Sheet(resource, rows)


def _cell_faults(sheet: _Sheet) -> Iterator[str]:
    # Most cells of a column repeat a few values: each value is judged once.
    judges = [
        (field["name"], functools.cache(functools.partial(_wrong, field=field))) for field in sheet.fields
    ]
    for number, row in sheet.rows:
        for column, judge in judges:
            value = row.get(column)
            what = None if value is None else judge(value)
            if what:
                yield sheet.fault(number, column, value, what)


def _wrong(value: str, field: dict) -> str | None:
    """Say what is wrong with one cell, or None."""
    limits = field.get("constraints", {})
    if not value:
        return "is empty; a value is required" if limits.get("required") else None
    if value != value.strip():
        return "begins or ends with a space"
    if not value.isprintable():
        return "holds a line break or another character that does not show"
    if field["type"] in ("number", "integer"):
        return _wrong_number(value, field["type"], limits)
    if field["type"] == "boolean":
        return None if value in ("true", "false") else "is not allowed; allowed: true, false"
    if field["type"] == "list":
        return _wrong_list(value, field)
    return _wrong_text(value, limits)


def _wrong_number(value: str, kind: str, limits: dict) -> str | None:
    if kind == "integer" and not re.fullmatch(INTEGER, value):
        return "is not a whole number; write it like 12"
    if not re.fullmatch(NUMBER, value):
        return "is not a number; write it like 12.5"
    low, high = limits.get("minimum", float("-inf")), limits.get("maximum", float("inf"))
    if low <= float(value) <= high:
        return None
    return f"is out of range; allowed: {low} " + ("or more" if high == float("inf") else f"to {high}")


def _wrong_list(value: str, field: dict) -> str | None:
    items, allowed = parts(value), field.get("itemEnum")
    if any(item != item.strip() or not item for item in items):
        return 'has an empty item or spaces around ";"'
    if field.get("references") and len(set(items)) < len(items):
        return "names the same id twice"
    strange = [item for item in items if allowed and item not in allowed]
    if strange:
        return f"holds {_shown(strange[0])}, which is not allowed; allowed: {', '.join(allowed)}"
    return None


def _wrong_text(value: str, limits: dict) -> str | None:
    allowed = limits.get("enum")
    if allowed and value not in allowed:
        return f"is not allowed; allowed: {', '.join(allowed)}"
    if not re.fullmatch(limits.get("pattern", ".*"), value):
        return f"is not written as it must be; allowed pattern: {limits['pattern']}"
    if len(value) > limits.get("maxLength", len(value)):
        return f"has {len(value)} characters; allowed: {limits['maxLength']}"
    return None


def _key_faults(sheet: _Sheet) -> Iterator[str]:
    unique = [[f["name"]] for f in sheet.fields if f.get("constraints", {}).get("unique")]
    keys = unique + [key for key in [sheet.resource["schema"]["primaryKey"]] if key not in unique]
    for key in keys:
        first: dict[tuple, int] = {}
        for number, row in sheet.rows:
            if all(row.get(name) for name in key):
                value = tuple(row[name] for name in key)
                if first.setdefault(value, number) != number:
                    what = f"already stands in row {first[value]}; it must be unique"
                    yield sheet.fault(number, ", ".join(key), ", ".join(value), what)


def _reference_faults(sheets: _Sheets) -> Iterator[str]:
    known = functools.cache(lambda target: _column(sheets, *target.split(".")))
    for sheet in sheets.values():
        for number, row in sheet.rows:
            for column, value, target in _references(sheet, row):
                allowed = known(target)
                if allowed and value and value not in allowed:
                    where = "the column {1} of {0}.csv".format(*target.split("."))
                    yield sheet.fault(number, column, value, f"is not in {where}{_hint(value, allowed)}")


def _references(sheet: _Sheet, row: dict[str, str]) -> Iterator[tuple[str, str, str]]:
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


def _column(sheets: _Sheets, table: str, column: str) -> dict[str, None]:
    """Return the values of a column in their order; empty where that table could not be read."""
    rows = sheets[table].rows if table in sheets else []
    return dict.fromkeys(row[column] for _, row in rows if row.get(column))


def _role_faults(sheets: _Sheets) -> Iterator[str]:
    sheet = sheets.get("roles")
    wholes = _column(sheets, "muscles", "part_of")
    for number, row in sheet.rows if sheet else []:
        role, muscle = row.get("role", ""), row.get("muscle_id", "")
        rule = sheet.resource["roleRules"].get(role)
        contraction, emphasis = row.get("contraction"), row.get("emphasis", "")
        if rule and contraction and contraction not in rule["contraction"]:
            what = f"does not go with {role}; allowed: {', '.join(rule['contraction'])}"
            yield sheet.fault(number, "contraction", contraction, what)
        if rule and re.fullmatch(INTEGER, emphasis):
            low, high = rule["emphasis"]
            if not low <= int(emphasis) <= high:
                what = f"does not go with {role}; allowed: {low} to {high}"
                yield sheet.fault(number, "emphasis", emphasis, what)
        if muscle in wholes and muscle not in sheet.resource["groupsAllowed"]:
            named = [m["muscle_id"] for _, m in sheets["muscles"].rows if m.get("part_of") == muscle]
            what = f"is a group or a whole; allowed: its parts ({', '.join(named)})"
            yield sheet.fault(number, "muscle_id", muscle, what)


def _measurement_faults(sheets: _Sheets) -> Iterator[str]:
    """Yield EMG rows whose statistic and numbers do not go together."""
    sheet = sheets.get("emg")
    for number, row in sheet.rows if sheet else []:
        statistic = row.get("statistic", "")
        needed, barred = (("low", "high"), "value") if statistic == "range" else (("value",), None)
        for column in needed:
            if row.get(column) == "":
                yield sheet.fault(number, column, "", f"is empty; the statistic {statistic} needs it")
        if barred and row.get(barred):
            yield sheet.fault(number, barred, row[barred], f"does not go with {statistic}; leave it empty")
        low, high = row.get("low", ""), row.get("high", "")
        if re.fullmatch(NUMBER, low) and re.fullmatch(NUMBER, high) and float(low) > float(high):
            yield sheet.fault(number, "low", low, f"is above the high end, {high}")


def _exercise_faults(sheets: _Sheets) -> Iterator[str]:
    """Yield names that two exercises share, and nearest exercises without a value or a difference."""
    sheet = sheets.get("exercises")
    measured = _column(sheets, "emg", "exercise_id")
    owner: dict[str, str] = {}
    for number, row in sheet.rows if sheet else []:
        own = row.get("exercise_id", "")
        for column in ("exercise_id", "name", "aliases"):
            for term in parts(row.get(column, "")):
                other = owner.setdefault(_plain(term), own)
                if other != own:
                    what = f"already names {other}; a name finds one exercise"
                    yield sheet.fault(number, column, term, what)
        nearest = parts(row.get("nearest_measured", ""))
        for exercise in nearest if measured else []:
            if exercise not in measured:
                yield sheet.fault(number, "nearest_measured", exercise, "has no value in emg.csv")
        differs = row.get("nearest_differs", "")
        if len(parts(differs)) != len(nearest):
            what = f"holds {len(parts(differs))} phrases; nearest_measured names {len(nearest)} exercises"
            yield sheet.fault(number, "nearest_differs", differs, what)


def _frame(sheet: _Sheet) -> pd.DataFrame:
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
            f"Name the {kind} by text such as {example!r}, not by {_shown(repr(text), quote='')}."
        )
    if _plain(text) in known:
        return known[_plain(text)]
    close = difflib.get_close_matches(_plain(text[:LONGEST_SHOWN]), known, n=12, cutoff=0.5)
    ids = list(dict.fromkeys(known[term] for term in close))[:3]
    nearest = f"Nearest: {', '.join(ids)}." if ids else f"The ids stand in {kind}s.csv: {example} is one."
    raise ValueError(f"No {kind} is called {_shown(text)}. {nearest}")


def _plain(term: str) -> str:
    """Return a name without the differences that a reader would not mean: case, spaces, hyphens."""
    return re.sub(r"[\s_-]+", " ", term).strip().casefold()


def _hint(value: str, allowed: Iterable[str]) -> str:
    close = difflib.get_close_matches(value[:LONGEST_SHOWN], list(allowed), n=1)
    return f"; nearest: {close[0]}" if close else ""


def _shown(value: str, quote: str = "'") -> str:
    short = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
    return f"{quote}{short if short.isprintable() else repr(short)[1:-1]}{quote}"


def _hash(path: Path) -> str:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def main(arguments: list[str]) -> int:
    """Run `check` or `seal` on the course's own tables and return the exit code."""
    if arguments not in (["check"], ["seal"]):
        print("Say one of: check, seal.")
        return 2
    try:
        _read(DATA)
    except DataFault as fault:
        print(fault)
        return 1
    if arguments == ["seal"]:
        try:
            sealed = [f"{name}.csv" for name in seal(DATA)]
        except OSError as fault:
            print(f"Nothing was sealed: {fault.filename or DATA} cannot be written ({fault.strerror}).")
            return 1
        print(f"Sealed: {', '.join(sealed) or 'nothing had changed'}.")
        return 0
    changed = [f"{name}.csv" for name in unsealed(DATA)]
    print(f"OK. Not sealed yet: {', '.join(changed)}." if changed else "OK")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
