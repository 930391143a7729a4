"""Print questions, answers and plans as HTML that needs no Python: what a form stores, and an exported page.

The standard library is all that this module takes, so that a Jupyter server can have it at no cost.
"""

from collections.abc import Mapping, Sequence
from html import escape

_LINE = "____________"
_LETTERS = "ABCDEFGHIJ"  # as an ordered list of type A counts
_PLAN = {
    "name": "Your name",
    "goal": "The goal",
    "goal_own": "The goal, in your own words",
    "client": "The client",
    "client_own": "The client, in your own words",
}
_PLAN_ENDS = {"unknown": "One thing that is unknown", "observation": "What observation would change the plan"}


def question(shown: Mapping, state: Mapping | None = None) -> str:
    """Return a question as it is printed: to be answered with a pen, or with its answer and what was said.

    `shown` is one of the `questions` of `ask.Form`, `state` one of its `states`.
    """
    answer = (state or {}).get("answer")
    prompt = f"<p><strong>{escape(shown['prompt'])}</strong></p>"
    told = "" if answer is None else f"\n{_told(state.get('told') or {})}"
    if shown["kind"] in ("choose_one", "choose_several"):
        items = "".join(f"<li>{escape(option['text'])}</li>" for option in shown["options"])
        return f'{prompt}\n<ol type="A">{items}</ol>{_chosen(shown["options"], answer)}{told}'
    if shown["kind"] in ("number", "text"):
        given = _LINE if answer is None else f"Your answer: <strong>{_typed(answer)}</strong>"
        return f"{prompt}\n<p>{given} {escape(shown['unit'])}</p>{told}"
    words = f"<p>Choose from: {escape('; '.join(shown['choices']))}.</p>"
    return f"{prompt}\n{words}\n<table>{_lines(shown, answer)}</table>{told}"


def _lines(shown: Mapping, answer) -> str:
    given = answer if isinstance(answer, Sequence) and len(answer) == len(shown["options"]) else None
    rows = []
    for place in shown["shown"]:
        option = shown["options"][place]
        word = option.get("given") or (given[place] if given else "") or _LINE
        rows.append(
            f"<tr><th scope='row' style='text-align:left'>{escape(option['text'])}</th>"
            f"<td style='text-align:left'>{_typed(word)}</td>"
            f"<td style='text-align:left'>{escape(option.get('why', ''))}</td></tr>"
        )
    return "".join(rows)


def _chosen(options: Sequence[Mapping], answer) -> str:
    places = answer if isinstance(answer, list) else [answer]
    places = [place for place in places if isinstance(place, int) and 0 <= place < len(options)]
    if not places:
        return ""
    items = "; ".join(f"{_LETTERS[place]}. {escape(options[place]['text'])}" for place in places)
    return f"\n<p>Your answer: <strong>{items}</strong></p>"


def _told(told: Mapping) -> str:
    parts = [f"<p>{escape(told[name])}</p>" for name in ("head", "note") if told.get(name)]
    items = "".join(
        f"<li>{escape(' '.join(filter(None, [one['mark'], one['text'], one['explanation']])))}</li>"
        for one in told.get("said") or ()
    )
    return "\n".join(parts) + (f"\n<ul>{items}</ul>" if items else "")


def plan(written: Mapping, about: Mapping) -> str:
    """Return what a student wrote into the capstone's form; "" while it is empty.

    `written` and `about` are the `plan` and `about` of `capstone.Form`.
    """
    names = {"exercise": dict(about["kickbacks"])}
    names["claim"] = {one["id"]: f"{one['id']}: {one['statement']}" for one in about["claims"]}
    names["evidence"] = {piece["key"]: piece["text"] for one in about["claims"] for piece in one["evidence"]}
    labels = {
        "exercise": "",
        "reason": "Why it is in the plan: ",
        "claim": "Claim ",
        "evidence": "Evidence: ",
    }
    parts = [_field(label, written.get(field)) for field, label in _PLAN.items()]
    for number, choice in enumerate(written.get("choices") or (), 1):
        lines = [
            f"<p>{label}{_typed(names.get(field, {}).get(choice[field], choice[field]))}</p>"
            for field, label in labels.items()
            if choice.get(field)
        ]
        parts.append("".join([f"<p><strong>Kickback {number}</strong></p>", *lines]) if lines else "")
    parts += [_field(label, written.get(field)) for field, label in _PLAN_ENDS.items()]
    return "\n".join(filter(None, parts))


def _field(label: str, text) -> str:
    return f"<p><strong>{label}</strong></p><p>{_typed(text)}</p>" if text else ""


def _typed(text) -> str:
    """Return what a student typed, as text, line by line."""
    return escape(f"{text:g}" if isinstance(text, float) else str(text)).replace("\n", "<br>")
