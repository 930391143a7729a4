"""The exported tables against the models they came from, where these are installed."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from lessons import mechanics
from lessons.mechanics import Leg, Load

mujoco = pytest.importorskip(
    "mujoco", reason="the models are not installed; see tools/requirements-model.txt"
)
sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import export_model  # noqa: E402

NAMES = [f"{name}_r" for name in export_model.LEG]


@pytest.fixture(scope="module")
def model():
    return export_model.leg()


def random_legs(number, seed=0):
    """Kicks to the back and up to 45 degrees outward, upright, leaning and on all fours."""
    rng = np.random.default_rng(seed)
    return [
        Leg(rng.choice([0, 45, 90]), rng.uniform(0, 20), rng.uniform(0, 45), rng.uniform(0, 90))
        for _ in range(number)
    ]


def angles(leg):
    hip, out = leg.hip()
    return hip[0], -out[0], 0.0, leg.knee_deg


def test_moment_arms_are_how_the_muscles_lengths_change_with_the_joints(model):
    step = 0.01  # degrees
    worst = 0.0
    for pose in [(-30, 0, 0, 0), (-15, -30, 0, 30), (0, 0, 0, 60), (15, -15, 0, 90), (45, -45, 0, 90)]:
        model.place(pose)
        arms = model.arms(NAMES)
        for joint in range(4):
            ends = []
            for side in (-1, 1):
                model.place([angle + side * step * (place == joint) for place, angle in enumerate(pose)])
                ends.append(model.lengths(NAMES))
            slope = -(ends[1] - ends[0]) / np.radians(2 * step)
            worst = max(worst, np.abs(slope - arms[:, joint]).max())
    assert worst < 0.001


def test_the_tables_are_what_the_models_give_today(tables):
    for name, (header, rows) in export_model.TABLES.items():
        stored = getattr(tables, name)
        for line, fresh in zip(stored.astype(object).to_numpy(), rows(), strict=True):
            for column, old, new in zip(header.split(","), line, fresh, strict=True):
                if isinstance(old, str):
                    assert old == new
                elif new == "":
                    assert np.isnan(old)
                else:
                    assert abs(float(old) - float(new)) <= 1, (name, column, line)


def needed_by_engine(model, leg, load, tables):
    """The engine's inverse dynamics, at rest, with the load as an outside force."""
    m, d = model.model, model.data
    model.place(angles(leg))
    lean = np.radians(leg.lean_deg)
    to_trunk = np.array([[np.cos(lean), -np.sin(lean), 0], [np.sin(lean), np.cos(lean), 0], [0, 0, 1]])
    turn = d.body("pelvis").xmat.reshape(3, 3) @ to_trunk
    m.opt.gravity[:] = turn @ np.array([0, -mechanics.GRAVITY, 0])
    off = mujoco.mjtDisableBit
    m.opt.disableflags = off.mjDSBL_CONSTRAINT | off.mjDSBL_ACTUATION
    m.dof_damping[:], m.jnt_stiffness[:] = 0, 0
    d.qacc[:] = 0
    mujoco.mj_inverse(m, d)
    need = d.qfrc_inverse.copy()
    end, moved = ("talus_r", "talus_r") if load.point == "ankle" else ("tibia_r", "femur_r")
    jacobian = np.zeros((3, m.nv))
    mujoco.mj_jac(m, d, jacobian, None, d.body(end).xpos, m.body(moved).id)
    force = mechanics._pull(leg, load, mechanics._segments(tables))[0]
    need -= jacobian.T @ turn @ force
    for row in model.coupled:
        place, on, powers = model._coupling(row)
        slope = np.polyval(np.polyder(powers[::-1]), model._turned(on))
        need[m.jnt_dofadr[on]] += slope * need[m.jnt_dofadr[place]]
    return np.array([need[joint.dofadr[0]] for joint in model.joints])


def test_plain_statics_agrees_with_the_engines_inverse_dynamics(model, tables):
    rng, worst = np.random.default_rng(5), 0.0
    for leg in random_legs(200):
        load = Load(
            rng.uniform(0, 10), rng.choice(["gravity", "along", "facing"]), rng.choice(["ankle", "thigh"])
        )
        own = mechanics.joint_moments(tables, leg, load).to_numpy()[0]
        worst = max(worst, np.abs(own - needed_by_engine(model, leg, load, tables)).max())
    print(f"statics against inverse dynamics: largest difference {worst:.2f} N m")
    assert worst < 2


def test_shares_from_the_tables_are_those_of_the_full_model(model, tables):
    legs, differences = random_legs(200, seed=3), []
    for leg in legs:
        load = Load(5, "gravity" if leg.lean_deg else "along")
        model.place(angles(leg))
        arms, forces = model.arms(NAMES), model.forces(NAMES)[:, 0]
        need = mechanics.joint_moments(tables, leg, load).to_numpy()
        moments = np.concatenate([arms * forces[:, None], [[0, 0, 0, mechanics._VASTI]]]).T[None]
        full = mechanics._share(np.ascontiguousarray(moments), need, 2, 1)
        missing = np.linalg.norm(need[0] - moments[0] @ full[0])
        own = mechanics.predict(tables, leg, load)
        if missing < 0.05 and own.feasible[0]:
            whole = mechanics._model(tables, leg).by_muscle(full[:, :-1])[0]
            differences.append(100 * np.abs(whole - own.shares.to_numpy()[0]))
    differences = np.array(differences)
    print(f"{len(differences)} poses: mean {differences.mean():.2f}, largest {differences.max():.1f} points")
    assert len(differences) > 100
    assert differences.mean() < 0.5


def test_the_posed_outlines_are_what_the_models_give_today(tmp_path):
    export_model.model_pictures.write(tmp_path)
    fresh, stored = (
        json.loads((folder / "poses.json").read_text(encoding="utf-8"))
        for folder in (tmp_path, export_model.DATA)
    )
    assert fresh.keys() == stored.keys()
    assert [end for end in differing(fresh, stored, "poses") if end] == []


def differing(fresh, stored, where):
    """Yield every place where two trees of JSON differ by more than 1 mm, or otherwise."""
    if isinstance(stored, dict):
        yield "" if fresh.keys() == stored.keys() else where
        for key in stored:
            yield from differing(fresh[key], stored[key], f"{where}.{key}")
    elif isinstance(stored, list):
        yield "" if len(fresh) == len(stored) else where
        for number, pair in enumerate(zip(fresh, stored, strict=False)):
            yield from differing(*pair, f"{where}.{number}")
    elif isinstance(stored, int | float):
        yield "" if abs(fresh - stored) <= 1 else where
    else:
        yield "" if fresh == stored else where
