"""Choose published EMG values that may stand side by side, and say what claims rest on."""

import pandas as pd

from lessons.tables import Tables, parts

NO_VALUE = "no published value seen"
STATISTIC_WORDS = {
    "mean": "mean",
    "median": "median",
    "mean_of_peaks": "mean of peaks",
    "pooled_mean": "pooled mean",
    "mean_over_exercises": "mean over exercises",
    "highest_mean": "highest mean in a review",
    "range": "range between studies",
    "upper_bound": "upper bound",
}


LENSES = {
    "roles": ("database", "anatomy"),
    "measured": ("emg", "outcome", "finding"),
    "mechanics": ("mechanics",),
}
_LENS_OF = {kind: lens for lens, kinds in LENSES.items() for kind in kinds}


def family_of(tables: Tables, muscle: str) -> list[str]:
    """Return a muscle's id with those of its parts and of the groups it belongs to, in display order."""
    parent = dict(zip(tables.muscles["muscle_id"], tables.muscles["part_of"], strict=True))
    kin, above = {muscle}, muscle
    while parent.get(above):
        above = parent[above]
        kin.add(above)
    below = {muscle}
    while below:
        below = {child for child, whole in parent.items() if whole in below}
        kin |= below
    return [muscle_id for muscle_id in tables.muscles["muscle_id"] if muscle_id in kin]


def measured(
    tables: Tables, exercise: str | None = None, muscle: str | None = None, limb: str = "all"
) -> pd.DataFrame:
    """Return published EMG amplitudes of an exercise, a muscle (with its parts and groups), or both.

    Columns: those of `emg`, and `exercise`, `muscle`, `group` (names). Units as published; NaN where the
    source gave none. What was measured moved the load or held the trunk: `limb="standing"` is always empty.
    """
    found = tables.emg.copy()
    if exercise is not None:
        found = found[found["exercise_id"] == exercise]
    if muscle is not None:
        found = found[found["muscle_id"].isin(family_of(tables, muscle))]
    muscles = tables.muscles.reset_index(names="order").set_index("muscle_id")
    names = tables.exercises.set_index("exercise_id")["name"]
    about = muscles.loc[found["muscle_id"]]
    found = found.assign(
        exercise=list(names.loc[found["exercise_id"]].astype(str)),
        muscle=list(about["name"].astype(str)),
        group=list(about["group"].astype(str)),
        order=list(about["order"]),
    )
    if limb != "all":
        on_trunk = (about["region"].astype(str) == "trunk").to_numpy()
        found = found[on_trunk if limb == "trunk" else ~on_trunk & (limb == "working")]
    return found.sort_values("order", kind="stable").reset_index(drop=True)


def axes(found: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Part EMG rows into groups that may share an axis: the same unit and the same reference.

    Returns a list of `(unit, reference, rows)`, the largest group first.
    """
    groups = [
        (unit, reference, rows)
        for (unit, reference), rows in found.astype({"unit": str, "reference": str}).groupby(
            ["unit", "reference"], sort=False
        )
    ]
    return sorted(groups, key=lambda group: -len(group[2]))


def together(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows unchanged if they may stand on one axis; otherwise a ValueError says why not."""
    groups = axes(found)
    if len(groups) > 1:
        kinds = "; ".join(f"{unit} of {reference}" for unit, reference, _ in groups)
        raise ValueError(
            f"These values cannot stand on one axis: they are given as {kinds}. "
            "Compare values only when unit and reference agree."
        )
    return found


def nearest(tables: Tables, exercise: str) -> pd.DataFrame:
    """Return the measured exercises closest to one, nearest first: `exercise_id, exercise, differs`."""
    own = tables.exercises.set_index("exercise_id").loc[exercise]
    ids = parts(own["nearest_measured"])
    differs = parts(own["nearest_differs"])
    names = tables.exercises.set_index("exercise_id")["name"]
    return pd.DataFrame(
        {"exercise_id": ids, "exercise": [str(names[i]) for i in ids], "differs": differs}, dtype=object
    )


def beside(tables: Tables, exercise: str, limb: str = "all") -> pd.DataFrame:
    """Return what may be shown for an exercise: its own EMG rows, or those of the nearest measured ones.

    Columns: those of `measured`, and `differs`: empty for the exercise itself, otherwise what is different.
    """
    own = measured(tables, exercise, limb=limb)
    if len(own):
        return own.assign(differs="")
    near = [
        measured(tables, line.exercise_id, limb=limb).assign(differs=line.differs)
        for line in nearest(tables, exercise).itertuples()
    ]
    return pd.concat(near, ignore_index=True) if near else own.assign(differs="")


def comparable(found: dict[str, pd.DataFrame]) -> pd.Series:
    """Return how far two exercises differ wherever their EMG values may be set against each other.

    That is the same muscle, segment, unit, reference and statistic (the index); of several values the
    highest counts. Empty if there is no such pair. Units as published.
    """
    if len(found) < 2:
        return pd.Series(dtype="float64")
    highest = [rows.groupby(_keys(rows))["value"].max() for rows in found.values()]
    return (highest[0] - highest[1]).abs().dropna()


def by_difference(found: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Sort the EMG rows of two exercises by how far they differ (`comparable`); the others stay below."""
    apart = comparable(found)
    if apart.empty:
        return found
    sorted_rows = {}
    for exercise, rows in found.items():
        size = _keys(rows).map(apart).fillna(-1)
        ranked = rows.assign(apart=-size).sort_values(["apart", "order"], kind="stable")
        sorted_rows[exercise] = ranked.drop(columns="apart").reset_index(drop=True)
    return sorted_rows


def _keys(rows: pd.DataFrame) -> pd.Series:
    """Return one text for each row that is equal where two values may be compared."""
    columns = ["muscle_id", "segment", "unit", "reference", "statistic"]
    texts = rows[columns].astype(str).itertuples(index=False)
    return pd.Series(["|".join(text) for text in texts], index=rows.index, dtype=object)


def measured_sentence(found: dict[str, pd.DataFrame], names: dict[str, str], limb: str = "all") -> str:
    """Say what was measured of each exercise on a limb; for others, what the nearest measured ones are."""
    said = [_measured_of(rows, names[exercise], limb) for exercise, rows in found.items()]
    shown = pd.concat(list(found.values()), ignore_index=True)
    kinds = len(axes(shown)) if len(shown) else 0
    if kinds > 1:
        said.append(f"The values have {kinds} different units or references, so they stand on {kinds} axes.")
    return " ".join(said)


def muscle_sentence(found: pd.DataFrame, name: str, lead: str) -> str:
    """Say how much was published of one muscle and on how many axes it must stand."""
    if found.empty:
        return f"{lead} None was seen in any other exercise either."
    kinds = axes(found)
    apart = (
        f" They have {len(kinds)} different units or references and stand on {len(kinds)} axes."
        if len(kinds) > 1
        else ""
    )
    count = f"{len(found)} published values" if len(found) > 1 else "1 published value"
    studies = found["study_id"].nunique()
    muscles = list(found["muscle"].unique())
    of = f", of {'; '.join(muscles)}" if muscles != [name] else ""
    return f"{lead} Shown: {count} from {studies} {'studies' if studies > 1 else 'study'}{of}.{apart}"


def no_value(limb: str = "all") -> str:
    """Write that nothing was published, and where: "no published value seen on the trunk"."""
    where = {"standing": " on the standing limb", "trunk": " on the trunk"}
    return NO_VALUE + where.get(limb, "")


def amount(row) -> str:
    """Write one EMG row's number with its unit: "100.7 %MVIC (SD 14.5)", "21 to 56 %MVIC"."""
    if row.statistic == "range":
        return f"{row.low:g} to {row.high:g} {row.unit}"
    at_most = "at most " if row.statistic == "upper_bound" else ""
    spread = "" if pd.isna(row.sd) else f" (SD {row.sd:g})"
    return f"{at_most}{row.value:g} {row.unit}{spread}"


def people(n: float) -> str:
    """Write a sample size; unknown is said, not left out."""
    return "n not stated" if pd.isna(n) else f"n = {n:.0f}"


def named_muscle(row) -> str:
    """Write a measured muscle with the segment the electrode was on."""
    segment = str(row.segment)
    return f"{row.muscle}, {segment}" if segment else str(row.muscle)


def listing(found: pd.DataFrame) -> pd.DataFrame:
    """Return EMG rows as text: exercise, muscle, condition, value, statistic, reference, people, study."""
    lines = list(found.itertuples())
    return pd.DataFrame(
        {
            "exercise": [row.exercise for row in lines],
            "muscle": [named_muscle(row) for row in lines],
            "condition": [row.condition for row in lines],
            "value": [amount(row) for row in lines],
            "statistic": [STATISTIC_WORDS[row.statistic] for row in lines],
            "reference": [str(row.reference) for row in lines],
            "people": [people(row.n) for row in lines],
            "study": [row.study_id for row in lines],
        },
        dtype=object,
    )


def claims(tables: Tables) -> pd.DataFrame:
    """Return every claim with its verdict and how many pieces of evidence speak for, against or qualify it.

    Columns: those of `claims`, and `for, against, qualifies` (counts).
    """
    counts = (
        tables.claim_evidence.astype({"direction": str})
        .groupby(["claim_id", "direction"])
        .size()
        .unstack(fill_value=0)
        .reindex(columns=["for", "against", "qualifies"], fill_value=0)
    )
    return tables.claims.merge(counts, left_on="claim_id", right_index=True, how="left").fillna(
        {"for": 0, "against": 0, "qualifies": 0}
    )


def lenses(tables: Tables) -> pd.DataFrame:
    """Return what each lens says of every claim: claims by `roles, measured, mechanics`, in words.

    "agrees": all of its evidence speaks for the claim; "disagrees": all against; "mixed": some of each;
    "in part" is added where other evidence qualifies that; "qualifies": it only says when the claim holds;
    "silent": there is none.
    """
    facts = tables.claim_evidence.astype({"kind": str, "direction": str})
    said = facts.groupby(["claim_id", facts["kind"].map(_LENS_OF)])["direction"].agg(set).map(_position)
    table = said.unstack().reindex(index=tables.claims["claim_id"], columns=list(LENSES))
    return table.astype(object).where(table.notna(), "silent").rename_axis(columns=None)


def for_claim(tables: Tables, claim_id: str) -> pd.DataFrame:
    """Return every piece of evidence on one claim, for first, then against, then qualifying.

    Columns: `direction, kind, id, evidence, note`; `evidence` says in words what was found, with its source.
    """
    told = {
        "emg": (tables.emg.set_index("measurement_id"), _told_emg),
        "outcome": (tables.outcomes.set_index("outcome_id"), _told_outcome),
        "finding": (tables.findings.set_index("finding_id"), _told_finding),
        "database": (tables.databases.set_index("entry_id"), _told_entry),
        "anatomy": (tables.muscles.set_index("muscle_id"), _told_anatomy),
        "mechanics": (tables.model_results.set_index("result_id"), _told_result),
    }
    own = tables.claim_evidence[tables.claim_evidence["claim_id"] == claim_id].astype(str)
    rank = own["direction"].map({"for": 0, "against": 1, "qualifies": 2})
    own = own.assign(rank=rank).sort_values("rank", kind="stable")
    said = []
    for line in own.itertuples():
        rows, tell = told[line.kind]
        said.append(tell(rows.loc[line.ref_id], tables))
    columns = ["direction", "kind", "id", "evidence", "note"]
    return own.assign(evidence=said, id=own["ref_id"])[columns].reset_index(drop=True)


def citations(tables: Tables, source_ids) -> pd.DataFrame:
    """Return `source_id, citation, caution` of the named sources, in the order of `sources.csv`."""
    wanted = {item for cell in source_ids for item in parts(cell)}
    chosen = tables.sources[tables.sources["source_id"].isin(wanted)]
    return chosen[["source_id", "citation", "caution"]].reset_index(drop=True)


def _measured_of(rows: pd.DataFrame, name: str, limb: str) -> str:
    if rows.empty:
        return f"{name}: {no_value(limb)}, neither of this exercise nor of one near it."
    own = rows[rows["differs"] == ""]
    if len(own):
        count = f"{len(own)} published values" if len(own) > 1 else "1 published value"
        return f"{name}: {count} ({', '.join(own['study_id'].unique())})."
    near = [
        f"{exercise} ({differs})"
        for exercise, differs in rows[["exercise", "differs"]].drop_duplicates().to_numpy()
    ]
    return f"{name}: {NO_VALUE}. Nearest measured, not this exercise: {'; '.join(near)}."


def _position(directions: set[str]) -> str:
    if {"for", "against"} <= directions:
        return "mixed"
    side = "agrees" if "for" in directions else "disagrees" if "against" in directions else ""
    return f"{side} in part" if side and "qualifies" in directions else side or "qualifies"


def _told_emg(row, tables: Tables) -> str:
    muscle = tables.muscles.set_index("muscle_id").loc[row.muscle_id, "name"]
    segment = f", {row.segment}" if row.segment else ""
    condition = f" ({row.condition})" if row.condition else ""
    exercise = tables.exercises.set_index("exercise_id").loc[row.exercise_id, "name"]
    what = f"{muscle}{segment}, {exercise}{condition}"
    return f"{what}: {amount(row)}, {STATISTIC_WORDS[row.statistic]}, {people(row.n)}, {row.study_id}"


def _told_outcome(row, _tables: Tables) -> str:
    spread = "" if pd.isna(row.sd) else f" (SD {row.sd:g})"
    what = ", ".join(text for text in (row.condition, row.subject, row.measure) if text)
    return f"{what}: {row.value:g} {row.unit}{spread}, {people(row.n)}, {row.study_id}"


def _told_finding(row, _tables: Tables) -> str:
    return f"{row.comparison}: {row.finding} ({row.study_id})"


def _told_entry(row, _tables: Tables) -> str:
    named = {"primary": row.primary, "secondary": row.secondary, "stabilizers": row.stabilizers}
    said = "; ".join(f"{kind} {text.replace(';', ', ')}" for kind, text in named.items() if text)
    return f"{row.source_id}, line {row.lineage}, {row.entry}: {said or 'no muscle named'}"


def _told_anatomy(row, _tables: Tables) -> str:
    return f"{row['name']}: {row.actions} ({row.source_id.replace(';', ', ')})"


def _told_result(row, _tables: Tables) -> str:
    texts = ["not feasible" if pd.isna(number) else f"{number:g}" for number in (row.before, row.after)]
    change = f"{row.change_low:g}" if row.options == 1 else f"{row.change_low:g} to {row.change_high:g}"
    of = "" if row.options == 1 else f" Yes under {row.agree:g} of {row.options:g} modelling options."
    unit = "% of capacity" if row.unit == "%" else row.unit
    return (
        f"{row.question}{of} Model, default options: {' to '.join(texts)} {unit}; "
        f"change {change} ({row.setting})"
    )
