"""Measure how fast `lessons.mechanics.predict` is beside other solvers of the same problem, and how near.

`python benchmarks/solver.py` prints one table; it takes a minute. The problem: random kicks against gravity
that the muscles can hold; the sum of squared or cubed activations is least, the moments are balanced at four
joints, and each activation is between 0 and 1. All get the same arms, forces and moments. Only poses are used
in which the vasti, which cost our solver nothing, are idle: so the others can do without them.

OpenSim runs its own StaticOptimization on a model made here for each pose: four hinges and 28 path actuators
whose lengths are linear in the hinges' angles, so that their arms are exactly the table's. `predict` also
does the statics, reads the tables and returns data frames; all others are timed on moments that are ready.
"""

import importlib
import importlib.metadata
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # problems this small gain nothing from a second thread
import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lessons import load, mechanics  # noqa: E402
from lessons.mechanics import LEG_JOINTS, Leg, Load  # noqa: E402
from lessons.tables import Tables  # noqa: E402

SEED, REPEATS = 0, 7
GRID, FEW = 1000, 40
EXPONENTS = (2, 3)
CRITERIA = (1e-4, 1e-8)  # of OpenSim: its default, and one near to our own
IDLE = 1e-4  # N m of the vasti
ONE, ALL = "predict, 1 pose a call", f"predict, {GRID:,} poses a call"


@dataclass(frozen=True)
class Problem:
    """Poses and what each solver is given: arms in m (poses, muscles, joints), forces in N, needs in N m."""

    tables: Tables
    leg: Leg
    load: Load
    arms: np.ndarray
    forces: np.ndarray
    need: np.ndarray

    @property
    def moments(self) -> np.ndarray:
        """The moments in N m at full activation; poses by joints by muscles."""
        return np.ascontiguousarray((self.arms * self.forces[..., None]).swapaxes(1, 2))


@dataclass(frozen=True)
class Contender:
    """A solver made ready: `run` solves the first `poses` poses and returns activations, poses by muscles."""

    name: str
    exponent: int
    poses: int
    run: Callable[[], np.ndarray]


def problem(tables: Tables) -> Problem:
    """Return `GRID` random poses that are feasible with idle vasti, whichever the exponent."""
    rng, number = np.random.default_rng(SEED), 40 * GRID
    low, high = np.array([[0, 0, 0, 0, 0], [90, 20, 45, 90, 10]])
    drawn = rng.uniform(low, high, (number, 5)).T
    leg, weight = Leg(*drawn[:4]), Load(drawn[4], "gravity")
    keep = np.ones(number, dtype=bool)
    for exponent in EXPONENTS:
        found = mechanics.predict(tables, leg, weight, exponent=exponent)
        keep &= found.feasible & (found.vasti < IDLE)
    print(f"{keep.sum():,} of {number:,} random poses are feasible with idle vasti; {GRID:,} are used.")
    kept = drawn[:, np.flatnonzero(keep)[:GRID]]
    leg, weight = Leg(*kept[:4]), Load(kept[4], "gravity")
    rows = mechanics.moment_arms(tables, leg)
    arms = rows[list(LEG_JOINTS)].to_numpy().reshape(GRID, -1, len(LEG_JOINTS))
    need = mechanics.joint_moments(tables, leg, weight).to_numpy()
    return Problem(tables, leg, weight, arms, rows["force_n"].to_numpy().reshape(GRID, -1), need)


def ours(given: Problem, exponent: int) -> Iterator[Contender]:
    """Yield `predict` and, without statics, tables and data frames, the solver inside it."""
    angles = np.stack(
        [given.leg.lean_deg, given.leg.hip_extension_deg, given.leg.outward_deg, given.leg.knee_deg]
    )
    single = [(Leg(*angles[:, row]), Load(given.load.kg[row], "gravity")) for row in range(FEW)]
    moments, need = given.moments, given.need

    def predicted(leg: Leg, weight: Load) -> np.ndarray:
        return mechanics.predict(given.tables, leg, weight, exponent=exponent).activations.to_numpy()

    def alone(rows: slice) -> np.ndarray:
        return mechanics._share(moments[rows], need[rows], exponent, 0)

    yield Contender(ONE, exponent, FEW, lambda: np.vstack([predicted(*one) for one in single]))
    yield Contender(ALL, exponent, GRID, lambda: predicted(given.leg, given.load))
    each = [slice(row, row + 1) for row in range(FEW)]
    yield Contender(
        "its solver alone, 1 pose", exponent, FEW, lambda: np.vstack([alone(one) for one in each])
    )
    yield Contender(f"its solver alone, {GRID:,} poses", exponent, GRID, lambda: alone(slice(GRID)))


def slsqp(optimize: ModuleType, given: Problem, exponent: int) -> Contender:
    """Return scipy's general solver, with exact slopes."""
    moments, need = given.moments, given.need
    start = np.full(moments.shape[2], 0.5)

    def solved(across: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        balance = {"type": "eq", "fun": lambda a: across @ a - wanted, "jac": lambda a: across}
        return optimize.minimize(
            lambda a: (a**exponent).sum(),
            start,
            jac=lambda a: exponent * a ** (exponent - 1),
            bounds=[(0, 1)] * len(start),
            constraints=balance,
            method="SLSQP",
            options={"ftol": 1e-9, "maxiter": 500},
        ).x

    return Contender("scipy SLSQP", exponent, FEW, lambda: _each(solved, moments, need))


def bvls(optimize: ModuleType, given: Problem) -> Contender:
    """Return scipy's bounded least squares, where a missing N m costs as much as in our solver."""
    weight = mechanics._STIFF**0.5
    moments, need = weight * given.moments, weight * given.need
    muscles = moments.shape[2]

    def solved(across: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        rows, right = np.vstack([across, np.eye(muscles)]), np.concatenate([wanted, np.zeros(muscles)])
        return optimize.lsq_linear(rows, right, (0, 1), method="bvls", tol=1e-12).x

    return Contender("scipy lsq_linear (bvls)", 2, FEW, lambda: _each(solved, moments, need))


def quadratic(quadprog: ModuleType, given: Problem) -> Contender:
    """Return quadprog, a solver written for squares and bounds."""
    moments, need = given.moments, given.need
    muscles = moments.shape[2]
    one, bounds = np.eye(muscles), np.concatenate([np.zeros(muscles), -np.ones(muscles)])

    def solved(across: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        rows, right = np.hstack([across.T, one, -one]), np.concatenate([wanted, bounds])
        return quadprog.solve_qp(one, np.zeros(muscles), rows, right, len(wanted))[0]

    return Contender("quadprog", 2, FEW, lambda: _each(solved, moments, need))


def _each(solved: Callable, moments: np.ndarray, need: np.ndarray) -> np.ndarray:
    return np.vstack([solved(moments[row], need[row]) for row in range(FEW)])


def static_optimization(opensim: ModuleType, given: Problem, exponent: int, criterion: float) -> Contender:
    """Return OpenSim's analysis, begun for each pose; one of its steps is what is measured."""
    opensim.Logger.setLevelString("warn")
    opensim.Logger.removeFileSink()
    begun = [_begun(opensim, given, row, exponent, criterion) for row in range(FEW)]

    def run() -> np.ndarray:
        for analysis, state, *_ in begun:
            analysis.step(state, 1)
        last = [analysis.getActivationStorage().getLastStateVector().getData() for analysis, *_ in begun]
        return np.array([[data.get(muscle) for muscle in range(data.getSize())] for data in last])

    return Contender(f"OpenSim StaticOptimization, {criterion:g}", exponent, FEW, run)


def _begun(opensim: ModuleType, given: Problem, row: int, exponent: int, criterion: float) -> tuple:
    """Return the analysis of a motionless pose, its state, and what Python must keep alive for both."""
    model = _hinges(opensim, given.need[row])
    for number, (arms, force) in enumerate(zip(given.arms[row], given.forces[row], strict=True)):
        model.addForce(_actuator(opensim, number, arms, force))
    model.finalizeConnections()
    state = model.initSystem()
    motion = _motionless(opensim, model)
    analysis = opensim.StaticOptimization(model)
    analysis.setStatesStore(motion)
    analysis.setUseModelForceSet(True)
    analysis.setUseMusclePhysiology(False)
    analysis.setActivationExponent(exponent)
    analysis.setConvergenceCriterion(criterion)
    analysis.setStartTime(0)
    analysis.setEndTime(1)
    analysis.begin(state)
    state.setTime(0.5)
    model.realizeAcceleration(state)
    return analysis, state, model, motion


def _hinges(opensim: ModuleType, need: np.ndarray):
    """Return four bodies of 1 kg m2, each on its own hinge, with the moment that the muscles must balance."""
    model = opensim.Model()
    model.setGravity(opensim.Vec3(0))
    for joint, moment in zip(LEG_JOINTS, need, strict=True):
        body = opensim.Body(f"{joint}_body", 1, opensim.Vec3(0), opensim.Inertia(1))
        model.addBody(body)
        hinge = opensim.PinJoint(f"{joint}_hinge", model.getGround(), body)
        hinge.updCoordinate().setName(joint)
        model.addJoint(hinge)
        against = opensim.ExpressionBasedCoordinateForce(joint, repr(float(-moment)))
        against.setName(f"{joint}_load")
        model.addForce(against)
    model.finalizeConnections()
    return model


def _actuator(opensim: ModuleType, number: int, arms: np.ndarray, force: float):
    """Return an actuator with constant arms: its length falls by them for each radian."""
    slopes = opensim.ArrayDouble()
    for value in (*-arms, 1.0):
        slopes.append(float(value))
    path = opensim.FunctionBasedPath()
    path.setLengthFunction(opensim.LinearFunction(slopes))
    path.setCoordinatePaths(
        opensim.StdVectorString([f"/jointset/{joint}_hinge/{joint}" for joint in LEG_JOINTS])
    )
    actuator = opensim.PathActuator()
    actuator.setName(f"muscle_{number}")
    actuator.set_path(path)
    actuator.setOptimalForce(float(force))
    actuator.setMinControl(0)
    actuator.setMaxControl(1)
    return actuator


def _motionless(opensim: ModuleType, model):
    """Return a motion of 1 s in which nothing moves; its splines need several rows."""
    names = model.getStateVariableNames()
    labels, count = opensim.ArrayStr(), names.getSize()
    labels.append("time")
    for number in range(count):
        labels.append(names.get(number))
    motion = opensim.Storage()
    motion.setColumnLabels(labels)
    for moment in np.linspace(0, 1, 11):
        motion.append(opensim.StateVector(float(moment), opensim.Vector(count, 0.0)))
    return motion


def contenders(given: Problem) -> Iterator[Contender]:
    """Yield all that can run here; a sentence says what is left out."""
    opensim, optimize, quadprog = map(_installed, ("opensim", "scipy.optimize", "quadprog"))
    for exponent in EXPONENTS:
        yield from ours(given, exponent)
        if opensim:
            yield from (static_optimization(opensim, given, exponent, one) for one in CRITERIA)
        if optimize:
            yield slsqp(optimize, given, exponent)
        if optimize and exponent == 2:
            yield bvls(optimize, given)
        if quadprog and exponent == 2:
            yield quadratic(quadprog, given)


def _installed(name: str) -> ModuleType | None:
    package = name.partition(".")[0]
    try:
        module = importlib.import_module(name)
    except ImportError:
        print(
            f"{package} is not installed here, so it is left out; `python -m pip install {package}` adds it."
        )
        return None
    print(f"{package} {importlib.metadata.version(package)}", end="; ")
    return module


def measured(runs: list[Contender]) -> list[tuple[float, np.ndarray]]:
    """Return for each contender poses per second, the median of interleaved repeats, and the activations."""
    found = [one.run() for one in runs]
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(REPEATS):
        for one, taken in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            one.run()
            taken.append(time.perf_counter() - start)
    speeds = [one.poses / statistics.median(taken) for one, taken in zip(runs, seconds, strict=True)]
    return list(zip(speeds, found, strict=True))


def report(given: Problem, runs: list[Contender]) -> None:
    """Print the table: speed, how many times as fast ours is, and how far the answers are apart.

    Difference: the largest in an activation from ours. Cost: the sum of powers beside ours, at the pose where
    they are furthest apart. Missing: the largest moment in N m that is not balanced (ours: before the vasti).
    """
    results = measured(runs)
    singly, together = (
        {one.exponent: result for one, result in zip(runs, results, strict=True) if one.name == name}
        for name in (ONE, ALL)
    )
    columns = ("exponent", "solver", "poses/s", f"{ONE}: faster by", f"{ALL}: faster by")
    print("|", " | ".join((*columns, "difference", "cost", "missing, N m")), "|")
    print("|---" * 8 + "|")
    for one, (speed, found) in zip(runs, results, strict=True):
        ratios = [_times(ours[one.exponent][0] / speed) for ours in (singly, together)]
        apart = _apart(given, one, found, together[one.exponent][1][: one.poses])
        print("|", " | ".join((str(one.exponent), one.name, f"{speed:,.0f}", *ratios, *apart)), "|")


def _times(ratio: float) -> str:
    return f"x {ratio:.2g}" if ratio < 99.5 else f"x {ratio:,.0f}"


def _apart(given: Problem, one: Contender, found: np.ndarray, ours: np.ndarray) -> tuple[str, str, str]:
    """Return difference, cost and missing moment as words."""
    dearer = (found**one.exponent).sum(axis=1) / (ours**one.exponent).sum(axis=1) - 1
    furthest = round(100 * dearer[np.abs(dearer).argmax()], 9) + 0.0  # never "-0"
    made = (given.moments[: one.poses] @ found[..., None])[..., 0]
    missing = np.abs(made - given.need[: one.poses]).max()
    return f"{np.abs(found - ours).max():.1g}", f"{furthest:+.2g} %", f"{missing:.1g}"


def main() -> None:
    given = problem(load())
    runs = list(contenders(given))
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores; seed {SEED}.")
    report(given, runs)


if __name__ == "__main__":
    main()
