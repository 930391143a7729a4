"""Build what an instructor hands out or loads elsewhere: plans, keys, worksheets, handouts, quizzes.

`python3 course.py pack` writes it into build/pack/, from the stored notebooks, plans and question bank.
It needs neither a network nor a running notebook, and gives the same bytes for the same course.
"""

import shutil
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

import listing
import pack_lessons
import pack_plans
import pack_quizzes
from pack_page import Fault, page

from lessons import Tables, bank, load

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "pack"
FIRST = "index.html"


def build(target: Path, notebooks: Path, plans: Path, tables: Tables) -> dict[str, str]:
    """Write the whole pack into `target`, anew; return every file with the sentence that says what it is.

    `notebooks` and `plans` are folders; the questions are the bank's. Raises Fault and leaves what is there
    as it is when something is missing or wrong.
    """
    refuse_foreign(target)
    made = files(notebooks, plans, tables)
    if target.exists():
        shutil.rmtree(target)
    for name, (content, _) in made.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return {name: sentence for name, (_, sentence) in made.items()}


def refuse_foreign(target: Path) -> None:
    """Raise Fault for a folder that holds something else: it would be lost."""
    if target.exists() and any(target.iterdir()) and not (target / FIRST).exists():
        raise Fault(f"{target} holds something else, so it stays as it is. Name an empty folder.")


def files(notebooks: Path, plans: Path, tables: Tables) -> dict[str, tuple[str | bytes, str]]:
    """Return every file of the pack: its path, with its content and one sentence about it."""
    asked = bank.questions()
    read = pack_plans.read(plans, bank.lessons())
    made: dict[str, tuple[str | bytes, str]] = {
        "plans.html": (pack_plans.plans_page(read), "All lesson plans, to read and print, without keys."),
        "answer-key.html": (
            pack_plans.key_page(read, asked, tables.claims),
            "Every question with its right answer and all explanations, and the verdict on every claim.",
        ),
        "questions.csv": (
            pack_quizzes.csv_bytes(asked),
            "The question bank as a table, a row for each option.",
        ),
    }
    made |= lesson_files(notebooks, tables) | quiz_files(asked)
    return {FIRST: (index(made), "This list."), **made}


def lesson_files(notebooks: Path, tables: Tables) -> dict[str, tuple[str | bytes, str]]:
    """Return a worksheet for each lesson of the bank, and a handout for each notebook."""
    paths = {path.stem: path for path in listing.parted(notebooks, bank.FOLDER)[0]}
    made: dict[str, tuple[str | bytes, str]] = {}
    for lesson in bank.lessons():
        if lesson not in paths:
            raise Fault(f"{lesson}.ipynb is missing in {notebooks}: its questions are in the bank.")
        content = pack_lessons.worksheet(paths[lesson], tables.claims)
        name = pack_lessons.title(pack_lessons.read(paths[lesson]), lesson)
        made[f"worksheets/{pack_lessons.file_name(lesson)}"] = (content, f"To print and fill in: {name}")
    for stem, path in paths.items():
        name = pack_lessons.title(pack_lessons.read(path), stem)
        content = pack_lessons.handout(path, set(paths))
        made[f"handouts/{pack_lessons.file_name(stem)}"] = (content, f"To read without JupyterLab: {name}")
    return made


def quiz_files(asked: list[bank.Question]) -> dict[str, tuple[str | bytes, str]]:
    """Return the quizzes for Canvas and for Moodle: each apart, and all in one file."""
    each = pack_quizzes.quizzes(asked)
    groups = {name: {name: quiz} for name, quiz in each.items()} | {"whole-bank": each}
    made: dict[str, tuple[str | bytes, str]] = {}
    ways: list[tuple[str, str, str, Callable]] = [
        ("Canvas", "canvas", "zip", pack_quizzes.canvas_zip),
        ("Moodle", "moodle", "xml", pack_quizzes.moodle_xml),
    ]
    for program, short, ending, write in ways:
        for name, group in groups.items():
            count = sum(len(questions) for _, questions in group.values())
            title = (
                next(iter(group.values()))[0] if len(group) == 1 else "the whole bank, a quiz for each lesson"
            )
            sentence = f"For {program}: {title}, {count} question{'s' * (count != 1)}."
            made[f"qti/{short}-{name}.{ending}"] = (write(group), sentence)
    return made


SECTIONS = [
    ("For teaching", "", "Open a page and print it, or keep it on screen."),
    (
        "Worksheets",
        "worksheets/",
        "For a class without computers. A picture prints on a later page than its prediction.",
    ),
    (
        "Handouts",
        "handouts/",
        "Each lesson as one page, with pictures and tables. It opens without a network.",
    ),
    (
        "Quizzes",
        "qti/",
        "Canvas: Settings, Import Course Content, QTI .zip file. "
        "Moodle: Question bank, Import, Moodle XML format. They hold the keys.",
    ),
]


def index(made: dict[str, tuple[str | bytes, str]]) -> str:
    """Return the page that lists every other file with one sentence."""
    parts = ["<h1>Kickback Lab: teaching pack</h1>"]
    for heading, folder, about in SECTIONS:
        own = [name for name in made if name.rpartition("/")[0] + "/" * ("/" in name) == folder]
        items = "".join(
            f'<li><a href="{name}">{name.removeprefix(folder)}</a>: {escape(made[name][1])}</li>'
            for name in own
        )
        parts.append(f"<h2>{heading}</h2>\n<p>{about}</p>\n<ul>{items}</ul>")
    return page("Teaching pack", "\n".join(parts), kind="index")


def main(arguments: list[str]) -> int:
    """Build the pack and say where it is; return 1 with the reason when that is not possible.

    Where the course's own folder cannot be written, the pack goes into the reader's home.
    """
    notebooks = ROOT / "notebooks"
    targets = [Path(arguments[0])] if arguments else [TARGET, Path.home() / "kickback-lab-pack"]
    for target in targets:
        try:
            made = build(target, notebooks, Path(bank.__file__).parent / "plans", load())
        except Fault as fault:
            print(fault, file=sys.stderr)
            return 1
        except OSError as fault:
            print(f"{target} cannot be written: {fault.strerror}.", file=sys.stderr)
        else:
            print(f"{len(made)} files. Open {target / FIRST}")
            if left_out := listing.left_out(listing.parted(notebooks)[1]):
                print(left_out)
            return 0
    print("Name another folder: python3 course.py pack FOLDER", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
