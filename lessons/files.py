"""Files to hand in: written whole or not at all, never over another file, and where the student may write."""

import errno
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lessons import progress
from lessons.answer_file import FULL

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_UNKNOWN = {errno.EINVAL, errno.ENOSYS, getattr(errno, "ENOTSUP", errno.EINVAL)}  # no such call here
_MOST_STEM = 150  # bytes of a name in a file's name; the longest that file systems take is 255


def stem(name: str) -> str:
    """Return what of a student's name may stand in a file's name; "" if it has no letter or digit."""
    words = re.sub(r"[^\w-]+", "-", name).strip("-_")
    return words.encode("utf-8", "replace")[:_MOST_STEM].decode(errors="ignore").rstrip("-_")


def write(folder: str | Path, name: str, ending: str, content: bytes) -> Path:
    """Write a new file `name` + `ending` into a folder and return its path.

    A file that stands there with the same content is enough; beside another one a number is added. Where the
    folder belongs to someone else, the file goes into the home folder, or else beside the student's answers.
    Raises OSError, its `strerror` a sentence, and ValueError if there are too many files of the name.
    """
    folder = Path(folder)
    try:
        return _write_into(folder, name, ending, content)
    except OSError as fault:
        refusal = OSError(fault.errno, why_not(fault), str(folder))
        if fault.errno not in _REFUSED and not (fault.errno == errno.ENOENT and folder == Path(".")):
            raise refusal from None
    for other in _students_folders():
        with suppress(OSError):
            return _write_into(other, name, ending, content)
    raise refusal


def elsewhere(path: Path, folder: str | Path) -> str:
    """Return the sentence that a file went into another folder than the one meant; "" if it did not."""
    with suppress(OSError):
        if path.resolve().parent == Path(folder).resolve():
            return ""
    return f"The folder {_full(Path(folder))} cannot be written to, so the file stands in {path.parent}."


def why_not(fault: OSError) -> str:
    """Return in words why a file could not be written, without a full stop."""
    if fault.errno in _FULL:
        return FULL
    if fault.errno in _REFUSED:
        return "you may not write into this folder"
    return fault.strerror or str(fault)


def _students_folders() -> Iterator[Path]:
    with suppress(RuntimeError):  # a user without a home folder
        yield Path.home()
    with suppress(OSError, RuntimeError):
        yield progress.path().parent


def _write_into(folder: Path, name: str, ending: str, content: bytes) -> Path:
    for number in range(1, 1000):
        path = folder / f"{name}{f'-{number}' if number > 1 else ''}{ending}"
        if not os.path.lexists(path):
            with suppress(FileExistsError):
                _write_whole(path, content)
                return path
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return path
    raise ValueError(f"There are too many files of that name in {_full(folder)}; move some away.")


def _write_whole(path: Path, content: bytes) -> None:
    """Write a new file; under its name it appears only when all of it is on the disk."""
    aside = path.with_name(f".kickback-{uuid.uuid4().hex[:12]}.part")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            _reach_disk(file.fileno())
        _give_name(aside, path)
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def _reach_disk(number: int) -> None:
    try:
        os.fsync(number)
    except OSError as fault:
        if fault.errno not in _UNKNOWN:
            raise


def _give_name(aside: Path, path: Path) -> None:
    """Name a file; FileExistsError if the name is taken by now. A plain rename would replace that file."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError, AttributeError):  # a USB drive has no second names
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(aside, path)


def _full(folder: Path) -> Path:
    with suppress(OSError):
        return folder.resolve()
    return folder
