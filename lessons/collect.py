"""Find the files of answers in what a class handed in: a folder, folders in it, zips, or a single file."""

import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

from lessons import handed_in

_TABLES = {".csv", ".tsv", ".txt"}
_WORKBOOKS = {".xlsx", ".xls", ".xlsm", ".ods", ".numbers"}
_PACKED = {".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz"}
# What computers and programs put beside files by themselves; a name with a dot in front is hidden.
_OF_PROGRAMS = re.compile(r"\..*|~\$.*|__MACOSX|Thumbs\.db|desktop\.ini|\$RECYCLE\.BIN", re.IGNORECASE)
_OURS = "kickback-answers"
_MOST_FILES = 10_000
_MOST_UNPACKED = 100_000_000  # bytes of all zips together
_ENCRYPTED = 1  # a bit in a zip's list of files
_MOST_DEEP = 50  # folders in folders
_BROKEN = (
    *(zipfile.BadZipFile, lzma.LZMAError, zlib.error, struct.error, EOFError),
    *(RuntimeError, OSError, ValueError),
)


class _Enough(Exception):
    """More files than any class hands in."""


@dataclass
class Found:
    """What was found: `files` of answers, a sentence in `skipped` for each bad file, and `looked`: where."""

    files: list[handed_in.File] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    looked: str = ""


def read(place: str | Path, encoding: str = "") -> Found:
    """Read every file of answers in a folder with its subfolders and zips, or one CSV file or zip.

    `encoding` is as in `handed_in.parse`. A file that is none is named in `skipped`, and the rest is read.
    Raises ValueError if there is no such folder or file, or it cannot be opened.
    """
    place = Path(place)
    with suppress(OSError, RuntimeError, ValueError):
        place = place.expanduser().resolve()
    try:
        if encoding:
            b"a".decode(encoding)
        kind = place.stat().st_mode
    except LookupError:
        raise ValueError(f"There is no encoding {encoding!r}; one that Macs write is mac_roman.") from None
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(
            f"There is no folder {printable(place)}; name the one that holds the CSV files."
        ) from None
    except OSError as fault:
        raise ValueError(f"{printable(place)} cannot be opened ({_why(fault)}).") from None
    except ValueError:
        raise ValueError(f"No folder can be called {printable(place)}.") from None
    if not stat.S_ISDIR(kind) and not stat.S_ISREG(kind):
        raise ValueError(f"{printable(place)} is neither a folder nor a file.")
    look = _Look(encoding)
    try:
        look.folder(place, "") if stat.S_ISDIR(kind) else look.file(place, place.name)
    except _Enough:
        look.found.skipped.append(f"Only the first {_MOST_FILES} files in {printable(place)} were looked at.")
    look.found.looked = look.sentence(place)
    return look.found


def printable(name) -> str:
    """Return a file's name as text that can be shown: what is no letter in it becomes a mark."""
    text = str(name).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"[\x00-\x1f\x7f]", "\ufffd", text)


class _Look:
    """One look through a folder."""

    def __init__(self, encoding: str):
        self.found, self._encoding = Found(), encoding
        self._kinds: Counter = Counter()
        self._folders: set = set()
        self._left = _MOST_UNPACKED

    def folder(self, folder: Path, shown: str) -> None:
        """Look into a folder; links that lead back to one that was seen are left."""
        try:
            about = folder.stat()
            if (about.st_dev, about.st_ino) in self._folders:
                return
            self._folders.add((about.st_dev, about.st_ino))
            inside = sorted(folder.iterdir())
        except OSError as fault:
            if not shown:
                raise ValueError(f"{printable(folder)} cannot be opened ({_why(fault)}).") from None
            self._skip(shown, f"it cannot be opened ({_why(fault)})")
            return
        if shown.count("/") > _MOST_DEEP:
            self._skip(shown, "it lies too deep in other folders")
            return
        if not inside and folder.suffix.casefold() in {".csv", ".zip"}:
            self._skip(shown, "it is an empty folder")
        for path in inside:
            if not _OF_PROGRAMS.fullmatch(path.name):
                self._entry(path, f"{shown}/{path.name}".lstrip("/"))

    def _entry(self, path: Path, shown: str) -> None:
        try:
            kind = path.stat().st_mode
        except OSError as fault:
            if self._counts(path.name):
                self._skip(shown, f"it cannot be opened ({_why(fault)})")
            return
        if stat.S_ISDIR(kind):
            self.folder(path, shown)
        elif stat.S_ISREG(kind):
            self.file(path, shown)
        elif self._counts(path.name):
            # Reading a pipe would wait for ever.
            self._skip(shown, "it is no file but a pipe or a device")

    def file(self, path: Path, shown: str) -> None:
        """Look into a file on the disk."""
        if not self._counts(path.name, shown):
            return
        try:
            if path.suffix.casefold() == ".zip":
                with zipfile.ZipFile(path) as packed:
                    self._zip(packed, shown, inner=False)
                return
            with path.open("rb") as file:
                content = file.read(handed_in.MOST_BYTES + 1)
        except _BROKEN as fault:
            self._skip(shown, f"it cannot be read ({_why(fault)})")
            return
        self._parse(content, shown)

    def _zip(self, packed: zipfile.ZipFile, shown: str, *, inner: bool) -> None:
        for member in packed.infolist():
            name = PurePosixPath(member.filename.replace("\\", "/"))
            if member.is_dir() or any(_OF_PROGRAMS.fullmatch(part) for part in name.parts):
                continue
            within = f"{shown}/{name}"
            if not self._counts(name.name, within):
                continue
            is_zip = name.suffix.casefold() == ".zip"
            if member.flag_bits & _ENCRYPTED:
                self._skip(within, "it needs a password; unpack it")
                continue
            try:
                with packed.open(member) as file:
                    content = file.read(
                        max(0, self._left if is_zip else min(self._left, handed_in.MOST_BYTES)) + 1
                    )
                self._left -= len(content)
                if self._left < 0:
                    self._skip(within, "it unpacks to more than a class can hand in")
                    return
                if not is_zip:
                    self._parse(content, within)
                elif inner:
                    self._skip(within, "it is a zip in a zip in a zip; unpack it")
                else:
                    with zipfile.ZipFile(BytesIO(content)) as nested:
                        self._zip(nested, within, inner=True)
            except _BROKEN as fault:
                self._skip(within, f"it cannot be unpacked ({_why(fault)})")

    def _parse(self, content: bytes, shown: str) -> None:
        try:
            self.found.files += handed_in.parse(content, printable(shown), self._encoding)
        except ValueError as reason:
            # Notes and log files are no attempt to hand in answers.
            if not shown.casefold().endswith(".txt") or _OURS in shown.casefold():
                self._skip(shown, str(reason))

    def _counts(self, name: str, shown: str = "") -> bool:
        """Count a file by its kind and return whether to look into it; name what may have been meant."""
        kind = PurePosixPath(name).suffix.casefold()
        self._kinds[kind] += 1
        if sum(self._kinds.values()) > _MOST_FILES:
            raise _Enough
        if kind in _TABLES or kind == ".zip":
            return True
        if shown and kind in _WORKBOOKS:
            self._skip(shown, "it is a workbook; open it and save it as CSV UTF-8")
        elif shown and kind in _PACKED:
            self._skip(shown, "it is packed in a way that is not read here; unpack it")
        elif shown and _OURS in name.casefold():
            self._skip(shown, "its name does not end in .csv; if it is a file of answers, rename it")
        return False

    def _skip(self, shown: str, reason: str) -> None:
        self.found.skipped.append(f"{printable(shown)} was skipped: {reason}")

    def sentence(self, place: Path) -> str:
        """Say where was looked, what was there and what was wanted."""
        kinds = ", ".join(
            f"{count} {kind[1:] or 'without an ending'}" for kind, count in self._kinds.most_common(8)
        )
        inner = max(0, len(self._folders) - 1)
        where = f" and {inner} {'folder' if inner == 1 else 'folders'} in it" if inner else ""
        return (
            f"We looked in {printable(place)}{where}. "
            f"Files there: {printable(kinds) or 'none'}. "
            "Wanted are the files that ask.export writes, kickback-answers-….csv, or zips of them."
        )


def _why(fault: Exception) -> str:
    if isinstance(fault, OSError):
        return fault.strerror or "the disk does not give it"
    return "it is damaged"
