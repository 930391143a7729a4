"""The question bank: read the questions of each lesson, mark an answer, say what each option means."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from lessons import books, emphasis
from lessons.tables import Tables, load

FOLDER = Path(__file__).parent / "questions"
ROLE_CHOICES = ["main target", "works hard", "assists", "holds hard", "holds", "opposes", "not named"]
VERDICTS = ["supported", "partly supported", "contested", "not tested"]


@dataclass(frozen=True)
class Option:
    """One answer that can be given, or one line to be answered.

    `key` is what is right: for a choice True or False, for an order the place from 1, for a match or a role
    table the word. `wrong` names the misconception behind a wrong word, by that word.
    """

    text: str
    explanation: str
    key: object
    misconception: str = ""
    wrong: dict = field(default_factory=dict)
    given: bool = False


@dataclass(frozen=True)
class Question:
    """A question as it stands in the bank; `about` holds what only its kind has."""

    id: str
    lesson: str
    use: str
    kind: str
    aim: str
    prompt: str
    options: tuple[Option, ...]
    sources: tuple[str, ...]
    about: dict

    @property
    def choices(self) -> list[str]:
        """The words that a line can be answered with; empty where options are chosen or a number typed."""
        if self.kind == "order":
            return [str(place) for place in range(1, len(self.options) + 1)]
        return list(self.about.get("choices", []))

    @property
    def shown_order(self) -> list[int]:
        """The order in which options stand on the page: the bank's, but shuffled where order is asked."""
        places = range(len(self.options))
        if self.kind != "order":
            return list(places)
        mixed = sorted(places, key=lambda place: sha256(f"{self.id} {place}".encode()).hexdigest())
        return mixed if mixed != list(places) else mixed[::-1]


@dataclass(frozen=True)
class Said:
    """What is said about one part of an answer. `right` is None where nothing was answered."""

    text: str
    right: bool | None
    explanation: str
    answer: str = ""


@dataclass(frozen=True)
class Marked:
    """A marked answer: right or not, what is said about each part, the misconceptions it shows."""

    right: bool
    said: tuple[Said, ...]
    misconceptions: tuple[str, ...]


def questions(lesson: str = "") -> list[Question]:
    """Return the questions of a lesson ("03" or its whole name), or of all, in the order of the bank."""
    found = [one for one in _all().values() if one.lesson.startswith(lesson)]
    if not found:
        raise ValueError(f"There is no lesson {lesson!r}; there are {', '.join(lessons())}.")
    return found


def question(question_id: str) -> Question:
    """Return one question; a ValueError offers the nearest ids."""
    known = _all()
    if question_id not in known:
        near = get_close_matches(question_id, known, 3, 0.5)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"There is no question {question_id!r}.{hint}")
    return known[question_id]


def lessons() -> list[str]:
    """Return the names of the lessons that have questions, in order."""
    return [book["lesson"] for book in _books()]


def aims(lesson: str = "") -> dict[str, str]:
    """Return the aims of a lesson, or of all, by id; each completes "You can"."""
    return {k: v for book in _books() if book["lesson"].startswith(lesson) for k, v in book["aims"].items()}


def first_recall(lesson: str) -> list[str]:
    """Return the ids of the two questions that open a lesson for a student who has answered nothing."""
    (book,) = [book for book in _books() if book["lesson"].startswith(lesson)]
    return list(book.get("recall", []))


@functools.cache
def misconceptions() -> Mapping[str, str]:
    """Return every misconception that the bank listens for: its id and what is believed."""
    return MappingProxyType(books.read_misconceptions(FOLDER))


def mark(asked: Question, answer) -> Marked:
    """Mark an answer.

    `answer` is the place of an option (choose_one), a list of places (choose_several), a number, or a list
    of words in the order of the options (order, match, role_table), "" where a line was left open.
    """
    return {
        "choose_one": lambda: _mark_choice(asked, [answer]),
        "choose_several": lambda: _mark_choice(asked, answer),
        "number": lambda: _mark_number(asked, float(answer)),
    }.get(asked.kind, lambda: _mark_lines(asked, answer))()


def answer_text(asked: Question, answer) -> str:
    """Say an answer in words, as it stands on the page and in a file that is handed in."""
    if asked.kind == "choose_one":
        return asked.options[answer].text
    if asked.kind == "choose_several":
        return "; ".join(asked.options[place].text for place in answer)
    if asked.kind == "number":
        return f"{float(answer):g} {asked.about['unit']}"
    return "; ".join(
        f"{option.text}: {word}"
        for option, word in zip(asked.options, answer, strict=True)
        if not option.given
    )


def key(asked: Question):
    """Return the right answer, in the form that `mark` takes."""
    if asked.kind == "choose_one":
        return next(place for place, option in enumerate(asked.options) if option.key)
    if asked.kind == "choose_several":
        return [place for place, option in enumerate(asked.options) if option.key]
    if asked.kind == "number":
        return asked.about["answer"]
    return [str(option.key) for option in asked.options]


def _mark_choice(asked: Question, chosen: Sequence[int]) -> Marked:
    right = {place for place, option in enumerate(asked.options) if option.key}
    said = [
        Said(option.text, bool(option.key), option.explanation)
        for place, option in enumerate(asked.options)
        if place in chosen
    ]
    if asked.kind == "choose_several" and set(chosen) < right:
        said.append(Said("", False, f"So far right. {len(right) - len(set(chosen))} more to find."))
    shown = [asked.options[place].misconception for place in chosen]
    return Marked(set(chosen) == right, tuple(said), tuple(filter(None, shown)))


def _mark_number(asked: Question, value: float) -> Marked:
    off = value - asked.about["answer"]
    when = "right" if abs(off) <= asked.about["tolerance"] * (1 + 1e-9) else "less" if off < 0 else "more"
    (option,) = [option for option in asked.options if option.key == when]
    said = Said(f"{value:g} {asked.about['unit']}", when == "right", option.explanation)
    return Marked(when == "right", (said,), tuple(filter(None, [option.misconception])))


def _mark_lines(asked: Question, words: Sequence[str]) -> Marked:
    said, shown, right = [], [], True
    for option, word in zip(asked.options, words, strict=True):
        if option.given:
            continue
        fits = word == str(option.key)
        right = right and fits
        said.append(Said(option.text, fits if word else None, option.explanation if word else "", word))
        if not fits and word in option.wrong:
            shown.append(option.wrong[word])
    return Marked(right, tuple(said), tuple(shown))


@functools.cache
def _books() -> list[dict]:
    return books.read_books(FOLDER)


@functools.cache
def _all() -> dict[str, Question]:
    return {line["id"]: _question(book["lesson"], line) for book in _books() for line in book["questions"]}


def _question(lesson: str, line: dict) -> Question:
    own = ("id", "use", "kind", "aim", "prompt")
    about = {k: v for k, v in line.items() if k not in (*own, "options", "sources")}
    words: dict[str, str] = {}
    if line["kind"] == "role_table":
        about["choices"] = ROLE_CHOICES
        words = role_words(load(), line["exercise"], line["limb"])
    options = tuple(
        Option(
            option["text"],
            option["explanation"],
            _key(line["kind"], option, place, words),
            option.get("misconception", ""),
            option.get("wrong", {}),
            option.get("given", False),
        )
        for place, option in enumerate(line["options"], 1)
    )
    return Question(
        *(line[name] for name in own[:1]),
        lesson,
        *(line[name] for name in own[1:]),
        options,
        tuple(line["sources"]),
        about,
    )


def _key(kind: str, option: dict, place: int, words: dict[str, str]):
    return {
        "order": place,
        "match": option.get("answer"),
        "number": option.get("when"),
        "role_table": words.get(option["text"], emphasis.SILENT),
    }.get(kind, option.get("right", False))


def role_words(tables: Tables, exercise: str, limb: str) -> dict[str, str]:
    """Return what the texts say of each muscle of one limb in an exercise, in words, by the muscle's name."""
    rows = tables.roles[(tables.roles["exercise_id"] == exercise) & (tables.roles["limb"] == limb)]
    names = tables.muscles.set_index("muscle_id")["name"].astype(str)
    return {names[row.muscle_id]: emphasis.word(row.role, row.emphasis) for row in rows.itertuples()}
