"""Read the files of the question bank, and check that each question is one that can be asked and marked."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lessons.reading import DataFault, one_of, read_json, shown

_OPTION = {
    "text": str,
    "explanation": str,
    "right?": bool,
    "misconception?": str,
    "when?": one_of("right", "less", "more"),
    "answer?": str,
    "wrong?": {str: str},
    "given?": bool,
}
_QUESTION = {
    "id": str,
    "use": one_of("predict", "check", "vote", "pre", "post"),
    "kind": one_of("choose_one", "choose_several", "number", "order", "match", "role_table"),
    "aim": str,
    "prompt": str,
    "options": [_OPTION],
    "sources": [str],
    "parallel?": str,
    "answer?": float,
    "tolerance?": float,
    "unit?": str,
    "data?": {"table": str, "id": str, "column": str},
    "choices?": [str],
    "exercise?": str,
    "limb?": one_of("working", "standing", "trunk"),
}
_BOOK = {"lesson": str, "aims": {str: str}, "recall?": [str], "questions": [_QUESTION]}
_ONCE = Counter(["right", "less", "more"])
_NEEDS = {
    "number": ("answer", "tolerance", "unit"),
    "match": ("choices",),
    "role_table": ("exercise", "limb"),
}


def read_books(folder: Path) -> list[dict]:
    """Return the questions of every lesson as they stand in its file, in the order of the lessons.

    Raises DataFault with what is wrong in a file that cannot be used, and where.
    """
    books, seen = [], {}
    for path in sorted(folder.glob("0*.json")):
        book = read_json(folder, path.name, _BOOK)
        faults = [fault for one in book["questions"] for fault in _faults(one)]
        for one in book["questions"]:
            if one["id"] in seen:
                faults.append(f"{shown(one['id'])} stands in {seen[one['id']]} too.")
            seen[one["id"]] = path.name
        if faults:
            raise DataFault([f"{path.name}: {fault}" for fault in faults[:8]], folder, "files", len(faults))
        books.append(book)
    if not books:
        raise DataFault(
            ["The files of questions, such as 02-prime-movers.json, are missing."], folder, "files"
        )
    return books


def read_misconceptions(folder: Path) -> dict[str, str]:
    """Return every misconception: its id and what is believed. Raises DataFault if the file is damaged."""
    return read_json(folder, "misconceptions.json", {str: str})


def _faults(one: dict) -> Iterator[str]:
    """Yield what keeps a question from being asked or marked."""
    kind, options = one["kind"], one["options"]
    name = f"question {shown(one['id'])}"
    for key in _NEEDS.get(kind, ()):
        if key not in one:
            yield f"{name}: {key} is missing; a question of the kind {kind} needs it."
    right = sum(option.get("right", False) for option in options)
    if not options:
        yield f"{name} has no options."
    elif kind == "choose_one" and right != 1:
        yield f"{name}: {right} options are right; one must be."
    elif kind == "choose_several" and not right:
        yield f"{name}: no option is right."
    elif kind == "number" and Counter(option.get("when") for option in options) != _ONCE:
        yield f"{name} needs three options: one for when it is right, one for less, one for more."
    elif kind == "match" and not all(option.get("answer") in one.get("choices", []) for option in options):
        yield f"{name}: an option's answer is missing, or is none of the choices."
