"""Tell the notebooks of the course from copies and notebooks of a reader's own that lie beside them."""

from pathlib import Path

QUESTIONS = Path(__file__).resolve().parent.parent / "lessons" / "questions"
EXPLORER = "explorer"


def names(questions: Path = QUESTIONS) -> list[str]:
    """Return the names of the course's notebooks: one for each file of questions, then the explorer."""
    return [*sorted(path.stem.replace("-", "_") for path in questions.glob("[0-9]*.json")), EXPLORER]


def parted(notebooks: Path, questions: Path = QUESTIONS) -> tuple[list[Path], list[Path]]:
    """Return the course's notebooks that are in a folder, in order, and all other notebooks beside them."""
    known = names(questions)
    paths = sorted(notebooks.glob("*.ipynb"))
    ours = [path for path in paths if path.stem in known]
    return sorted(ours, key=lambda path: known.index(path.stem)), [path for path in paths if path not in ours]


def left_out(others: list[Path]) -> str:
    """Return the sentence that names the notebooks that were not taken; "" if there are none."""
    if not others:
        return ""
    listed = ", ".join(path.name for path in others)
    return f"Left out, because the course has no lesson of that name: {listed}."
