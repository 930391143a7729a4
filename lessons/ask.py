"""Ask before showing: predictions, checks, questions from earlier lessons, votes, verdicts and progress."""

import math
import os
import weakref
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from html import escape
from numbers import Integral
from pathlib import Path

import anywidget
import pandas as pd
import traitlets
from ipywidgets import HTML, VBox
from matplotlib.figure import Figure

from lessons import bank, charts, classroom, files, hand_in, lifetime, menu, printed, report
from lessons import progress as store
from lessons.live import Still, Table, Words
from lessons.scripts import script
from lessons.tables import Tables, load

_HERE = Path(__file__).parent
_RUN = f"To answer on this page, choose {menu.RUN_ALL}."
_UNPREDICTED = "Commit to a prediction above. Then this opens, with your prediction beside it."
_UNJUDGED = "Commit to your verdict above. Then this opens."
_RECALLED = ("choose_one", "choose_several", "number")  # kinds short enough to open a lesson with
_ROUND_LASTS = timedelta(hours=12)
_TAUGHT = ("check", "vote")  # uses that come back later; a prediction was a guess
_DISCUSS = (
    "Discuss it, or alone, look for the best reason against it. Then vote again; after that it is explained."
)
_WHEN = ("before", "after")  # discussion
_MOST_DOUBTS = 40  # sentences about a class's files before its tables
_TESTS = {"pre": "test before the course", "post": "test after the course"}
# Reveals and progress panels of this kernel: each is told when something was answered.
_listening: weakref.WeakSet = weakref.WeakSet()
# Forms of this kernel: each can say whose answers stand on its page.
_forms: weakref.WeakSet = weakref.WeakSet()
# Forms and covers of this kernel: a new class finds all of them as they were at first.
_of_a_class: weakref.WeakSet = weakref.WeakSet()


class Form(lifetime.ClosedOnRerun, anywidget.AnyWidget):
    """Questions on the page. `commit(id, answer)` does from Python what the button does.

    `questions` holds what is asked, without any key; `states` what was answered and what was said of it.
    `respond(question, answer)` saves an answer and returns its state: `answer, right, told`. What only an
    instructor may see, such as `class_answers`, and `whose` answers stand here, the page asks for: a synced
    trait is saved with the notebook.
    """

    _esm = script("whose.js", "ask.js")
    _css = _HERE / "ask.css"
    questions = traitlets.List().tag(sync=True)
    states = traitlets.Dict().tag(sync=True)
    place = traitlets.Unicode().tag(sync=True)
    instructor = traitlets.Bool().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    closing = traitlets.Unicode().tag(sync=True)
    closed = traitlets.Bool().tag(sync=True)
    finish = traitlets.Unicode().tag(sync=True)
    can_finish = traitlets.Bool().tag(sync=True)
    class_answers = traitlets.Unicode()
    tally = traitlets.Dict()
    whose = traitlets.Dict()

    def __init__(
        self,
        asked: Sequence[bank.Question],
        place: str,
        respond: Callable[[bank.Question, object], dict],
        states: dict | None = None,
        labels: Sequence[str] = (),
        *,
        button: str = "Answer",
        again: str = "",
        at_once: bool = False,
        partial: bool = False,
        **traits,
    ):
        self.asked = {one.id: one for one in asked}
        self._respond, self._partial = respond, partial
        ways = {"button": button, "again": again, "at_once": at_once, "partial": partial}
        labels = [*labels, *[""] * len(asked)]
        shown = [_shown(one) | ways | {"label": label} for one, label in zip(asked, labels, strict=False)]
        notice = " ".join(store.notices())
        super().__init__(questions=shown, place=place, states=states or {}, notice=notice, **traits)
        self.on_msg(lambda _widget, message, _buffers: self.hear(message))
        _of_a_class.add(self)
        self.whose = _whose()
        self.observe(lambda change: self.send({"whose": change["new"]}), names="whose")
        _forms.add(self)
        store.follow(self)

    def commit(self, question_id: str, answer) -> dict:
        """Answer one question, save it and return its state. A ValueError says what an answer may be."""
        asked = self.asked[question_id]
        before = self.states.get(question_id, {}).get("tries", 0)
        # The count makes each state a new one, so that the page hears of the same answer given twice.
        state = self._respond(asked, _checked(asked, answer, self._partial)) | {"tries": before + 1}
        if store.unsaved():
            state["unsaved"] = True
        self.states = self.states | {question_id: state}
        self.notice = " ".join(store.notices()) or self.notice
        for one in list(_listening):
            one.refresh(question_id)
        # The first answer, or a name under which they are handed in, tells whose they are.
        if not self.whose.get("answered") or self.whose.get("unread") or self.place == "hand in":
            show_whose()
        return state

    def empty(self) -> None:
        """Show the form as to somebody who has answered nothing."""
        self.states, self.notice, self.whose = {}, "", _whose()
        self.closing, self.closed, self.can_finish = "", False, False

    def hear(self, message) -> None:
        """Do what the page asks for, then reply to it: until then its button waits.

        An answer carries the number of tries that its page had `seen`. If there are more by now, it came from
        a press too many, before the page showed the last one, and does not count.
        """
        if not isinstance(message, dict):
            return
        told = self._act(message)
        if isinstance(message.get("number"), str):
            self.send({"reply": message["number"]} | told)

    def _act(self, message: dict) -> dict:
        """Do what a message asks for; return what the page is told in reply."""
        if message.get("private"):
            return {"private": self._private()}
        if message.get("whose"):
            return {"whose": self.whose}
        if message.get("begin_anew") is True:
            return self._set_aside()
        if "question" not in message or self.closed:
            return {}
        question_id = message["question"]
        if not isinstance(question_id, str) or question_id not in self.asked:
            self.notice = "This answer belongs to no question of this form. It was not saved."
            return {"refused": True}
        if message.get("seen", tries := self.states.get(question_id, {}).get("tries", 0)) != tries:
            return {"stale": True}
        try:
            self.commit(question_id, message.get("answer"))
        except ValueError as reason:
            self.notice = str(reason)
            return {"refused": True}
        return {}

    def begin_anew(self) -> None:
        """Be as at first for a new class; at a desk, answers are the reader's own and stay."""
        if _is_presenting():
            self.states, self.closing, self.closed, self.can_finish = {}, "", False, False

    def _set_aside(self) -> dict:
        try:
            aside = start_over()
        except ValueError as reason:
            self.notice = str(reason)
            return {"refused": True}
        if aside:
            self.notice = f"The answers begin anew. The earlier ones stand unchanged in {aside}."
        for form in list(_forms):
            form.send({"begun_anew": True})
        return {}

    def _private(self) -> dict:
        return {"class_answers": self.class_answers}

    def __repr__(self) -> str:
        return " ".join(one.prompt for one in self.asked.values())

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """Offer the form and, where it cannot run, the questions to read and answer on paper."""
        bundle = super()._repr_mimebundle_(**kwargs)
        parts = [printed.question(one, self.states.get(one["id"])) for one in self.questions]
        # An instructor's page closes with the answers of a class, which no output holds.
        parts += [self.closing] if self.closing and not self.instructor else []
        html = "\n".join([*parts, f"<p><em>{_RUN}</em></p>"])
        return bundle | {"text/plain": repr(self), "text/html": html}


class _Listener(lifetime.ClosedOnRerun):
    """A widget that is told of every answer until it is closed."""

    def close(self) -> None:
        """Take the widget off the page."""
        _listening.discard(self)
        super().close()


class Reveal(_Listener, VBox):
    """What a prediction or a verdict was about: closed until that is committed, now or in an earlier session.

    `asked` is the question that was predicted, if any; `claims` the claims that must have been judged.
    """

    def __init__(self, asked: bank.Question | None, claims: Sequence[str], shown, instructor: bool):
        self._asked, self._claims, self._shown, self._instructor = asked, claims, shown, instructor
        self.is_open = False
        # A lesson may show two things for one prediction: what is shown tells their covers apart.
        names = [*([asked.id] if asked else []), *claims, f"{zlib.crc32(repr(shown).encode()):08x}"]
        self._cover = Cover(" ".join(names)) if _is_presenting() else None
        if hasattr(shown, "comm"):
            self._lent = (shown,)
            lifetime.show(shown, self)
        super().__init__()
        self.add_class("kickback-reveal")
        if self._cover:
            self._cover.observe(lambda _change: self.refresh(""), names="lifted")
        self.refresh("")
        _listening.add(self)
        store.follow(self)

    def empty(self) -> None:
        """Close, as to somebody who has committed to nothing."""
        if self._cover:
            self._cover.begin_anew()
        self.is_open = False
        self.refresh("")

    def refresh(self, _question_id: str) -> None:
        """Open if everything was committed to; in front of a class, while the cover is lifted."""
        if self._cover:
            shown = self._parts(None) if self._cover.lifted else []
            self.is_open, self.children = bool(shown), [self._cover, *shown]
            return
        if self.is_open:
            return
        predicted = _earlier([self._asked], "predict").get(self._asked.id) if self._asked else None
        waits = self._asked is not None and predicted is None
        judged = all(_stored_verdicts(self._claims))
        if not self._instructor and (waits or not judged):
            self.children = [_part(f'<p class="kickback-locked">{_UNPREDICTED if waits else _UNJUDGED}</p>')]
            return
        self.is_open = True
        self.children = self._parts(predicted)

    def _parts(self, predicted) -> list:
        parts = [] if predicted is None else [_part(_beside(self._asked, predicted))]
        if self._instructor and self._asked and (answers := _class_answers([self._asked])):
            parts.append(Form((), "class", None, instructor=True, class_answers=answers))
        return [*parts, self._shown if hasattr(self._shown, "comm") else _part(_html(self._shown))]

    def __repr__(self) -> str:
        return repr(self._shown)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        bundle = super()._repr_mimebundle_(**kwargs)
        shown = self._shown.static() if hasattr(self._shown, "static") else self._shown
        first = (
            f"Predict first: {self._asked.prompt}"
            if self._asked
            else f"Judge first: {_spoken(self._claims)}."
        )
        stored = shown._repr_mimebundle_()
        html = f"<details><summary>{escape(first)} Then open.</summary>\n{stored['text/html']}\n</details>"
        if self.is_open and not self._instructor and not self._cover:
            predicted = store.last(self._asked.id, "predict") if self._asked else None
            beside = "" if predicted is None else f"{_beside(self._asked, predicted)}\n"
            html = beside + html.replace("<details>", "<details open>", 1)
        return bundle | {"text/plain": stored["text/plain"], "text/html": html}


class Cover(anywidget.AnyWidget):
    """What hides an answer from a class until two presses lift it, so that one by mistake tells nothing.

    `lifted` is whether the answer is shown. Only Python lifts: the page asks for it, and shows what was done.
    """

    _esm = script("whose.js", "ask.js")
    _css = _HERE / "ask.css"
    lifted = traitlets.Bool().tag(sync=True)

    def __init__(self, name: str):
        self._name = name
        super().__init__(lifted=classroom.is_shown(name))
        self.on_msg(lambda _widget, message, _buffers: self.hear(message))
        _of_a_class.add(self)

    def hear(self, message: dict) -> None:
        """Lift or lower the cover as the page asks, then reply to it."""
        if not isinstance(message, dict):
            return
        if isinstance(message.get("lift"), bool):
            self.lift(message["lift"])
            classroom.show(self._name, self.lifted)
        if isinstance(message.get("number"), str):
            self.send({"reply": message["number"]})

    def lift(self, lifted: bool) -> None:
        """Show what lies under the cover, or hide it; the page hears of it when that is done."""
        with self.hold_sync():
            self.lifted = lifted

    def begin_anew(self) -> None:
        """Cover the answer for a new class."""
        self.lift(False)


class Vote(Form):
    """A question asked twice, with the votes of a class.

    `tally` holds the votes `before` and `after` discussion; the right answer (`key`, `explanation`) is in it
    only while it is shown.
    """

    def __init__(self, asked: bank.Question, respond, states: dict, instructor: bool):
        ways = {"button": "Vote", "again": "Vote again", "instructor": instructor}
        answers = _class_answers([asked]) if instructor else ""
        super().__init__([asked], "vote", respond, states, **ways, class_answers=answers)
        self._question = asked
        kept = classroom.votes(asked.id)
        self.tally = _tallied(kept, asked) if kept else {}
        if classroom.is_shown(asked.id):
            self._show(True)

    def empty(self) -> None:
        """Forget the answers and the votes."""
        super().empty()
        self._forget_votes()

    def begin_anew(self) -> None:
        """Forget the votes for a new class."""
        super().begin_anew()
        self._forget_votes()

    def _forget_votes(self) -> None:
        self.tally = {}
        self.send({"private": self._private() | {"new_class": True}})

    def _act(self, message: dict) -> dict:
        if message.get("new_class"):
            self.notice = classroom.begin(self._question.lesson[:2])
            for one in list(_of_a_class):
                one.begin_anew()
            return {}
        if isinstance(message.get("tally"), dict):
            votes = _tallied(message["tally"], self._question)
            self.tally = self.tally | votes
            self.notice = classroom.keep_votes(self._question.id, votes)
        elif isinstance(message.get("show"), bool):
            self._show(message["show"])
            self.notice = classroom.show(self._question.id, message["show"])
        else:
            return super()._act(message)
        self.send({"private": self._private()})
        return {}

    def _show(self, shown: bool) -> None:
        votes = {when: self.tally[when] for when in _WHEN if when in self.tally}
        key = bank.key(self._question)
        answer = {"shown": True, "key": key, "explanation": self._question.options[key].explanation}
        self.tally = votes | (answer if shown else {})

    def _private(self) -> dict:
        tally = dict(self.tally)
        if "explanation" in tally:
            tally["explanation"] = _unmarked(tally["explanation"])
        return super()._private() | {"tally": tally}


class KnowledgeTest(Form):
    """The test before or after the course; the one after ends by comparing both."""

    def compare(self) -> None:
        """Show both tests side by side. What that explains must not be answered anew."""
        self.closing, self.closed = _compared(list(self.asked.values())), True

    def _act(self, message: dict) -> dict:
        if not message.get("finish"):
            return super()._act(message)
        if self.can_finish and not self.closed:
            self.notice = store.keep("test after the course", "compared")
            self.compare()
        return {}


class Scoreboard(_Listener, Form):
    """All claims with the student's verdicts beside the evidence's; it follows those given elsewhere."""

    def __init__(self, tables: Tables):
        asked = _judging(tables, tuple(tables.claims["claim_id"]))
        ways = {"button": "Commit and compare", "partial": True}
        super().__init__([asked], "verdict", self._respond_to, **ways)
        self.refresh("verdict")
        _listening.add(self)

    def refresh(self, question_id: str) -> None:
        """Take over what was judged in another form."""
        (asked,) = self.asked.values()
        own = _own_verdicts(asked)
        if question_id != asked.id or not any(own):
            return
        before = self.states.get(asked.id, {})
        note = before.get("told", {}).get("note", "")
        self.states = {asked.id: _scored(asked, own, note) | {"tries": before.get("tries", 0)}}
        self.closing = _scores(asked, own)

    def _respond_to(self, asked: bank.Question, answer: list[str]) -> dict:
        return _scored(asked, answer, _save_verdicts(asked, answer))


class Progress(_Listener, HTML):
    """What this student has answered, by aim; it follows every answer given in this notebook."""

    def __init__(self, lesson: str):
        self._lesson = lesson
        super().__init__()
        self.add_class("kickback-progress")
        self.refresh("")
        _listening.add(self)
        store.follow(self)

    def empty(self) -> None:
        """Show that nothing was answered."""
        self.refresh("")

    @property
    def table(self) -> pd.DataFrame:
        """The aims with how many of their questions were answered: see `by_aim`."""
        return by_aim(self._lesson)

    def refresh(self, _question_id: str) -> None:
        """Draw anew what was answered."""
        table = self.table
        if table["answered"].sum():
            self.said = _progress_sentence(table)
            words = Words(self.said, table, pd.DataFrame(), "Questions by aim", _aims_chart(table))
            self.value = _html(Still(words))
        else:
            self.said = f"Nothing answered yet, of {table['questions'].sum()} questions."
            self.value = f"<p>{self.said}</p>"

    def __repr__(self) -> str:
        return self.said

    def _repr_mimebundle_(self, **kwargs) -> dict:
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": self.said, "text/html": self.value}


def predict(question_id: str) -> Form:
    """Ask for a prediction. `reveal` with the same id opens what it is about."""
    asked = bank.question(question_id)

    def respond(asked, answer):
        marked = bank.mark(asked, answer)
        note = store.save(asked.id, "predict", answer, marked.right, marked.misconceptions)
        return _predicted(answer, note)

    states = {name: _predicted(answer) for name, answer in _earlier([asked], "predict").items()}
    return Form([asked], "predict", respond, states, button="Commit to this prediction")


def reveal(*ids_and_shown, instructor: bool | None = None) -> Reveal:
    """Show a panel, still or table once the student has committed: `reveal("02-diagonal", panel)`.

    The last argument is what is shown. Before it stands the id of a prediction, which then stands beside the
    data, or claims that must have been judged, or both: `reveal("C06", explore.claim("C06"))`.
    With `instructor` (or KICKBACK_INSTRUCTOR=1) it is open from the start.
    """
    *names, shown = ids_and_shown
    claims = [name for name in names if name in set(load().claims["claim_id"])]
    predicted = [bank.question(name) for name in names if name not in claims]
    if not names or len(predicted) > 1 or isinstance(shown, str):
        raise ValueError(
            "Name one prediction or some claims, then what is shown: reveal('02-diagonal', panel)."
        )
    return Reveal(predicted[0] if predicted else None, claims, shown, _is_instructor(instructor))


def check(*question_ids: str, instructor: bool | None = None) -> Form:
    """Ask questions with an explanation for the answer chosen, and another try.

    With `instructor` (or KICKBACK_INSTRUCTOR=1) the class's answers stand below, from the files in the folder
    that KICKBACK_CLASS names.
    """
    return _checks([bank.question(one) for one in question_ids], "check", instructor=instructor)


def recall(lesson: str) -> Form:
    """Ask two questions from lessons before this one ("03"): what was missed, or not asked for longest.

    While nothing was answered, two fixed ones. A round lasts until it is answered and half a day has gone by.
    """
    asked, place = _recalled(lesson)
    return _checks(asked, place, [f"From lesson {one.lesson[:2]}" for one in asked])


def vote(question_id: str, *, instructor: bool | None = None) -> Vote:
    """Ask a question twice, before and after discussion; only the second vote is explained.

    The instructor types how many chose each answer; the shares and the gain are drawn beside. `tally` holds
    the votes; the right answer is in it only while it is shown.
    """
    asked = bank.question(question_id)

    def respond(asked, answer):
        marked = bank.mark(asked, answer)
        note = store.save(asked.id, "vote", answer, marked.right, marked.misconceptions)
        return _voted(asked, answer, note)

    states = {name: _voted(asked, answer) for name, answer in _earlier([asked], "vote").items()}
    return Vote(asked, respond, states, _is_instructor(instructor))


def verdicts(*claim_ids: str, tables: Tables | None = None) -> Form:
    """Ask for a verdict on each claim; then show the evidence's verdict with its reason."""
    tables = tables or load()
    asked = _judging(tables, claim_ids)

    def respond(asked, answer):
        note = _save_verdicts(asked, answer)
        return _judged(asked, answer, note)

    earlier = _own_verdicts(asked)
    states = {asked.id: _judged(asked, earlier)} if all(earlier) else {}
    return Form([asked], "verdict", respond, states, button="Commit to these verdicts", again="Judge again")


def scoreboard(*, tables: Tables | None = None) -> Scoreboard:
    """Show all 18 claims: the student's verdict beside the evidence's. Open ones can be judged here."""
    return Scoreboard(tables or load())


def test(which: str) -> KnowledgeTest:
    """Ask the twelve questions of the test before ("pre") or after ("post") the course.

    Answers are saved at once and not explained; after the second test it shows both side by side.
    """
    if which not in _TESTS:
        raise ValueError(f"There is no test {which!r}; there are pre and post.")
    asked = [one for one in bank.questions() if one.use == which]

    def respond(asked, answer):
        marked = bank.mark(asked, answer)
        note = store.save(asked.id, which, answer, marked.right, marked.misconceptions)
        form.can_finish = which == "post" and len(form.states) + (asked.id not in form.states) == len(
            form.asked
        )
        return _noted(answer, note)

    states = {name: _noted(answer) for name, answer in _earlier(asked, which).items()}
    labels = [f"{number} of {len(asked)}" for number in range(1, len(asked) + 1)]
    finish = "Compare with the test before the course" if which == "post" else ""
    form = KnowledgeTest(asked, which, respond, states, labels, at_once=True, finish=finish)
    form.can_finish = which == "post" and len(states) == len(asked)
    if form.can_finish and store.kept("test after the course") == "compared":
        form.compare()
    return form


def by_aim(lesson: str = "") -> pd.DataFrame:
    """Return the aims of a lesson, or of all, and how far this student has come.

    Columns: `aim` (its id), `you_can, questions, answered, right_first, right_now`. Predictions count as
    answered only; the tests before and after do not count here.
    """
    given = store.answers()
    rows = []
    for aim, text in bank.aims(lesson).items():
        asked = [one for one in bank.questions() if one.aim == aim and one.use not in _TESTS]
        if not asked:
            continue
        own = given[given["question"].isin([one.id for one in asked]) & ~given["place"].isin(_TESTS)]
        checked = own[own["place"] != "predict"]
        rows.append(
            (
                aim,
                text,
                len(asked),
                own["question"].nunique(),
                int(checked.drop_duplicates("question")["right"].sum()),
                checked.loc[checked["right"], "question"].nunique(),
            )
        )
    return pd.DataFrame(rows, columns=["aim", "you_can", "questions", "answered", "right_first", "right_now"])


def progress(lesson: str = "") -> Progress:
    """Show what this student has answered in a lesson ("03"), or in all, by aim, as chart and table."""
    return Progress(lesson)


def export(name: str = "", folder: str | Path = "."):
    """Write this student's answers as one CSV file to hand in.

    With a name the file is written at once and its path returned; what is to be known beside that is printed.
    Without one, a box for the name and a button appear. Raises ValueError, with a sentence, if no file could
    be written.
    """
    if name:
        other = hand_in.other_name(name)
        written = hand_in.write(name, folder)
        show_whose()
        if written.path is None:
            raise ValueError(written.head)
        told = [files.elsewhere(written.path, folder), other]
        print(*filter(None, told), sep="\n", end="\n" if any(told) else "")
        return written.path
    prompt = "Your name, or the short name that your instructor gave you"
    asked = bank.Question("name", "", "check", "text", "", prompt, (), (), {})
    confirmed: set[str] = set()

    def respond(_asked, answer):
        return {"answer": answer, "right": False, "told": _handed_in(answer, folder, confirmed)}

    # Answered in parts: the button stays, for a second press and for another name.
    return Form([asked], "hand in", respond, button="Write the file", partial=True)


def restore(file: str | Path) -> hand_in.Restored:
    """Bring back answers from a file that `export` wrote, on this computer or another; what is here stays.

    Returns how many came back, which says itself in words. Raises ValueError, with a sentence, if the file
    cannot be read or if answers stand here under another name.
    """
    restored = hand_in.restore(file)
    for one in list(_listening):
        one.refresh("verdict")
    show_whose()
    return restored


def class_report(folder: str | Path, *, encoding: str = "") -> Still:
    """Show what a class handed in: misconceptions, questions, and the tests before and after, each with n.

    `folder` holds the files that `export` wrote, as a learning platform gives them: in subfolders and zips
    too. Files that hold something else are named and skipped. `encoding` is that of files that are neither
    Unicode nor from Windows: "mac_roman" for some that a Mac saved.
    """
    handed = report.read(folder, encoding)
    found = report.by_misconception(handed.answers)
    sentence = _class_sentence(handed, found)
    words = Words(sentence, found, pd.DataFrame(), "Misconceptions at a first try", _beliefs_chart(found))
    return _Report(handed, words)


def start_over() -> Path | None:
    """Set this student's answers aside under another name, and begin anew; return that file.

    The forms of this notebook are emptied. Raises ValueError, with a sentence, if the file cannot be renamed.
    """
    return store.set_aside()


def show_whose() -> None:
    """Have every page of this kernel say anew whose answers stand there."""
    whose = _whose()
    for form in list(_forms):
        form.whose = whose


def _whose() -> dict:
    """Return whose answers stand on a page: `name`, `since` (a day), `path`, whether some are `answered`.

    `unread` is whether earlier ones cannot be read. A class is shown nothing of that: the dict is empty.
    """
    if _is_presenting():
        return {}
    owner = store.owner()
    return {
        "answered": owner.count > 0,
        "name": owner.name,
        "since": _day(owner.since),
        "path": str(owner.path or ""),
        "unread": bool(owner.trouble),
    }


def _day(text: str) -> str:
    """Return the day of a time, as it was where this computer stands; "" if it is no time."""
    when = store.when(text)
    with suppress(OverflowError, OSError, ValueError):
        when = when and when.astimezone()
    return f"{when.day} {when:%B %Y}" if when else ""


def _handed_in(name: str, folder: str | Path, confirmed: set[str]) -> dict:
    """Write the file; under another name than last time, only when the button is pressed a second time."""
    other = hand_in.other_name(name) if name not in confirmed else ""
    if other:
        confirmed.add(name)
        return {"head": "Nothing is written yet.", "note": f"{other} If you are, press the button again."}
    try:
        written = hand_in.write(name, folder)
    except ValueError as reason:
        return {"head": f"Not written: {reason}"}
    file = {"name": written.name, "type": "text/csv", "text": written.text}
    return {"head": written.head, "note": written.note, "file": file}


class _Report(Still):
    """The report on a class; `questions`, `misconceptions` and `tests` are its tables."""

    def __init__(self, handed: report.Class, words: Words):
        super().__init__(words)
        self.handed, self.misconceptions = handed, words.table
        self.questions = report.by_question(handed.answers)
        self.tests = report.before_after(handed.answers)

    @property
    def _doubts(self) -> list[str]:
        doubts = [*self.handed.notes, *self.handed.skipped]
        more = len(doubts) - _MOST_DOUBTS
        return (
            doubts
            if more <= 0
            else [*doubts[:_MOST_DOUBTS], f"And {more} more; `handed` of this report lists all."]
        )

    def __repr__(self) -> str:
        return "\n".join([super().__repr__(), *self._doubts])

    def _html(self) -> str:
        doubts = "".join(f"<li>{escape(sentence)}</li>" for sentence in self._doubts)
        parts = [
            f"<p><strong>Before you read on:</strong></p>\n<ul>{doubts}</ul>" if doubts else "",
            super()._html(),
            _html(Table(self.tests, "The tests before and after, students who answered both")),
            _html(Table(self.questions, "First tries, question by question")),
        ]
        return "\n".join(filter(None, parts))


def _checks(asked: list, place: str, labels: Sequence[str] = (), *, instructor: bool | None = None) -> Form:
    def respond(asked, answer):
        marked = bank.mark(asked, answer)
        note = store.save(asked.id, place, answer, marked.right, marked.misconceptions)
        return _marked(asked, answer, marked, note)

    earlier = _earlier(asked, place)
    states = {
        one.id: _marked(one, earlier[one.id], bank.mark(one, earlier[one.id]))
        for one in asked
        if one.id in earlier
    }
    taught = _is_instructor(instructor)
    answers = _class_answers(asked) if taught else ""
    ways = {"again": "Try again", "instructor": taught, "class_answers": answers}
    return Form(asked, place, respond, states, labels, **ways)


def _shown(asked: bank.Question) -> dict:
    """Return what a page needs to ask a question: no key, and no explanation but of what is given."""
    options = [
        {"text": option.text}
        | ({"given": str(option.key), "why": option.explanation} if option.given else {})
        for option in asked.options
        if asked.kind != "number"
    ]
    return {
        "id": asked.id,
        "kind": asked.kind,
        "prompt": asked.prompt,
        "options": options,
        "shown": asked.shown_order,
        "choices": asked.choices,
        "unit": asked.about.get("unit", ""),
    }


def _checked(asked: bank.Question, answer, partial: bool):
    """Return an answer in the form that the bank marks; a ValueError says what it may be."""
    if asked.kind == "choose_one" and _is_place(answer, asked):
        return int(answer)
    some = isinstance(answer, list) and answer and all(_is_place(one, asked) for one in answer)
    if asked.kind == "choose_several" and some:
        return sorted({int(one) for one in answer})
    if asked.kind == "number" and _is_number(answer):
        return answer
    if asked.kind == "text" and isinstance(answer, str):
        return answer
    if asked.kind in ("order", "match", "role_table") and isinstance(answer, list):
        allowed = [*asked.choices, ""] if partial else asked.choices
        if len(answer) == len(asked.options) and all(word in allowed for word in answer):
            return answer
    allowed = {
        "choose_one": f"the place of an option, 0 to {len(asked.options) - 1}",
        "choose_several": f"a list of places, 0 to {len(asked.options) - 1}",
        "number": "a number",
        "text": "text",
    }.get(asked.kind, f"a list of {len(asked.options)} words out of {', '.join(asked.choices)}")
    raise ValueError(f"{_quoted(answer)} is no answer to {asked.id}; it takes {allowed}.")


def _is_place(answer, asked: bank.Question) -> bool:
    """Tell whether an answer is the place of an option: a whole number, and neither True nor 1.0."""
    whole = isinstance(answer, Integral) and not isinstance(answer, bool)
    return whole and 0 <= answer < len(asked.options)


def _is_number(answer) -> bool:
    try:
        return isinstance(answer, int | float) and not isinstance(answer, bool) and math.isfinite(answer)
    except OverflowError:  # a whole number of more than 300 digits
        return False


def _quoted(answer) -> str:
    """Return what was sent as it was sent, cut where it is long."""
    try:
        text = repr(answer)
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        return "What was sent"
    return text if len(text) <= 60 else f"{text[:60]}…"


def _earlier(asked: Sequence[bank.Question], place: str) -> dict:
    """Return by question the newest stored answer that fits the question as it stands today."""
    given = _given(place)
    found = {}
    for one in asked:
        for answer in given.get(one.id, []):
            try:
                found[one.id] = _checked(one, answer, False)
                break
            except ValueError:
                _leave_out(one.id)
    return found


def _given(place: str) -> dict[str, list]:
    """Return what was answered in a place, by question, newest first; before a class, by that class alone."""
    return store.given(place, classroom.since() if _is_presenting() else "")


def _leave_out(question: str) -> None:
    store.say(
        f"An earlier answer to {question} does not fit this question as it stands today. "
        "It is left out here and stays in the file of your answers."
    )


def _predicted(answer, note: str = "") -> dict:
    told = {"head": "Your prediction is saved. It comes back below, beside the data.", "note": note}
    return {"answer": answer, "right": True, "told": told}


def _voted(asked: bank.Question, answer, note: str = "") -> dict:
    if len(_given("vote").get(asked.id, [])) > 1:
        return _marked(asked, answer, bank.mark(asked, answer), note)
    told = {"head": "Your first vote is saved.", "note": f"{_DISCUSS} {note}".strip()}
    return {"answer": answer, "right": False, "told": told}


def _noted(answer, note: str = "") -> dict:
    return {"answer": answer, "right": True, "told": {"head": "" if note else "Saved.", "note": note}}


def _marked(asked: bank.Question, answer, marked: bank.Marked, note: str = "") -> dict:
    head = "Right." if marked.right else "Not yet."
    if asked.kind in ("order", "match", "role_table"):
        count = sum(one.right is True for one in marked.said)
        lines = f"{count} of {len(marked.said)} lines are right."
        head = lines if len(marked.said) > 1 else "The line is right." if count else "Not yet."
    told = {"head": head, "note": note, "said": [_line(one) for one in marked.said]}
    if marked.right and asked.kind in ("choose_one", "choose_several"):
        said = {one.text for one in marked.said}
        told["others"] = [
            {"mark": "", "text": option.text, "explanation": option.explanation}
            for option in asked.options
            if option.text not in said
        ]
    return {"answer": answer, "right": marked.right, "told": told}


def _line(said: bank.Said) -> dict:
    mark = {True: "✓", False: "✗", None: ""}[said.right]
    text = f"{said.text}: {said.answer}." if said.answer else said.text
    words = {True: "Right. ", False: "Not so. "}.get(said.right, "") if said.answer else ""
    return {"mark": mark, "text": text, "explanation": words + said.explanation}


def _beside(asked: bank.Question, predicted) -> str:
    """Return prediction and data side by side, with the explanations."""
    marked = bank.mark(asked, predicted)
    right = bank.key(asked)
    if asked.kind in ("order", "match", "role_table"):
        rows = [
            (option.text, given, option.key, "✓ same" if given == str(option.key) else "≠ differs")
            for option, given in zip(asked.options, predicted, strict=True)
            if not option.given
        ]
        table = pd.DataFrame(rows, columns=["", "you predicted", "what it shows", "beside each other"])
        said = [f"{one.text}: {one.explanation}" for one in marked.said]
    else:
        same = "✓ same" if marked.right else "≠ differs"
        words = (bank.answer_text(asked, predicted), bank.answer_text(asked, right), same)
        table = pd.DataFrame([words], columns=["you predicted", "what it shows", "beside each other"])
        # A prediction is not marked: what the bank says to an answer stands here without its verdict.
        said = [_unmarked(one.explanation) for one in marked.said if one.text]
        if not marked.right:
            said += [f"What it shows: {_unmarked(one.explanation)}" for one in bank.mark(asked, right).said]
    listed = "".join(f"<li>{escape(one)}</li>" for one in said)
    shown = _html(Table(table, "Your prediction beside the data"))
    return f"{shown}<ul>{listed}</ul>"


def _unmarked(explanation: str) -> str:
    return explanation.removeprefix("Right. ").removeprefix("Not so. ")


def _part(html: str) -> HTML:
    return HTML(f'<div class="kickback-part">{html}</div>')


def _spoken(claims: Sequence[str]) -> str:
    return " and ".join([", ".join(claims[:-1]), claims[-1]]) if len(claims) > 1 else claims[0]


def _html(shown) -> str:
    return shown._repr_mimebundle_()["text/html"]


def _is_instructor(asked: bool | None) -> bool:
    return os.environ.get("KICKBACK_INSTRUCTOR", "") not in ("", "0") if asked is None else asked


def _is_presenting() -> bool:
    return os.environ.get("KICKBACK_PRESENT", "") not in ("", "0")


def _class_answers(asked: Sequence[bank.Question]) -> str:
    """Return how a class answered these questions first, from the folder that KICKBACK_CLASS names."""
    folder = os.environ.get("KICKBACK_CLASS")
    if not folder:
        return ""
    try:
        handed = report.read(folder)
    except ValueError as reason:
        return f"<p>{escape(str(reason))}</p>"
    if not handed.students:
        return f"<p>{escape(_class_sentence(handed, pd.DataFrame()))}</p>"
    first = report.first_tries(handed.answers)
    own = first[first["question"].isin([one.id for one in asked])]
    table = own.groupby(["question", "words", "right", "misconceptions"]).size().reset_index(name="students")
    table["right"] = table["right"].map({True: "✓ right", False: "✗"})
    doubts = len(handed.notes) + len(handed.skipped)
    some = "1 doubt" if doubts == 1 else f"{doubts} doubts"
    # Told once, in the report, not again below every question.
    note = f"<p>ask.class_report tells of {some} about the files of this class.</p>" if doubts else ""
    return note + _html(Table(table, f"First answers of this class, n = {own['student'].nunique()}"))


def _recalled(lesson: str) -> tuple[list, str]:
    """Return the two questions of this round and the place that its answers are saved under."""
    given = store.answers()
    if given.empty:
        return [bank.question(one) for one in bank.first_recall(lesson)], f"recall {lesson}"
    now = report.now()
    past = _past_round(lesson, given)
    place = _round(lesson, past["round"])
    if past["ids"]:
        answered = set(past["ids"]) <= set(given.loc[given["place"] == place, "question"])
        begun = store.when(past["at"])
        # A round that is dated in the future was begun by a clock that was wrong: it is not recent for ever.
        recent = begun is not None and timedelta(0) <= now - begun < _ROUND_LASTS
        if not answered or recent:
            return [bank.question(one) for one in past["ids"]], place
    earlier = [
        one.id
        for one in bank.questions()
        if one.lesson[:2] < lesson[:2] and one.kind in _RECALLED and one.use in _TAUGHT
    ]
    taught = given[~given["place"].isin(["predict", *_TESTS])]
    chosen = [*store.due(earlier, taught, now), *bank.first_recall(lesson)]
    next_round = {"round": past["round"] + 1, "ids": list(dict.fromkeys(chosen))[:2], "at": now.isoformat()}
    # While the store could not be read, a later round may stand in it: that one stays.
    store.change(
        f"recall {lesson}",
        lambda stored: stored if _is_round(stored) and stored["round"] > past["round"] else next_round,
    )
    return [bank.question(one) for one in next_round["ids"]], _round(lesson, next_round["round"])


def _past_round(lesson: str, given: pd.DataFrame) -> dict:
    """Return the round that was begun last: its number, 0 if there was none, its questions, and when.

    No questions come back where one of them no longer exists: that round is over.
    """
    first = given.loc[given["place"] == f"recall {lesson}", "at"]
    past = store.kept(f"recall {lesson}")
    if not _is_round(past):
        past = {"round": int(len(first) > 0), "ids": [], "at": first.iloc[0] if len(first) else ""}
        if past["round"]:
            past["ids"] = bank.first_recall(lesson)
    known = {one.id for one in bank.questions()}
    return past | {"ids": list(dict.fromkeys(past["ids"])) if set(past["ids"]) <= known else []}


def _is_round(stored) -> bool:
    """Tell whether what is stored is a round of questions, with its number, their ids and its time."""
    return (
        isinstance(stored, dict)
        and isinstance(stored.get("round"), int)
        and 0 < stored["round"] < 1_000_000
        and isinstance(stored.get("ids"), list)
        and all(isinstance(one, str) for one in stored["ids"])
        and "at" in stored
    )


def _round(lesson: str, number: int) -> str:
    return f"recall {lesson}" + (f" round {number}" if number > 1 else "")


def _tallied(votes: dict, asked: bank.Question) -> dict[str, list[int]]:
    """Return the votes before and after as they can be drawn: a whole number for each option."""
    return {when: _votes(votes.get(when), asked) for when in _WHEN}


def _votes(votes, asked: bank.Question) -> list[int]:
    votes = votes if isinstance(votes, list) else []
    votes = [int(vote) if _is_number(vote) and 0 <= vote < 100_000 else 0 for vote in votes]
    return (votes + [0] * len(asked.options))[: len(asked.options)]


def _judging(tables: Tables, claim_ids: Sequence[str]) -> bank.Question:
    """Return the claims as one question: a verdict for each line."""
    claims = tables.claims.set_index("claim_id")
    unknown = [one for one in claim_ids if one not in claims.index]
    if unknown or not claim_ids:
        named = f"There is no claim {unknown[0]!r}" if unknown else "No claim was named"
        raise ValueError(f"{named}; claims run from {claims.index[0]} to {claims.index[-1]}.")
    options = tuple(
        bank.Option(
            f"{one}: {claims.loc[one, 'statement']}", str(claims.loc[one, "reason"]), _verdict(claims, one)
        )
        for one in claim_ids
    )
    prompt = "Your verdict on each claim"
    about = {"choices": bank.VERDICTS, "claims": tuple(claim_ids)}
    return bank.Question("verdict", "", "verdict", "match", "", prompt, options, (), about)


def _verdict(claims: pd.DataFrame, claim: str) -> str:
    return str(claims.loc[claim, "verdict"]).replace("_", " ")


def _own_verdicts(asked: bank.Question) -> list[str]:
    return _stored_verdicts(asked.about["claims"])


def _stored_verdicts(claims: Sequence[str]) -> list[str]:
    """Return the student's newest verdict on each claim, "" where there is none of today's words."""
    given = _given("verdict") if claims else {}
    found = []
    for claim in claims:
        words = given.get(f"verdict-{claim}", [])
        if words and words[0] not in bank.VERDICTS:
            _leave_out(f"claim {claim}")
        found.append(next((word for word in words if word in bank.VERDICTS), ""))
    return found


def _save_verdicts(asked: bank.Question, answer: Sequence[str]) -> str:
    """Save each verdict that is new; return the sentence if one could not be saved."""
    before = _own_verdicts(asked)
    lines = zip(asked.about["claims"], asked.options, answer, before, strict=True)
    notes = [
        store.save(f"verdict-{claim}", "verdict", word, word == option.key)
        for claim, option, word, old in lines
        if word and word != old
    ]
    return next(filter(None, notes), "")


def _judged(asked: bank.Question, answer: Sequence[str], note: str = "") -> dict:
    said = [
        {
            "mark": "✓" if word == option.key else "≠",
            "text": f"{claim}. You: {word}. The evidence: {option.key}.",
            "explanation": option.explanation,
        }
        for claim, option, word in zip(asked.about["claims"], asked.options, answer, strict=True)
    ]
    told = {"head": _agreement(asked, answer), "note": note, "said": said}
    return {"answer": list(answer), "right": False, "told": told}


def _scored(asked: bank.Question, answer: Sequence[str], note: str = "") -> dict:
    told = {"head": _agreement(asked, answer), "note": note}
    return {"answer": list(answer), "right": False, "told": told}


def _agreement(asked: bank.Question, answer: Sequence[str]) -> str:
    judged = [(option.key, word) for option, word in zip(asked.options, answer, strict=True) if word]
    same = sum(key == word for key, word in judged)
    return f"You and the evidence agree on {same} of the {len(judged)} claims that you judged."


def _scores(asked: bank.Question, answer: Sequence[str]) -> str:
    """Return the scoreboard: only claims that were judged show the evidence's verdict."""
    rows = [
        (
            option.text,
            word or "not judged yet",
            option.key if word else "judge first",
            "" if not word else "✓ same" if word == option.key else "≠ differs",
            option.explanation if word else "",
        )
        for option, word in zip(asked.options, answer, strict=True)
    ]
    columns = ["claim", "yours", "the evidence's", "beside each other", "reason"]
    return _html(
        Table(pd.DataFrame(rows, columns=columns), "Scoreboard: your verdicts beside the evidence's")
    )


def _compared(asked: Sequence[bank.Question]) -> str:
    """Return the tests before and after side by side, with the explanations of the second."""
    rows, notes = [], []
    others = [bank.question(one.about["parallel"]) for one in asked]
    earlier, later = _earlier(others, "pre"), _earlier(asked, "post")
    for number, (one, other) in enumerate(zip(asked, others, strict=True), 1):
        before, after = earlier.get(other.id), later.get(one.id)
        marks = [
            "not answered"
            if given is None
            else "✓ right"
            if bank.mark(question, given).right
            else "✗ not right"
            for question, given in ((other, before), (one, after))
        ]
        rows.append((number, one.prompt, *marks))
        told = [] if after is None else [("You chose", after)]
        if after != bank.key(one):
            told.append(("Right would be", bank.key(one)))
        said = " ".join(
            f"{lead}: {one.options[place].text}. {one.options[place].explanation}" for lead, place in told
        )
        notes.append(f"<p><strong>{number}.</strong> {escape(said)}</p>")
    table = pd.DataFrame(rows, columns=["number", "question", "before", "after"])
    right = [int((table[side] == "✓ right").sum()) for side in ("before", "after")]
    answered = int((table["before"] != "not answered").sum())
    first = (
        f"Right before: {right[0]} of {answered} answered."
        if answered
        else "You did not take the first test."
    )
    sentence = f"{first} Right now: {right[1]} of {len(table)}."
    return f"<p><strong>{sentence}</strong></p>{_html(Table(table, 'Before and after'))}{''.join(notes)}"


def _aims_chart(table: pd.DataFrame) -> Figure:
    lines = pd.DataFrame(
        {
            "label": [text[:1].upper() + text[1:] for text in table["you_can"]],
            "filled": table["right_now"],
            "hatched": (table["answered"] - table["right_now"]).clip(lower=0),
            "total": table["questions"],
            "said": [f"{r.right_now} right, {r.answered} of {r.questions}" for r in table.itertuples()],
        }
    )
    return charts.counts(lines, "Filled: right by now. Hatched: answered. Empty: not answered yet.")


def _beliefs_chart(found: pd.DataFrame) -> Figure:
    lines = pd.DataFrame(
        {
            "label": found["belief"],
            "filled": 0,
            "hatched": found["shown_by"],
            "total": found["asked"],
            "said": [f"{r.shown_by} of {r.asked}" for r in found.itertuples()],
        }
    )
    return charts.counts(lines, "Hatched: students who showed it at a first try, of those asked.")


def _progress_sentence(table: pd.DataFrame) -> str:
    answered, questions = table["answered"].sum(), table["questions"].sum()
    first, now = table["right_first"].sum(), table["right_now"].sum()
    return (
        f"You have answered {answered} of {questions} questions: {first} right at the first try, "
        f"{now} right by now. Predictions count as answered only; the two tests do not count here."
    )


def _class_sentence(handed: report.Class, found: pd.DataFrame) -> str:
    if not handed.students and handed.notes:
        return "No answer could be counted, for it is not clear who gave which."
    if not handed.students:
        return f"No answers were found. {handed.looked}"
    students = f"{handed.students} students" if handed.students > 1 else "One student"
    sentence = f"{students} handed in {len(handed.answers)} answers."
    shown = found[found["shown_by"] > 0].sort_values("shown_by", ascending=False, kind="stable")
    if len(shown):
        top = shown.iloc[0]
        sentence += (
            f" The commonest misconception at a first try: {top['belief'].rstrip('.').lower()} "
            f"(shown by {top['shown_by']} of the {top['asked']} who were asked)."
        )
    return sentence
