"""Hand in this student's answers as a file, and bring them back from one on another computer."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lessons import collect, files, handed_in, progress, report, students

_RUN = "To see them in the forms, choose Run, then Run All Cells."
_DRAFTS = "Drafts, such as the plan of lesson 09, are not in such a file."
_DECIMAL_COMMA = re.compile(r"(-?[0-9]+),([0-9]+)")


@dataclass(frozen=True)
class HandedIn:
    """What became of a hand-in: the `path` of the file, None if it could not be written.

    `head` and `note` say it to the student; `name` and `text` are the file's own, to be downloaded.
    """

    path: Path | None
    head: str
    note: str
    name: str
    text: str


@dataclass(frozen=True)
class Restored:
    """What came back from a file: `new` answers and the `known` ones, which were here already.

    `student` is who had handed them in; the repr says it all in words.
    """

    new: int
    known: int
    student: str
    sentence: str

    def __repr__(self) -> str:
        return self.sentence


def other_name(name: str) -> str:
    """Return the sentence that these answers were handed in under another name; "" if they were not."""
    owner = progress.owner()
    if not owner.name or handed_in.folded(owner.name) == handed_in.folded(name):
        return ""
    begun = progress.when(owner.since)
    since = f", and the first is of {begun.day} {begun:%B %Y}" if begun else ""
    return (
        f"These answers were handed in as {owner.name}{since}. If you are not {owner.name}, begin anew: "
        "ask.start_over() sets them aside."
    )


def write(name: str, folder: str | Path = ".") -> HandedIn:
    """Write the file of answers and save the name that they are handed in under.

    Raises ValueError if the name has no letter or digit, or if the answers cannot be read.
    """
    stem = report.file_stem(name)
    # The name is saved first: a store that an older course made gets its id with that.
    unsaved = progress.name_owner(report.student_name(name))
    given = progress.answers()
    trouble = progress.owner().trouble
    if given.empty and trouble:
        raise ValueError(f"your answers cannot be read: {trouble}")
    text = report.content(name)
    try:
        path = files.write(folder, stem, ".csv", text.encode())
    except (OSError, ValueError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else str(fault).rstrip(".")
        note = "Your answers stay where they are. Download the file here and hand it in."
        return HandedIn(None, f"Not written: {said}.", note, f"{stem}.csv", text)
    head = f"Written: {path.name}, with {len(given)} answers."
    notes = [f"It stands in {path.resolve().parent}. Hand in this file.", files.elsewhere(path, folder)]
    if given.empty:
        notes.append('None is kept on this computer yet. To bring some from another: ask.restore("file").')
    return HandedIn(path, head, " ".join(filter(None, [*notes, unsaved])), path.name, text)


def restore(file: str | Path) -> Restored:
    """Add the answers of a hand-in file, or of a folder or zip with several, to those of this computer.

    What is here stays. Raises ValueError, with a sentence, if the file is no whole file of one student's
    answers, if other answers stand here under another name, or if nothing could be saved.
    """
    shown = collect.printable(Path(file).name or file)
    student, rows = _one_student(file, shown)
    owner, here = progress.owner(), progress.answers()
    shared = {owner.id, *here["entry"]} & {*rows["store"], *rows["entry"]} - {""}
    if owner.name and handed_in.folded(owner.name) != handed_in.folded(student) and not shared:
        raise ValueError(
            f"{shown} holds the answers of {student}; here stand those of {owner.name}. Nothing was mixed. "
            "If they are not yours, set them aside with ask.start_over() first."
        )
    new, unsaved = progress.restore(rows)
    if unsaved:
        raise ValueError(unsaved)
    if not owner.name:
        progress.name_owner(student)
    known = int(rows["entry"].isin(here["entry"]).sum())
    return Restored(new, known, student, _sentence(student, shown, new, known, len(rows)))


def _one_student(file: str | Path, shown: str):
    """Return whose answers a file holds, and these as `progress.answers` has them."""
    found = collect.read(file)
    if found.skipped:
        raise ValueError(f"Nothing was brought in: {found.skipped[0]}.")
    givers = students.tell_apart(found.files)
    if not givers:
        raise ValueError(f"Nothing was brought in. {found.looked}")
    if len(givers) > 1:
        names = " and ".join(sorted(student.name for student in givers))
        raise ValueError(f"{shown} holds answers of {names}; name the file of one student.")
    rows = pd.DataFrame(givers[0].rows(), columns=handed_in.WRITTEN)
    # A spreadsheet may have written 3.6 as 3,6.
    return givers[0].name, rows.assign(
        answer=rows["answer"].str.replace(_DECIMAL_COMMA.pattern + "$", r"\1.\2", regex=True)
    )


def _sentence(student: str, shown: str, new: int, known: int, count: int) -> str:
    came = f"{_answers(new)} of {student} came back from {shown}."
    parts = [came, f"{_answers(known)} of the file {_was(known)} here already." if known else ""]
    unreadable = count - new - known
    if unreadable > 0:
        parts.append(f"{_answers(unreadable)} could not be read and {_was(unreadable)} left out.")
    return " ".join(filter(None, [*parts, _RUN if new else "", _DRAFTS]))


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count or 'No'} answers"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
