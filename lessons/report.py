"""Answers handed in: write one student's, read a class's, count what they show."""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from lessons import bank, collect, files, handed_in, progress, students
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


def student_name(name: str) -> str:
    """Return a name as it stands in a file: on one line, and in one cell whatever parts the cells.

    A program that parts them by semicolons would take what follows one for a cell, and for a formula.
    """
    return " ".join(collect.printable(name).replace(";", ",").split())[:200]


def content(name: str) -> str:
    """Return this student's answers as the text of a CSV file, one answer a row, in the order of writing.

    Columns: student, store (where it was given), question, place, attempt, at, answer (as JSON), words,
    right, misconceptions, entry, number and of (1 of 12: a file that was cut short shows it). A mark in
    front tells spreadsheets that it is UTF-8.
    """
    given = progress.answers()
    given["words"] = [_in_words(line) for line in given.itertuples()]
    given["student"] = student_name(name)
    given["number"] = range(1, len(given) + 1)
    given["of"] = len(given)
    given = given[WRITTEN].map(handed_in.harmless)
    text = given.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return "\ufeff" + text.encode("utf-8", "replace").decode()


def read(folder: str | Path, encoding: str = "") -> Class:
    """Read what a class handed in: a folder with its subfolders and zips, or one CSV file or zip.

    A file that holds no answers is named in `skipped`. A student who handed in twice counts once: rows with
    the same `entry` are one. Two files are of one student if their names are the same and they share a store
    or an answer; then the order is that of the longest file, and what only another one has stands behind.
    `encoding` is as in `handed_in.parse`. Raises ValueError if there is no such folder.
    """
    found = collect.read(folder, encoding)
    givers = students.tell_apart(found.files)
    notes = [*students.numbered(givers), *students.disputed(givers)]
    shared = students.shared_entries(givers)
    rows = [row for student in givers for row in student.rows(shared)]
    answers = pd.DataFrame(rows, columns=WRITTEN).astype(
        {"right": bool, "attempt": int, "number": int, "of": int}
    )
    notes += _not_asked(answers)
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


def _not_asked(answers: pd.DataFrame) -> list[str]:
    known = {asked.id for asked in bank.questions()}
    others = [name for name in answers["question"] if name not in known and not name.startswith("verdict-")]
    if not others:
        return []
    named = ", ".join(list(dict.fromkeys(others))[:3])
    some = "1 answer is to a question" if len(others) == 1 else f"{len(others)} answers are to questions"
    return [f"{some} that this version of the course does not ask, such as {named}; no table counts them."]


def now() -> datetime:
    """Return the time that answers are dated with."""
    return datetime.now(UTC)
