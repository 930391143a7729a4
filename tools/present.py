"""Show a lesson full screen, a screen for each idea, with live panels: `python3 course.py present 02`.

Voila runs the lesson; `stage.js`, which JupyterLab's Present button uses too, turns its page into screens.
Nothing is asked of any other computer.
"""

import atexit
import difflib
import itertools
import os
import secrets
import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Collection
from contextlib import suppress
from datetime import date
from pathlib import Path

import isolation
import listing
import pack_plans
from pack_page import Fault, markdown

from lessons import bank, classroom, progress

ROOT = Path(__file__).resolve().parent.parent
# Each start has a folder of its own: the course's may belong to another user, or show another lesson.
TARGET = Path(tempfile.gettempdir()) / f"kickback-present-{secrets.token_hex(8)}"
EXTENSION = ROOT / "labextension/share/jupyter/labextensions/kickback-lab"
TEMPLATE = "kickback"
USUAL_PORT = 8866
PORTS = ("--port", "--Voila.port")
# Options of Voila that it knows beside its own list, and that take no value.
FLAGS = ("h", "help", "help-all", "version", "show-config", "show-config-json")


def lesson(word: str, notebooks: Path) -> Path:
    """Return the notebook that a reader means: "02", "2", "02_prime_movers", a file's name, or "explorer".

    Raises Fault with the lessons there are, and the nearest; for a copy of a lesson, with another way.
    """
    paths, others = listing.parted(notebooks)
    name = Path(word).name.removesuffix(".ipynb")
    for path in paths:
        if name in (path.stem, path.stem[:2]) or (name.isdigit() and name.zfill(2) == path.stem[:2]):
            return path
    if name in [path.stem for path in others]:
        raise Fault(
            f"{name}.ipynb is not a lesson of the course. To show a page of your own, open it with "
            "python3 course.py lab and press Present."
        )
    stems = [path.stem for path in paths]
    near = difflib.get_close_matches(name, stems, 1, 0.4)
    question = f" Did you mean {near[0]}?" if near else ""
    raise Fault(f"There is no lesson {word!r}.{question} There are: {', '.join(stems)}.")


def prepare(target: Path) -> None:
    """Write the template of the screens where Voila looks for one."""
    place = target / "voila" / "templates" / TEMPLATE
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "tools" / "present", place)
    for path in (EXTENSION / "static").glob("stage.*"):
        shutil.copy(path, place)


def notes(stem: str, plans: Path) -> str:
    """Return the page of notes: the plan without its key, with the place in the lesson at its head."""
    path = plans / f"{stem.replace('_', '-')}.md"
    if path.exists():
        sections = pack_plans.read_one(path)
        parts = [f"<h1>{sections['']}</h1>"]
        parts += [
            f"<h2>{heading}</h2>{markdown(text)}"
            for heading, text in pack_plans.without_key(sections).items()
        ]
    else:
        parts = ["<h1>Notes</h1><p>There is no plan for this page.</p>"]
    page = (EXTENSION / "static" / "notes.html").read_text(encoding="utf-8")
    return page.replace("<!-- plan -->", "".join(parts))


def store(stem: str) -> Path:
    """Return the file of this day's votes for a lesson: a class of another day finds none of them."""
    return progress.path().parent / f"presented-{stem}-{date.today().isoformat()}.sqlite"


def earlier_votes(name: str) -> str:
    """Return what to say when the file of votes holds some already; "" when it holds none."""
    asked = [one for one in bank.questions() if one.lesson == name and one.use == "vote"]
    if not any(count for one in asked for count in _counts(classroom.votes(one.id))):
        return ""
    return (
        "The votes of an earlier class stand in this lesson. If yours is another class, press "
        "New class beside the votes."
    )


def _counts(tally: dict) -> list:
    return [count for when in ("before", "after") for count in tally.get(when) or [] if count]


def sorted_out(arguments: list[str], flags: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the words that name a lesson, and the options, each with its value.

    `flags` names the options that take no value.
    """
    words, options = [], []
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            words.append(argument)
            continue
        options.append(argument)
        if "=" not in argument and argument.lstrip("-") not in flags:
            options += [value for value in [next(rest, None)] if value is not None]
    return words, options


def wrong_port(options: list[str]) -> str:
    """Return what is wrong with the port that is asked for; "" if nothing is, or none is asked for."""
    settings = " ".join(options).replace("=", " ").split(" ")
    for name, value in itertools.pairwise([*settings, ""]):
        if name in PORTS and not (value.isdigit() and 0 < int(value) < 65536):
            return f"{name} takes a number from 1 to 65535, such as --port {USUAL_PORT + 1}."
    return ""


def main(arguments: list[str]) -> int:
    """Serve one lesson until Ctrl+C; the exit code."""
    sys.modules["rfc3987_syntax"] = None  # 2.4 s that no screen needs: see lab.py
    from voila.app import Voila

    words, options = sorted_out(arguments, {*Voila.flags, *FLAGS})
    fault = wrong_port(options)
    if len(words) > 1:
        fault = f"Name one lesson, not {len(words)}: python3 course.py present 02"
    if fault:
        print(fault, file=sys.stderr)
        return 2
    notebooks = ROOT / "notebooks"
    try:
        notebook = lesson(words[0] if words else listing.EXPLORER, notebooks)
        page = notes(notebook.stem, ROOT / "lessons" / "plans")
        prepare(TARGET)
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"The screens could not be written into {TARGET}: {fault.strerror}.", file=sys.stderr)
        return 1
    atexit.register(shutil.rmtree, TARGET, ignore_errors=True)
    isolation.leave_out_the_computers_jupyter()
    os.chdir(TARGET)  # Voila reads settings in the folder where it starts
    own = {"JUPYTER_PATH": str(TARGET), "KICKBACK_INSTRUCTOR": "1", "KICKBACK_PRESENT": "1"}
    if "KICKBACK_PROGRESS" not in os.environ:
        own["KICKBACK_PROGRESS"] = str(store(notebook.stem))
    os.environ.update(own)
    for sentence in (listing.left_out(listing.parted(notebooks)[1]), earlier_votes(notebook.stem)):
        if sentence:
            print(sentence, flush=True)
    return serve(notebook, options, page)


def serve(notebook: Path, options: list[str], page: str) -> int:
    """Run Voila in this process; `page` is that of the notes."""
    import present_server

    webbrowser.register("none", None, webbrowser.GenericBrowser("true"))
    settings = [
        str(notebook),
        f"--template={TEMPLATE}",
        "--Voila.ip=127.0.0.1",
        "--Voila.log_level=ERROR",
        *([] if any(one.startswith(PORTS) for one in options) else [f"--port={USUAL_PORT}"]),
        *options,
    ]
    print(
        "Presenting: PageDown and PageUp turn the screens, F is full screen, N the notes, ? shows all keys. "
        "To end, press Ctrl+C here.",
        flush=True,
    )
    with suppress(KeyboardInterrupt):
        present_server.run(settings, page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
