"""Read `datapackage.json`, the description that every table is checked against, and check it itself."""

import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from lessons.reading import DataFault, listed, one_of, read_json, shown

NAME = "datapackage.json"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_CONSTRAINTS = {
    "required?": bool,
    "unique?": bool,
    "enum?": [str],
    "minimum?": float,
    "maximum?": float,
    "maxLength?": int,
}


def resources(folder: Path, tables: Collection[str]) -> list[dict]:
    """Return the description of every table, in order.

    `tables` are the names of those that there must be. Raises DataFault with everything that is wrong.
    """
    package = read_json(folder, NAME, _PACKAGE)
    found = [f"{NAME}: {fault}" for fault in _faults(package["resources"], tables)]
    if found:
        raise DataFault(found[:20], folder, "description", len(found))
    return package["resources"]


def _word(value: object) -> str:
    fits = isinstance(value, str) and _WORD.fullmatch(value)
    return "" if fits else "a name of letters, digits and _ must stand"


def _pattern(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200:
        return "a short regular expression must stand"
    # A repeated group that holds a repetition can take for ever on one cell.
    if re.search(r"\)[*+{?]", value):
        return "a regular expression without repeated groups must stand"
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(value)
    except (re.error, OverflowError, RecursionError):
        return "a regular expression must stand"
    return ""


def _two_steps(value: object) -> str:
    whole = isinstance(value, list) and [type(one) for one in value] == [int, int]
    return "" if whole else "the lowest and the highest emphasis must stand"


def _one_column(value: object) -> str:
    return (
        "" if isinstance(value, list) and len(value) == 1 and not _word(value[0]) else "one name must stand"
    )


_PACKAGE = {
    "resources": [
        {
            "name": _word,
            "path": str,
            "hash": str,
            "schema": {
                "fields": [
                    {
                        "name": _word,
                        "type": one_of("string", "number", "integer", "boolean", "list"),
                        "constraints?": _CONSTRAINTS | {"pattern?": _pattern},
                        "categorical?": one_of("ordered", "unordered"),
                        "delimiter?": one_of(";"),
                        "itemEnum?": [str],
                        "references?": str,
                        "referencesByKind?": {str: str},
                    }
                ],
                "primaryKey": [str],
                "foreignKeys?": [
                    {"fields": _one_column, "reference": {"resource": str, "fields": _one_column}}
                ],
            },
            "roleRules?": {str: {"contraction": [str], "emphasis": _two_steps}},
            "groupsAllowed?": [str],
        }
    ]
}


def _faults(found: list[dict], tables: Collection[str]) -> Iterator[str]:
    """Yield what is wrong between parts that each have the right shape."""
    names = [resource["name"] for resource in found]
    yield from _twice(names, "resources")
    missing = [name for name in tables if name not in names]
    if missing:
        yield f"resources: the tables {listed(missing)} are not described."
    columns = {one["name"]: {field["name"] for field in one["schema"]["fields"]} for one in found}
    for resource in found:
        name = resource["name"]
        if name not in tables:
            yield f"resources: the course has no table {name}."
        if resource["path"] != f"{name}.csv":
            yield f"{name}, path: {shown(resource['path'])} stands where {name}.csv must stand."
        for key in ("roleRules", "groupsAllowed"):
            if name == "roles" and key not in resource:
                yield f"roles, {key} is missing."
        for fault in _schema_faults(resource, columns):
            yield f"{name}, {fault}"


def _schema_faults(resource: dict, columns: dict[str, set[str]]) -> Iterator[str]:
    name, schema = resource["name"], resource["schema"]
    yield from _twice([field["name"] for field in schema["fields"]], "fields")
    for key in (schema["primaryKey"], *(one["fields"] for one in schema.get("foreignKeys", []))):
        for column in key or [""]:
            if column not in columns[name]:
                yield f"keys: there is no column {shown(column)}."
    for key in schema.get("foreignKeys", []):
        table, column = key["reference"]["resource"] or name, key["reference"]["fields"][0]
        if column not in columns.get(table, ()):
            yield f"foreignKeys: there is no column {shown(f'{table}.{column}')}."
    for field in schema["fields"]:
        for fault in _field_faults(field, columns):
            yield f"column {field['name']}: {fault}"


def _field_faults(field: dict, columns: dict[str, set[str]]) -> Iterator[str]:
    limits = field.get("constraints", {})
    known = {key.removesuffix("?") for key in _CONSTRAINTS} | {"pattern"}
    for name in limits:
        if name not in known:
            yield f"the constraint {shown(name)} is not known; there are {listed(sorted(known))}."
    enum = limits.get("enum", [])
    if len(set(enum)) < len(enum):
        yield "enum names a word twice."
    if field.get("categorical") and not enum:
        yield "enum is missing; a categorical column needs it."
    targets = [field["references"]] if "references" in field else []
    for target in [*targets, *field.get("referencesByKind", {}).values()]:
        table, _, column = target.partition(".")
        if column not in columns.get(table, ()):
            yield f"it refers to {shown(target)}, which is no column."


def _twice(names: Iterable[str], where: str) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{where}: {name} stands there twice."
        seen.add(name)
