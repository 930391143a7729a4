"""Answers handed in as CSV files: write one student's, read a class's, count what they show."""

import csv
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from lessons import bank, progress

COLUMNS = [
    "student",
    "question",
    "place",
    "attempt",
    "at",
    "answer",
    "words",
    "right",
    "misconceptions",
    "entry",
]
_MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Class:
    """What a class handed in: `answers` as in the files, and `skipped`, a sentence for each bad file."""

    answers: pd.DataFrame
    skipped: tuple[str, ...]

    @property
    def students(self) -> int:
        """How many students handed something in."""
        return self.answers["student"].nunique()


def write(name: str, folder: str | Path = ".") -> Path:
    """Write this student's answers as one CSV file and return its path; an older file is never overwritten.

    Columns: student, question, place, attempt, at, answer (as JSON), words, right, misconceptions, entry.
    Raises ValueError if the name has no letter or digit.
    """
    words = re.sub(r"[^\w-]+", "-", name.strip(), flags=re.UNICODE).strip("-_")[:60]
    if not words:
        raise ValueError("Type your name, or the short name that your instructor gave you.")
    given = progress.answers()
    given["words"] = [_in_words(line) for line in given.itertuples()]
    given["student"] = name.strip()[:200]
    given = given[COLUMNS].map(_harmless)
    text = given.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    for number in range(1, 1000):
        path = Path(folder) / f"kickback-answers-{words}{f'-{number}' if number > 1 else ''}.csv"
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            if path.is_file() and path.read_bytes() == text.encode():
                return path
            continue
        return path
    raise ValueError(f"There are too many files of that name in {Path(folder).resolve()}; move some away.")


def read(folder: str | Path) -> Class:
    """Read every CSV file in a folder. A file that does not hold answers is named in `skipped`.

    A student who handed in twice counts once: lines with the same `entry` are one. Raises ValueError if there
    is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder.resolve()}; name the one that holds the CSV files.")
    frames, skipped = [], []
    for path in sorted(folder.glob("*.csv")):
        try:
            frames.append(_read_file(path))
        except (OSError, ValueError) as reason:
            skipped.append(f"{path.name} was skipped: {reason}")
    answers = pd.concat(frames, ignore_index=True) if frames else _empty()
    answers = answers.drop_duplicates("entry", keep="last").sort_values("at", kind="stable")
    return Class(answers.reset_index(drop=True), tuple(skipped))


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
    return asked.sort_values("at", kind="stable").drop_duplicates(["student", "question"])


def _behind(asked: bank.Question) -> set[str]:
    return {
        name for option in asked.options for name in (option.misconception, *option.wrong.values()) if name
    }


def _in_words(line) -> str:
    if line.question.startswith("verdict-"):
        return str(json.loads(line.answer))
    try:
        return bank.answer_text(bank.question(line.question), json.loads(line.answer))
    except (ValueError, IndexError, TypeError):
        return ""


def _harmless(cell):
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _read_file(path: Path) -> pd.DataFrame:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("it is larger than any student's answers can be")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as fault:
        raise ValueError(f"it is not a CSV table ({str(fault).strip().splitlines()[0]})") from None
    lacking = [name for name in COLUMNS if name not in frame]
    if lacking:
        raise ValueError(f"it has no column {', '.join(lacking)}; was it written by ask.export?")
    for name, allowed in (("right", r"True|False"), ("attempt", r"\d+"), ("at", r"\d{4}-\d\d-\d\dT.*")):
        strange = frame.loc[~frame[name].str.fullmatch(allowed), name]
        if len(strange):
            row = strange.index[0] + 2
            raise ValueError(
                f"row {row}, column {name} holds {strange.iloc[0][:40]!r}; it was changed by hand"
            )
    return frame[COLUMNS].assign(right=frame["right"] == "True", attempt=frame["attempt"].astype(int))


def _empty() -> pd.DataFrame:
    return pd.DataFrame(columns=COLUMNS).astype({"right": bool, "attempt": int})


def now() -> datetime:
    """Return the time that answers are dated with."""
    return datetime.now(UTC)
