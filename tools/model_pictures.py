"""Write `data/poses.json`: flat outlines of a skeleton in each kickback's posture, with muscle paths.

A build step that no student runs; `tools/requirements-model.txt` says what it needs. Run again it changes
nothing. Legs, trunk and head are MyoLeg's, arms the Arm26-derived elbow model's; the right limb works. World
axes: x forward, y up, z to the right; everything is in m until `_integers` turns it into whole millimetres.

A posture is a row of `data/postures.csv`. What the table leaves open (the supporting limbs, the grip,
what stands around) is chosen here so that feet and hands rest where the description says.
"""

import csv
import functools
import itertools
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import model_muscles
import mujoco
import myo_sim
import numpy as np
from shapely import LineString, MultiPoint, MultiPolygon, Polygon, polygons, union_all

DATA = Path(__file__).resolve().parent.parent / "data"
MESHES = Path(myo_sim.__file__).parent / "models" / "meshes"
_DRAWN = (
    "glmin1",
    "glmin2",
    "glmin3",
    "glmed1",
    "glmed2",
    "glmed3",
    "glmax1",
    "glmax2",
    "glmax3",
    "tfl",
    "bflh",
    "bfsh",
    "semiten",
    "semimem",
    "addmagIsch",
    "addmagDist",
    "addmagMid",
    "addmagProx",
    "recfem",
    "gaslat",
    "gasmed",
)
LEG = {name: model_muscles.LEG[name] for name in _DRAWN}
ARM = {name: model_muscles.HEADS[name] for name in ("TRImed", "TRIlong", "TRIlat")}
# Right and up of the page, and towards the viewer, as world directions.
VIEWS = {
    "side": ("from the right", (1, 0, 0), (0, 1, 0)),
    "behind": ("from behind", (0, 0, 1), (0, 1, 0)),
    "above": ("from above", (1, 0, 0), (0, 0, -1)),
}
_ROUGH = {"hand": 0.007, "foot": 0.005, "ribs": 0.005, "spine": 0.007}
_FAR = 1.5  # far limbs are drawn lighter, and may be rougher by this factor
_FINE = 0.0035
_GRID = 0.002  # m: meshes are laid on this raster, which makes their union fast
_SPECK = 4e-4  # m2: smaller pieces and holes are left out
_POST = 0.41  # m in front of the pelvis: what a standing person holds
_THICK = 0.012  # m: muscles bulge towards the viewer beyond the bone they lie on
# The three heads share one path near the elbow: they are moved apart by some mm, so that each is seen.
_APART = {"TRIlong": (-0.009, 0, -0.002), "TRIlat": (-0.001, 0, 0.010), "TRImed": (0.007, 0, -0.014)}
_UP, _FORWARD, _RIGHT = np.array([0.0, 1, 0]), np.array([1.0, 0, 0]), np.array([0.0, 0, 1])
# Where the meshes of shoulder blade and collar bone, which the elbow model leaves out, sit from the shoulder.
_BLADE, _COLLAR = np.array([0.010, 0.034, -0.009]), np.array([0.026, 0.014, -0.128])


@dataclass
class Bone:
    """A mesh in the world: corners by x, y, z in m, and triangles. It is known by its name."""

    name: str
    corners: np.ndarray
    faces: np.ndarray

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other) -> bool:
        return self.name == other.name


@dataclass
class Figure:
    """A posed skeleton: bones, muscle paths by actuator, shapes that stand around, and named points."""

    bones: list[Bone] = field(default_factory=list)
    muscles: dict[str, np.ndarray] = field(default_factory=dict)
    around: list[tuple[str, np.ndarray]] = field(default_factory=list)
    points: dict[str, np.ndarray] = field(default_factory=dict)

    def move(self, shift: np.ndarray) -> None:
        """Shift everything but what stands around."""
        for bone in self.bones:
            bone.corners = bone.corners + shift
        self.muscles = {name: path + shift for name, path in self.muscles.items()}
        self.points = {name: place + shift for name, place in self.points.items()}

    def lowest(self, *names: str) -> float:
        """Return the height of the lowest point of some bones."""
        return min(bone.corners[:, 1].min() for bone in self.bones if bone.name.startswith(names))


class Model:
    """One of the engine's models."""

    def __init__(self, name: str):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model, self.data = myo_sim.load(name)

    def place(self, degrees: dict[str, float]) -> None:
        """Set joints by name, in degrees; what is coupled to them follows."""
        m, d = self.model, self.data
        d.qpos[:] = m.qpos0
        for name, angle in degrees.items():
            d.qpos[m.joint(name).qposadr[0]] = np.radians(angle)
        for row in range(m.neq):
            if m.eq_type[row] == mujoco.mjtEq.mjEQ_JOINT:
                follows, leads = (m.jnt_qposadr[joint[row]] for joint in (m.eq_obj1id, m.eq_obj2id))
                turned = d.qpos[leads] - m.qpos0[leads]
                d.qpos[follows] = m.qpos0[follows] + np.polyval(m.eq_data[row, 4::-1], turned)
        mujoco.mj_forward(m, d)

    def bones(self) -> Iterable[tuple[str, Bone]]:
        """Yield body and bone of every mesh, in the model's world."""
        m, d = self.model, self.data
        for geom in np.flatnonzero(m.geom_type == mujoco.mjtGeom.mjGEOM_MESH):
            body, mesh = m.body(m.geom_bodyid[geom]).name, m.geom_dataid[geom]
            if body == "world":
                continue
            first, face = m.mesh_vertadr[mesh], m.mesh_faceadr[mesh]
            corners = m.mesh_vert[first : first + m.mesh_vertnum[mesh]]
            corners = corners @ d.geom_xmat[geom].reshape(3, 3).T + d.geom_xpos[geom]
            yield body, Bone(m.mesh(mesh).name, corners, m.mesh_face[face : face + m.mesh_facenum[mesh]])

    def path(self, tendon: str) -> np.ndarray:
        """Return the points that a muscle passes, with its wrapping, in the model's world."""
        first, count = (
            of[self.model.tendon(tendon).id] for of in (self.data.ten_wrapadr, self.data.ten_wrapnum)
        )
        return self.data.wrap_xpos.reshape(-1, 3)[first : first + count].copy()

    def frame(self, body: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a body's axes (as columns) and origin in the model's world."""
        return self.data.body(body).xmat.reshape(3, 3).copy(), self.data.body(body).xpos.copy()


@dataclass(frozen=True)
class Reach:
    """How an arm is held: towards a point for the wrist, or with upper arm and elbow given.

    `bend` is the direction in which the elbow points; `turn` and `lift` turn the hand about the forearm and
    bend the wrist backward, in degrees; `grip` closes the fingers.
    """

    wrist: np.ndarray | None = None
    upper: np.ndarray | None = None
    elbow_deg: float = 0.0
    bend: tuple[float, float, float] = (-1, 0, 0)
    turn: float = 0.0
    lift: float = 0.0
    grip: bool = False


class Body:
    """Both models joined into one person."""

    def __init__(self):
        self.leg, self.arm = Model("myolegs"), Model("elbow")
        self.arm.place({})
        turn, origin = self.arm.frame("pelvis_decor")
        place = lambda points: (points - origin) @ turn  # noqa: E731
        humerus, elbow = (place(self.arm.frame(name)[1]) for name in ("r_humerus", "r_ulna_radius_hand"))
        self.shoulder, self.upper = humerus, np.linalg.norm(elbow - humerus)
        self.rest = (elbow - humerus) / self.upper
        self.elbow, self.pelvis = elbow, (turn, origin)
        hands = {
            bone.name: place(bone.corners) for _, bone in self.arm.bones() if bone.name.startswith("arm_r")
        }
        carpals = np.vstack([hands["arm_r_lunate"], hands["arm_r_scaphoid"]])
        self.wrist = carpals.mean(axis=0)
        self.fore = np.linalg.norm(self.wrist - elbow)

    def trunk(self, lean: float, legs: dict[str, float], arch: float, nod: float) -> Figure:
        """Return legs, trunk and head with the pelvis at the origin, leaning forward by degrees.

        `arch` bends the lower back backward, `nod` the neck, in degrees.
        """
        self.leg.place(legs)
        turn, origin = self.leg.frame("pelvis")
        figure = Figure()
        back = _spine(arch)
        for body, bone in self.leg.bones():
            corners = (bone.corners - origin) @ turn
            if body in ("neck", "head"):
                corners = _head(corners, nod, body == "neck")
            if body in ("neck", "head", "torso") or body.startswith("lumbar"):
                corners = back(corners, body)
            figure.bones.append(Bone(bone.name, corners @ _lean(lean), bone.faces))
        for actuator in LEG:
            path = self.leg.path(f"{actuator}_r_tendon")
            figure.muscles[actuator] = (path - origin) @ turn @ _lean(lean)
        for side, name in itertools.product("rl", ("femur", "tibia", "talus")):
            figure.points[f"{name}_{side}"] = (
                (self.leg.frame(f"{name}_{side}")[1] - origin) @ turn @ _lean(lean)
            )
        for side, out in (("r", 1), ("l", -1)):
            shoulder = back((self.shoulder * (1, 1, out))[None], "torso")[0]
            figure.points[f"shoulder_{side}"] = shoulder @ _lean(lean)
            figure.bones += [
                Bone(f"{bone.name}_{side}", back(bone.corners, "torso") @ _lean(lean), bone.faces)
                for bone in self._girdle(out)
            ]
        return figure

    def add_arm(self, figure: Figure, side: str, reach: Reach, lean: float) -> None:
        """Hang an arm on the figure's shoulder; the left one is the right one's mirror image."""
        mirror = np.array([1, 1, 1 if side == "r" else -1])
        shoulder = figure.points[f"shoulder_{side}"] * mirror
        aim = None if reach.wrist is None else np.asarray(reach.wrist) * mirror
        for _ in range(6):  # the forearm leaves the upper arm at an angle, so the first aim misses a little
            arm = _Arm(self, shoulder, *self._aim(shoulder, aim, reach, mirror))
            if aim is not None:
                aim = aim + 0.7 * (np.asarray(reach.wrist) * mirror - arm.put(arm.wrist))
        figure.bones += [
            Bone(f"{bone.name}_{side}", arm.put(bone.corners) * mirror, bone.faces)
            for bone in arm.bones(reach)
        ]
        handle = np.array([[0.0, -0.083, -0.022], [0.075, -0.083, -0.03], [-0.075, -0.083, -0.014]])
        places = arm.put(np.vstack([arm.hand("arm_r_3mc", handle, reach), arm.wrist, self.elbow])) * mirror
        names = ("hand", "thumbward", "littleward", "wrist", "elbow")
        figure.points |= {f"{name}_{side}": place for name, place in zip(names, places, strict=True)}
        if side == "r":
            for actuator in ARM:
                path = self.in_pelvis(self.arm.path(f"{actuator}_tendon"))
                apart = np.zeros(len(path))
                apart[1:-1] = 1
                figure.muscles[actuator] = arm.put(path + np.outer(apart, _APART[actuator]))
                if actuator == "TRIlong":  # it begins on the shoulder blade, which does not follow the arm
                    figure.muscles[actuator][0] = (path[0] - self.shoulder) @ _lean(lean) + shoulder

    def in_pelvis(self, points: np.ndarray) -> np.ndarray:
        """Turn the elbow model's world into the pelvis's axes."""
        turn, origin = self.pelvis
        return (points - origin) @ turn

    def _aim(self, shoulder, aim, reach: Reach, mirror) -> tuple[np.ndarray, float, np.ndarray]:
        """Return a right upper arm's direction, its elbow's flexion in degrees, and its hinge."""
        away = np.asarray(reach.bend, dtype=float)
        if aim is None:
            upper, flexion = np.asarray(reach.upper) * mirror, reach.elbow_deg
        else:
            gap = aim - shoulder
            length = min(np.linalg.norm(gap), self.upper + self.fore - 1e-4)
            gap = gap / np.linalg.norm(gap)
            cosine = (length**2 + self.upper**2 - self.fore**2) / (2 * length * self.upper)
            side = away - gap * (away @ gap)
            upper = gap * cosine + side / np.linalg.norm(side) * np.sqrt(1 - cosine**2)
            fore = (gap * length - upper * self.upper) / self.fore
            flexion = np.degrees(np.arccos(np.clip(upper @ fore, -1, 1)))
        upper = upper / np.linalg.norm(upper)
        front = upper * (away @ upper) - away
        return upper, float(flexion), np.cross(upper, front / np.linalg.norm(front))

    def _girdle(self, out: int) -> list[Bone]:
        found = []
        for name, shift in (("scapula", _BLADE), ("clavicle", _COLLAR)):
            corners, faces = _mesh(name)
            found.append(Bone(name, (corners + self.shoulder + shift) * (1, 1, out), faces))
        return found


class _Arm:
    """The elbow model at one flexion, turned so that its upper arm and hinge point as told; a right arm."""

    def __init__(
        self, body: Body, shoulder: np.ndarray, upper: np.ndarray, flexion: float, hinge: np.ndarray
    ):
        self.body, self.shoulder = body, shoulder
        body.arm.place({"r_elbow_flex": flexion})
        down = (body.elbow - body.shoulder) / body.upper
        front = np.cross(_RIGHT, down)
        front /= np.linalg.norm(front)
        rest = np.column_stack([front, -down, np.cross(front, -down)])
        self.axes = rest @ np.column_stack([np.cross(-upper, hinge), -upper, hinge]).T
        self.fore = body.pelvis[0].T @ body.arm.frame("r_ulna_radius_hand")[0]
        self.wrist = (body.wrist - body.elbow) @ self.fore.T + body.elbow

    def put(self, points: np.ndarray) -> np.ndarray:
        """Turn the elbow model's rest position, in the pelvis's axes, into the world."""
        return (points - self.body.shoulder) @ self.axes + self.shoulder

    def bones(self, reach: Reach) -> list[Bone]:
        """Return the arm's bones with the hand as it is held, in the pelvis's axes at rest."""
        found = [bone for _, bone in self.body.arm.bones() if bone.name.startswith("arm_r")]
        for bone in found:
            bone.corners = self.body.in_pelvis(bone.corners)
            if bone.name not in ("arm_r_humerus", "arm_r_ulna", "arm_r_radius"):
                local = (bone.corners - self.wrist) @ self.fore
                bone.corners = self.hand(bone.name, local, reach)
        return found

    def hand(self, name: str, points: np.ndarray, reach: Reach) -> np.ndarray:
        """Close the fingers and bend the wrist; points are from the wrist in the forearm's axes."""
        if reach.grip and name.endswith("ph"):
            points = _curl(name, points)
        if reach.lift and name in ("arm_r_1mc", "arm_r_thumbprox", "arm_r_thumbdist"):
            points = points @ _turn(-31, _UP)  # the thumb lies beside a flat palm
        return points @ _turn(-reach.lift, _FORWARD) @ _turn(reach.turn, _UP) @ self.fore.T + self.wrist


def _mesh(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a binary STL file: corners and triangles."""
    raw = (MESHES / f"{name}.stl").read_bytes()
    count = int(np.frombuffer(raw, "<u4", 1, 80)[0])
    rows = np.frombuffer(raw, np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]), count, 84)
    return rows["v"].reshape(-1, 3).astype(float), np.arange(3 * count).reshape(-1, 3)


def _lean(degrees: float) -> np.ndarray:
    """Return the matrix that turns rows of pelvis coordinates into the world's."""
    return _turn(-degrees, _RIGHT)


def _turn(degrees: float, axis: np.ndarray) -> np.ndarray:
    """Return the matrix that turns rows about an axis by the right hand's rule."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return (np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross).T


def _spine(arch: float):
    """Return what bends the trunk backward by equal parts at five lumbar joints."""
    joints = [(-0.1, 0.06 + 0.035 * number) for number in range(5)]
    lumbar = {f"lumbar{5 - number}": number + 1 for number in range(5)}

    def bend(points: np.ndarray, body: str) -> np.ndarray:
        for x, y in reversed(joints[: lumbar.get(body, 5)]):
            points = (points - (x, y, 0)) @ _turn(arch / 5, _RIGHT) + (x, y, 0)
        return points

    return bend


def _head(points: np.ndarray, nod: float, neck: bool) -> np.ndarray:
    """Lift the head by degrees; the neck bends by a share that grows from its root to its top."""
    root, top = np.array([-0.145, 0.51, 0]), np.array([-0.115, 0.60, 0])
    lifted = (points - top) @ _turn(nod / 2, _RIGHT) + top
    lifted = (lifted - root) @ _turn(nod / 2, _RIGHT) + root
    if not neck:
        return lifted
    share = np.clip((points[:, 1] - root[1]) / (top[1] - root[1]), 0, 1)[:, None]
    return points * (1 - share) + lifted * share


def _curl(name: str, points: np.ndarray) -> np.ndarray:
    """Bend a finger's bone about its knuckles towards the palm; places are the elbow model's, in m."""
    finger, part = name.removeprefix("arm_r_")[0], name.removeprefix("arm_r_")[1:]
    knuckles = {"proxph": (-0.083, 80), "midph": (-0.122, 95), "distph": (-0.146, 55)}
    depth = {"2": 0.013, "3": 0.014, "4": 0.006, "5": -0.005}[finger]
    shorter = {"2": 0.0, "3": 0.0, "4": 0.004, "5": 0.013}[finger]
    for knuckle in reversed(list(knuckles)[: list(knuckles).index(part) + 1]):
        height, angle = knuckles[knuckle]
        root = np.array([0, height + shorter, depth])
        points = (points - root) @ _turn(angle, _FORWARD) + root
    return points


@dataclass(frozen=True)
class Posture:
    """A row of `postures.csv` in numbers; an empty cell is 0."""

    exercise: str
    lean: float
    extension: float
    out: float
    knee: float
    upper_arm: float
    elbow: float
    load: float
    pull: str
    point: str

    @classmethod
    def read(cls, row: dict) -> "Posture":
        names = ("lean", "hip_extension", "outward", "knee", "upper_arm", "elbow_flexion")
        angles = [float(row[f"{name}_deg"] or 0) for name in names]
        return cls(row["exercise_id"], *angles, float(row["load_kg"] or 0), row["pull"], row["point"])

    def hip(self) -> tuple[float, float]:
        """Return the working hip's flexion and adduction, in degrees."""
        theta, phi, lean = np.radians([self.lean + self.extension, self.out, self.lean])
        x, y, z = -np.sin(theta) * np.cos(phi), -np.cos(theta), np.sin(theta) * np.sin(phi)
        forward, along = x * np.cos(lean) - y * np.sin(lean), x * np.sin(lean) + y * np.cos(lean)
        return np.degrees(np.arctan2(forward, -along)), -np.degrees(np.arcsin(z))

    def kick(self) -> np.ndarray:
        """Return the level direction opposite to the kick."""
        out = np.radians(self.out)
        return np.array([np.cos(out), 0, -np.sin(out)])

    def load_direction(self) -> np.ndarray:
        """Return where the load pulls."""
        lift = np.radians(self.lean + self.extension)
        square = np.cos(lift) * self.kick() - np.sin(lift) * _UP
        return {
            "gravity": -_UP,
            "along": self.kick(),
            "facing": _FORWARD,
            "square": square,
            "pulley": (_FORWARD - _UP) / np.sqrt(2),
        }[self.pull]


def figure_of(body: Body, posture: Posture) -> Figure:
    """Return the posed skeleton of a kickback, standing or kneeling on the floor at height 0."""
    if posture.point == "hand":
        figure = _bent_over(body, posture)
    elif posture.lean > 45:
        figure = _quadruped(body, posture)
    else:
        figure = _standing(body, posture)
    figure.points["load"] = _load_place(figure, posture)
    return figure


def _legs(posture: Posture, **left: float) -> dict[str, float]:
    flexion, adduction = posture.hip()
    working = {"hip_flexion_r": flexion, "hip_adduction_r": adduction, "knee_angle_r": posture.knee}
    # The foot is held level with the floor: its sole down when the knee is straight, up when it is bent.
    working["ankle_angle_r"] = posture.extension if posture.lean < 45 or posture.knee else 0.0
    return working | {f"{name}_l": angle for name, angle in left.items()}


def _quadruped(body: Body, posture: Posture) -> Figure:
    legs = _legs(posture, hip_flexion=90, knee_angle=86, ankle_angle=-62)
    figure = body.trunk(posture.lean, legs, arch=12, nod=22)
    figure.move(-_UP * (figure.lowest("l_patella", "l_tibia", "l_foot", "l_bofoot", "l_femur") - 0.01))
    for side in "rl":
        x, _, z = figure.points[f"shoulder_{side}"]
        palm = Reach(
            wrist=(x + 0.05, 0.045, z + (0.02 if side == "r" else -0.02)), bend=(-0.6, 0, 1), turn=80, lift=78
        )
        body.add_arm(figure, side, palm, posture.lean)
    return figure


def _standing(body: Body, posture: Posture) -> Figure:
    figure = body.trunk(posture.lean, _legs(posture, hip_flexion=0), arch=0, nod=0)
    figure.move(-_UP * figure.lowest("l_foot", "l_bofoot"))
    ankle, kick = figure.points["talus_r"], posture.kick()
    end = ankle + kick * (_POST - ankle[0]) / kick[0]
    aside = end[2] if posture.out else 0.0
    for side, out in (("r", 0.15), ("l", -0.15)):
        wrist = np.array([_POST - 0.11, 1.14, out + aside])
        body.add_arm(figure, side, Reach(wrist=wrist, bend=(-0.4, -1, 0.3), grip=True), posture.lean)
    post = np.array([_POST, 0, aside])
    figure.around.append(("post", np.array([post, post + 1.22 * _UP])))
    if posture.exercise == "machine_kickback":
        _add_lever(figure, post)
    else:
        _add_rope(figure, posture, ankle, end)
    return figure


def _add_lever(figure: Figure, post: np.ndarray) -> None:
    hip, knee = figure.points["femur_r"], figure.points["tibia_r"]
    along = (knee - hip) / np.linalg.norm(knee - hip)
    back = np.cross(along, _RIGHT)
    middle = knee - 0.06 * along + 0.085 * back
    figure.around.append(("lever", np.array([middle, hip, post + hip * _UP])))
    figure.around.append(("pad", _slab(middle, along * 0.07, back * 0.025, _RIGHT * 0.07)))


def _add_rope(figure: Figure, posture: Posture, start: np.ndarray, end: np.ndarray) -> None:
    kind = "band" if "band" in posture.exercise else "cable"
    figure.around.append((kind, np.array([start, end])))
    figure.around.append(("anchor" if kind == "band" else "pulley", end[None]))


def _bent_over(body: Body, posture: Posture) -> Figure:
    thigh, shank = 27.0, 4.0  # forward from straight down: the feet are below the centre of mass
    legs = {}
    for side in "rl":
        legs |= {f"hip_flexion_{side}": posture.lean + thigh, f"knee_angle_{side}": thigh + shank}
        legs |= {f"ankle_angle_{side}": shank}
    figure = body.trunk(posture.lean, legs, arch=0, nod=20)
    figure.move(-_UP * figure.lowest("l_foot", "l_bofoot"))
    below = np.radians(posture.upper_arm)
    back = Reach(
        upper=(-np.cos(below), -np.sin(below), 0), elbow_deg=posture.elbow, bend=(0, 1, 0.0), grip=True
    )
    body.add_arm(figure, "r", back, posture.lean)
    held = figure.points["thumbward_r"], figure.points["littleward_r"]
    if posture.exercise == "dumbbell_two_arm":
        body.add_arm(figure, "l", back, posture.lean)
        figure.around.append(
            ("dumbbell", np.array([figure.points["thumbward_l"], figure.points["littleward_l"]]))
        )
    elif posture.exercise == "dumbbell_bent_over":
        _lean_on_bench(body, figure, posture)
    else:
        hip, knee = figure.points["femur_l"], figure.points["tibia_l"]
        rest = hip + 0.72 * (knee - hip) + np.array([0.045, 0.05, -0.01])
        body.add_arm(figure, "l", Reach(wrist=rest, bend=(-0.3, -0.2, 1), turn=60, lift=45), posture.lean)
    if posture.pull == "gravity":
        figure.around.append(("dumbbell", np.array(held)))
    else:
        hand, pull = figure.points["hand_r"], posture.load_direction()
        end = hand + pull * (hand[1] - 0.06) / -pull[1]
        _add_rope(figure, posture, hand, end)
    return figure


def _lean_on_bench(body: Body, figure: Figure, posture: Posture) -> None:
    x, y, z = figure.points["shoulder_l"]
    height = y - 0.575
    body.add_arm(
        figure, "l", Reach(wrist=(x, height + 0.035, z), bend=(-1, 0, 0.3), turn=80, lift=78), posture.lean
    )
    middle = np.array([x + 0.12, height - 0.025, z])
    figure.around.append(("bench", _slab(middle, _FORWARD * 0.3, _UP * 0.025, _RIGHT * 0.14)))
    for leg in (-0.22, 0.22):
        foot = middle + _FORWARD * leg
        figure.around.append(("bench leg", np.array([foot, foot * (1, 0, 1)])))


def _slab(middle, *halves) -> np.ndarray:
    """Return the eight corners of a box given by its middle and three half edges."""
    return np.array(
        [
            middle + sum(s * h for s, h in zip(signs, halves, strict=True))
            for signs in itertools.product((-1, 1), repeat=3)
        ]
    )


def _load_place(figure: Figure, posture: Posture) -> np.ndarray:
    if posture.point == "hand":
        return figure.points["hand_r"]
    hip, knee, ankle = (figure.points[f"{name}_r"] for name in ("femur", "tibia", "talus"))
    if posture.load:
        return ankle if posture.point == "ankle" else knee - 0.06 * (knee - hip) / np.linalg.norm(knee - hip)
    thigh = hip + 0.195 / 0.404 * (knee - hip)
    shank = knee + 0.175 / 0.400 * (ankle - knee)
    return (8.40 * thigh + 3.80 * shank + 1.24 * ankle) / (8.40 + 3.80 + 1.24)


def _group(name: str) -> str:
    """Return the outline that a mesh belongs to."""
    side = {"r": "_r", "l": "_l"}.get(name[-1] if name.startswith(("arm", "scap", "clav")) else name[0], "")
    for part, words in {
        "pelvis": ("pelvis", "sacrum"),
        "spine": ("lumbar", "thoracic", "cervical"),
        "ribs": ("ribcage",),
        "skull": ("skull", "jaw"),
    }.items():
        if any(word in name for word in words):
            return part
    for part, words in {
        "femur": ("femur",),
        "patella": ("patella",),
        "shank": ("tibia", "fibula"),
        "foot": ("talus", "foot"),
        "scapula": ("scapula",),
        "clavicle": ("clavicle",),
        "humerus": ("humerus",),
        "forearm": ("ulna", "radius"),
    }.items():
        if any(word in name for word in words):
            return part + side
    return "hand" + side


def flatten(figure: Figure, posture: Posture, view: str, strength: dict[str, float]) -> dict:
    """Return one view of a figure: see `data/README.md` for its parts."""
    words, right, up = VIEWS[view]
    axes = np.array([right, up], dtype=float).T
    towards = np.cross(right, up)
    groups: dict[str, list[Bone]] = {}
    for bone in figure.bones:
        groups.setdefault(_group(bone.name), []).append(bone)
    bones = [_outline(name, parts, axes, towards) for name, parts in groups.items()]
    leg, arm = ("femur", "tibia", "talus"), ("shoulder", "elbow", "wrist")
    names, points = (arm, arm) if posture.point == "hand" else (("hip", "knee", "ankle"), leg)
    joints = {name: f"{point}_r" for name, point in zip(names, points, strict=True)}
    bones = [bone for bone in bones if not _hidden(bone, bones)]
    shown = ARM if posture.point == "hand" else LEG
    muscles = [
        {
            "actuator": actuator,
            "muscle_id": muscle,
            "force_n": round(strength[actuator]),
            "depth": _mm(np.mean(_even(figure.muscles[actuator]) @ towards) + _THICK),
            "path": _integers(_thin(figure.muscles[actuator] @ axes)),
        }
        for actuator, muscle in shown.items()
    ]
    return {
        "seen": words,
        "bones": sorted(bones, key=lambda bone: (bone["depth"], bone["name"])),
        "muscles": sorted(muscles, key=lambda muscle: (muscle["depth"], muscle["actuator"])),
        "around": _around(figure, view, axes),
        "joints": {name: _integers(figure.points[point] @ axes) for name, point in joints.items()},
        "load": {
            "at": _integers(figure.points["load"] @ axes),
            "towards": [round(float(part), 3) + 0.0 for part in posture.load_direction() @ axes],
        },
    }


def _outline(name: str, parts: list[Bone], axes: np.ndarray, towards: np.ndarray) -> dict:
    kind = name.split("_")[0]
    flats = [np.rint(bone.corners @ axes / _GRID).astype(np.int32) for bone in parts]
    shape = _union(kind == "hand", *((flat.tobytes(), bone) for flat, bone in zip(flats, parts, strict=True)))
    rough = _ROUGH.get(kind, _FINE) * (_FAR if name.endswith("_l") else 1)
    if kind in ("hand", "foot", "spine"):
        shape = shape.buffer(0.004, quad_segs=2).buffer(-0.004, quad_segs=2)
    shape = shape.simplify(rough)
    pieces = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    rings = []
    for piece in sorted(pieces, key=lambda piece: -piece.area):
        if piece.area > _SPECK:
            rings += [piece.exterior, *(hole for hole in piece.interiors if Polygon(hole).area > _SPECK)]
    depth = np.mean([np.mean(bone.corners @ towards) for bone in parts])
    rings = [_integers(np.array(ring.coords)[:-1]) for ring in rings]
    return {"name": name, "near": int(not name.endswith("_l")), "depth": _mm(depth), "rings": rings}


@functools.cache
def _union(hulls: bool, *parts: tuple[bytes, "Bone"]):
    """Return the union of flat meshes, each as its places on the raster; many postures share the trunk's."""
    flats = [np.frombuffer(flat, np.int32).reshape(-1, 2) * _GRID for flat, _ in parts]
    if hulls:  # a hand is a scan of many thousand triangles a bone, each bone nearly its own hull
        shapes = [MultiPoint(flat).convex_hull for flat in flats]
    else:
        triangles = [_triangles(flat[bone.faces]) for flat, (_, bone) in zip(flats, parts, strict=True)]
        shapes = polygons(np.vstack(triangles))
    return union_all(shapes).buffer(0.0015, quad_segs=2).buffer(-0.0015, quad_segs=2)


def _hidden(bone: dict, bones: list[dict]) -> bool:
    """Return whether a left bone stands exactly behind the right one."""
    right = [other for other in bones if other["name"] == bone["name"].removesuffix("_l") + "_r"]
    if not right or bone["near"]:
        return False
    own, other = (Polygon(np.reshape(one["rings"][0], (-1, 2))).buffer(0) for one in (bone, right[0]))
    return own.intersection(other).area > 0.85 * own.union(other).area


def _triangles(corners: np.ndarray) -> np.ndarray:
    """Return each flat triangle once and none that is only a line."""
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    corners = corners[np.abs(ax * by - ay * bx) > _GRID**2 / 2]
    order = np.lexsort((corners[..., 1], corners[..., 0]), axis=1)
    return np.unique(np.take_along_axis(corners, order[..., None], axis=1), axis=0)


def _around(figure: Figure, view: str, axes: np.ndarray) -> list[dict]:
    found = []
    if view != "above":
        low = [bone.corners[bone.corners[:, 1] < 0.2] for bone in figure.bones]
        flat = np.vstack(low + [path[path[:, 1] < 0.2] for _, path in figure.around]) @ axes
        left, right = flat[:, 0].min() - 0.03, flat[:, 0].max() + 0.03
        found.append({"kind": "floor", "path": _integers(np.array([[left, 0], [right, 0]]))})
    for kind, path in figure.around:
        flat = path @ axes
        if kind in ("bench", "pad"):
            flat = _hull(flat)
        if view == "above" and kind in ("post", "bench leg"):
            continue
        found.append({"kind": kind, "path": _integers(flat)})
    return found


def _hull(flat: np.ndarray) -> np.ndarray:
    return np.array(MultiPoint(flat).convex_hull.exterior.coords)[:-1]


def _even(path: np.ndarray) -> np.ndarray:
    """Return points at even distances along a path."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0, lengths[-1], 20)
    return np.column_stack([np.interp(at, lengths, column) for column in path.T])


def _thin(path: np.ndarray) -> np.ndarray:
    return np.array(LineString(path).simplify(0.004).coords)


def _mm(metres: float) -> int:
    return int(round(1000 * float(metres)))


def _integers(points: np.ndarray) -> list[int]:
    """Return places in m as one list of whole millimetres: x, y, x, y."""
    return np.rint(1000 * np.asarray(points)).astype(int).ravel().tolist()


def views() -> dict[str, dict[str, dict]]:
    """Return both views of every posture of `postures.csv`, by exercise and view."""
    body = Body()
    strength = {}
    for model, names, ending in ((body.leg.model, LEG, "_r"), (body.arm.model, ARM, "")):
        strength |= {name: float(model.actuator(name + ending).gainprm[2]) for name in names}
    found = {}
    with (DATA / "postures.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            posture = Posture.read(row)
            figure = figure_of(body, posture)
            back = "behind" if posture.lean < 45 else "above"
            found[posture.exercise] = {
                "side": flatten(figure, posture, "side", strength),
                "back": flatten(figure, posture, back, strength),
            }
    return found


def write(folder: Path = DATA) -> None:
    """Write `poses.json` into a folder, one line a view."""
    text = []
    for exercise, pair in views().items():
        lines = [f'"{view}":{json.dumps(pair[view], separators=(",", ":"))}' for view in pair]
        text.append(f'"{exercise}":{{\n' + ",\n".join(lines) + "\n}")
    (folder / "poses.json").write_text("{\n" + ",\n".join(text) + "\n}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
