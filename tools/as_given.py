"""Know the lessons as they came, list what differs, and give one back: `python3 course.py restore 02`.

It needs Python's standard library only, so that it works before the set-up and where the set-up is broken.
"""

import difflib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
LIST = Path(__file__).with_name("as_given.json")
AS_IT_CAME, CHANGED, MISSING = "as it came", "changed", "missing"


class Refused(Exception):
    """Nothing was given back; the text says why and what to do."""


def fingerprint(content: bytes) -> str:
    """Return the SHA-256 of a notebook, the same for both ways to end a line."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def listed() -> dict[str, str]:
    """Return the lessons as the course gives them: name to fingerprint, in the order of the course."""
    return json.loads(LIST.read_text(encoding="utf-8"))


def record(paths: Iterable[Path]) -> None:
    """Take the notebooks at `paths` for what the course gives; those that are gone leave the list."""
    known = {name: mark for name, mark in listed().items() if path_of(name).exists()} if LIST.exists() else {}
    known |= {path.stem: fingerprint(path.read_bytes()) for path in paths}
    text = json.dumps(dict(sorted(known.items())), indent=1) + "\n"
    if not LIST.exists() or LIST.read_text(encoding="utf-8") != text:
        LIST.write_text(text, encoding="utf-8", newline="\n")


def path_of(name: str) -> Path:
    return NOTEBOOKS / f"{name}.ipynb"


def state(name: str) -> str:
    """Return whether a lesson is as it came, changed or missing."""
    path = path_of(name)
    if not path.is_file():
        return MISSING
    return AS_IT_CAME if fingerprint(path.read_bytes()) == listed()[name] else CHANGED


def keep(folder: Path) -> None:
    """Copy every lesson that is as it came into `folder`, under its fingerprint, if it is not there yet."""
    for name, mark in listed().items():
        copy = folder / f"{mark}.ipynb"
        if copy.exists() or not path_of(name).is_file():
            continue
        content = path_of(name).read_bytes()
        if fingerprint(content) == mark:
            folder.mkdir(parents=True, exist_ok=True)
            put(content, copy)


def put(content: bytes, path: Path) -> None:
    """Write a file in one go: a full disk or a power cut leaves what was there before."""
    draft = path.with_name(f".{path.name}-{os.getpid()}.draft")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def original(name: str, folder: Path) -> bytes | None:
    """Return a lesson as it came, from the kept copies or from git; None if neither has it."""
    copy = folder / f"{listed()[name]}.ipynb"
    kept = [copy.read_bytes()] if copy.is_file() else []
    for content in (*kept, *committed(f"notebooks/{name}.ipynb")):
        if fingerprint(content) == listed()[name]:
            return content
    return None


def committed(path: str) -> Iterable[bytes]:
    """Yield a file of the course in the states in which git has it, the newest first; nothing without git."""
    for commit in git("log", "--format=%H", "--max-count=200", "--", path).decode("ascii").split():
        yield git("show", f"{commit}:./{path}")


def git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True)
    except OSError:
        return b""
    return done.stdout if done.returncode == 0 else b""


def chosen(words: list[str]) -> list[str]:
    """Return the names of the lessons that a reader means. Raises Refused for a word that means none."""
    names = list(listed())
    if [word.lower() for word in words] == ["all"]:
        return names
    return list(dict.fromkeys(meant(word, names) for word in words))


def meant(word: str, names: list[str]) -> str:
    plain = word.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".ipynb")
    if plain.isdigit():
        plain = plain.zfill(2)
    for name in names:
        if plain in (name, name[:2]):
            return name
    near = difflib.get_close_matches(plain, names, 1, 0.4)
    question = f" Did you mean {near[0]}?" if near else ""
    raise Refused(f"There is no lesson {word!r}.{question} There are: {', '.join(names)}. All of them: all.")


def give_back(name: str, content: bytes) -> Path | None:
    """Put a lesson back as it came; return the file that keeps what was there, None if there was none."""
    path, aside = path_of(name), None
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        aside = free_name(name)
        shutil.copy2(path, aside)  # copied, not moved: the lesson is there at any moment
    put(content, path)
    return aside


def free_name(name: str) -> Path:
    """Return a new file beside a lesson. Neither a number of a lesson nor its name stands at its start."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    paths = (NOTEBOOKS / f"kickback-kept-{name}-{stamp}{more}.ipynb" for more in ("", *range(-2, -99, -1)))
    return next(path for path in paths if not path.exists())


def listing(command: str) -> str:
    """Return what to tell a reader who names no lesson: which differ from the course, and how to go on."""
    states = {name: state(name) for name in listed()}
    differing = [f"  {name:28} {found}" for name, found in states.items() if found != AS_IT_CAME]
    if not differing:
        return "All lessons are as they came."
    example = next(name for name, found in states.items() if found != AS_IT_CAME)
    short = example[:2] if example[:2].isdigit() else example
    return (
        "These lessons are not as they came (to run one and save it is a change):\n"
        + "\n".join(differing)
        + f"\nTo have one back: {command} restore {short}, or all of them: {command} restore all\n"
        "What you have now is kept beside it, and your answers stay: they are stored elsewhere."
    )


def restore(names: list[str], folder: Path) -> None:
    """Give the named lessons back and say so; raise Refused at the end if one is nowhere to be had."""
    wanted = {name: original(name, folder) for name in names if state(name) != AS_IT_CAME}
    nowhere = [name for name, content in wanted.items() if content is None]
    for name in names:
        if name not in wanted:
            print(f"{name} is as it came.")
        elif wanted[name] is not None:
            aside = give_back(name, wanted[name])
            kept = f" What you had is kept in {aside.relative_to(ROOT)}." if aside else ""
            print(f"{name} is as it came again.{kept}")
    if any(content is not None for content in wanted.values()):
        print(
            "Your answers are untouched. If the lesson is open in JupyterLab, choose File, then "
            "Reload Notebook from Disk."
        )
    if nowhere:
        raise Refused(
            f"This computer has no copy of {', '.join(nowhere)} as it came, so that lesson stays as it is.\n"
            "Get the course again, into a new folder. Your answers are stored elsewhere and will be there."
        )


def main(words: list[str], folder: Path, command: str) -> int:
    """List what differs, or give back the lessons that `words` name; return 1 where that cannot be done.

    `folder` holds the kept copies; `command` is how a reader calls the course.
    """
    with suppress(OSError):  # a copy for later is not worth refusing what is asked now
        keep(folder)
    try:
        if words:
            restore(chosen(words), folder)
        else:
            print(listing(command))
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0
