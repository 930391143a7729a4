"""Show a lesson full screen, a screen for each idea, with live panels: `python3 course.py present 02`.

Voila runs the lesson; `stage.js`, which JupyterLab's Present button uses too, turns its page into screens.
Nothing is asked of any other computer.
"""

import atexit
import difflib
import os
import secrets
import shutil
import sys
import tempfile
import webbrowser
from contextlib import suppress
from datetime import date
from pathlib import Path

import isolation
import pack_plans
from pack_page import Fault, markdown

from lessons import progress

ROOT = Path(__file__).resolve().parent.parent
# Each start has a folder of its own: the course's may belong to another user, or show another lesson.
TARGET = Path(tempfile.gettempdir()) / f"kickback-present-{secrets.token_hex(8)}"
EXTENSION = ROOT / "labextension/share/jupyter/labextensions/kickback-lab"
TEMPLATE = "kickback"
USUAL_PORT = 8866


def lesson(word: str, notebooks: Path) -> Path:
    """Return the notebook that a reader means: "02", "02_prime_movers", a file's name, or "explorer".

    Raises Fault with the names there are, and the nearest.
    """
    paths = sorted(notebooks.glob("*.ipynb"))
    name = Path(word).stem
    for path in paths:
        if name in (path.stem, path.stem[:2]):
            return path
    stems = [path.stem for path in paths]
    near = difflib.get_close_matches(name, stems, 1, 0.4)
    question = f" Did you mean {near[0]}?" if near else ""
    raise Fault(f"There is no lesson {word!r}.{question} There are: {', '.join(stems)}.")


def prepare(target: Path, notebook: Path, plans: Path) -> None:
    """Write what Voila serves beside the lesson: the template, and the plan as the instructor's notes."""
    place = target / "voila" / "templates" / TEMPLATE
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "tools" / "present", place)
    for path in (EXTENSION / "static").glob("stage.*"):
        shutil.copy(path, place)
    static = place / "static"
    static.mkdir()
    (static / "notes.html").write_text(notes(notebook.stem, plans), encoding="utf-8")


def notes(stem: str, plans: Path) -> str:
    """Return the page of notes: the plan without its key, with the place in the lesson at its head."""
    path = plans / f"{stem.replace('_', '-')}.md"
    head = (ROOT / "tools" / "present" / "notes.html").read_text(encoding="utf-8")
    if not path.exists():
        return head.replace("<!-- plan -->", "<h1>Notes</h1><p>There is no plan for this page.</p>")
    sections = pack_plans.read_one(path)
    parts = [f"<h1>{sections.pop('')}</h1>"]
    parts += [
        f"<h2>{heading}</h2>{markdown(text)}"
        for heading, text in sections.items()
        if heading != pack_plans.KEY
    ]
    return head.replace("<!-- plan -->", "".join(parts))


def store(stem: str) -> Path:
    """Return the file of this day's votes for a lesson: a class of another day finds none of them."""
    return progress.path().parent / f"presented-{stem}-{date.today().isoformat()}.sqlite"


def main(arguments: list[str]) -> int:
    """Serve one lesson until Ctrl+C; the exit code."""
    words = [one for one in arguments if not one.startswith("-")]
    options = [one for one in arguments if one.startswith("-")]
    if len(words) > 1:
        print(f"Name one lesson, not {len(words)}: python3 course.py present 02", file=sys.stderr)
        return 2
    try:
        notebook = lesson(words[0] if words else "explorer", ROOT / "notebooks")
        prepare(TARGET, notebook, ROOT / "lessons" / "plans")
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
    return serve(notebook, options)


def serve(notebook: Path, options: list[str]) -> int:
    """Run Voila in this process."""
    sys.modules["rfc3987_syntax"] = None  # 2.4 s that no screen needs: see lab.py
    from voila.app import Voila

    webbrowser.register("none", None, webbrowser.GenericBrowser("true"))
    settings = [
        str(notebook),
        f"--template={TEMPLATE}",
        "--Voila.ip=127.0.0.1",
        "--Voila.log_level=ERROR",
        *([] if any(one.startswith("--port") for one in options) else [f"--port={USUAL_PORT}"]),
        *options,
    ]
    print(
        "Presenting: PageDown and PageUp turn the screens, F is full screen, N the notes, ? shows all keys. "
        "To end, press Ctrl+C here.",
        flush=True,
    )
    with suppress(KeyboardInterrupt):
        Voila.launch_instance(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
