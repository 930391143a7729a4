"""What the joints of a kickback need, and how a musculoskeletal model would share that among muscles.

Everything is static: one held position of a generic adult of 75 kg. SI units; a *share* is a part of a
muscle's capacity, 0 to 1, and is not a percentage of MVIC. World axes: x forward, y up, z to the right;
the right limb works. Signs are those of the tables: a moment is positive for hip flexion, adduction,
inward rotation, knee flexion and elbow extension.

Sources: the leg is MyoLeg (Caggiano et al. 2022) after Rajagopal et al. 2016, the elbow is Arm26 (Holzbaur
et al. 2005), as read from `moment_arms_leg.csv`, `moment_arms_elbow.csv` and `segments.csv`. Sharing by the
least sum of squared or cubed shares is the usual static optimization; it is a choice, not a measurement.
"""

import copy
import itertools
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lessons.tables import Tables

GRAVITY = 9.81
LEG_JOINTS = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_flexion")
ARM_JOINTS = ("elbow_extension",)
PULLS = {
    "gravity": "straight down",
    "along": "level against the kick",
    "facing": "level straight ahead",
    "square": "at right angles to the limb",
    "pulley": "45 degrees forward and down",
}
_LEG_PULLS, _ARM_PULLS = ("gravity", "along", "facing", "square"), ("gravity", "pulley", "square")
# The vasti cross the knee alone and have no row: where the knee must be straightened, an extensor as strong
# as any position needs does it at no cost.
_VASTI = -1000.0  # N m
_STIFF = 1e3  # what a missing N m costs, so that a moment nobody can make shows as what is missing
_MISSING = 0.05  # N m; more than this missing is not feasible
_CLOSE, _ROUNDS = 1e-10, 60
_POINT = 0.5  # of a percent of capacity; a smaller change is none


@dataclass(frozen=True)
class Leg:
    """A position of the working leg; numbers or arrays, in degrees.

    `lean_deg` is the trunk's lean forward from upright (90: level, face down), `hip_extension_deg` how far
    the thigh has gone back beyond the trunk's line in a straight kick, `outward_deg` the direction of the
    kick seen from above, and `knee_deg` the knee's flexion. The thigh swings in the upright plane that
    points outward; `hip` gives the joint's own angles.
    """

    lean_deg: float | np.ndarray = 0.0
    hip_extension_deg: float | np.ndarray = 10.0
    outward_deg: float | np.ndarray = 0.0
    knee_deg: float | np.ndarray = 0.0

    def thigh(self) -> np.ndarray:
        """Return the thigh's direction from hip to knee, poses by x, y, z."""
        lift = np.radians(np.add(self.lean_deg, self.hip_extension_deg))
        out = np.radians(self.outward_deg)
        return _rows(-np.sin(lift) * np.cos(out), -np.cos(lift), np.sin(lift) * np.sin(out))

    def hip(self) -> tuple[np.ndarray, np.ndarray]:
        """Return hip flexion and hip abduction in degrees; the hip's rotation is 0."""
        x, y, z = self.thigh().T
        lean = np.radians(self.lean_deg)
        forward, along = x * np.cos(lean) - y * np.sin(lean), x * np.sin(lean) + y * np.cos(lean)
        return np.degrees(np.arctan2(forward, -along)), np.degrees(np.arcsin(z))


@dataclass(frozen=True)
class Arm:
    """A position of the working arm, in degrees: the upper arm below level behind the body, and the elbow."""

    elbow_flexion_deg: float | np.ndarray = 0.0
    upper_arm_deg: float | np.ndarray = 0.0


@dataclass(frozen=True)
class Load:
    """What resists: the mass that weighs as much as the pull (kg), where it pulls, and where it is fixed.

    `pull` is one of `PULLS`; `point` is ankle, thigh (its lower end) or hand. A band adds `kg_per_m`
    for each metre that it is stretched beyond the start: hip extension 0, or the elbow bent to 90 degrees.
    """

    kg: float | np.ndarray = 0.0
    pull: str = "gravity"
    point: str = "ankle"
    kg_per_m: float = 0.0


@dataclass(frozen=True)
class Prediction:
    """How the model shares the moments of one or more poses (rows).

    `shares`: poses by muscles, 0 to 1, the part of each muscle's capacity; NaN where a pose is not feasible.
    `activations`: the same by the model's own actuators. `residual`: the moment in N m that is left over
    when all do what they can. `vasti`: the knee extension in N m that the left-out vasti would make.
    """

    shares: pd.DataFrame
    activations: pd.DataFrame
    residual: np.ndarray
    vasti: np.ndarray

    @property
    def feasible(self) -> np.ndarray:
        """Whether the muscles of the table can hold each pose."""
        return self.residual <= _MISSING


def posture(tables: Tables, exercise: str) -> tuple[Leg | Arm, Load]:
    """Return the position and load in which a kickback is drawn and computed (a row of `postures.csv`).

    A ValueError says that an exercise has no posture of its own.
    """
    rows = tables.postures[tables.postures["exercise_id"] == exercise]
    if rows.empty:
        raise ValueError(f"There is no posture for {exercise!r}: only the kickbacks have one.")
    row = rows.iloc[0]
    load = Load(row["load_kg"], str(row["pull"]), str(row["point"]))
    if load.point == "hand":
        return Arm(row["elbow_flexion_deg"], row["upper_arm_deg"]), load
    return Leg(row["lean_deg"], row["hip_extension_deg"], row["outward_deg"], row["knee_deg"]), load


def joint_moments(tables: Tables, position: Leg | Arm, load: Load) -> pd.DataFrame:
    """Return the moments in N m that muscles must make to hold a position against load and limb weight.

    One row a pose; columns `hip_flexion, hip_adduction, hip_rotation, knee_flexion`, or `elbow_extension`.
    An extension moment of the hip is a negative `hip_flexion`. Plain statics: each weight's force times its
    lever arm about the joint's axis. A ValueError names a pull or a point that the limb does not have.
    """
    if isinstance(position, Arm):
        moments, joints = _arm_moments(tables, position, load), ARM_JOINTS
    else:
        moments, joints = _leg_moments(tables, position, load), LEG_JOINTS
    return pd.DataFrame(moments, columns=list(joints))


def lever(tables: Tables, position: Leg | Arm, load: Load) -> pd.DataFrame:
    """Return a limb as a lever, seen from the side: places in m from the hip or the elbow, one row a pose.

    Columns: `knee_x, knee_y` (of the leg alone), `end_x, end_y` (ankle or hand), `point_x, point_y` (where
    the load is fixed), `pull_x, pull_y` (its direction, length 1 where it pulls in this plane),
    `near_x, near_y` (the point of the pull's line nearest to the joint) and `arm_m` (its distance: the
    load's lever arm for hip extension or for the elbow). x is forward, y up.
    """
    if isinstance(position, Arm):
        places, point, pull = _arm_lever(tables, position, load)
    else:
        at = _places(position, _segments(tables))
        point, pull = _point(at, load), _pull(position, replace(load, kg=1.0), _segments(tables)) / GRAVITY
        places = {"knee": at.knee, "end": at.ankle}
    point, pull = np.broadcast_arrays(point[:, :2], pull[:, :2])
    near = point - pull * np.sum(point * pull, axis=1, keepdims=True) / np.sum(pull**2, axis=1, keepdims=True)
    places |= {"point": point, "pull": pull, "near": near}
    columns = {
        f"{name}_{axis}": place[:, number]
        for name, place in places.items()
        for number, axis in enumerate("xy")
    }
    return pd.DataFrame(columns | {"arm_m": np.linalg.norm(near, axis=1)})


def moment_arms(tables: Tables, position: Leg | Arm) -> pd.DataFrame:
    """Return each muscle's moment arms in m and its largest force in N, interpolated from the tables.

    Columns: `pose, actuator, muscle_id`, one for each joint, `force_n` (at this length), `max_force_n`.
    A ValueError names an angle outside the table and the table's range.
    """
    model = _model(tables, position)
    arms, forces = model.at(position)
    poses, muscles, joints = arms.shape
    return pd.DataFrame(
        {
            "pose": np.repeat(np.arange(poses), muscles),
            "actuator": model.actuators * poses,
            "muscle_id": model.muscles * poses,
            **{model.joints[joint]: arms[:, :, joint].ravel() for joint in range(joints)},
            "force_n": forces.ravel(),
            "max_force_n": np.tile(model.strongest, poses),
        }
    )


def capacity(tables: Tables, position: Leg | Arm) -> pd.DataFrame:
    """Return the moment in N m that each muscle could make about each joint with all its force.

    Columns: `pose, muscle_id`, one for each joint; a muscle's parts are added up.
    """
    arms = moment_arms(tables, position)
    joints = list(_model(tables, position).joints)
    moments = arms[joints].mul(arms["force_n"], axis=0)
    return moments.groupby([arms["pose"], arms["muscle_id"]], sort=False).sum().reset_index()


def predict(
    tables: Tables,
    position: Leg | Arm,
    load: Load,
    *,
    rotation: bool = True,
    exponent: int = 2,
    force_length: bool = True,
) -> Prediction:
    """Share the joint moments among the muscles so that the sum of shares to a power is least.

    Parameters
    ----------
    position, load
        One pose, or arrays of them: all are solved in one call.
    rotation
        Whether the hip's rotation must be balanced too. Without it the model is freer than a body is.
    exponent
        2 or 3: the power. A higher one spreads the work over more muscles.
    force_length
        Whether a muscle's force depends on its length; otherwise each has its largest force.

    A pose that the muscles cannot hold is a result: its shares are NaN and `residual` says what is missing.
    """
    chosen = {"rotation": rotation, "exponent": exponent, "force_length": force_length}
    return predict_each(tables, position, load, [chosen])[0]


def predict_each(tables: Tables, position: Leg | Arm, load: Load, chosen: Sequence[dict]) -> list[Prediction]:
    """Return `predict` for each of several sets of modelling options (see `options`), solved together."""
    for one in chosen:
        if one["exponent"] not in (2, 3):
            raise ValueError(f"The exponent is {one['exponent']!r}; it may be 2 or 3.")
    model = _model(tables, position)
    arms, forces = model.at(position)
    need = joint_moments(tables, position, load).to_numpy()
    poses = max(len(need), len(arms))
    need = np.broadcast_to(need, (poses, need.shape[1]))
    found: dict[int, Prediction] = {}
    # Those that balance the same joints are poses of one call.
    for turn in dict.fromkeys(one["rotation"] for one in chosen):
        own = [number for number, one in enumerate(chosen) if one["rotation"] == turn]
        strong = [forces if chosen[number]["force_length"] else model.strongest for number in own]
        moments = [
            np.broadcast_to(arms * force[..., None], (poses, *arms.shape[1:])).swapaxes(1, 2)
            for force in strong
        ]
        powers = np.repeat([chosen[number]["exponent"] for number in own], poses)
        kept = [0, 1, 3] if isinstance(position, Leg) and not turn else list(range(need.shape[1]))
        parts = _shared(model, np.concatenate(moments), np.tile(need, (len(own), 1)), powers, kept, len(own))
        found |= dict(zip(own, parts, strict=True))
    return [found[number] for number in range(len(chosen))]


def _shared(model, moments, need, powers, kept, count: int) -> list[Prediction]:
    """Share the kept joints' moments among the muscles; return the poses in `count` equal parts."""
    free = int(model.joints == LEG_JOINTS)
    if free:
        vasti = np.zeros((len(need), len(LEG_JOINTS), 1))
        vasti[:, -1] = _VASTI
        moments = np.concatenate([moments, vasti], axis=2)
    moments, need = moments[:, kept], need[:, kept]
    found = _share(np.ascontiguousarray(moments), need, powers, free)
    residual = np.linalg.norm(need - _times(moments, found), axis=1)
    made = found[:, len(model.actuators) :].sum(axis=1) * -_VASTI
    found = found[:, : len(model.actuators)]
    found[residual > _MISSING] = np.nan
    names = list(dict.fromkeys(model.muscles))
    return [
        Prediction(
            pd.DataFrame(model.by_muscle(own), columns=names),
            pd.DataFrame(own, columns=model.actuators),
            missing,
            vasti,
        )
        for own, missing, vasti in zip(
            *(np.split(part, count) for part in (found, residual, made)), strict=True
        )
    ]


def options(position: Leg | Arm) -> list[dict]:
    """Return every set of modelling options of `predict` for a limb; the first is the default."""
    turns = (True, False) if isinstance(position, Leg) else (True,)
    return [
        {"rotation": turn, "exponent": power, "force_length": length}
        for turn, power, length in itertools.product(turns, (2, 3), (True, False))
    ]


def over_options(tables: Tables, position: Leg | Arm, load: Load) -> pd.DataFrame:
    """Return each muscle's share under every set of modelling options, one row each.

    Columns: `pose, muscle_id, option` (its number in `options`), `share` (0 to 1; NaN where not feasible).
    """
    found = [one.shares for one in predict_each(tables, position, load, options(position))]
    poses, muscles = found[0].shape
    return pd.DataFrame(
        {
            "pose": np.tile(np.arange(poses), muscles * len(found)),
            "muscle_id": np.tile(np.repeat(found[0].columns, poses), len(found)),
            "option": np.repeat(np.arange(len(found)), poses * muscles),
            "share": np.concatenate([shares.to_numpy().T.ravel() for shares in found]),
        }
    )


def band(tables: Tables, position: Leg | Arm, load: Load) -> pd.DataFrame:
    """Return how far each muscle's share depends on the modelling options.

    Columns: `pose, muscle_id, low, high` (over all options that are feasible; shares of capacity, 0 to 1),
    and `options` (how many of them are). NaN where none is.
    """
    each = over_options(tables, position, load).groupby(["pose", "muscle_id"], sort=False)["share"]
    return each.agg(low="min", high="max", options="count").reset_index()


def kickbacks(tables: Tables) -> pd.DataFrame:
    """Return the shares of every kickback in its own posture and load (`postures.csv`), under every option.

    Columns: `exercise_id, muscle_id, option, share`, as in `over_options`. Computed once for each `Tables`.
    """
    kept = _models.setdefault(tables, {})
    if "kickbacks" not in kept:
        found = []
        # Those with the same pull and point are solved in one call.
        for (pull, point), rows in tables.postures.groupby(["pull", "point"], sort=False, observed=True):
            own = [
                rows[name].to_numpy() for name in ("lean_deg", "hip_extension_deg", "outward_deg", "knee_deg")
            ]
            arm = [rows[name].to_numpy() for name in ("elbow_flexion_deg", "upper_arm_deg")]
            position = Arm(*arm) if point == "hand" else Leg(*own)
            load = Load(rows["load_kg"].to_numpy(), str(pull), str(point))
            names = rows["exercise_id"].to_numpy(dtype=object)
            one = over_options(tables, position, load)
            found.append(one.assign(exercise_id=names[one["pose"]]))
        columns = ["exercise_id", "muscle_id", "option", "share"]
        kept["kickbacks"] = pd.concat(found, ignore_index=True)[columns]
    return kept["kickbacks"].copy()


def compare(tables: Tables, first: str, second: str) -> pd.DataFrame:
    """Put the model's shares of two kickbacks side by side, a line for each muscle of the model.

    Columns: `muscle_id`, `first_low, first_high, second_low, second_high` (percent of capacity over the
    options; NaN where the model has no such posture or no such muscle for it), `more, less` (options under
    which the second has a share at least half a point larger or smaller), `options` (those compared).
    """
    each = kickbacks(tables)
    wide = {
        side: each[each["exercise_id"] == side].pivot(index="muscle_id", columns="option", values="share")
        for side in {first, second}
    }
    names = [
        name for name in tables.muscles["muscle_id"] if any(name in table.index for table in wide.values())
    ]
    lines = {"muscle_id": names}
    ends = []
    for side, exercise in (("first", first), ("second", second)):
        table = 100 * wide[exercise].reindex(names)
        lines |= {f"{side}_low": table.min(axis=1).array, f"{side}_high": table.max(axis=1).array}
        ends.append(table)
    change = ends[1] - ends[0]
    counts = {"more": change > _POINT, "less": change < -_POINT, "options": change.notna()}
    return pd.DataFrame(lines | {name: held.sum(axis=1).array for name, held in counts.items()})


@dataclass(frozen=True)
class _Places:
    """Where the leg's points are, in m from the hip, and its joints' axes; poses by x, y, z."""

    knee: np.ndarray
    shank: np.ndarray  # direction from knee to ankle
    ankle: np.ndarray
    axes: tuple[np.ndarray, ...]  # hip flexion, hip adduction, hip inward rotation, knee flexion


def _places(leg: Leg, parts: pd.DataFrame) -> _Places:
    thigh = leg.thigh()
    flexion, _ = leg.hip()
    turn, bend = np.radians(flexion - leg.lean_deg), np.radians(np.asarray(leg.knee_deg, dtype=float))
    zero = np.zeros_like(turn)
    adducts = _rows(np.cos(turn), np.sin(turn), zero)
    right = np.cross(adducts, -thigh)
    tilt = np.radians(parts.loc["shank", "axis_tilt_deg"])
    bends = thigh * np.sin(tilt) - right * np.cos(tilt)
    shank = _turned(thigh, bends, bend)
    knee = thigh * parts.loc["thigh", "length_m"]
    axes = (_rows(zero, zero, zero + 1), adducts, -thigh, bends)
    return _Places(knee, shank, knee + shank * parts.loc["shank", "length_m"], axes)


def _segments(tables: Tables) -> pd.DataFrame:
    return tables.segments.astype({"segment": str}).set_index("segment")


def _turned(direction: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return directions turned about axes of length 1 (Rodrigues' formula); poses by x, y, z."""
    cos, sin = np.cos(angle)[..., None], np.sin(angle)[..., None]
    along = axis * np.sum(axis * direction, axis=-1, keepdims=True)
    return direction * cos + np.cross(axis, direction) * sin + along * (1 - cos)


def _leg_moments(tables: Tables, leg: Leg, load: Load) -> np.ndarray:
    _allowed("pull", load.pull, _LEG_PULLS)
    _allowed("point", load.point, ("thigh",) if load.pull == "square" else ("ankle", "thigh"))
    parts = _segments(tables)
    at = _places(leg, parts)
    down = GRAVITY * np.array([0.0, -1.0, 0.0])
    above = (at.knee / parts.loc["thigh", "length_m"] * parts.loc["thigh", "com_m"], "thigh")
    below = [(at.knee + at.shank * parts.loc["shank", "com_m"], "shank"), (at.ankle, "foot")]
    forces = [(place, parts.loc[name, "mass_kg"] * down) for place, name in [above, *below]]
    forces.append((_point(at, load), _pull(leg, load, parts)))
    hip = sum(np.cross(place, force) for place, force in forces)
    moved = forces[1:] if load.point == "ankle" else forces[1:-1]
    knee = sum(np.cross(place - at.knee, force) for place, force in moved)
    moments = [np.sum(hip * axis, axis=1) for axis in at.axes[:3]] + [np.sum(knee * at.axes[3], axis=1)]
    return -np.stack(moments, axis=1)


def _pull(leg: Leg, load: Load, parts: pd.DataFrame) -> np.ndarray:
    """Return the load's force in N, poses by x, y, z."""
    lift = np.radians(np.add(leg.lean_deg, leg.hip_extension_deg))
    out = np.radians(leg.outward_deg)
    zero = np.zeros_like(lift * out)
    towards = {
        "gravity": _rows(zero, zero - 1, zero),
        "along": _rows(np.cos(out) + zero, zero, zero - np.sin(out)),
        "facing": _rows(zero + 1, zero, zero),
        "square": _rows(np.cos(lift) * np.cos(out), -np.sin(lift) + zero, -np.cos(lift) * np.sin(out)),
    }[load.pull]
    kg = np.asarray(load.kg, dtype=float)
    if load.kg_per_m:
        start = replace(leg, hip_extension_deg=0.0)
        moved = _point(_places(leg, parts), load) - _point(_places(start, parts), load)
        kg = kg + load.kg_per_m * np.maximum(-np.sum(moved * towards, axis=1), 0)
    return towards * GRAVITY * kg[..., None]


def _point(at: _Places, load: Load) -> np.ndarray:
    return at.ankle if load.point == "ankle" else at.knee


def _arm_moments(tables: Tables, arm: Arm, load: Load) -> np.ndarray:
    _allowed("pull", load.pull, _ARM_PULLS)
    _allowed("point", load.point, ("hand",))
    forearm = _segments(tables).loc["forearm"]
    weight, _ = _about_elbow(arm, "gravity")
    lever, towards = _about_elbow(arm, load.pull)
    kg = np.asarray(load.kg, dtype=float)
    if load.kg_per_m:
        _, bent = _about_elbow(replace(arm, elbow_flexion_deg=90.0), load.pull)
        kg = kg + load.kg_per_m * forearm["length_m"] * np.maximum(towards - bent, 0)
    moment = forearm["mass_kg"] * forearm["com_m"] * weight + kg * forearm["length_m"] * lever
    return GRAVITY * np.atleast_1d(moment)[:, None]


def _arm_lever(tables: Tables, arm: Arm, load: Load) -> tuple[dict, np.ndarray, np.ndarray]:
    length = _segments(tables).loc["forearm", "length_m"]
    below = np.atleast_1d(np.radians(np.add(arm.upper_arm_deg, arm.elbow_flexion_deg)))
    hand = length * _rows(-np.cos(below), -np.sin(below), 0)
    half = np.sqrt(0.5)
    towards = {
        "gravity": _rows(0 * below, -1, 0),
        "pulley": _rows(half + 0 * below, -half, 0),
        "square": _rows(np.sin(below), -np.cos(below), 0),
    }[load.pull]
    return {"end": hand}, hand, towards


def _about_elbow(arm: Arm, pull: str) -> tuple[np.ndarray, np.ndarray]:
    """Return, for a forearm of 1 m, the pull's lever arm and the hand's place against the pull, in m."""
    below = np.radians(np.add(arm.upper_arm_deg, arm.elbow_flexion_deg))  # of the forearm, behind the body
    tilt = {"gravity": 90.0, "pulley": 45.0}.get(pull)
    if tilt is None:
        return np.ones_like(below), np.radians(-np.asarray(arm.elbow_flexion_deg, dtype=float))
    # Behind the body the forearm points (-cos, -sin), the pull is (cos tilt, -sin tilt).
    tilt = np.radians(tilt)
    return np.sin(tilt + below), np.cos(tilt + below)


class _Model:
    """A table of moment arms as arrays over the grid of its angles."""

    def __init__(self, table: pd.DataFrame, angles: list[str], joints: tuple[str, ...]):
        self.joints, self.angles = joints, angles
        first = table.drop_duplicates("actuator")
        self.actuators, self.muscles = list(first["actuator"]), list(first["muscle_id"].astype(str))
        self.strongest = first["max_force_n"].to_numpy()
        self.steps = [np.sort(table[angle].dropna().unique()) for angle in angles]
        wanted = [f"{joint}_arm_mm" for joint in joints] + ["force_n"]
        shape = [len(steps) for steps in self.steps]
        whole = np.empty((len(self.actuators), *shape, len(wanted)))
        for number, actuator in enumerate(self.actuators):
            rows = table[table["actuator"] == actuator]
            values = rows.sort_values(angles)[wanted].fillna(0).to_numpy()
            # A muscle that does not cross the last joint is the same at each of its angles.
            own = shape if len(rows) == np.prod(shape) else [*shape[:-1], 1]
            whole[number] = values.reshape(*own, len(wanted))
        whole[..., :-1] /= 1000
        # Grid first, then muscles and values, so that a pose is a weighted sum of a few rows.
        self.values = np.moveaxis(whole, 0, -2).reshape(np.prod(shape), -1)
        owner = pd.get_dummies(pd.Series(self.muscles), dtype=float)[list(dict.fromkeys(self.muscles))]
        weight = owner.to_numpy() * self.strongest[:, None]
        self.by = weight / weight.sum(axis=0)

    def at(self, position: Leg | Arm) -> tuple[np.ndarray, np.ndarray]:
        """Return arms (m; poses by muscles by joints) and forces (N; poses by muscles)."""
        places = np.broadcast_arrays(*[np.atleast_1d(angle).astype(float) for angle in _angles(position)])
        low, share = zip(*map(self._between, places, self.steps, self.angles), strict=True)
        shape = [len(steps) for steps in self.steps]
        found = 0.0
        for corner in itertools.product((0, 1), repeat=len(shape)):
            upper = [
                np.minimum(one + side, size - 1) for one, side, size in zip(low, corner, shape, strict=True)
            ]
            weight = np.prod(
                [part if side else 1 - part for part, side in zip(share, corner, strict=True)], axis=0
            )
            found = found + weight[:, None] * self.values[np.ravel_multi_index(upper, shape)]
        found = found.reshape(len(found), len(self.actuators), -1)
        return found[..., :-1], found[..., -1]

    def by_muscle(self, activations: np.ndarray) -> np.ndarray:
        """Return the share of each muscle's whole force that its parts use; poses by muscles."""
        return activations @ self.by

    @staticmethod
    def _between(angles: np.ndarray, steps: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
        slack = 1e-9  # degrees; sines and back
        outside = angles[~((angles >= steps[0] - slack) & (angles <= steps[-1] + slack))]
        if len(outside):
            spoken = name.removesuffix("_deg").replace("_", " ")
            ends = f"{steps[0]:g} to {steps[-1]:g}"
            raise ValueError(f"{spoken.capitalize()} is {outside[0]:g} degrees; the table goes from {ends}.")
        angles = np.clip(angles, steps[0], steps[-1])
        low = np.clip(np.searchsorted(steps, angles, side="right") - 1, 0, len(steps) - 2)
        return low, (angles - steps[low]) / (steps[low + 1] - steps[low])


_models: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def _model(tables: Tables, position: Leg | Arm) -> _Model:
    """Return the table of a limb as arrays; they are made once for each `Tables`."""
    kept = _models.setdefault(tables, {})
    kind = type(position)
    if kind not in kept and kind is Leg:
        angles = ["hip_flexion_deg", "hip_abduction_deg", "knee_flexion_deg"]
        kept[kind] = _Model(tables.moment_arms_leg, angles, LEG_JOINTS)
    elif kind not in kept:
        kept[kind] = _Model(tables.moment_arms_elbow, ["elbow_flexion_deg"], ARM_JOINTS)
    return kept[kind]


def _angles(position: Leg | Arm) -> tuple:
    if isinstance(position, Arm):
        return (position.elbow_flexion_deg,)
    return (*position.hip(), position.knee_deg)


def _share(moments: np.ndarray, need: np.ndarray, powers: np.ndarray, free: int) -> np.ndarray:
    """Minimize the sum of a**power with 0 <= a <= 1 and `moments @ a == need`, for all poses at once.

    `moments`: poses by joints by muscles, N m at full activation, of which the last `free` cost nothing;
    `need`: poses by joints; `powers`: 2 or 3, one for all or one a pose. Returns poses by muscles. A
    primal-dual interior-point method with Mehrotra's predictor and corrector; a moment that cannot be made
    costs much instead of being forbidden, so that every pose has an answer.
    """
    poses, _, muscles = moments.shape
    price = np.ones(muscles)
    price[muscles - free :] = 0
    found = np.empty((poses, muscles))
    open_ = np.arange(poses)
    now = _Inside(moments, need, np.full((poses, muscles), 0.5), powers)
    for _ in range(_ROUNDS):
        done = now.closed()
        if done.any():
            found[open_[done]] = now.low[done]
            open_, now = open_[~done], now.only(~done)
        if not len(open_):
            break
        now = now.improved(price)
    found[open_] = now.low
    return found


class _Inside:
    """Where the interior-point method stands: shares between their bounds, and what each bound pushes."""

    def __init__(self, moments, need, share, powers):
        self.moments, self.need = moments, need
        self.square = np.broadcast_to(powers, len(need))[:, None] == 2
        self.low, self.high = share, 1 - share  # from the lower and from the upper bound
        self.push_low, self.push_high = np.ones_like(share), np.ones_like(share)
        self.joint = np.zeros(need.shape)

    def only(self, rows: np.ndarray) -> "_Inside":
        kept = copy.copy(self)
        for name, values in vars(self).items():
            setattr(kept, name, values[rows])
        return kept

    def gap(self) -> np.ndarray:
        both = (self.low * self.push_low + self.high * self.push_high).sum(axis=1)
        return both / (2 * self.low.shape[1])

    def missing(self) -> np.ndarray:
        return self.need - _times(self.moments, self.low) - self.joint / _STIFF

    def closed(self) -> np.ndarray:
        size = 1 + np.abs(self.joint * self.need).sum(axis=1)
        return (self.gap() < _CLOSE * size) & (np.abs(self.missing()).max(axis=1) < 1e-6)

    def improved(self, price: np.ndarray) -> "_Inside":
        slope = np.where(self.square, self.low, self.low**2)
        curve = np.where(self.square, 1.0, 2 * self.low)
        across = self.moments.swapaxes(1, 2)
        steep = price * slope - _times(across, self.joint)
        weight = 1 / (price * curve + self.push_low / self.low + self.push_high / self.high)
        inverse = np.linalg.inv(
            (self.moments * weight[:, None, :]) @ across + np.eye(self.need.shape[1]) / _STIFF
        )
        missing, gap = self.missing(), self.gap()

        def step(low, high):
            """Return the move whose products with the bounds' pushes become `low` and `high`."""
            rest = steep - low / self.low + high / self.high
            turn = _times(inverse, missing + _times(self.moments, weight * rest))
            move = weight * (_times(across, turn) - rest)
            pushed_low = (low - self.push_low * move) / self.low - self.push_low
            pushed_high = (high + self.push_high * move) / self.high - self.push_high
            return move, turn, pushed_low, pushed_high

        nothing = np.zeros_like(self.low)
        plain = move, _, pushed_low, pushed_high = step(nothing, nothing)
        aim = (gap * (self._after(1.0, *plain).gap() / gap) ** 3)[:, None]
        return self._after(0.995, *step(aim - move * pushed_low, aim + move * pushed_high))

    def _after(self, most: float, move, turn, pushed_low, pushed_high) -> "_Inside":
        """Return where a step leads that goes at most that part of the way to the nearest bound."""
        reach = most / np.maximum(_largest(-move / self.low, move / self.high), most)
        force = most / np.maximum(_largest(-pushed_low / self.push_low, -pushed_high / self.push_high), most)
        new = copy.copy(self)
        new.low, new.high = self.low + reach * move, self.high - reach * move
        new.push_low, new.push_high = self.push_low + force * pushed_low, self.push_high + force * pushed_high
        new.joint = self.joint + force * turn
        return new


def _largest(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.maximum(first, second).max(axis=1, keepdims=True)


def _times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return (matrices @ vectors[..., None])[..., 0]


def _rows(x, y, z) -> np.ndarray:
    """Return poses by x, y, z from three numbers or arrays."""
    return np.stack(np.broadcast_arrays(*map(np.atleast_1d, (x, y, z))), axis=-1).astype(float)


def _allowed(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"The load's {what} is {value!r}; here it may be {', '.join(allowed)}.")
