"""Read a file of the course, or say in one sentence why it cannot be used."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

LONGEST_SHOWN = 60
_LARGEST = 2_000_000  # bytes; the largest file of the course has 400,000
_MANY = 8  # items that a sentence lists
_SAVE = 'save it as UTF-8 (in Excel: "CSV UTF-8")'
_KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", type(None): "null"}


class DataFault(ValueError):
    """Files of the course that cannot be used. `faults` holds a sentence for each cause that was found.

    `count` is how many causes there are, if not all of them have a sentence.
    """

    def __init__(
        self, faults: Iterable[str], folder: Path, what: str = "tables", count: int | None = None
    ) -> None:
        self.faults = tuple(faults)
        count = len(self.faults) if count is None else count
        said = "1 fault" if count == 1 else f"{count} faults"
        super().__init__("\n- ".join([f"{said} in the {what} of {folder}:", *self.faults]))


class Unreadable(Exception):
    """A file that cannot be used at all; the text goes on from the file's name."""


def read_text(folder: Path, name: str) -> str:
    """Return the text of a file; Unreadable says what the file is instead of UTF-8 text."""
    content = read_content(folder, name)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable('is a workbook; save it as text (in Excel: "CSV UTF-8")')
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content.count(0) > len(content) / 5:
        raise Unreadable(f'is UTF-16, which Excel calls "Unicode Text"; {_SAVE}')
    if b"\0" in content:
        raise Unreadable(f"holds a NUL byte in line {_line(content, content.index(0))}; save it as UTF-8")
    try:
        return content.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        where = f"is not UTF-8 in line {_line(content, error.start)}"
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable(f"{where}; {_SAVE}") from None
    raise Unreadable(f'{where} but, it seems, Windows-1252, Excel\'s plain "CSV"; {_SAVE}')


def read_content(folder: Path, name: str) -> bytes:
    """Return the bytes of a file that stands in the folder itself; Unreadable says why it has none."""
    path = folder / name
    try:
        if not path.exists():
            raise Unreadable("is missing")
        if not path.is_file():
            raise Unreadable("is not a file")
        # A link must not lead the reader to a file that is no part of the course.
        if path.resolve().parent != folder.resolve():
            raise Unreadable("is a link to a place outside its folder; put the file itself there")
        if path.stat().st_size > _LARGEST:
            raise Unreadable(f"is larger than {_LARGEST // 1_000_000} MB; no file of the course is")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None


def read_json(folder: Path, name: str, shape, most: int = _MANY) -> object:
    """Return what a JSON file holds if it fits the shape (see `misfits`).

    Raises DataFault with what is wrong and where, at most `most` sentences.
    """
    try:
        value = _parsed(read_text(folder, name))
    except Unreadable as fault:
        raise DataFault([f"{name} {fault}."], folder, "files") from None
    found = [f"{name}: {one}" for one, _ in zip(misfits(value, shape), range(most), strict=False)]
    if found:
        raise DataFault(found, folder, "files")
    return value


def _parsed(text: str) -> object:
    if not text.strip():
        raise Unreadable("is empty")
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not JSON: look at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Unreadable("holds brackets within brackets, too deep to be read") from None
    except ValueError:  # a number longer than Python reads
        raise Unreadable("holds a number of too many digits") from None


def _no_number(word: str) -> float:
    raise Unreadable(f"holds {word}, which is no number")


def misfits(value: object, shape, where: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield a sentence for every place where a JSON value does not fit a shape.

    A shape is str, bool, int or float; `[shape]`, a list of such; a dict of shapes by key ("key?" may be
    missing), or `{str: shape}` for any keys; or a function that returns what is wrong with a value, or "".
    """
    if isinstance(shape, dict):
        yield from _misfits_of_object(value, shape, where)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield _misfit(where, value, "a list must stand")
            return
        for number, item in enumerate(value, 1):
            yield from misfits(item, shape[0], (*where, f"item {number}"))
    elif isinstance(shape, type):
        if not _is_a(value, shape):
            yield _misfit(where, value, f"{_KINDS[shape]} must stand")
    elif what := shape(value):
        yield _misfit(where, value, what)


def _misfits_of_object(value: object, shape: dict, where: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _misfit(where, value, "names with values, in braces, must stand")
        return
    if str in shape:
        for key, item in value.items():
            yield from misfits(item, shape[str], (*where, shown(key)))
        return
    for key, inner in shape.items():
        name = key.removesuffix("?")
        if name in value:
            yield from misfits(value[name], inner, (*where, name))
        elif name == key:
            yield f"{', '.join([*where, name])} is missing."


def _misfit(where: tuple[str, ...], value: object, what: str) -> str:
    place = ", ".join(where) or "at its start"
    return f"{place}: {_brief(value)} stands where {what}."


def _brief(value: object) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return shown(value) if isinstance(value, str) else shown(json.dumps(value), quote="")


def _is_a(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond what a float holds
        return False


def one_of(*allowed: str) -> Callable[[object], str]:
    """Return a shape that only some texts fit."""
    return lambda value: "" if value in allowed else f"one of {listed(allowed)} must stand"


def listed(items: Iterable[object], most: int = _MANY * 2) -> str:
    """Write items in a line; of more than `most` the rest is counted."""
    items = list(map(str, items))
    short = [shown(item, quote="") for item in items[:most]]
    return ", ".join(short) + (f" and {len(items) - most} more" if len(items) > most else "")


def shown(value: str, quote: str = "'") -> str:
    """Write a text as it may stand in a sentence: shortened, nothing in it that does not show."""
    short = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
    return f"{quote}{short if short.isprintable() else repr(short)[1:-1]}{quote}"


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
