"""What a class voted and was shown: kept through a restart, put away for the next class."""

import uuid
from datetime import date

from lessons import bank
from lessons import progress as store

_CLASS = "class"


def votes(question_id: str) -> dict:
    """Return the votes typed for a question, as they were kept; an empty dict if there are none."""
    kept = store.kept(f"tally {question_id}")
    return kept if isinstance(kept, dict) else {}


def keep_votes(question_id: str, counts: dict) -> str:
    """Keep the votes typed for a question; return "" or, if that failed, a sentence for the reader."""
    return store.keep(f"tally {question_id}", counts)


def is_shown(name: str) -> bool:
    """Return whether something was shown to this class, today, and not hidden again."""
    return store.kept(f"shown {name}") == _shown(True)


def show(name: str, shown: bool) -> str:
    """Note that something is shown, or hidden again; return as `keep_votes` does."""
    return store.keep(f"shown {name}", _shown(shown))


def begin(lesson: str) -> str:
    """Begin a new class: no votes in this lesson ("02"), and nothing is shown. Return as `keep_votes` does.

    What the class before voted stays among the earlier drafts.
    """
    entries = store.answers()["entry"]
    notes = [store.keep(_CLASS, {"id": uuid.uuid4().hex, "after": entries.iloc[-1] if len(entries) else ""})]
    voted = [one.id for one in bank.questions(lesson) if one.use == "vote" and votes(one.id)]
    notes += [keep_votes(question_id, {}) for question_id in voted]
    return next(filter(None, notes), "")


def since() -> str:
    """Return the `entry` of the last answer that was given before this class; "" if there is none."""
    begun = store.kept(_CLASS)
    after = begun.get("after") if isinstance(begun, dict) else ""
    return after if isinstance(after, str) else ""


def _shown(shown: bool) -> dict:
    # A class has one day: what stands uncovered at its end is covered on the next.
    return {"shown": shown, "class": store.kept(_CLASS), "day": date.today().isoformat()}
