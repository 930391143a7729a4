"""Ask the model what it says of the article's claims, over all modelling options.

`python tools/model_results.py` prints the answers; with `--write` they also replace `data/model_results.csv`
and the rows of kind mechanics in `data/claim_evidence.csv`. It needs only what students install.
"""

import csv
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lessons import mechanics
from lessons.mechanics import Arm, Leg, Load
from lessons.tables import DATA, Tables, load

HAMSTRINGS = ("biceps_femoris_long", "semitendinosus", "semimembranosus")
BACK, OUTWARD = Leg(0, 10, 0, 0), Leg(0, 10, 30, 0)
FOURS, FOURS_OUT = Leg(90, 10, 0, 90), Leg(90, 10, 30, 90)
LEVEL, LEVEL_OUT = Leg(90, 0, 0, 90), Leg(90, 0, 30, 90)
PRONE, PRONE_BENT, PRONE_SLIGHT = Leg(90, 10, 0, 0), Leg(90, 10, 0, 90), Leg(90, 10, 0, 20)
CABLE, FACING, CUFF = Load(10, "along"), Load(10, "facing"), Load(5)
COLUMNS = [
    "result_id",
    "claim_id",
    "direction",
    "question",
    "setting",
    "unit",
    "before",
    "after",
    "change_low",
    "change_high",
    "agree",
    "options",
]
_POINT = 0.5  # a change of less than half a point is none
_FEW = 0.25  # up to this part of the options the model counts as saying no


@dataclass(frozen=True)
class Answer:
    """One answer: two states under every option, and how many options agree with the question."""

    before: float
    after: float
    changes: np.ndarray
    agree: int
    options: int


def share(tables: Tables, position, load_, muscles, **chosen) -> float:
    """Return the part of some muscles' whole force that the model uses, in percent; NaN: not feasible."""
    found = mechanics.predict(tables, position, load_, **chosen)
    strongest = mechanics.moment_arms(tables, position).groupby("muscle_id")["max_force_n"].sum()
    strongest = strongest[list(muscles)]
    return 100 * float((found.shares.loc[0, list(muscles)] * strongest).sum(skipna=False) / strongest.sum())


def compared(tables: Tables, before, after, muscles, more: bool, rotation=(True, False)) -> Answer:
    """Return how the share of some muscles changes from one pose and load to another, over all options."""
    kept = [one for one in mechanics.options(before[0]) if one["rotation"] in rotation]
    pairs = np.array([[share(tables, *state, muscles, **one) for state in (before, after)] for one in kept])
    held = pairs[~np.isnan(pairs).any(axis=1)]
    change = held[:, 1] - held[:, 0]
    agree = int((change > _POINT).sum() if more else (change < -_POINT).sum())
    return Answer(*pairs[0], change, agree, len(held))


def leads(tables: Tables, position, load_, first, second, rotation) -> Answer:
    """Return whether the first muscles have a larger share than the second, over the options."""
    kept = [one for one in mechanics.options(position) if one["rotation"] in rotation]
    pairs = np.array(
        [[share(tables, position, load_, side, **one) for side in (second, first)] for one in kept]
    )
    held = pairs[~np.isnan(pairs).any(axis=1)]
    change = held[:, 1] - held[:, 0]
    return Answer(*pairs[0], change, int((change > 0).sum()), len(held))


def freed(tables: Tables, position, load_, muscles) -> Answer:
    """Return how the share of some muscles changes when the hip's rotation need not be balanced."""
    kept = [one for one in mechanics.options(position) if one["rotation"]]
    sides = [[one | {"rotation": turn} for turn in (True, False)] for one in kept]
    pairs = np.array([[share(tables, position, load_, muscles, **one) for one in pair] for pair in sides])
    change = pairs[:, 1] - pairs[:, 0]
    return Answer(*pairs[0], change, int((change > _POINT).sum()), len(pairs))


def moments(tables: Tables, joint: str, before, after, more: bool) -> Answer:
    """Return how a joint's moment changes; statics alone, so no modelling option matters."""
    pair = [abs(mechanics.joint_moments(tables, *state)[joint].iloc[0]) for state in (before, after)]
    change = pair[1] - pair[0]
    return Answer(*pair, np.array([change]), int(change > _POINT if more else change < -_POINT), 1)


def matched(tables: Tables) -> Load:
    """Return the load at which the bent-knee kick needs the hip moment of the straight one with `CUFF`."""
    wanted = mechanics.joint_moments(tables, PRONE, CUFF)["hip_flexion"].iloc[0]
    at = [mechanics.joint_moments(tables, PRONE_BENT, Load(kg))["hip_flexion"].iloc[0] for kg in (0, 1)]
    return Load((wanted - at[0]) / (at[1] - at[0]))


def heads(tables: Tables, head: str) -> Answer:
    """Return whether a head of triceps has the largest share near lock-out, over the options."""
    position, load_ = Arm(15), Load(4, "gravity", "hand")
    others = [name for name in ("triceps_long", "triceps_lateral", "triceps_medial") if name != head]
    pairs = []
    for one in mechanics.options(position):
        found = mechanics.predict(tables, position, load_, **one).shares.loc[0] * 100
        pairs.append((found[others].max(), found[head]))
    pairs = np.array(pairs)
    change = pairs[:, 1] - pairs[:, 0]
    return Answer(*pairs[0], change, int((change > _POINT).sum()), len(pairs))


def strengths(tables: Tables, muscles) -> Answer:
    """Return the largest hip extension moment in N m of some muscles, knee straight and at 90 degrees."""
    pair = []
    for knee in (0, 90):
        found = mechanics.capacity(tables, Leg(0, 0, 0, knee)).set_index("muscle_id")["hip_flexion"]
        pair.append(-found[list(muscles)].sum())
    return Answer(*pair, np.array([pair[1] - pair[0]]), int(pair[1] - pair[0] < -_POINT), 1)


def answers(tables: Tables) -> pd.DataFrame:
    """Return every answer as a row of `model_results.csv`."""
    medius, minimus, maximus = ("gluteus_medius",), ("gluteus_minimus",), ("gluteus_maximus",)
    ham, hand = HAMSTRINGS, Load(4, "gravity", "hand")
    square = replace(hand, pull="square")
    upright = "upright, hip 10 degrees extended, knee straight, cable of 10 kg at the ankle"
    fours = "on all fours, hip 10 degrees extended, knee at 90 degrees, 5 kg at the ankle"
    prone = "trunk level, hip 10 degrees extended, 5 kg at the ankle"
    level, arm = "trunk level, hip 0 degrees, 5 kg at the ankle", "upper arm level, 4 kg at the hand"
    alone = "hip 0 degrees, all their force"
    same = matched(tables)
    more = "Does gluteus medius work more 30 degrees outward, "
    above = "Is the share of gluteus maximus above the hamstrings', hip rotation "
    work = "Do the hamstrings work more with the knee straight than at 90 degrees, "
    asks = " ask more of the straight elbow than at 90 degrees?"
    weaken = "Does bending the knee to 90 degrees weaken "
    asked = [
        (
            _Asked("C06", f"{more}the cable along the kick?", upright),
            compared(tables, (BACK, CABLE), (OUTWARD, CABLE), medius, True),
        ),
        (
            _Asked("C06", f"{more.replace('medius', 'minimus')}the cable along the kick?", upright),
            compared(tables, (BACK, CABLE), (OUTWARD, CABLE), minimus, True),
        ),
        (
            _Asked("C06", f"{more}still facing the machine?", upright, True),
            compared(tables, (BACK, FACING), (OUTWARD, FACING), medius, True),
        ),
        (
            _Asked(
                "C06",
                f"{more}on all fours with the thigh level?",
                fours.replace("10 degrees extended", "0 degrees"),
                True,
            ),
            compared(tables, (LEVEL, CUFF), (LEVEL_OUT, CUFF), medius, True),
        ),
        (
            _Asked("C06", f"{more}on all fours with the thigh higher?", fours, True),
            compared(tables, (FOURS, CUFF), (FOURS_OUT, CUFF), medius, True),
        ),
        (_Asked("C05", f"{above}balanced?", upright), leads(tables, BACK, CABLE, maximus, ham, (True,))),
        (_Asked("C05", f"{above}left free?", upright), leads(tables, BACK, CABLE, maximus, ham, (False,))),
        (
            _Asked("C05", "Does leaving hip rotation free raise gluteus maximus?", upright, True),
            freed(tables, BACK, CABLE, maximus),
        ),
        (
            _Asked("C07", f"{work}same weight?", prone),
            compared(tables, (PRONE_BENT, CUFF), (PRONE, CUFF), ham, True),
        ),
        (
            _Asked(
                "C07",
                f"{work}same hip moment?",
                prone.replace("5 kg", f"5 kg with the knee straight, {same.kg:.1f} kg with it bent"),
            ),
            compared(tables, (PRONE_BENT, same), (PRONE, CUFF), ham, True),
        ),
        (
            _Asked("C17", "Does a bend of 20 degrees make the hamstrings work less?", prone),
            compared(tables, (PRONE, CUFF), (PRONE_SLIGHT, CUFF), ham, False),
        ),
        (
            _Asked("C17", "Does a bend of 90 degrees make the hamstrings work less?", prone, True),
            compared(tables, (PRONE, CUFF), (PRONE_BENT, CUFF), ham, False),
        ),
        (
            _Asked(
                "C12",
                "Is the share of the lateral head above those of the two others?",
                f"{arm}, elbow at 15 degrees; one joint and equal arms, so it repeats the forces put in",
                True,
            ),
            heads(tables, "triceps_lateral"),
        ),
        (
            _Asked("", "Does bending the knee to 90 degrees lower the moment at the hip?", level, unit="N m"),
            moments(tables, "hip_flexion", (Leg(90, 0, 0, 0), CUFF), (Leg(90, 0, 0, 90), CUFF), False),
        ),
        (
            _Asked(
                "",
                "Does a kick 30 degrees outward on all fours ask for abduction?",
                f"{level}, knee straight",
                unit="N m",
            ),
            moments(tables, "hip_adduction", (Leg(90, 0, 0, 0), CUFF), (Leg(90, 0, 30, 0), CUFF), True),
        ),
        (
            _Asked("", f"Does a dumbbell{asks}", arm, unit="N m"),
            moments(tables, "elbow_extension", (Arm(90), hand), (Arm(0), hand), True),
        ),
        (
            _Asked("", f"Does a cable at right angles{asks}", arm, unit="N m"),
            moments(tables, "elbow_extension", (Arm(90), square), (Arm(0), square), True),
        ),
        (_Asked("", f"{weaken}gluteus maximus at the hip?", alone, unit="N m"), strengths(tables, maximus)),
        (_Asked("", f"{weaken}the hamstrings at the hip?", alone, unit="N m"), strengths(tables, ham)),
    ]
    rows = [[f"m{number:02d}", *about.row(found)] for number, (about, found) in enumerate(asked, start=1)]
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class _Asked:
    """A question; `condition` marks one that only says when the claim holds."""

    claim: str
    question: str
    setting: str
    condition: bool = False
    unit: str = "%"

    def row(self, found: Answer) -> list:
        numbers = (found.before, found.after, found.changes.min(), found.changes.max())
        row = [self.claim, self._direction(found), self.question, self.setting, self.unit]
        texts = ["" if np.isnan(number) else f"{round(number) + 0}" for number in numbers]
        return [*row, *texts, found.agree, found.options]

    def _direction(self, found: Answer) -> str:
        if not self.claim:
            return ""
        if self.condition or _FEW < found.agree / found.options < 1:
            return "qualifies"
        return "for" if found.agree == found.options else "against"


def evidence_rows(results: pd.DataFrame) -> list[list[str]]:
    """Return the rows of kind mechanics of `claim_evidence.csv`."""
    told = results[results["claim_id"] != ""]
    return [
        [row.claim_id, "mechanics", row.result_id, row.direction, ""] for row in told.itertuples(index=False)
    ]


def write(results: pd.DataFrame, folder: Path = DATA) -> None:
    """Replace `model_results.csv` and the rows of kind mechanics in `claim_evidence.csv`."""
    _save(folder / "model_results.csv", [list(results.columns), *results.astype(str).to_numpy().tolist()])
    path = folder / "claim_evidence.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    rows = [row for row in rows if row[1] != "mechanics"] + evidence_rows(results)
    order = {claim: number for number, claim in enumerate(dict.fromkeys(sorted(row[0] for row in rows)))}
    _save(path, [header, *sorted(rows, key=lambda row: order[row[0]])])


def _save(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def show(results: pd.DataFrame) -> str:
    """Return the answers as lines to read."""
    lines = []
    for row in results.itertuples():
        span = row.change_low if row.options == 1 else f"{row.change_low} to {row.change_high}"
        default = f"{row.before or 'not feasible'} to {row.after or 'not feasible'} {row.unit}"
        lines += [
            f"{row.result_id} {row.claim_id:3} {row.question}",
            f"        {row.setting}",
            f"        yes in {row.agree} of {row.options}; default {default}, change {span}",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    found = answers(load())
    print(show(found))
    if sys.argv[1:] == ["--write"]:
        write(found)
        print("Written. Seal the tables next: python3 course.py seal")
