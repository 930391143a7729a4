"""The panels: compare two variations, follow one muscle, see all at once, ask the databases."""

import pandas as pd
from ipywidgets import Dropdown, Layout, ToggleButtons

from lessons import charts, emphasis, evidence, ink
from lessons.live import Panel, Table, Words
from lessons.tables import Tables, load

_BAR_FOOT = (
    "Coloured and hatched: holds still. White and hatched: not named, not zero. *: from anatomy alone."
)
_GRID_FOOT = "Colour and word: emphasis in texts. Hatched: not named, not zero. *: from anatomy alone."
_DATABASE_FOOT = (
    "Databases of one line copy from one another: a line counts once. Hatched: not named, not zero."
)
_OTHER = "Not a kickback: "
_LENSES = [("Roles (texts)", "roles"), ("Measured (EMG)", "measured")]
_LIMBS = [("Working", "working"), ("Standing", "standing"), ("Trunk", "trunk"), ("All", "all")]
_ORDERS = [("By region", "region"), ("By difference", "difference")]
_HEIGHT = 450
_FIXED_WORDS = ("role", "statistic", "verdict", "body_position", "resistance", "joint_action")


def compare(
    first: str,
    second: str,
    lens: str = "roles",
    *,
    limb: str = "working",
    order: str = "region",
    tables: Tables | None = None,
) -> Panel:
    """Compare two exercises muscle by muscle.

    Parameters
    ----------
    first, second
        An exercise's id, name or alias ("donkey kick"). A ValueError offers the nearest names.
    lens
        "roles" (emphasis in texts, 0 to 3, in words) or "measured" (published EMG, each in its own unit).
    limb
        "working", "standing", "trunk" or "all".
    order
        "region" (hip to forearm) or "difference" (largest first).

    Returns a panel with the controls `first, second, lens, limb, order`.
    """
    tables = tables or load()
    choices = _exercises(tables)
    start = [tables.exercise_id(text) for text in (first, second)]
    for exercise in start:
        if exercise not in [value for _, value in choices]:
            about = "has no role, no measured value and no database entry in the tables"
            raise ValueError(f"{_name(tables, exercise)} {about}, so there is nothing to compare.")
    controls = {
        "first": _dropdown("First", choices, start[0]),
        "second": _dropdown("Second", choices, start[1]),
        "lens": _buttons("Lens", _LENSES, lens),
        "limb": _buttons("Where", _LIMBS, limb),
        "order": _buttons("Sorted", _ORDERS, order),
    }
    rows = emphasis.rows(tables)
    by_choice = _by_choice(tables, [exercise for _, exercise in choices])
    names = [name.removeprefix(_OTHER) for name, _ in choices]
    shown = [
        [number for number, (_, value) in enumerate(_LIMBS) if value in (where, "all")]
        for where in rows["limb"]
    ]
    moving = charts.moving_bars(
        rows,
        [_following(by_choice, 0), _following(by_choice, 1)],
        [names, names],
        _HEIGHT,
        order=4,
        foot=_BAR_FOOT,
        shown=[{3: allowed} for allowed in shown],
    )

    def describe(first, second, lens, limb, order, drawn=False) -> Words:
        tell = _compare_measured if lens == "measured" else _compare_roles
        return tell(tables, first, second, limb, order, drawn)

    return Panel(
        controls, describe, moving, [("lens", "measured")], lambda **choice: describe(**choice, drawn=True)
    )


def muscle(muscle: str, lens: str = "roles", *, tables: Tables | None = None) -> Panel:
    """Follow one muscle across all kickback variations, in either lens.

    `muscle` is an id or a name; a ValueError offers the nearest. In the Measured lens every published value
    of the muscle, its parts and its groups is shown, also of exercises that are not kickbacks.
    Returns a panel with the controls `muscle, lens`.
    """
    tables = tables or load()
    names = dict(zip(tables.muscles["muscle_id"], tables.muscles["name"].astype(str), strict=True))
    spoken_of = set(tables.roles["muscle_id"]) | set(tables.emg["muscle_id"])
    choices = [(name, muscle_id) for muscle_id, name in names.items() if muscle_id in spoken_of]
    start = tables.muscle_id(muscle)
    if start not in spoken_of:
        raise ValueError(
            f"{names[start]} has no role and no measured value in the tables, so there is nothing to show."
        )
    controls = {"muscle": _dropdown("Muscle", choices, start), "lens": _buttons("Lens", _LENSES, lens)}
    lines = {muscle_id: emphasis.muscle_lines(tables, muscle_id) for _, muscle_id in choices}
    exercises = lines[start].rename(columns={"exercise": "label"})[["label"]]
    groups = dict(zip(tables.muscles["muscle_id"], tables.muscles["group"].astype(str), strict=True))
    sides = []
    for side in ("working", "holding"):
        cells = {
            place: [
                _cell(value, spoken) for value, spoken in zip(own[side], own[f"{side}_mark"], strict=True)
            ]
            for place, own in enumerate(lines.values())
        }
        sides.append(_following(pd.DataFrame(cells, dtype=object), 0))
    moving = charts.moving_bars(
        exercises.assign(group=None),
        sides,
        [["Working limb"] * len(choices), ["Standing limb or trunk"] * len(choices)],
        _HEIGHT,
        foot=_BAR_FOOT,
        colours=[ink.GROUP_COLOURS[groups[muscle_id]] for _, muscle_id in choices],
    )

    def describe(muscle, lens, drawn=False) -> Words:
        tell = _muscle_measured if lens == "measured" else _muscle_roles
        return tell(tables, muscle, names[muscle], drawn)

    return Panel(
        controls, describe, moving, [("lens", "measured")], lambda **choice: describe(**choice, drawn=True)
    )


def overview(family: str = "glute", *, limb: str = "all", tables: Tables | None = None) -> Panel:
    """Show all kickback variations of a family by all muscles, in words and colours.

    `family` is "glute" or "triceps". Returns a panel with the controls `family, limb`.
    """
    tables = tables or load()
    families = [("Glute kickbacks", "glute"), ("Triceps kickbacks", "triceps")]
    controls = {"family": _buttons("Family", families, family), "limb": _buttons("Where", _LIMBS, limb)}
    rows = emphasis.rows(tables).set_index("label")["limb"]
    sheets = []
    for number, (_, kind) in enumerate(families):
        table = emphasis.matrix(tables, kind)
        allowed = [
            {1: [place for place, (_, value) in enumerate(_LIMBS) if value in (rows[label], "all")]}
            for label in table.index
        ]
        words = _grid_words(tables, kind, "all")
        sheets.append({"table": table, "words": words, "shown": {0: [number]}, "rows": allowed})
    moving = charts.moving_grid(sheets, 560, _GRID_FOOT)

    def describe(family, limb, drawn=False) -> Words:
        table, words = emphasis.matrix(tables, family, limb), _grid_words(tables, family, limb)
        shown = emphasis.cells(tables)
        kicks = set(tables.exercises.query("is_kickback and family == @family")["exercise_id"])
        shown = shown[shown["exercise_id"].isin(kicks) & (shown["limb"].isin([limb]) | (limb == "all"))]
        figure = charts.grid(table, words, _GRID_FOOT) if drawn else None
        return Words(
            emphasis.overview_sentence(table, family, limb),
            words.reset_index(),
            evidence.citations(tables, shown["source_id"]),
            f"Emphasis in the {family} kickbacks, {emphasis.LIMB_WORDS[limb]}",
            figure,
        )

    return Panel(controls, describe, moving, draw=lambda **choice: describe(**choice, drawn=True))


def databases(exercise: str, *, tables: Tables | None = None) -> Panel:
    """Show what five independent lines of public exercise databases say of one exercise.

    Returns a panel with the control `exercise`; only exercises that a database holds are offered.
    """
    tables = tables or load()
    held = set(tables.databases["exercise_id"]) - {""}
    choices = [(name, exercise_id) for name, exercise_id in _exercises(tables) if exercise_id in held]
    start = tables.exercise_id(exercise)
    if start not in held:
        name = tables.exercises.set_index("exercise_id").loc[start, "name"]
        raise ValueError(f"No database entry that we read could be matched to {name}.")
    controls = {"exercise": _dropdown("Exercise", choices, start)}
    sheets = []
    for number, (_, exercise_id) in enumerate(choices):
        table, words = emphasis.agreement(tables, exercise_id)
        sheets.append({"table": table, "words": words, "shown": {0: [number]}, "rows": [{}] * len(table)})
    moving = charts.moving_grid(sheets, 300, _DATABASE_FOOT)

    def describe(exercise, drawn=False) -> Words:
        table, words = emphasis.agreement(tables, exercise)
        entries = emphasis.entries(tables, exercise)
        name = str(tables.exercises.set_index("exercise_id").loc[exercise, "name"])
        return Words(
            emphasis.agreement_sentence(words, name),
            entries.drop(columns="source_id"),
            evidence.citations(tables, entries["source_id"]),
            f"What the databases write about: {name}",
            charts.grid(table, words, _DATABASE_FOOT) if drawn else None,
        )

    return Panel(controls, describe, moving, draw=lambda **choice: describe(**choice, drawn=True))


def table(frame: pd.DataFrame, caption: str, *columns: str) -> Table:
    """Show a DataFrame whole, or the named columns of it, with a caption: no cell shortened, missing empty.

    Ids of muscles and exercises become names, and the words of fixed lists lose their underscores.
    A ValueError names a column that the frame does not have.
    """
    for column in columns:
        if column not in frame.columns:
            known = ", ".join(map(str, frame.columns))
            raise ValueError(f"There is no column {column!r}; there are {known}.")
    shown = frame[list(columns)] if columns else frame
    for name, about in (("muscle", load().muscles), ("exercise", load().exercises)):
        if f"{name}_id" in shown.columns:
            names = about.set_index(f"{name}_id")["name"]
            shown = shown.assign(**{f"{name}_id": shown[f"{name}_id"].map(names).fillna("")})
            shown = shown.rename(columns={f"{name}_id": name})
    fixed = [column for column in _FIXED_WORDS if column in shown.columns]
    spaced = {column: shown[column].astype(str).str.replace("_", " ") for column in fixed}
    return Table(shown.assign(**spaced), caption)


def claims(*claim_ids: str, verdict: bool = True, tables: Tables | None = None) -> Table:
    """Show claims of the article: what each lens says, the verdict, the reason, and how much evidence speaks.

    A lens agrees or disagrees, whole or in part, is mixed, qualifies, or is silent (`evidence.lenses`).

    Without ids all claims are shown; with `verdict=False` only what they say, to be judged first.
    A ValueError names an id that does not exist.
    """
    tables = tables or load()
    judged = _judged(tables, claim_ids).join(evidence.lenses(tables), on="claim_id")
    if not verdict:
        shown = judged[["claim_id", "topic", "statement"]]
        return Table(shown.rename(columns={"claim_id": "claim"}), "Claims of the article, in our words")
    columns = ["claim_id", "statement", *evidence.LENSES, "verdict", "reason", "for", "against", "qualifies"]
    shown = judged[columns].assign(verdict=judged["verdict"].astype(str).str.replace("_", " "))
    caption = "Claims of the article, what each lens says, our verdict, and the number of pieces of evidence"
    return Table(shown.rename(columns={"claim_id": "claim"}), caption)


def claim(claim_id: str, *, tables: Tables | None = None) -> Table:
    """Show one claim of the article with everything that speaks for it, against it or qualifies it.

    Columns: direction, kind, id (the row of its table), evidence, note. A ValueError names an unknown id.
    """
    tables = tables or load()
    about = _judged(tables, [claim_id]).iloc[0]
    verdict = str(about["verdict"]).replace("_", " ")
    return Table(evidence.for_claim(tables, claim_id), f"{claim_id} {about['statement']} Verdict: {verdict}.")


def _compare_roles(tables: Tables, first: str, second: str, limb: str, order: str, drawn: bool) -> Words:
    pair = emphasis.compare(tables, first, second, limb, order)
    names = [_name(tables, exercise) for exercise in (first, second)]
    table = pd.DataFrame(
        {"muscle": pair["label"], **{side: emphasis.with_role(pair, side) for side in ("first", "second")}}
    ).assign(change=pair["change"])
    heads = names if first != second else [names[0], f"{names[1]} again"]
    sentence = emphasis.difference_sentence(pair, *names)
    kicks = tables.exercises.loc[tables.exercises["is_kickback"], "name"].astype(str)
    if not set(names) <= set(kicks):
        sentence = emphasis.unread_sentence(names, set(kicks))
        table = table.assign(change="")
    facts = tables.roles[tables.roles["exercise_id"].isin([first, second])]
    shown = facts[facts["muscle_id"].isin(pair["muscle_id"]) & (facts["limb"].isin([limb]) | (limb == "all"))]
    return Words(
        sentence,
        table.set_axis(["muscle", *heads, "change"], axis=1),
        evidence.citations(tables, shown["source_id"]),
        f"Roles: what texts say, {emphasis.LIMB_WORDS[limb]}",
        charts.bars(pair, names, _BAR_FOOT) if drawn else None,
    )


def _compare_measured(tables: Tables, first: str, second: str, limb: str, order: str, _drawn: bool) -> Words:
    chosen = [first] if first == second else [first, second]
    found = {exercise: evidence.beside(tables, exercise, limb) for exercise in chosen}
    if order == "difference":
        found = evidence.by_difference(found)
    names = {exercise: _name(tables, exercise) for exercise in chosen}
    sections, near, messages = [], {}, []
    for exercise, rows in found.items():
        own = rows[rows["differs"] == ""]
        if len(own):
            sections.append((names[exercise], own))
            continue
        messages.append(f"{names[exercise]}: {evidence.no_value(limb)}.")
        for (name, differs), part in rows.groupby(["exercise", "differs"], sort=False):
            if name in names.values():  # it has a section of its own
                messages.append(f"Nearest measured: {name}, which is shown. What differs: {differs}.")
                continue
            near.setdefault(name, (part, []))[1].append(f"Not {names[exercise]}: {differs}.")
    sections += [(f"Nearest measured: {name}. {' '.join(why)}", part) for name, (part, why) in near.items()]
    sentence = evidence.measured_sentence(found, names, limb)
    pair = order == "difference" and len(found) == 2 and all(len(rows) for rows in found.values())
    if pair and evidence.comparable(found).empty:
        sentence += (
            " No value of the one may be set against a value of the other, so sorting changes nothing."
        )
    return _measured_words(tables, sentence, sections, messages)


def _muscle_roles(tables: Tables, muscle: str, name: str, drawn: bool) -> Words:
    lines = emphasis.muscle_lines(tables, muscle)
    group = str(tables.muscles.set_index("muscle_id").loc[muscle, "group"])
    figure = None
    if drawn:
        shown = lines.rename(columns={"exercise": "label", "working": "first", "working_mark": "first_mark"})
        shown = shown.rename(columns={"holding": "second", "holding_mark": "second_mark"}).assign(group=group)
        figure = charts.bars(shown, ["Working limb", "Standing limb or trunk"], _BAR_FOOT, arrows=False)
    facts = tables.roles[tables.roles["muscle_id"] == muscle]
    return Words(
        emphasis.muscle_sentence(lines, name, _named_parts(tables, muscle)),
        lines[["exercise", "working_mark", "holding_mark"]].set_axis(
            ["exercise", "working limb", "standing limb or trunk"], axis=1
        ),
        evidence.citations(tables, facts["source_id"]),
        f"Roles: {name} in every kickback variation (*: from anatomy alone)",
        figure,
    )


def _muscle_measured(tables: Tables, muscle: str, name: str, _drawn: bool) -> Words:
    found = evidence.measured(tables, muscle=muscle)
    found = found.sort_values(["order", "value"], ascending=[True, False], kind="stable")
    kicks = tables.exercises[tables.exercises["is_kickback"]]
    measured = kicks["exercise_id"].isin(found["exercise_id"])
    silent = kicks.loc[~measured, "name"]
    number = f"any of the {len(kicks)}" if len(silent) == len(kicks) else f"{len(silent)} of the {len(kicks)}"
    messages = [f"{name}: {evidence.NO_VALUE} in {number} kickback variations."]
    kick = found["exercise_id"].isin(kicks["exercise_id"])
    sections = [("Kickbacks", found[kick]), ("Other exercises, not kickbacks", found[~kick])]
    sections = [(title, part) for title, part in sections if len(part)]
    return _measured_words(
        tables, evidence.muscle_sentence(found, name, messages[0]), sections, messages, name
    )


def _measured_words(tables: Tables, sentence: str, sections: list, messages: list, muscle: str = "") -> Words:
    rows = pd.concat([part for _, part in sections], ignore_index=True) if sections else tables.emg.head(0)
    return Words(
        sentence,
        evidence.listing(rows) if len(rows) else pd.DataFrame({"published EMG": [evidence.NO_VALUE]}),
        evidence.citations(tables, rows["study_id"]),
        "Measured: published EMG amplitudes",
        charts.dots(sections, messages, muscle),
    )


def _exercises(tables: Tables) -> list[tuple[str, str]]:
    """Kickbacks first, then every other exercise that a value or a database entry belongs to."""
    shown = tables.exercises
    held = set(tables.emg["exercise_id"]) | set(tables.databases["exercise_id"])
    others = shown[~shown["is_kickback"] & shown["exercise_id"].isin(held)]
    kicks = shown[shown["is_kickback"]]
    pairs = [
        (str(line.name), line.exercise_id) for line in kicks[["name", "exercise_id"]].itertuples(index=False)
    ]
    return pairs + [
        (_OTHER + str(line.name), line.exercise_id)
        for line in others[["name", "exercise_id"]].itertuples(index=False)
    ]


def _by_choice(tables: Tables, exercises: list[str]) -> pd.DataFrame:
    """Return rows by exercises: `(emphasis, word)`, or None where the sources are silent."""
    facts = emphasis.cells(tables)
    facts = facts.assign(cell=[_cell(*pair) for pair in zip(facts["emphasis"], facts["mark"], strict=True)])
    table = facts.pivot(index="row", columns="exercise_id", values="cell")
    table = table.reindex(index=range(len(emphasis.rows(tables))), columns=exercises)
    return table.astype(object).where(table.notna(), None)


def _cell(value: float, spoken: str):
    return None if pd.isna(value) else (int(value), spoken)


def _following(table: pd.DataFrame, control: int) -> pd.DataFrame:
    table = table.copy()
    table.attrs["follows"] = control
    return table


def _grid_words(tables: Tables, family: str, limb: str) -> pd.DataFrame:
    table = emphasis.matrix(tables, family, limb)
    facts = emphasis.cells(tables)
    labels = emphasis.rows(tables)["label"]
    words = facts.assign(label=facts["row"].map(labels)).pivot(index="label", columns="name", values="mark")
    words = words.reindex(index=table.index, columns=table.columns).fillna(emphasis.SILENT)
    return words.rename_axis(columns=None)


def _named_parts(tables: Tables, muscle: str) -> list[str]:
    below = set(evidence.family_of(tables, muscle)) & set(tables.roles["muscle_id"]) - {muscle}
    named = tables.muscles[tables.muscles["muscle_id"].isin(below)]
    return list(named["name"].astype(str))


def _judged(tables: Tables, claim_ids) -> pd.DataFrame:
    judged = evidence.claims(tables)
    unknown = [claim_id for claim_id in claim_ids if claim_id not in set(judged["claim_id"])]
    if unknown:
        last = judged["claim_id"].iloc[-1]
        raise ValueError(f"There is no claim {unknown[0]!r}; the claims are C01 to {last}.")
    return judged[judged["claim_id"].isin(claim_ids)] if claim_ids else judged


def _name(tables: Tables, exercise: str) -> str:
    return str(tables.exercises.set_index("exercise_id").loc[exercise, "name"])


def _dropdown(label: str, choices: list, value: str) -> Dropdown:
    return Dropdown(
        description=label, options=choices, value=value, layout=Layout(width="400px", max_width="98%")
    )


def _buttons(label: str, choices: list, value: str) -> ToggleButtons:
    allowed = [choice for _, choice in choices]
    if value not in allowed:
        raise ValueError(f"{label} is {value!r}; it may be {', '.join(allowed)}.")
    style = {"button_width": "auto"}
    return ToggleButtons(
        description=label,
        options=choices,
        value=value,
        style=style,
        layout=Layout(width="auto", margin="2px 18px 2px 2px"),
    )
