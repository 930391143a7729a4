"""The student's own plan: a form that keeps it, a list of what it lacks, and a page to hand in."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import NamedTuple

import anywidget
import pandas as pd
import traitlets

from lessons import emphasis, evidence, files, lifetime, menu, merge, printed, progress
from lessons.live import Table
from lessons.scripts import script
from lessons.tables import Tables, load, parts

_HERE = Path(__file__).parent
_DRAFT = "capstone"
_FEWEST, _MOST = 2, 4
GOALS = (
    "Make gluteus maximus the main muscle, with little from the hamstrings.",
    "Give gluteus medius more to do than a straight kick does.",
    "Train the muscles that hold trunk and pelvis while one leg moves.",
    "Train the triceps with the upper arm still.",
)
CLIENTS = (
    "A beginner at home, without equipment, who can kneel on all fours.",
    "A person in a gym with a cable machine and a kickback machine, who has trained for a year.",
    "A person with sore knees, who cannot kneel and has an elastic band.",
    "A person with a pair of dumbbells, who can lean forward without pain.",
)
_FIELDS = ("name", "goal", "goal_own", "client", "client_own", "unknown", "observation")
_CHOICE = ("exercise", "reason", "claim", "evidence")
_DIRECTIONS = {
    "for": "speaks for the claim",
    "against": "speaks against the claim",
    "qualifies": "says when the claim holds",
}
# The models behind what `model_results` holds: the leg, and the elbow for the heads of triceps.
_LEG, _ELBOW, _ELBOW_CLAIM = "rajagopal2016;caggiano2022", "holzbaur2005", "C12"
_LEVELS = ("1 not yet", "2 in part", "3 fully")
_RUBRIC = (
    (
        "Goal and client",
        "One of them is missing, or no kickback fits them.",
        "Both are named. Some kickbacks fit them, and the plan does not say how.",
        "Every kickback is tied to the goal and to what the client has and can do.",
    ),
    (
        "Choice and order",
        "What the reason says of the muscles is wrong, or nothing is said of them.",
        "What it says of the muscles agrees with the tables. The order has no reason.",
        "It agrees with the tables, and the reason says why this kickback comes here.",
    ),
    (
        "Claim and evidence",
        "The evidence does not bear on the claim, or a number has no unit or source.",
        "The evidence bears on the claim. It comes from another exercise, and that is not said.",
        "The evidence bears on the claim, and the reason says what differs from the kickback.",
    ),
    (
        "Doubt",
        "A contested or untested claim is used as if it were settled.",
        "The verdict is named. What it means for the plan is not.",
        "The reason says what the verdict, or evidence against, means for this plan.",
    ),
    (
        "The unknown and the observation",
        "Nothing is unknown, or the observation could not change the plan.",
        "Something is unknown. The observation bears on it only loosely.",
        "The observation bears on the unknown, and the plan says which result would change what.",
    ),
    (
        "What numbers may say",
        "Numbers of two studies are compared, or EMG is taken for growth.",
        "No such step, but a number says more than its study did.",
        "Every number says what its study said, in its unit, of its people.",
    ),
)


class Step(NamedTuple):
    """One part of a plan. `lacks` says what is missing; it is empty where the part is done."""

    part: str
    lacks: str


class Form(lifetime.ClosedOnRerun, anywidget.AnyWidget):
    """The plan on the page. `save(plan)` does from Python what typing does, `write(plan)` what the button.

    `about` holds what can be chosen; `plan` the plan as it was saved last; `told` what is said of it.
    """

    _esm = script("capstone.js")
    _css = _HERE / "capstone.css"
    about = traitlets.Dict().tag(sync=True)
    plan = traitlets.Dict().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)

    def __init__(self, tables: Tables, folder: str | Path = "."):
        self._tables, self._folder = tables, folder
        own = self._kept()
        note = " ".join(progress.notices())
        super().__init__(about=_about(tables), plan=own, told=self._said(own, note))
        self.on_msg(lambda _widget, message, _buffers: self.hear(message))
        progress.follow(self)

    def empty(self) -> None:
        """Show the form as to somebody who has planned nothing."""
        own = self._kept()
        with self.hold_sync():
            self.plan, self.told = own, self._said(own)

    def hear(self, message) -> None:
        """Do what the page asks for: save the plan that was typed and, if asked, write the page.

        `base` is the plan that the page began to type in, `number` what it calls this message.
        """
        if not isinstance(message, dict) or not isinstance(message.get("plan"), dict):
            return
        number, base = message.get("number"), message.get("base")
        act = self.write if message.get("write") else self.save
        act(
            message["plan"],
            number if isinstance(number, str) else "",
            base if isinstance(base, dict) else None,
        )

    def save(self, plan: dict, number: str = "", base: dict | None = None) -> str:
        """Save what differs in a plan from its base; return "" or a sentence that says why it could not be.

        Another page may have saved other fields since: they stay. Without a base it is the plan of this form.
        """
        typed, before = (_clean(one, self._tables) for one in (plan, self.plan if base is None else base))

        def merged(stored) -> dict:
            # Nothing stored: the file was lost or set aside, and what stands on the page is all there is.
            return (
                merge.plans(_clean(stored, self._tables), before, typed)
                if isinstance(stored, dict)
                else typed
            )

        note = progress.change(_DRAFT, merged)
        own = self._kept()
        with self.hold_sync():
            self.plan = own
            self.told = self._said(own, " ".join([note, *progress.notices()]).strip(), number)
        return note

    def write(self, plan: dict, number: str = "", base: dict | None = None) -> str:
        """Save a plan and write its page; return the sentence that says where it stands, or why not."""
        self.save(plan, base=base)
        lacking = len(missing(self.plan, self._tables))
        has_page = False
        name, text = f"{_file_stem(self.plan)}.html", page(self.plan, self._tables)
        try:
            path = write(self.plan, self._tables, self._folder)
        except OSError as fault:
            said = f"Not written: {fault.strerror or fault}. The plan stays in this form."
        except ValueError as fault:
            said = f"Not written: {fault}"
        else:
            has_page, name = True, path.name
            said = f"Written: {path.name}, in {path.resolve().parent}."
            some = "1 part is" if lacking == 1 else f"{lacking} parts are"
            said += f" It says that {some} missing." if lacking else " It is complete. Hand in this file."
            said = " ".join(filter(None, [said, files.elsewhere(path, self._folder)]))
        file = {"name": name, "type": "text/html", "text": text}
        self.told = self.told | {"number": number, "written": said, "has_page": has_page, "file": file}
        return said

    def _kept(self) -> dict:
        kept = progress.kept(_DRAFT)
        return _clean(kept if isinstance(kept, dict) else {}, self._tables)

    def _said(self, plan: dict, note: str = "", number: str = "") -> dict:
        return {
            "number": number,
            "note": note,
            "steps": [[step.part, step.lacks] for step in steps(plan, self._tables)],
            "cautions": cautions(plan, self._tables),
            "written": "",
            "has_page": False,
        }

    def __repr__(self) -> str:
        return (
            "A form for your plan: a goal, a client, two to four kickbacks, each with a reason, a claim and "
            "a piece of evidence, one thing unknown, and what would change the plan."
        )

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """Offer the form and, where it cannot run, the plan and its steps as a worksheet to print."""
        bundle = super()._repr_mimebundle_(**kwargs)
        html = "\n".join(filter(None, [printed.plan(self.plan, self.about), _worksheet(self.about)]))
        return bundle | {"text/plain": repr(self), "text/html": html}


def plan(folder: str | Path = ".", *, tables: Tables | None = None) -> Form:
    """Show the form for the student's plan, as it was left last; its page is written into `folder`."""
    return Form(tables or load(), folder)


def steps(plan: dict, tables: Tables) -> list[Step]:
    """Return every part of a plan, in the order of the form, with what it lacks."""
    own = _clean(plan, tables)
    picked = [choice["exercise"] for choice in own["choices"] if choice["exercise"]]
    twice = len(set(picked)) < len(picked)
    count = f"choose {_FEWEST} to {_MOST}; {len(picked)} {'is' if len(picked) == 1 else 'are'} chosen"
    return [
        Step("Name", "" if own["name"].strip() else "type it"),
        Step("Goal", _either(own, "goal")),
        Step("Client", _either(own, "client")),
        Step(
            "Number of kickbacks",
            count if len(picked) < _FEWEST else "one is chosen twice; choose another" if twice else "",
        ),
        *(
            Step(f"Kickback {place}", _choice_lacks(choice, removable=len(own["choices"]) > _FEWEST))
            for place, choice in enumerate(own["choices"], 1)
        ),
        Step("The unknown", "" if own["unknown"].strip() else "name one thing that is unknown"),
        Step(
            "The observation",
            "" if own["observation"].strip() else "say what you would have to see to change the plan",
        ),
    ]


def missing(plan: dict, tables: Tables) -> list[str]:
    """Return a sentence for each part that a plan still lacks; empty if it is complete."""
    return [f"{step.part}: {step.lacks}." for step in steps(plan, tables) if step.lacks]


def cautions(plan: dict, tables: Tables) -> list[str]:
    """Return what a plan's reasons have to speak to: doubtful claims, evidence against or from elsewhere."""
    own = _clean(plan, tables)
    said = []
    for place, choice in enumerate(own["choices"], 1):
        said += [f"Kickback {place}: {text}" for text in _choice_cautions(choice, tables)]
    return said


def rubric() -> Table:
    """Return the rubric: six criteria, three levels each."""
    return Table(pd.DataFrame(_RUBRIC, columns=["criterion", *_LEVELS]), "Rubric for a plan")


def write(plan: dict, tables: Tables, folder: str | Path = ".") -> Path:
    """Write a plan's page into a folder and return its path; a file that differs is never overwritten.

    Where the folder cannot be written to, it goes where the student may write. Raises OSError, its `strerror`
    a sentence, if that fails too, and ValueError if there are too many such files.
    """
    own = _clean(plan, tables)
    return files.write(folder, _file_stem(own), ".html", page(own, tables).encode())


def _file_stem(own: dict) -> str:
    return f"kickback-plan-{files.stem(own['name']) or 'no-name'}"


def page(plan: dict, tables: Tables) -> str:
    """Return a plan as one HTML page to print and hand in; it runs no script and asks for nothing outside."""
    own = _clean(plan, tables)
    filled = [(n, choice) for n, choice in enumerate(own["choices"], 1) if any(choice.values())]
    lacking = missing(own, tables)
    state = (
        f"<p><strong>This plan is not complete.</strong></p>{_list(lacking)}"
        if lacking
        else "<p>Every part of this plan is filled in.</p>"
    )
    sections = [
        f"<h1>Kickback plan</h1>{_typed(own['name'] or 'No name given.')}<h2>Completeness</h2>{state}",
        f"<h2>Goal</h2>{_written(own, 'goal')}<h2>Client</h2>{_written(own, 'client')}",
        *(_kickback(place, choice, tables) for place, choice in filled),
        f"<h2>What is unknown</h2>{_typed(own['unknown'])}",
        f"<h2>What observation would change the plan</h2>{_typed(own['observation'])}",
        _rubric_to_tick(),
        _sources_of(own, tables),
    ]
    if not filled:
        sections.insert(2, "<h2>Kickbacks</h2><p>None is chosen yet.</p>")
    body = "\n".join(f"<section>{section}</section>" for section in sections)
    title = escape(f"Kickback plan, {own['name'].strip() or 'no name'}")
    style = (_HERE / "capstone_page.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "<footer><p>Claims, verdicts, evidence and the muscles' parts: the tables of Kickback Lab "
        "(text CC BY 4.0). The reasons are the student's own.</p></footer>\n</body>\n</html>\n"
    )


def _clean(plan: dict, tables: Tables) -> dict:
    """Return a plan with every field, as text that can be stored; what the tables do not know is left out."""
    kickbacks = set(tables.exercises.loc[tables.exercises["is_kickback"], "exercise_id"].astype(str))
    own = {field: _text(plan.get(field)) for field in _FIELDS}
    for listed in ("choices", "aside"):
        lines = plan.get(listed)
        lines = [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
        own[listed] = [_clean_choice(line, kickbacks, tables) for line in lines]
    own["aside"] = own["choices"][_MOST:] + own["aside"]
    empty = dict.fromkeys(_CHOICE, "")
    own["choices"] = (own["choices"] + [empty] * _FEWEST)[: min(_MOST, max(_FEWEST, len(own["choices"])))]
    return own


def _clean_choice(line: dict, kickbacks: set[str], tables: Tables) -> dict:
    own = {field: _text(line.get(field)) for field in _CHOICE}
    if own["exercise"] not in kickbacks:
        own["exercise"] = ""
    if own["claim"] not in set(tables.claims["claim_id"]):
        own["claim"] = ""
    if _piece(own, tables) is None:
        own["evidence"] = ""
    return own


def _text(value) -> str:
    """Return text that can be stored and printed: half an emoji becomes a mark, control characters go."""
    text = value if isinstance(value, str) else ""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text.replace("\r\n", "\n").replace("\r", "\n"))


def _either(own: dict, field: str) -> str:
    done = own[field].strip() or own[f"{field}_own"].strip()
    return "" if done else "choose one or write it in your own words"


def _choice_lacks(choice: dict, *, removable: bool) -> str:
    if not any(text.strip() for text in choice.values()):
        return "choose a variation, or remove it" if removable else "choose a variation"
    wanted = {
        "exercise": "choose a variation",
        "reason": "give a reason",
        "claim": "choose a claim",
        "evidence": "choose one piece of evidence",
    }
    return "; ".join(text for field, text in wanted.items() if not choice[field].strip())


def _choice_cautions(choice: dict, tables: Tables) -> list[str]:
    said = []
    claims = tables.claims.set_index("claim_id")
    if choice["claim"]:
        verdict = str(claims.loc[choice["claim"], "verdict"])
        if verdict in ("contested", "not_tested"):
            said.append(
                f"claim {choice['claim']} is {verdict.replace('_', ' ')}. "
                "Say in the reason why you build on it all the same."
            )
    piece = _piece(choice, tables)
    if piece is not None and piece.direction == "against":
        said.append(f"the evidence speaks against claim {choice['claim']}. Speak to that in the reason.")
    elsewhere = piece is not None and _measured_elsewhere(piece, choice["exercise"], tables)
    if elsewhere:
        said.append(f"the evidence comes from {elsewhere}, not from this kickback. Say what differs.")
    return said


def _measured_elsewhere(piece, exercise: str, tables: Tables) -> str:
    """Return which exercises a piece of evidence comes from; "" if this one is among them."""
    where = {
        "emg": (tables.emg, "measurement_id", "exercise_id"),
        "outcome": (tables.outcomes, "outcome_id", "exercise_id"),
        "finding": (tables.findings, "finding_id", "exercise_ids"),
        "database": (tables.databases, "entry_id", "exercise_id"),
    }
    if piece.kind not in where or not exercise:
        return ""
    table, key, column = where[piece.kind]
    of = parts(str(table.loc[table[key] == piece.id, column].iloc[0]))
    names = tables.exercises.set_index("exercise_id")["name"]
    known = [emphasis.spoken(str(names[one])) for one in of if one in names.index]
    return "" if exercise in of else " and ".join(known)


def _piece(choice: dict, tables: Tables):
    """Return the chosen piece of evidence, a row of `evidence.for_claim`; None if it is not of the claim."""
    if choice["claim"] not in set(tables.claims["claim_id"]):
        return None
    return next(
        (piece for piece in _pieces(tables, choice["claim"]) if _key(piece) == choice["evidence"]), None
    )


@lru_cache(maxsize=64)  # a plan is looked through at every pause in typing
def _pieces(tables: Tables, claim: str) -> tuple:
    return tuple(evidence.for_claim(tables, claim).itertuples(index=False))


def _key(piece) -> str:
    """Return what names a row of `evidence.for_claim` within its claim: one row may point both ways."""
    return f"{piece.kind} {piece.id} {piece.direction}"


def _sources_behind(piece, claim: str, tables: Tables) -> str:
    """Return the sources of a piece of evidence, parted by ";"."""
    if piece.kind == "mechanics":
        return _ELBOW if claim == _ELBOW_CLAIM else _LEG
    table, key, column = {
        "emg": (tables.emg, "measurement_id", "study_id"),
        "outcome": (tables.outcomes, "outcome_id", "study_id"),
        "finding": (tables.findings, "finding_id", "study_id"),
        "database": (tables.databases, "entry_id", "source_id"),
        "anatomy": (tables.muscles, "muscle_id", "source_id"),
    }[piece.kind]
    return str(table.loc[table[key] == piece.id, column].iloc[0])


def _about(tables: Tables) -> dict:
    """Return what can be chosen, as text."""
    kickbacks = tables.exercises[tables.exercises["is_kickback"]]
    return {
        "goals": list(GOALS),
        "clients": list(CLIENTS),
        "fewest": _FEWEST,
        "most": _MOST,
        "kickbacks": [[str(line.exercise_id), str(line.name)] for line in kickbacks.itertuples()],
        "claims": [
            {
                "id": line.claim_id,
                "topic": line.topic,
                "statement": line.statement,
                "verdict": str(line.verdict).replace("_", " "),
                "reason": line.reason,
                "evidence": [
                    {
                        "key": _key(piece),
                        "direction": piece.direction,
                        "text": piece.evidence,
                        "note": piece.note,
                    }
                    for piece in evidence.for_claim(tables, line.claim_id).itertuples()
                ],
            }
            for line in tables.claims.itertuples()
        ],
    }


def _kickback(place: int, choice: dict, tables: Tables) -> str:
    names = tables.exercises.set_index("exercise_id")["name"]
    name = str(names[choice["exercise"]]) if choice["exercise"] else "no variation chosen"
    html = [f"<h2>Kickback {place}: {escape(name)}</h2>"]
    html.append(f"<h3>Why it is in the plan, and why here</h3>{_typed(choice['reason'])}")
    if choice["claim"]:
        claim = tables.claims.set_index("claim_id").loc[choice["claim"]]
        verdict = str(claim["verdict"]).replace("_", " ")
        html.append(f"<h3>Claim {choice['claim']}: {escape(claim['statement'])}</h3>")
        html.append(f"<p>Verdict: <strong>{verdict}</strong>. {escape(claim['reason'])}</p>")
    else:
        html.append("<h3>Claim</h3><p>None is chosen yet.</p>")
    html.append(f"<h3>Evidence</h3>{_evidence(choice, tables)}")
    said = _choice_cautions(choice, tables)
    if said:
        said = [text[:1].upper() + text[1:] for text in said]
        html.append(f"<h3>What the reason has to speak to</h3>{_list(said)}")
    if choice["exercise"]:
        html.append(f"<h3>The muscles' parts</h3>{_roles(choice['exercise'], name, tables)}")
    return "".join(html)


def _evidence(choice: dict, tables: Tables) -> str:
    piece = _piece(choice, tables)
    if piece is None:
        return "<p>None is chosen yet.</p>"
    note = f" {piece.note}" if piece.note else ""
    ids = _sources_behind(piece, choice["claim"], tables)
    cited = evidence.citations(tables, [ids])
    return (
        f"<p>{escape(piece.evidence)}.{escape(note)}</p>"
        f"<p>It {_DIRECTIONS[piece.direction]}. Source: {_cited(cited)}</p>"
    )


def _roles(exercise: str, name: str, tables: Tables) -> str:
    facts = emphasis.cells(tables)
    facts = facts[facts["exercise_id"] == exercise].sort_values("row", kind="stable")
    labels = emphasis.rows(tables).loc[facts["row"], "muscle"]
    table = pd.DataFrame(
        {
            "muscle": list(labels),
            "where": [emphasis.LIMB_WORDS[limb] for limb in facts["limb"]],
            "part": list(facts["word"]),
            "role": [emphasis.ROLE_WORDS[role] for role in facts["role"]],
            "rests on": list(facts["basis"].astype(str)),
        }
    )
    return Table(table, f"What texts say of {emphasis.spoken(name)}")._repr_mimebundle_()["text/html"]


def _rubric_to_tick() -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in ("Criterion", *_LEVELS))
    rows = "".join(
        f'<tr><th scope="row">{escape(criterion)}</th>'
        + "".join(
            f'<td><label><input type="radio" name="line-{number}"> {escape(level)}</label></td>'
            for level in levels
        )
        + "</tr>"
        for number, (criterion, *levels) in enumerate(_RUBRIC, 1)
    )
    return (
        "<h2>Rubric</h2>"
        "<p>For the reader to tick: one level in each line. Print the page to keep the ticks.</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _sources_of(own: dict, tables: Tables) -> str:
    ids = ["article"]
    for choice in own["choices"]:
        ids += list(tables.roles.loc[tables.roles["exercise_id"] == choice["exercise"], "source_id"])
        piece = _piece(choice, tables)
        if piece is not None:
            ids.append(_sources_behind(piece, choice["claim"], tables))
    cited = evidence.citations(tables, ids)
    items = "".join(f"<li>{_cited(cited.iloc[[place]])}</li>" for place in range(len(cited)))
    return f"<h2>Sources</h2><ul>{items}</ul>"


def _cited(cited: pd.DataFrame) -> str:
    return " ".join(
        escape(line.citation) + (f" <em>{escape(line.caution)}</em>" if line.caution else "")
        for line in cited.itertuples()
    )


def _written(own: dict, field: str) -> str:
    chosen, added = own[field].strip(), own[f"{field}_own"].strip()
    return "".join(_typed(text) for text in (chosen, added) if text) or _typed("")


def _typed(text: str) -> str:
    """Return what a student typed as a paragraph that keeps its lines and its direction of reading."""
    return f'<p class="typed" dir="auto">{escape(text)}</p>' if text.strip() else "<p>Not written yet.</p>"


def _list(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def _worksheet(about: dict) -> str:
    """Return the form as it is printed: to be read, and filled in with a pen."""
    line = f"<p>{'_' * 62}</p>"
    names = "; ".join(name for _, name in about["kickbacks"])
    slots = "".join(
        f"<p><strong>Kickback {place}</strong> {'_' * 44}</p>\n"
        f"<p>Why it is in the plan, and why here:</p>{line}{line}\n"
        f"<p>Claim C____ One piece of its evidence, with its source:</p>{line}\n"
        for place in range(1, _MOST + 1)
    )
    claims = [f"{one['id']}: {one['statement']} Verdict: {one['verdict']}." for one in about["claims"]]
    return (
        f"<p><strong>1. Your name</strong></p>{line}\n"
        f"<p><strong>2. A goal</strong>: choose one or write your own.</p>{_list(about['goals'])}{line}\n"
        f"<p><strong>3. A client</strong>: choose one or write your own.</p>{_list(about['clients'])}{line}\n"
        f"<p><strong>4. From {_FEWEST} to {_MOST} kickbacks, in order.</strong> "
        f"Choose from: {escape(names)}.</p>\n{slots}"
        f"<details><summary>The claims to choose from, with our verdicts</summary>{_list(claims)}</details>\n"
        f"<p><strong>5. One thing that is unknown</strong></p>{line}{line}\n"
        f"<p><strong>6. What observation would change the plan, and how</strong></p>{line}{line}\n"
        f"<p><em>To fill it in on this page, choose {menu.RUN_ALL}.</em></p>"
    )
