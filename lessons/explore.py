"""The panels: compare two variations, follow one muscle, see all at once, ask the databases."""

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from ipywidgets import Dropdown, Layout, ToggleButtons

from lessons import anatomy, charts, emphasis, evidence, ink, levers, mechanics
from lessons.live import Panel, Poses, Still, Table, Words, slider, svg
from lessons.tables import Tables, load

_BAR_FOOT = (
    "Coloured and hatched: holds still. White and hatched: not named, not zero. *: from anatomy alone."
)
_GRID_FOOT = "Colour and word: emphasis in texts. Hatched: not named, not zero. *: from anatomy alone."
_DATABASE_FOOT = (
    "Databases of one line copy from one another: a line counts once. Hatched: not named, not zero."
)
_SHARE_FOOT = (
    "Model: % of capacity, not %MVIC. A bar spans its options; grey is a whole muscle. Under 2 %: left out."
)
_OTHER = "Not a kickback: "
_LENSES = [("Roles (texts)", "roles"), ("Measured (EMG)", "measured")]
_THREE = [*_LENSES, ("Mechanics (model)", "mechanics")]
_STANCES = [("On all fours", "fours"), ("Upright", "upright")]
_PULLS = [
    ("Straight down", "gravity"),
    ("Cable along the kick", "along"),
    ("Cable, facing the machine", "facing"),
]
_LEG_KG, _LEG_OUT, _LEG_KNEE = range(0, 11), range(0, 46, 15), range(0, 91, 15)
_ARM_PULLS = [(name, pull) for pull, name in levers.CURVE_NAMES.items()]
_RESISTANCES = [
    ("Upright, cable along the kick", "along"),
    ("Upright, facing the machine", "facing"),
    ("On all fours, ankle weight", "gravity"),
]
_RESISTANCE_WORDS = {
    "along": "upright, the cable along the kick",
    "facing": "upright, the cable straight ahead",
    "gravity": "on all fours, the weight at the ankle",
}
_ROTATIONS = [("Balanced", "balanced"), ("Left free", "free")]
_SHOWN_SHARES = {
    "Gluteus maximus": ("gluteus_maximus",),
    "Gluteus medius": ("gluteus_medius",),
    "Gluteus minimus": ("gluteus_minimus",),
    "Hamstrings, two-joint": ("biceps_femoris_long", "semitendinosus", "semimembranosus"),
    "Adductor magnus": ("adductor_magnus_hamstring_part", "adductor_magnus_adductor_part"),
    "Tensor fasciae latae": ("tensor_fasciae_latae",),
}
_SHARE_STEPS = (5, 15, 30)  # percent of capacity, the middle of the band: where the colour darkens
_FEW = 3  # muscles that a sentence names; more are counted
_MODEL_SOURCES = ["rajagopal2016;caggiano2022", "holzbaur2005"]
_VIEWS = [("From the side", "side"), ("From behind or above", "back")]
_LIMBS = [("Working", "working"), ("Standing", "standing"), ("Trunk", "trunk"), ("All", "all")]
_FAMILIES = [("Glute kickbacks", "glute"), ("Triceps kickbacks", "triceps")]
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
    view: str = "side",
    tables: Tables | None = None,
) -> Panel:
    """Compare two exercises muscle by muscle.

    Parameters
    ----------
    first, second
        An exercise's id, name or alias ("donkey kick"). A ValueError offers the nearest names.
    lens
        "roles" (emphasis in texts, 0 to 3, in words), "measured" (published EMG, each in its own unit) or
        "mechanics" (a model's shares in percent of capacity, as bands over its modelling options).
    limb
        "working", "standing", "trunk" or "all".
    order
        "region" (hip to forearm) or "difference" (largest first).
    view
        "side" or "back": how the two posed skeletons are seen. Only kickbacks have one.

    Returns a panel with the controls `first, second, lens, limb, order, view`.
    """
    tables = tables or _own()
    choices = _exercises(tables)
    start = [tables.exercise_id(text) for text in (first, second)]
    for exercise in start:
        if exercise not in [value for _, value in choices]:
            about = "has no role, no measured value and no database entry in the tables"
            raise ValueError(f"{_name(tables, exercise)} {about}, so there is nothing to compare.")
    controls = {
        "first": _dropdown("First", choices, start[0]),
        "second": _dropdown("Second", choices, start[1]),
        "lens": _buttons("Lens", _THREE, lens),
        "limb": _buttons("Where", _LIMBS, limb),
        "order": _buttons("Sorted", _ORDERS, order),
        "view": _buttons("Skeleton", _VIEWS, view),
    }
    tells = {"roles": _compare_roles, "measured": _compare_measured, "mechanics": _compare_mechanics}

    def describe(first, second, lens, limb, order, view, drawn=False) -> Words:
        return tells[lens](tables, first, second, limb, order, drawn)

    return Panel(
        controls,
        describe,
        lambda: [
            (_moving_roles(tables), {"lens": ["roles"]}),
            (_moving_shares(tables), {"lens": ["mechanics"]}),
        ],
        [("lens", "measured")],
        lambda **choice: describe(**choice, drawn=True),
        lambda: _poses(tables),
    )


def muscle(muscle: str, lens: str = "roles", *, tables: Tables | None = None) -> Panel:
    """Follow one muscle across all kickback variations, in either lens.

    `muscle` is an id or a name; a ValueError offers the nearest. In the Measured lens every published value
    of the muscle, its parts and its groups is shown, also of exercises that are not kickbacks.
    Returns a panel with the controls `muscle, lens`.
    """
    tables = tables or _own()
    names = dict(zip(tables.muscles["muscle_id"], tables.muscles["name"].astype(str), strict=True))
    choices = _muscles(tables)
    start = tables.muscle_id(muscle)
    if start not in [muscle_id for _, muscle_id in choices]:
        raise ValueError(
            f"{names[start]} has no role and no measured value in the tables, so there is nothing to show."
        )
    controls = {"muscle": _dropdown("Muscle", choices, start), "lens": _buttons("Lens", _LENSES, lens)}

    def describe(muscle, lens, drawn=False) -> Words:
        tell = _muscle_measured if lens == "measured" else _muscle_roles
        return tell(tables, muscle, names[muscle], drawn)

    return Panel(
        controls,
        describe,
        lambda: _moving_muscles(tables),
        [("lens", "measured")],
        lambda **choice: describe(**choice, drawn=True),
    )


def outcomes(study: str, *, tables: Tables | None = None) -> Still:
    """Show what one study found that is no EMG amplitude (growth, onset, an index), as bars from zero.

    `study` is a `source_id`. A ValueError says that a study has no such values or several units.
    """
    tables = tables or _own()
    rows = tables.outcomes[(tables.outcomes["study_id"] == study) & tables.outcomes["value"].notna()]
    if rows.empty:
        held = ", ".join(dict.fromkeys(tables.outcomes["study_id"].astype(str)))
        raise ValueError(f"No outcome of {study!r} is in the tables; there are some of {held}.")
    kinds = rows[["measure", "unit"]].drop_duplicates()
    if len(kinds) > 1:
        raise ValueError(f"The outcomes of {study} are of {len(kinds)} kinds, which share no axis.")
    measure, unit = kinds.iloc[0].astype(str)
    told = "exercise_as_worded" if rows["exercise_as_worded"].nunique() > 1 else "condition"
    short = unit.split(" ")[0]
    lines = pd.DataFrame(
        {
            "subject": [f"{name[:1].upper()}{name[1:]}" for name in rows["subject"].astype(str)],
            "label": rows[told].astype(str),
            "value": rows["value"],
            "said": [
                f"{row.value:g} {short}" + ("" if pd.isna(row.sd) else f" (SD {row.sd:g})")
                for row in rows.itertuples()
            ],
        }
    ).sort_values("subject", key=lambda names: names.map({n: k for k, n in enumerate(names.unique())}))
    people = evidence.people(rows["n"].iloc[0])
    spread = "" if rows["sd"].notna().any() else " No spread stood in what was read."
    sentence = " ".join(
        f"{subject}: {', '.join(f'{r.label} {r.said}' for r in own.itertuples())}."
        for subject, own in lines.groupby("subject", sort=False)
    )
    columns = ["subject", "exercise_as_worded", "condition", "value", "sd", "unit", "against", "n", "note"]
    words = Words(
        f"{measure[:1].upper()}{measure[1:]}, {unit} ({study}, {people}). {sentence}{spread}",
        rows[columns],
        evidence.citations(tables, [study]),
        f"Outcomes of {study}",
        charts.amounts(lines, f"{measure}, {unit} ({study}, {people})", f"Not EMG amplitudes.{spread}"),
    )
    return Still(words)


def overview(family: str = "glute", *, limb: str = "all", tables: Tables | None = None) -> Panel:
    """Show all kickback variations of a family by all muscles, in words and colours.

    `family` is "glute" or "triceps". Returns a panel with the controls `family, limb`.
    """
    tables = tables or _own()
    controls = {"family": _buttons("Family", _FAMILIES, family), "limb": _buttons("Where", _LIMBS, limb)}

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

    return Panel(
        controls,
        describe,
        lambda: _moving_families(tables),
        draw=lambda **choice: describe(**choice, drawn=True),
    )


@functools.lru_cache(maxsize=2)
def _moving_families(tables: Tables) -> charts.Moving:
    """Draw every family's grid of muscles by variations, to be moved in the browser."""
    rows = emphasis.rows(tables).set_index("label")["limb"]
    sheets = []
    for number, (_, family) in enumerate(_FAMILIES):
        table = emphasis.matrix(tables, family)
        allowed = [
            {1: [place for place, (_, value) in enumerate(_LIMBS) if value in (rows[label], "all")]}
            for label in table.index
        ]
        words = _grid_words(tables, family, "all")
        sheets.append({"table": table, "words": words, "shown": {0: [number]}, "rows": allowed})
    return charts.moving_grid(sheets, 560, _GRID_FOOT)


def databases(exercise: str, *, tables: Tables | None = None) -> Panel:
    """Show what five independent lines of public exercise databases say of one exercise.

    Returns a panel with the control `exercise`; only exercises that a database holds are offered.
    """
    tables = tables or _own()
    held = set(tables.databases["exercise_id"]) - {""}
    choices = [(name, exercise_id) for name, exercise_id in _exercises(tables) if exercise_id in held]
    start = tables.exercise_id(exercise)
    if start not in held:
        name = tables.exercises.set_index("exercise_id").loc[start, "name"]
        raise ValueError(f"No database entry that we read could be matched to {name}.")
    controls = {"exercise": _dropdown("Exercise", choices, start)}

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

    return Panel(
        controls,
        describe,
        lambda: _moving_databases(tables, tuple(exercise_id for _, exercise_id in choices)),
        draw=lambda **choice: describe(**choice, drawn=True),
    )


@functools.lru_cache(maxsize=2)
def _moving_databases(tables: Tables, exercises: tuple[str, ...]) -> charts.Moving:
    """Draw every exercise's grid of muscles by database lines, to be moved in the browser."""
    sheets = []
    for number, exercise in enumerate(exercises):
        table, words = emphasis.agreement(tables, exercise)
        sheets.append({"table": table, "words": words, "shown": {0: [number]}, "rows": [{}] * len(table)})
    return charts.moving_grid(sheets, 300, _DATABASE_FOOT)


def moments(limb: str = "leg", *, tables: Tables | None = None, **start) -> Panel:
    """Show what the joints need against a load, with the limb as a lever.

    Parameters
    ----------
    limb
        "leg" or "arm".
    start
        The first choice of any control. For the leg: `stance` (fours, upright), `pull` (gravity, along,
        facing), `load` (0 to 10 kg), `outward` (0 to 45 degrees), `knee` (0 to 90 degrees). For the arm:
        `pull` (gravity, pulley, square), `load` (1 to 8 kg), `elbow` (0 to 90 degrees).

    All is plain statics of a generic adult of 75 kg, the thigh 10 degrees extended or the upper arm level.
    """
    if limb not in ("leg", "arm"):
        raise ValueError(f"The limb is {limb!r}; it may be leg or arm.")
    make = _leg_moments if limb == "leg" else _arm_moments
    return make(tables or _own(), start)


def model(*, tables: Tables | None = None, **start) -> Panel:
    """Show the shares that the model predicts over the direction of the kick, with their band.

    `start` sets the first choice of any control: `resistance` (along, facing, gravity), `rotation` (balanced,
    free), `knee` (0 to 90 degrees) and `load` (0 to 10 kg). The thigh is 10 degrees extended. The band spans
    exponent 2 and 3 with force-length on and off; a position that the muscles cannot hold is a gap, and
    the table says what is missing.
    """
    tables = tables or _own()
    controls = {
        "resistance": _buttons("Resistance", _RESISTANCES, start.pop("resistance", "along")),
        "rotation": _buttons("Hip rotation", _ROTATIONS, start.pop("rotation", "balanced")),
        "load": slider("Load", start.pop("load", 10), range(0, 11, 5), "kg"),
        "knee": slider("Knee bent", start.pop("knee", 0), range(0, 91, 15), "degrees"),
    }
    _no_more(start, controls)
    angles = np.arange(0, 46, 5)
    found = _grid_shares(tables, angles)
    about = tables.muscles.set_index("muscle_id")
    groups = {label: str(about.loc[muscles[0], "group"]) for label, muscles in _SHOWN_SHARES.items()}
    curves = {
        label: 100 * values.reshape(-1, *values.shape[-2:]) for label, values in found["shares"].items()
    }
    held = found["held"].reshape(-1, len(angles))

    def moving() -> charts.Moving:
        return levers.outward(curves, held, angles, [0, 1, 2, 3], groups)

    def describe(resistance, rotation, load, knee) -> Words:
        place = (
            [value for _, value in _RESISTANCES].index(resistance),
            [value for _, value in _ROTATIONS].index(rotation),
            load // 5,
            knee // 15,
        )
        return _model_words(tables, found, place, angles, (resistance, rotation, load, knee))

    return Panel(controls, describe, moving)


def skeleton(
    exercise: str, lens: str = "mechanics", view: str = "side", *, tables: Tables | None = None
) -> Still:
    """Show one kickback's posture as a still skeleton, its muscles coloured by a lens.

    `lens` is roles, measured or mechanics, `view` side or back. A ValueError says that an exercise has none.
    """
    tables = tables or _own()
    chosen = tables.exercise_id(exercise)
    mechanics.posture(tables, chosen)
    values = _colours(tables, _one_of("lens", lens, _THREE))[chosen]
    about = tables.muscles.set_index("muscle_id")["name"]
    shown = pd.DataFrame({"muscle": list(about[values["muscle_id"]].astype(str)), lens: list(values["word"])})
    figure = anatomy.pose(chosen, _one_of("view", view, _VIEWS), values)
    sources = evidence.citations(tables, _sources_of(tables, [chosen]))
    words = Words(anatomy.alt(chosen, view, values), shown, sources, _name(tables, chosen), figure)
    return Still(words)


def ruler(exercise: str, muscle: str, *, tables: Tables | None = None) -> Still:
    """Show a hip from the side with a ruler on it, to read one muscle's moment arm by hand."""
    tables = tables or _own()
    chosen, about = tables.exercise_id(exercise), tables.muscle_id(muscle)
    position, _ = mechanics.posture(tables, chosen)
    figure = anatomy.ruler(chosen, about)
    arms = mechanics.moment_arms(tables, position).set_index("muscle_id")
    arm = -100 * arms.loc[about, "hip_flexion"]
    name = str(tables.muscles.set_index("muscle_id").loc[about, "name"])
    words = Words(
        f"{_name(tables, chosen)}: the hip from the side, a ruler from the middle of the joint square to the "
        f"line of {emphasis.spoken(name)}.",
        pd.DataFrame({"muscle": [name], "arm for hip extension, from the table": [f"{arm:.1f} cm"]}),
        evidence.citations(tables, _MODEL_SOURCES[:1]),
        "The moment arm in the table",
        figure,
    )
    return Still(words)


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
    for name, about in (("muscle", _own().muscles), ("exercise", _own().exercises)):
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
    tables = tables or _own()
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
    tables = tables or _own()
    about = _judged(tables, [claim_id]).iloc[0]
    verdict = str(about["verdict"]).replace("_", " ")
    return Table(evidence.for_claim(tables, claim_id), f"{claim_id} {about['statement']} Verdict: {verdict}.")


def _leg_moments(tables: Tables, start: dict) -> Panel:
    controls = {
        "stance": _buttons("Stance", _STANCES, start.pop("stance", "fours")),
        "pull": _buttons("Load pulls", _PULLS, start.pop("pull", "gravity")),
        "load": slider("Load", start.pop("load", 5), _LEG_KG, "kg"),
        "outward": slider("Outward", start.pop("outward", 0), _LEG_OUT, "degrees"),
        "knee": slider("Knee bent", start.pop("knee", 0), _LEG_KNEE, "degrees"),
    }
    _no_more(start, controls)

    def describe(stance, pull, load, outward, knee) -> Words:
        position = mechanics.Leg(90 if stance == "fours" else 0, 10, outward, knee)
        weight = mechanics.Load(load, pull)
        return _moment_words(tables, position, weight, {value: name for name, value in _STANCES}[stance])

    return Panel(controls, describe, lambda: _moving_leg(tables))


@functools.lru_cache(maxsize=2)
def _moving_leg(tables: Tables) -> charts.Moving:
    """Draw the leg as a lever for every choice of the panel `moments`, to be moved in the browser."""
    choices = [[90, 0], [value for _, value in _PULLS], _LEG_KG, _LEG_OUT, _LEG_KNEE]
    lean, kg, out, knee = (
        grid.ravel().astype(float) for grid in np.meshgrid(choices[0], *choices[2:], indexing="ij")
    )
    position = mechanics.Leg(lean, 10.0 + 0 * lean, out, knee)
    tabled = []
    for pull in choices[1]:
        weight = mechanics.Load(kg, pull)
        tabled.append(
            (mechanics.lever(tables, position, weight), mechanics.joint_moments(tables, position, weight))
        )
    # The stance comes first, then the pull: put the halves of each pull after one another.
    half = len(kg) // 2
    parts = [
        [pair[kind].iloc[side * half : (side + 1) * half] for side in (0, 1) for pair in tabled]
        for kind in (0, 1)
    ]
    lever, needed = (pd.concat(kind, ignore_index=True) for kind in parts)
    leaning = np.repeat([True, False], half * len(_PULLS))
    loaded = np.tile(kg[:half] > 0, 2 * len(_PULLS))
    return levers.leg(lever, needed, leaning, loaded, [0, 1, 2, 3, 4])


def _moment_words(tables: Tables, position: mechanics.Leg, weight: mechanics.Load, stance: str) -> Words:
    needed = mechanics.joint_moments(tables, position, weight).iloc[0]
    alone = mechanics.joint_moments(tables, position, mechanics.Load(0)).iloc[0]
    arm = mechanics.lever(tables, position, weight)["arm_m"].iloc[0]
    words = {joint: levers.moment_words(joint, needed[joint]) for joint in mechanics.LEG_JOINTS}
    table = pd.DataFrame(
        {
            "joint": list(levers.JOINT_NAMES.values()),
            "leg alone": [levers.moment_words(joint, alone[joint]) for joint in mechanics.LEG_JOINTS],
            "with the load": list(words.values()),
        }
    )
    direction = mechanics.PULLS[weight.pull]
    loaded = (
        f"{weight.kg:g} kg at the ankle pulling {direction}, lever arm {100 * arm:.0f} cm"
        if weight.kg
        else "no load"
    )
    sentence = (
        f"{stance}, knee bent {position.knee_deg:g} degrees, kick {position.outward_deg:g} degrees outward, "
        f"{loaded}: the hip muscles must hold {words['hip_flexion']}, sideways {words['hip_adduction']}, "
        f"in rotation {words['hip_rotation']}; the knee muscles {words['knee_flexion']}."
    )
    return Words(
        sentence, table, evidence.citations(tables, _MODEL_SOURCES[:1]), "Joint moments by plain statics"
    )


def _arm_moments(tables: Tables, start: dict) -> Panel:
    controls = {
        "pull": _buttons("Load", _ARM_PULLS, start.pop("pull", "gravity")),
        "load": slider("Weight", start.pop("load", 4), range(1, 9, 1), "kg"),
        "elbow": slider("Elbow bent", start.pop("elbow", 90), range(0, 91, 10), "degrees"),
    }
    _no_more(start, controls)

    def describe(pull, load, elbow) -> Words:
        at = {
            name: mechanics.joint_moments(
                tables, mechanics.Arm(np.array([90.0, 60, 30, 0])), mechanics.Load(load, value, "hand")
            )
            for name, value in _ARM_PULLS
        }
        table = pd.DataFrame(
            {"elbow bent": ["90 degrees", "60 degrees", "30 degrees", "straight"]}
            | {name: [f"{one:.1f} N m" for one in column["elbow_extension"]] for name, column in at.items()}
        )
        own = mechanics.joint_moments(tables, mechanics.Arm(elbow), mechanics.Load(load, pull, "hand"))
        arm = mechanics.lever(tables, mechanics.Arm(elbow), mechanics.Load(load, pull, "hand"))["arm_m"].iloc[
            0
        ]
        name = next(name for name, value in _ARM_PULLS if value == pull)
        sentence = (
            f"{name}, {load} kg, elbow bent {elbow} degrees: the triceps must hold {own.iloc[0, 0]:.1f} N m. "
            f"The load's lever arm is {100 * arm:.0f} cm; the forearm's own weight is counted too."
        )
        return Words(
            sentence,
            table,
            evidence.citations(tables, _MODEL_SOURCES[1:]),
            f"Elbow extension moment with {load} kg",
        )

    return Panel(controls, describe, lambda: _moving_arm(tables))


@functools.lru_cache(maxsize=2)
def _moving_arm(tables: Tables) -> charts.Moving:
    """Draw the forearm as a lever for every choice of the panel `moments`, to be moved in the browser."""
    pulls, kgs, angles = [value for _, value in _ARM_PULLS], np.arange(1.0, 9), np.arange(0, 91, 10)
    kg, bent = (grid.ravel() for grid in np.meshgrid(kgs, angles.astype(float), indexing="ij"))
    position, curves, found = mechanics.Arm(bent, 0 * bent), {}, []
    for pull in pulls:
        weight = mechanics.Load(kg, pull, "hand")
        needed = mechanics.joint_moments(tables, position, weight)["elbow_extension"].to_numpy()
        curves[pull] = needed.reshape(len(kgs), -1)
        found.append((mechanics.lever(tables, position, weight), needed))
    lever = pd.concat([pair[0] for pair in found], ignore_index=True)
    return levers.elbow(lever, np.concatenate([pair[1] for pair in found]), curves, angles)


def _grid_shares(tables: Tables, angles: np.ndarray) -> dict:
    """Return the model's shares for every choice of the panel `model`: resistance, rotation, load and knee.

    `shares`: for each label an array over those four, then angles, then options (0 to 1); `held`: how many
    options are feasible; `missing`: the moment in N m that the default options leave over.
    """
    kg, knee, out = np.meshgrid([0.0, 5, 10], np.arange(0.0, 91, 15), angles.astype(float), indexing="ij")
    shape = kg.shape
    strongest = tables.moment_arms_leg.drop_duplicates("actuator").groupby("muscle_id")["max_force_n"].sum()
    shares = {label: np.empty((3, 2, *shape, 4)) for label in _SHOWN_SHARES}
    held, missing = np.zeros((3, 2, *shape)), np.zeros((3, 2, *shape))
    for place, (_, pull) in enumerate(_RESISTANCES):
        lean = (90.0 if pull == "gravity" else 0.0) + 0 * out.ravel()
        position = mechanics.Leg(lean, 10.0 + 0 * lean, out.ravel(), knee.ravel())
        for turn, balanced in enumerate((True, False)):
            chosen = [one for one in mechanics.options(position) if one["rotation"] == balanced]
            each = mechanics.predict_each(tables, position, mechanics.Load(kg.ravel(), pull), chosen)
            for number, found in enumerate(each):
                held[place, turn] += found.feasible.reshape(shape)
                if number == 0:
                    missing[place, turn] = np.where(found.feasible, 0, found.residual).reshape(shape)
                for label, muscles in _SHOWN_SHARES.items():
                    weight = strongest[list(muscles)].to_numpy()
                    whole = (found.shares[list(muscles)].to_numpy() * weight).sum(axis=1) / weight.sum()
                    shares[label][place, turn, ..., number] = whole.reshape(shape)
    return {"shares": shares, "held": held, "missing": missing}


def _model_words(tables: Tables, found: dict, place: tuple, angles: np.ndarray, choice: tuple) -> Words:
    resistance, rotation, weight, knee = choice
    shown = {"outward, degrees": [str(angle) for angle in angles]}
    for label, values in found["shares"].items():
        own = 100 * values[place]
        shown[label] = [
            "not feasible" if np.isnan(row).all() else charts.share_text((np.nanmin(row), np.nanmax(row)))
            for row in own
        ]
    missing = found["missing"][place]
    shown["missing (default)"] = ["none" if one == 0 else f"{one:.1f} N m" for one in missing]
    middle = {label: 100 * values[place][:, 0] for label, values in found["shares"].items()}
    feasible = [number for number in range(len(angles)) if not np.isnan(middle["Gluteus maximus"][number])]
    start = (
        f"Model, not a measurement: {_RESISTANCE_WORDS[resistance]}, {weight} kg, "
        f"knee bent {knee} degrees, hip rotation {'balanced' if rotation == 'balanced' else 'left free'}."
    )
    if not feasible:
        said = " The muscles of the model cannot hold it at any angle under the default options."
    else:
        first, last = feasible[0], feasible[-1]
        leader = max(middle, key=lambda label: middle[label][first])
        moved = [
            f"{label[:1].lower() + label[1:]} {middle[label][first]:.0f} to {middle[label][last]:.0f} %"
            for label in middle
            if abs(middle[label][last] - middle[label][first]) >= 3
        ]
        where = "Straight back" if first == 0 else f"At {angles[first]} degrees"
        said = (
            f" {where}, the largest of these shares is that of {leader[:1].lower() + leader[1:]}, "
            f"{middle[leader][first]:.0f} % of capacity. Up to {angles[last]} degrees outward: "
            f"{'; '.join(moved) or 'no share changes by three points'}."
        )
        if len(feasible) < len(angles):
            most = f"{missing.max():.0f} N m are" if missing.max() >= 1 else "less than 1 N m is"
            said += f" Elsewhere the default options are not feasible: {most} missing at most."
    return Words(
        start + said,
        pd.DataFrame(shown),
        evidence.citations(tables, _MODEL_SOURCES[:1]),
        "Share of capacity by direction of the kick, over the modelling options",
    )


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


@functools.cache
def _own() -> Tables:
    """Return the course's own tables, read once for all panels."""
    return load()


@functools.lru_cache(maxsize=2)
def _poses(tables: Tables) -> Poses:
    """Put both exercises' skeletons above the comparison, coloured by its lens.

    A comparator has no posture of its own, and an empty picture says so.
    """
    names, exercises = zip(*_exercises(tables), strict=True)
    names = [name.removeprefix(_OTHER) for name in names]
    drawings = anatomy.drawings()
    views = [value for _, value in _VIEWS]
    places = {key: number for number, key in enumerate(drawings)}
    drawn = anatomy.drawn()
    coloured = {lens: _colours(tables, lens) for _, lens in _THREE}
    slots = []
    for side in (0, 1):
        pose = [places.get(f"{one} {view}", len(drawings)) for one in exercises for view in views]
        told = [
            anatomy.alt(one, view, coloured[lens][one])
            if one in drawn
            else f"No posture was drawn for {name}."
            for name, one in zip(names, exercises, strict=True)
            for view in views
            for _, lens in _THREE
        ]
        slots.append(
            {
                "pose": charts.track("", "", pose, [side, 5]),
                "name": charts.track("", "", told, [side, 5, 2]),
                "tracks": _pose_tracks(coloured, exercises, side),
            }
        )
    return Poses([*drawings.values(), svg(anatomy.none())], slots)


def _pose_tracks(coloured: dict, exercises: list[str], side: int) -> list[dict]:
    """Return what colours and names each muscle of a skeleton, by exercise and lens."""
    tracks = []
    looks = {
        (one, lens, row.muscle_id): (row.colour, row.word)
        for lens, shown in coloured.items()
        for one, table in shown.items()
        for row in table.itertuples()
    }
    for muscle in dict.fromkeys(muscle for one in anatomy.drawn() for muscle in anatomy.parts(one)):
        own = [looks.get((one, lens, muscle), ("", "")) for one in exercises for _, lens in _THREE]
        colours, words = ([pair[place] for pair in own] for place in (0, 1))
        tracks.append(charts.track(f"m-{muscle}", "stroke", colours, [side, 2]))
        tracks.append(charts.track(f"w-{muscle}", "text", words, [side, 2]))
    return tracks


def _colours(tables: Tables, lens: str) -> dict[str, pd.DataFrame]:
    """Return for every drawn exercise its muscles' `word` and `colour` in a lens."""
    looks = {"roles": _role_looks, "measured": _measured_looks, "mechanics": _share_looks}[lens](tables)
    silent = ("no value" if lens == "measured" else emphasis.SILENT, "#ffffff")
    return {
        exercise: pd.DataFrame(
            [(muscle, *looks.get((exercise, muscle), silent)) for muscle in anatomy.parts(exercise)],
            columns=["muscle_id", "word", "colour"],
        )
        for exercise in anatomy.drawn()
    }


def _role_looks(tables: Tables) -> dict[tuple[str, str], tuple[str, str]]:
    facts = emphasis.cells(tables)
    own = facts[facts["limb"] == "working"]
    return {
        (row.exercise_id, row.muscle_id): (row.mark, ink.STEP_COLOURS[int(row.emphasis)])
        for row in own.itertuples()
    }


def _measured_looks(tables: Tables) -> dict[tuple[str, str], tuple[str, str]]:
    pairs = zip(tables.emg["exercise_id"], tables.emg["muscle_id"], strict=True)
    return dict.fromkeys(pairs, ("measured", ink.STEP_COLOURS[2]))


def _share_looks(tables: Tables) -> dict[tuple[str, str], tuple[str, str]]:
    ends = 100 * mechanics.kickbacks(tables).groupby(["exercise_id", "muscle_id"])["share"].agg(
        ["min", "max"]
    )
    steps = {key: sum(sum(pair) / 2 >= limit for limit in _SHARE_STEPS) for key, pair in ends.T.items()}
    return {
        key: (charts.share_text(tuple(pair)), ink.STEP_COLOURS[steps[key]]) for key, pair in ends.T.items()
    }


@functools.lru_cache(maxsize=2)
def _moving_roles(tables: Tables) -> charts.Moving:
    """Draw the emphasis of every exercise that can be compared, to be moved in the browser."""
    names, exercises = zip(*_exercises(tables), strict=True)
    names = [name.removeprefix(_OTHER) for name in names]
    rows, by_choice = emphasis.rows(tables), _by_choice(tables, list(exercises))
    shown = [
        [number for number, (_, value) in enumerate(_LIMBS) if value in (where, "all")]
        for where in rows["limb"]
    ]
    return charts.moving_bars(
        rows,
        [_following(by_choice, 0), _following(by_choice, 1)],
        [names, names],
        _HEIGHT,
        order=4,
        foot=_BAR_FOOT,
        shown=[{3: allowed} for allowed in shown],
    )


def _muscles(tables: Tables) -> list[tuple[str, str]]:
    """Return name and id of every muscle that has a role or a measured value."""
    spoken_of = set(tables.roles["muscle_id"]) | set(tables.emg["muscle_id"])
    pairs = zip(tables.muscles["name"].astype(str), tables.muscles["muscle_id"], strict=True)
    return [pair for pair in pairs if pair[1] in spoken_of]


@functools.lru_cache(maxsize=2)
def _moving_muscles(tables: Tables) -> charts.Moving:
    """Draw every muscle's part in the kickbacks, to be moved in the browser."""
    muscles = [muscle_id for _, muscle_id in _muscles(tables)]
    kicks = tables.exercises[tables.exercises["is_kickback"]]
    groups = dict(zip(tables.muscles["muscle_id"], tables.muscles["group"].astype(str), strict=True))
    sides = []
    for side in ("working", "holding"):
        told = emphasis.muscle_cells(tables, side)
        told = told.reindex(index=kicks["exercise_id"], columns=muscles).astype(object)
        sides.append(_following(told.map(lambda pair: _cell(*pair) if isinstance(pair, tuple) else None), 0))
    return charts.moving_bars(
        pd.DataFrame({"label": kicks["name"].astype(str), "group": None}),
        sides,
        [["Working limb"] * len(muscles), ["Standing limb or trunk"] * len(muscles)],
        _HEIGHT,
        foot=_BAR_FOOT,
        colours=[ink.GROUP_COLOURS[groups[muscle_id]] for muscle_id in muscles],
    )


@functools.lru_cache(maxsize=2)
def _moving_shares(tables: Tables) -> charts.Moving:
    """Draw the model's shares of every exercise that has a posture, to be moved in the browser."""
    names, exercises = zip(*_exercises(tables), strict=True)
    names = [name.removeprefix(_OTHER) for name in names]
    shares = mechanics.kickbacks(tables)
    ends = 100 * shares.groupby(["muscle_id", "exercise_id"])["share"].agg(["min", "max"])
    ends["cell"] = list(ends.itertuples(index=False, name=None))
    about = tables.muscles[tables.muscles["muscle_id"].isin(shares["muscle_id"])]
    cells = ends["cell"].unstack().reindex(index=about["muscle_id"], columns=list(exercises))
    cells = cells.astype(object).where(cells.notna(), None)
    rows = about.assign(label=about["name"].astype(str), group=about["group"].astype(str))
    sides = [_following(cells, 0), _following(cells, 1)]
    limbs = [number for number, (_, limb) in enumerate(_LIMBS) if limb in ("working", "all")]
    return charts.moving_shares(rows, sides, [names] * 2, _HEIGHT, _SHARE_FOOT, order=4, shown={3: limbs})


def _compare_mechanics(tables: Tables, first: str, second: str, limb: str, order: str, drawn: bool) -> Words:
    names = [_name(tables, exercise) for exercise in (first, second)]
    lines = mechanics.compare(tables, first, second)
    about = tables.muscles.set_index("muscle_id").loc[lines["muscle_id"]]
    lines = lines.assign(label=about["name"].astype(str).array, group=about["group"].astype(str).array)
    large = lines[["first_high", "second_high"]].max(axis=1) >= charts.LEAST_SHARE
    lines = lines[large & (limb in ("working", "all"))]
    if order == "difference":
        middles = [
            lines[[f"{side}_low", f"{side}_high"]].mean(axis=1).fillna(0) for side in ("first", "second")
        ]
        lines = lines.loc[(middles[1] - middles[0]).abs().sort_values(ascending=False, kind="stable").index]
    heads = names if first != second else [names[0], f"{names[1]} again"]
    cells = [[charts.share_text(cell) for cell in _bands(lines, side)] for side in ("first", "second")]
    posed = tables.postures.set_index("exercise_id")
    lacking = [
        name for name, exercise in zip(names, (first, second), strict=True) if exercise not in posed.index
    ]
    counted = [f"{row.more} of {row.options}" if row.options else "" for row in lines.itertuples()]
    table = pd.DataFrame(
        {
            "muscle": list(lines["label"]),
            heads[0]: cells[0],
            heads[1]: cells[1],
            "more in the second": counted,
        }
    )
    sentence = _model_sentence(lines, names, lacking, limb)
    if limb in ("working", "all"):
        sentence += _loads(tables, dict.fromkeys((first, second)))
    return Words(
        sentence,
        table,
        evidence.citations(tables, _sources_of(tables, (first, second)) if len(lines) else []),
        "Mechanics: what a model would share among muscles, % of capacity, over its modelling options",
        charts.shares(lines, names, _SHARE_FOOT) if drawn else None,
    )


def _sources_of(tables: Tables, exercises: Sequence[str]) -> list[str]:
    """Return the models behind some kickbacks: that of the leg, of the elbow, or both."""
    points = tables.postures.set_index("exercise_id")["point"].reindex(exercises).dropna()
    return [_MODEL_SOURCES[arm] for arm in (0, 1) if any((point == "hand") == bool(arm) for point in points)]


def _bands(lines: pd.DataFrame, side: str) -> list:
    pairs = lines[[f"{side}_low", f"{side}_high"]].itertuples(index=False, name=None)
    return [None if pd.isna(pair[0]) else pair for pair in pairs]


def _model_sentence(lines: pd.DataFrame, names: list[str], lacking: list[str], limb: str) -> str:
    """Say what changes under every modelling option, and what the options decide."""
    if limb not in ("working", "all"):
        return f"The model has no muscles of the {emphasis.LIMB_WORDS[limb]}: it is silent here."
    if lacking:
        alone = [
            f" The {emphasis.spoken(name)} is shown alone."
            for name in dict.fromkeys(names)
            if name not in lacking
        ]
        without = " and the ".join(dict.fromkeys(emphasis.spoken(name) for name in lacking))
        return f"Model: there is no posture of its own for the {without}.{''.join(alone)}"
    spoken = [emphasis.spoken(name) for name in names]
    if names[0] == names[1]:
        return f"Model: the {spoken[0]} is on both sides, so nothing changes."
    if not lines["options"].any():
        return f"Model: the {spoken[0]} and the {spoken[1]} share no muscle of the model."
    said = []
    for count in ("more", "less"):
        sure = lines[(lines[count] == lines["options"]) & (lines["options"] > 0)]
        moved = [
            f"{emphasis.spoken(row.label)} ({charts.share_text((row.first_low, row.first_high))} to "
            f"{charts.share_text((row.second_low, row.second_high))})"
            for row in sure.itertuples()
        ]
        if moved:
            rest = [f"{len(moved) - _FEW} more muscles"] if len(moved) > _FEW + 1 else moved[_FEW:]
            said.append(
                f" {count.capitalize()} under every modelling option: {', '.join([*moved[:_FEW], *rest])}."
            )
    changed = "".join(said) or " No muscle changes the same way under every modelling option."
    return f"Model, from {spoken[0]} to {spoken[1]}.{changed}"


def _loads(tables: Tables, exercises) -> str:
    """Say in which load each kickback was computed."""
    posed = tables.postures.set_index("exercise_id")
    told = []
    for exercise in exercises:
        if exercise in posed.index:
            row = posed.loc[exercise]
            what = (
                f"{row['load_kg']:g} kg at the {row['point']}" if row["load_kg"] else "the limb's own weight"
            )
            told.append(f"{emphasis.spoken(_name(tables, exercise))}: {what}")
    return f" Load: {'; '.join(told)}." if told else ""


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


def _no_more(start: dict, controls: dict) -> None:
    if start:
        raise ValueError(f"There is no control {next(iter(start))!r}; there are {', '.join(controls)}.")


def _one_of(what: str, value: str, choices: list[tuple[str, str]]) -> str:
    allowed = [choice for _, choice in choices]
    if value not in allowed:
        raise ValueError(f"The {what} is {value!r}; it may be {', '.join(allowed)}.")
    return value
