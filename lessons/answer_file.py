"""Open the file of answers, which may be locked, full, moved or damaged, and say in words what is wrong."""

import errno
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

ELSEWHERE = (
    "To keep your answers in another file, set the variable KICKBACK_PROGRESS to its path "
    "before you start the course"
)
FULL = "the disk is full, or the space that you may use is used up; make room"
_BRIEF = 0.02  # seconds to wait where a wait was in vain, so that a page waits once and not at each question
_VAIN = 60  # seconds for which a file that stayed locked is taken to be locked still
_FULL_ERRNOS = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
# A quota (EDQUOT) or a limit on a file's size (EFBIG) reaches SQLite as a failed write, not as a full disk.
_NO_ROOM = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_CLOSE,
)
_LOCKED = (
    sqlite3.SQLITE_IOERR_LOCK,
    sqlite3.SQLITE_IOERR_UNLOCK,
    sqlite3.SQLITE_IOERR_RDLOCK,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
    sqlite3.SQLITE_IOERR_BLOCKED,
)
# Until when (monotonic seconds) a file is taken to be locked, by its path.
_locked_until: dict[str, float] = {}


class Unusable(Exception):
    """The file could not be used; the text tells the reader why and what to do."""


class _Damaged(Exception):
    """The file is none that the course can have written like this."""


class AnswerFile:
    """The file of answers at a path.

    `tables` names the columns of each table; `version` is the number that the course gives its files; `wait`
    is how many seconds another notebook has to finish its own write.
    """

    def __init__(self, path: Path, tables: dict[str, list[str]], version: int, wait: float):
        self.path, self._tables, self._version, self._wait = path, tables, version, wait

    @property
    def exists(self) -> bool:
        """Whether there is a file; raises `Unusable` where that cannot be seen."""
        return self._identity() is not None

    def use(self, work: Callable, tell: Callable[[str], None]):
        """Open the file, return what `work` gives for its connection, and close it.

        A damaged file is set aside, which `tell` is told of, and a new one begun. Raises `Unusable`.
        """
        for last_time in (False, True):
            seen = self._identity()
            try:
                found = self._once(work)
            except (sqlite3.Error, UnicodeDecodeError, _Damaged) as fault:
                code = getattr(fault, "sqlite_errorcode", None) or 0
                if _is_locked(code):
                    _locked_until[str(self.path)] = time.monotonic() + _VAIN
                moved = code == sqlite3.SQLITE_READONLY_DBMOVED  # another notebook set it aside: begin again
                if last_time or not (moved or _is_damage(code, fault)):
                    raise Unusable(self._reason(code, fault)) from None
                if not moved and self._identity() == seen:  # else another notebook has set it aside by now
                    tell(self._set_aside())
            else:
                _locked_until.pop(str(self.path), None)
                return found

    def rename(self, why: str) -> Path:
        """Give the file another name beside the old one, with its journal; return it. May raise OSError."""
        file, stamp = self.path, datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside = file.with_name(f"{file.stem}-{why}-{stamp}-{uuid.uuid4().hex[:6]}{file.suffix}")
        file.rename(aside)
        journal = file.with_name(file.name + "-journal")
        if journal.exists():
            journal.rename(aside.with_name(aside.name + "-journal"))
        return aside

    def make_folder(self) -> None:
        """Make the folder that the file stands in; raises `Unusable`."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            if fault.errno in _FULL_ERRNOS:
                raise Unusable(FULL) from None
            raise Unusable(f"the folder {folder} cannot be made ({fault.strerror}). {ELSEWHERE}") from None

    def _once(self, work: Callable):
        patience = _BRIEF if time.monotonic() < _locked_until.get(str(self.path), 0) else self._wait
        with closing(sqlite3.connect(self.path, timeout=patience, isolation_level=None)) as opened:
            opened.text_factory = lambda raw: raw.decode("utf-8", "replace")
            self._recognize(opened)
            return work(opened)

    def _recognize(self, opened: sqlite3.Connection) -> None:
        """Stop at a file that is not the course's to change, and at one whose tables are no longer ours."""
        (version,) = opened.execute("pragma user_version").fetchone()
        if version not in (0, self._version):
            said = "was written by a newer version of the course and stays as it is"
            raise Unusable(f"{self.path} {said}. {ELSEWHERE}")
        try:
            is_empty = opened.execute("select 1 from sqlite_master").fetchone() is None
        except sqlite3.OperationalError as fault:
            # A schema that SQLite cannot take in. Without our number it may be that of another program.
            if version and fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_ERROR:
                raise _Damaged from None
            raise
        if not version and not is_empty:
            raise Unusable(f"{self.path} belongs to another program and stays as it is. {ELSEWHERE}")
        for table, columns in self._tables.items():
            held = [line[1] for line in opened.execute(f"pragma table_info({table})")]
            if held and held != columns:
                raise _Damaged

    def _identity(self) -> int | None:
        """Return what tells this file from a later one of the same name; None if there is no file."""
        try:
            return self.path.stat().st_ino if self.path.exists() else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as fault:
            said = getattr(fault, "strerror", None) or fault
            raise Unusable(f"{self.path} cannot be reached ({said}). {ELSEWHERE}") from None

    def _set_aside(self) -> str:
        try:
            aside = self.rename("damaged")
        except OSError as fault:
            said = f"is damaged and cannot be set aside ({fault.strerror})"
            raise Unusable(f"{self.path} {said}. {ELSEWHERE}") from None
        return (
            f"The file of your earlier answers was damaged. It was set aside, unchanged, as {aside}; "
            "a new one takes your answers from now on."
        )

    def _reason(self, code: int, fault: Exception) -> str:
        plain = code & 0xFF
        if _is_locked(code):
            return (
                f"{self.path} is locked. Another notebook may still be writing: close it. Or the file stands "
                "in a home folder on a network that cannot lock files: set the variable KICKBACK_PROGRESS "
                "to a file on this computer's own disk before you start the course"
            )
        if plain == sqlite3.SQLITE_FULL or code in _NO_ROOM or self._is_full(plain):
            return FULL
        if plain in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            said = "is a folder, not a file" if self.path.is_dir() else "cannot be opened"
        elif plain == sqlite3.SQLITE_READONLY:
            said = "is write-protected"
        else:
            said = f"cannot be used ({fault})" if str(fault) else "is damaged"
        return f"{self.path} {said}. {ELSEWHERE}"

    def _is_full(self, plain: int) -> bool:
        """Try whether the folder takes a file: SQLite does not say why it could not make its journal."""
        if plain != sqlite3.SQLITE_CANTOPEN:
            return False
        try:
            with tempfile.TemporaryFile(dir=self.path.parent) as file:
                file.write(bytes(4096))
        except OSError as fault:
            return fault.errno in _FULL_ERRNOS
        return False


def _is_damage(code: int, fault: Exception) -> bool:
    damaged = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return not isinstance(fault, sqlite3.Error) or code & 0xFF in damaged


def _is_locked(code: int) -> bool:
    return code in _LOCKED or code & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
    )
