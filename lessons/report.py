"""Answers handed in: write one student's, tell the students of a class apart, count what they show."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from lessons import bank, collect, files, handed_in, progress
from lessons.handed_in import COLUMNS as COLUMNS
from lessons.handed_in import WRITTEN


@dataclass(frozen=True)
class Class:
    """What a class handed in.

    `answers` as in the files, each student's in the order in which they were given; `skipped` a sentence for
    each bad file, `notes` one for each doubt about who gave an answer, `looked` where was looked.
    """

    answers: pd.DataFrame
    skipped: tuple[str, ...]
    notes: tuple[str, ...] = ()
    looked: str = ""

    @property
    def students(self) -> int:
        """How many students handed something in."""
        return self.answers["student"].nunique()


@dataclass
class _Student:
    """The files of one student."""

    name: str
    files: list[handed_in.File]

    @property
    def sources(self) -> str:
        return _listed(sorted({file.source for file in self.files}))

    def cells(self, column: str) -> set[str]:
        """Return what stands in a column of any of the files."""
        return {cell for file in self.files for cell in file.rows[column] if cell}


def write(name: str, folder: str | Path = ".") -> Path:
    """Write this student's answers as one CSV file and return its path; an older file is never overwritten.

    It holds what `content` returns. Where the folder cannot be written to, the file goes where the student
    may write. Raises ValueError if the name has no letter or digit, and OSError, its `strerror` a sentence.
    """
    return files.write(folder, file_stem(name), ".csv", content(name).encode())


def file_stem(name: str) -> str:
    """Return the name of a student's file, without its ending.

    Raises ValueError if the name has no letter or digit.
    """
    words = files.stem(name)
    if not words:
        raise ValueError("Type your name, or the short name that your instructor gave you.")
    return f"kickback-answers-{words}"


def content(name: str) -> str:
    """Return this student's answers as the text of a CSV file, one answer a row, in the order of writing.

    Columns: student, store (where it was given), question, place, attempt, at, answer (as JSON), words,
    right, misconceptions, entry, number and of (1 of 12: a file that was cut short shows it). A mark in
    front tells spreadsheets that it is UTF-8.
    """
    given = progress.answers()
    given["words"] = [_in_words(line) for line in given.itertuples()]
    given["student"] = _in_one_cell(name)
    given["number"] = range(1, len(given) + 1)
    given["of"] = len(given)
    given = given[WRITTEN].map(handed_in.harmless)
    text = given.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return "\ufeff" + text.encode("utf-8", "replace").decode()


def read(folder: str | Path, encoding: str = "") -> Class:
    """Read what a class handed in: a folder with its subfolders and zips, or one CSV file or zip.

    A file that holds no answers is named in `skipped`. A student who handed in twice counts once: rows with
    the same `entry` are one. Two files are of one student if their names are the same and they share a store
    or an answer. `encoding` is as in `handed_in.parse`. Raises ValueError if there is no such folder.
    """
    found = collect.read(folder, encoding)
    students = _linked(found.files)
    notes = [*_named_apart(students), *_disputed(students)]
    shared = _shared_entries(students)
    frames = [_merged(student, shared) for student in students]
    answers = pd.concat(frames, ignore_index=True) if frames else _empty()
    return Class(answers, tuple(found.skipped), tuple(notes), found.looked)


def by_question(answers: pd.DataFrame) -> pd.DataFrame:
    """Return, for each question of the bank that was answered, how its first tries went.

    Columns: `question, n` (students), `right` (how many), `commonest_wrong` (the answer in words, with its
    number).
    """
    first = first_tries(answers)
    rows = []
    for asked in bank.questions():
        own = first[first["question"] == asked.id]
        if own.empty:
            continue
        wrong = own.loc[~own["right"], "words"].value_counts()
        common = f"{wrong.index[0]} ({wrong.iloc[0]})" if len(wrong) else ""
        rows.append((asked.id, len(own), int(own["right"].sum()), common))
    return pd.DataFrame(rows, columns=["question", "n", "right", "commonest_wrong"])


def by_misconception(answers: pd.DataFrame) -> pd.DataFrame:
    """Return how many students showed each misconception at a first try, of those who could have.

    Columns: `misconception` (its id), `belief` (in words), `shown_by, asked`.
    """
    first = first_tries(answers)
    rows = []
    for name, belief in bank.misconceptions().items():
        asking = {one.id for one in bank.questions() if name in _behind(one)}
        own = first[first["question"].isin(asking)]
        shown = own[own["misconceptions"].map(lambda cell, name=name: name in cell.split(";")).astype(bool)]
        rows.append((name, belief, shown["student"].nunique(), own["student"].nunique()))
    return pd.DataFrame(rows, columns=["misconception", "belief", "shown_by", "asked"])


def before_after(answers: pd.DataFrame) -> pd.DataFrame:
    """Return, for each pair of the tests before and after, the right answers of those who answered both.

    Columns: `before, after` (ids), `n, right_before, right_after`. The last answer in each test counts.
    """
    last = answers[answers["place"].isin(["pre", "post"])].drop_duplicates(
        ["student", "question"], keep="last"
    )
    rows = []
    for asked in (one for one in bank.questions() if one.use == "pre"):
        other = asked.about["parallel"]
        first = last[last["question"] == asked.id].set_index("student")["right"]
        second = last[last["question"] == other].set_index("student")["right"]
        both = first.index.intersection(second.index)
        rows.append((asked.id, other, len(both), int(first[both].sum()), int(second[both].sum())))
    return pd.DataFrame(rows, columns=["before", "after", "n", "right_before", "right_after"])


def first_tries(answers: pd.DataFrame) -> pd.DataFrame:
    """Return each student's first try at each question, wherever it was asked first."""
    asked = answers[answers["question"].isin([one.id for one in bank.questions()])]
    return asked.drop_duplicates(["student", "question"])


def _behind(asked: bank.Question) -> set[str]:
    return {
        name for option in asked.options for name in (option.misconception, *option.wrong.values()) if name
    }


def _in_words(line) -> str:
    # What is stored need not fit the questions of today; the answer itself stands beside in any case.
    try:
        answer = json.loads(line.answer)
        if line.question.startswith("verdict-"):
            return str(answer)
        return bank.answer_text(bank.question(line.question), answer)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return ""


def _in_one_cell(name: str) -> str:
    # A program that parts cells by semicolons would take what follows one for a cell, and for a formula.
    return " ".join(collect.printable(name).replace(";", ",").split())[:200]


def _linked(found: list[handed_in.File]) -> list[_Student]:
    """Return the students behind the files: same name, and a store or an answer in common."""
    students: list[_Student] = []
    for file in found:
        joined = _Student(file.student, [file])
        for other in list(students):
            if handed_in.folded(other.name) == handed_in.folded(file.student) and _have_common(other, joined):
                students.remove(other)
                joined = _Student(other.name, [*other.files, *joined.files])
        students.append(joined)
    return sorted(students, key=lambda student: (handed_in.folded(student.name), student.sources))


def _have_common(one: _Student, other: _Student) -> bool:
    return any(one.cells(column) & other.cells(column) for column in ("store", "entry"))


def _named_apart(students: list[_Student]) -> list[str]:
    """Number students of the same name; return a sentence for each such name."""
    by_name = defaultdict(list)
    for student in students:
        by_name[handed_in.folded(student.name)].append(student)
    notes = []
    for same in (same for same in by_name.values() if len(same) > 1):
        name = same[0].name
        for number, student in enumerate(same, 1):
            student.name = f"{name} ({number})"
        listed = "; ".join(f"{student.name}: {student.sources}" for student in same)
        notes.append(
            f"{len(same)} students are called {name}; their files have no answer in common, so they are kept "
            f"apart. {listed}. If they are one student with two computers, that student brings the answers "
            "together with ask.restore and hands in one file."
        )
    return notes


def _shared_entries(students: list[_Student]) -> dict[str, list[int]]:
    """Return the answers that more than one student handed in, each with the places of these students."""
    givers = defaultdict(list)
    for place, student in enumerate(students):
        for entry in student.cells("entry"):
            givers[entry].append(place)
    return {entry: places for entry, places in givers.items() if len(places) > 1}


def _disputed(students: list[_Student]) -> list[str]:
    """Return a sentence for each group of students that handed in the same answers or come from one store."""
    counts: dict[tuple[int, ...], int] = defaultdict(int)
    for places in _shared_entries(students).values():
        counts[tuple(places)] += 1
    stores = defaultdict(list)
    for place, student in enumerate(students):
        for store in student.cells("store"):
            stores[store].append(place)
    for places in stores.values():
        if len(places) > 1 and not any(set(places) <= set(known) for known in counts):
            counts[tuple(places)] = 0
    return [_dispute([students[place] for place in places], count) for places, count in counts.items()]


def _dispute(students: list[_Student], count: int) -> str:
    named = _listed([f"{student.name} ({student.sources})" for student in students])
    if not count:
        return f"The answers of {named} come from one computer's file of answers, but none is in both."
    same = f"the same {count} answers; they count" if count > 1 else "the same answer; it counts"
    return (
        f"{named} handed in {same} for neither. Take one of the files out of the folder or, if they are one "
        "student, give both the same name in the column student."
    )


def _merged(student: _Student, shared: dict) -> pd.DataFrame:
    """Return a student's answers once each, in the order of the longest file, then of the others."""
    by_length = sorted(student.files, key=lambda file: -len(file.rows))
    rows = pd.concat([file.rows for file in by_length], ignore_index=True).drop_duplicates("entry")
    return rows[~rows["entry"].isin(list(shared))].assign(student=student.name)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _empty() -> pd.DataFrame:
    return pd.DataFrame(columns=WRITTEN).astype({"right": bool, "attempt": int, "number": int, "of": int})


def now() -> datetime:
    """Return the time that answers are dated with."""
    return datetime.now(UTC)
