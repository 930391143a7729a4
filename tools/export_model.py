"""Write the model tables of `data/` from MyoLeg and from the Arm26-derived elbow.

A build step that no student runs; `tools/requirements-model.txt` says how. Run again it changes nothing.
Arms come from the engine's own Jacobian, with the knee's coupled movements; forces are active ones, without
movement, at full activation.
"""

import csv
import itertools
import warnings
from pathlib import Path

import model_pictures
import mujoco
import myo_sim
import numpy as np
from model_muscles import HEADS, LEG

DATA = Path(__file__).resolve().parent.parent / "data"
HIP_FLEXION = (-30, -20, -10, 0, 15, 35, 60, 90)
HIP_ABDUCTION = (0, 10, 20, 30, 45)
KNEE_FLEXION = (0, 20, 45, 70, 90)
ELBOW_FLEXION = tuple(range(0, 131, 5))
LEG_JOINTS = ("hip_flexion_r", "hip_adduction_r", "hip_rotation_r", "knee_angle_r")
CROSS_KNEE = ("tfl", "bflh", "bfsh", "semiten", "semimem", "grac", "sart", "recfem", "gaslat", "gasmed")


class Model:
    """A model of the engine, posed by the named joints; the knee's other movements follow its flexion."""

    def __init__(self, name: str, joints: tuple[str, ...]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model, self.data = myo_sim.load(name)
        self.joints = [self.model.joint(joint) for joint in joints]
        rows = range(self.model.neq)
        self.coupled = [row for row in rows if self.model.eq_type[row] == mujoco.mjtEq.mjEQ_JOINT]

    def place(self, degrees) -> None:
        """Set the joints, in degrees, and compute everything that follows from them."""
        self.data.qpos[:] = self.model.qpos0
        self.data.qvel[:] = 0
        for joint, angle in zip(self.joints, degrees, strict=True):
            self.data.qpos[joint.qposadr[0]] = np.radians(angle)
        for row in self.coupled:
            place, on, powers = self._coupling(row)
            start = self.model.qpos0[self.model.jnt_qposadr[place]]
            self.data.qpos[self.model.jnt_qposadr[place]] = start + np.polyval(powers[::-1], self._turned(on))
        mujoco.mj_forward(self.model, self.data)

    def lengths(self, actuators) -> np.ndarray:
        """Return the muscles' lengths in this pose, in m."""
        return np.array([self.data.actuator_length[self.model.actuator(name).id] for name in actuators])

    def arms(self, actuators) -> np.ndarray:
        """Return muscles by joints: -dL/dq in m, positive where the muscle turns the joint that way."""
        moment = np.zeros((self.model.nu, self.model.nv))
        d = self.data
        mujoco.mju_sparse2dense(moment, d.actuator_moment, d.moment_rownnz, d.moment_rowadr, d.moment_colind)
        for row in self.coupled:
            place, on, powers = self._coupling(row)
            slope = np.polyval(np.polyder(powers[::-1]), self._turned(on))
            moment[:, self.model.jnt_dofadr[on]] += slope * moment[:, self.model.jnt_dofadr[place]]
        rows = [self.model.actuator(name).id for name in actuators]
        return -moment[np.ix_(rows, [joint.dofadr[0] for joint in self.joints])]

    def forces(self, actuators) -> np.ndarray:
        """Return active forces at this length and at the best length, in N."""
        m = self.model
        pairs = []
        for name in actuators:
            row = m.actuator(name).id
            length, gain = self.data.actuator_length[row], m.actuator_gainprm[row, :9]
            force = -mujoco.mju_muscleGain(length, 0, m.actuator_lengthrange[row], m.actuator_acc0[row], gain)
            pairs.append((force, gain[2]))
        return np.array(pairs)

    def _coupling(self, row: int):
        m = self.model
        return m.eq_obj1id[row], m.eq_obj2id[row], m.eq_data[row, :5]

    def _turned(self, joint: int) -> float:
        place = self.model.jnt_qposadr[joint]
        return self.data.qpos[place] - self.model.qpos0[place]


def leg() -> Model:
    """Return MyoLeg, posed by `LEG_JOINTS`."""
    return Model("myolegs", LEG_JOINTS)


def elbow() -> Model:
    """Return the Arm26-derived elbow model, posed by its elbow."""
    return Model("elbow", ("r_elbow_flex",))


def leg_rows() -> list[list]:
    """Return the rows of `moment_arms_leg.csv`: muscle by muscle, over the grid of angles."""
    model, names = leg(), [f"{name}_r" for name in LEG]
    found = {}
    for hip, out, knee in itertools.product(HIP_FLEXION, HIP_ABDUCTION, KNEE_FLEXION):
        model.place((hip, -out, 0, knee))
        found[hip, out, knee] = (model.arms(names) * 1000, model.forces(names))
    rows = []
    for number, (name, muscle) in enumerate(LEG.items()):
        knees = KNEE_FLEXION if name in CROSS_KNEE else (0,)
        for hip, out, knee in itertools.product(HIP_FLEXION, HIP_ABDUCTION, knees):
            arms, forces = (np.rint(part[number]).astype(int).tolist() for part in found[hip, out, knee])
            crosses = name in CROSS_KNEE
            angles = [hip, out, knee if crosses else ""]
            rows.append([name, muscle, *angles, *arms[:3], arms[3] if crosses else "", *forces])
    return rows


def elbow_rows() -> list[list]:
    """Return the rows of `moment_arms_elbow.csv`: head by head, over the elbow's flexion."""
    model, rows = elbow(), []
    for angle in ELBOW_FLEXION:
        model.place((angle,))
        arms = np.rint(-1000 * model.arms(HEADS)[:, 0]).astype(int)
        forces = np.rint(model.forces(HEADS)).astype(int)
        rows += [
            [name, muscle, angle, arms[number], *forces[number]]
            for number, (name, muscle) in enumerate(HEADS.items())
        ]
    return sorted(rows, key=lambda row: list(HEADS).index(row[0]))


def segment_rows() -> list[list]:
    """Return the rows of `segments.csv`: lengths in m, masses in kg, as the models give them."""
    m = leg().model
    foot = sum(m.body(name).mass[0] for name in ("talus_r", "calcn_r", "toes_r"))
    shank = m.body("tibia_r").mass[0]
    leg_source = "rajagopal2016;caggiano2022"
    arm = elbow()
    arm.place((0,))
    forearm = arm.model.body("r_ulna_radius_hand")
    turn = arm.data.xmat[forearm.id].reshape(3, 3)
    grip = turn.T @ (arm.data.geom("arm_r_3mc").xpos - arm.data.xpos[forearm.id])
    axis = m.joint("knee_angle_r").axis
    tilt = np.degrees(np.arctan2(axis[1], axis[2]) + np.pi)
    rows = [
        ["thigh", -m.body("tibia_r").pos[1], m.body("femur_r").mass[0], -m.body("femur_r").ipos[1], None],
        ["shank", -m.body("talus_r").pos[1], shank, -m.body("tibia_r").ipos[1], tilt],
        ["foot", None, foot, 0.0, None],
        ["forearm", -grip[1], forearm.mass[0], -forearm.ipos[1], None],
    ]
    sources = [leg_source, leg_source, leg_source, "holzbaur2005"]
    texts = [[row[0], *("" if cell is None else f"{cell:.3f}" for cell in row[1:])] for row in rows]
    return [[*text, source] for text, source in zip(texts, sources, strict=True)]


TABLES = {
    "moment_arms_leg": (
        "actuator,muscle_id,hip_flexion_deg,hip_abduction_deg,knee_flexion_deg,hip_flexion_arm_mm,"
        "hip_adduction_arm_mm,hip_rotation_arm_mm,knee_flexion_arm_mm,force_n,max_force_n",
        leg_rows,
    ),
    "moment_arms_elbow": (
        "actuator,muscle_id,elbow_flexion_deg,elbow_extension_arm_mm,force_n,max_force_n",
        elbow_rows,
    ),
    "segments": ("segment,length_m,mass_kg,com_m,axis_tilt_deg,source_id", segment_rows),
}


def write(folder: Path = DATA) -> None:
    """Write every table and the posed pictures into a folder."""
    model_pictures.write(folder)
    for name, (header, rows) in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header.split(","))
            writer.writerows(rows())


if __name__ == "__main__":
    write()
    print("Written. Seal the tables next: python3 course.py seal")
