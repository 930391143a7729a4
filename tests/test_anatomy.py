import itertools
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text

from lessons import anatomy, live, mechanics, tables

POSES = json.loads((tables.DATA / "poses.json").read_text(encoding="utf-8"))
KICKS = list(itertools.product(POSES, anatomy.VIEWS))
LEGS = [exercise for exercise in POSES if "gluteus_maximus" in anatomy.parts(exercise)]
QUADRUPED = [exercise for exercise in LEGS if exercise.startswith("quadruped")]
STANDING = [exercise for exercise in LEGS if exercise not in QUADRUPED]
ARMS = [exercise for exercise in POSES if exercise not in LEGS]
LARGEST = 19_000  # bytes of one picture


def values(exercise: str) -> pd.DataFrame:
    muscles = anatomy.parts(exercise)
    return pd.DataFrame({"muscle_id": muscles, "word": "main target", "colour": "#0072b2"})


def bone(exercise: str, view: str, name: str) -> np.ndarray:
    """Return the first outline of a bone, in mm, with points at most 2 mm apart."""
    ring = next(b for b in POSES[exercise][view]["bones"] if b["name"] == name)["rings"][0]
    corners = np.reshape(ring, (-1, 2))
    sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    return np.vstack([np.linspace(a, b, int(np.hypot(*(b - a)) / 2) + 2) for a, b in sides])


def middle(exercise: str, view: str, name: str) -> np.ndarray:
    return bone(exercise, view, name).mean(axis=0)


def leaders(figure) -> list[np.ndarray]:
    line = next(part for part in figure.findobj() if part.get_gid() == "leaders")
    path = line.get_xydata()
    gaps = np.flatnonzero(np.isnan(path[:, 0]))
    return [part[~np.isnan(part[:, 0])] for part in np.split(path, gaps)]


def boxes(figure) -> dict[str, np.ndarray]:
    """Return left, top, right, bottom of every text, in pixels from the top left."""
    canvas = FigureCanvasAgg(figure)
    high = figure.get_size_inches()[1] * figure.dpi
    found = {}
    for number, text in enumerate(part for part in figure.findobj(Text) if part.get_text()):
        box = text.get_window_extent(canvas.get_renderer())
        found[f"{number} {text.get_text()}"] = np.array([box.x0, high - box.y1, box.x1, high - box.y0])
    return found


def crosses(a, b, c, d) -> bool:
    def left(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) > (q[1] - p[1]) * (r[0] - p[0])

    return left(a, b, c) != left(a, b, d) and left(c, d, a) != left(c, d, b)


def test_every_kickback_has_both_views_and_no_other_exercise_has_one():
    exercises = tables.load().exercises
    kickbacks = exercises.loc[exercises["is_kickback"], "exercise_id"]
    assert set(anatomy.drawn()) == set(kickbacks)
    assert all(list(POSES[exercise]) == list(anatomy.VIEWS) for exercise in POSES)


@pytest.mark.parametrize(("exercise", "view"), KICKS)
def test_leaders_do_not_cross_and_texts_neither_overlap_nor_leave_the_page(exercise, view):
    figure = anatomy.pose(exercise, view, values(exercise))
    lines, texts = leaders(figure), boxes(figure)
    assert len(lines) == len(anatomy.parts(exercise))
    crossing = [
        pair
        for pair in itertools.combinations(range(len(lines)), 2)
        if crosses(*lines[pair[0]], *lines[pair[1]])
    ]
    assert crossing == []
    high = figure.get_size_inches()[1] * figure.dpi
    out = [text for text, box in texts.items() if box[0] < 0 or box[1] < 0 or box[2] > 430 or box[3] > high]
    assert out == []
    over = [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(texts.items(), 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1
    ]
    assert over == []
    struck = [
        text
        for text, box in texts.items()
        for line in lines
        if ((np.linspace(*line, 200) > box[:2] + 2) & (np.linspace(*line, 200) < box[2:] - 2))
        .all(axis=1)
        .any()
    ]
    assert struck == []


@pytest.mark.parametrize(("exercise", "view"), KICKS)
def test_neighbouring_bones_meet(exercise, view):
    names = {b["name"] for b in POSES[exercise][view]["bones"]}
    chain = ("pelvis", "femur"), ("femur", "patella"), ("femur", "shank"), ("shank", "foot")
    chain += ("scapula", "humerus"), ("humerus", "forearm"), ("forearm", "hand")
    for (one, other), side in itertools.product(chain, "rl"):
        pair = [one if one == "pelvis" else f"{one}_{side}", f"{other}_{side}"]
        if names.issuperset(pair):
            a, b = (bone(exercise, view, name) for name in pair)
            gap = np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2).min())
            assert gap < 25, pair


def joints(exercise: str, view: str) -> dict[str, np.ndarray]:
    return {name: np.array(place) for name, place in POSES[exercise][view]["joints"].items()}


def posture(exercise: str) -> pd.Series:
    return tables.load().postures.set_index("exercise_id").loc[exercise]


@pytest.mark.parametrize("exercise", LEGS)
def test_the_thigh_points_where_the_posture_says_in_both_views(exercise):
    row = posture(exercise)
    lift, out = np.radians(row["lean_deg"] + row["hip_extension_deg"]), np.radians(row["outward_deg"])
    x, y, z = -np.sin(lift) * np.cos(out), -np.cos(lift), np.sin(lift) * np.sin(out)
    back = (x, -z) if exercise in QUADRUPED else (z, y)  # from above the person's right is down
    for view, expected in (("side", (x, y)), ("back", back)):
        seen = joints(exercise, view)
        assert (seen["knee"] - seen["hip"]) / 404 == pytest.approx(np.array(expected), abs=0.03)
        # What is drawn stands where the joints are.
        assert np.hypot(*(middle(exercise, view, "patella_r") - seen["knee"])) < 90
        assert np.hypot(*(bone(exercise, view, "foot_r") - seen["ankle"]).T).min() < 45


@pytest.mark.parametrize("exercise", [name for name in LEGS if "diagonal" not in name])
def test_the_knee_is_as_straight_or_bent_as_the_posture_says(exercise):
    hip, knee, ankle = joints(exercise, "side").values()
    thigh, shank = knee - hip, ankle - knee
    turn = np.degrees(np.arccos(thigh @ shank / np.linalg.norm(thigh) / np.linalg.norm(shank)))
    assert turn == pytest.approx(posture(exercise)["knee_deg"], abs=5)
    assert ankle[0] < knee[0] < hip[0] or exercise == "quadruped_bent_knee"


@pytest.mark.parametrize("exercise", LEGS)
def test_the_right_leg_works_and_only_a_diagonal_kick_goes_outward(exercise):
    # From behind, right is right; from above, facing right, the person's right is down.
    axis, sign = (1, -1) if exercise in QUADRUPED else (0, 1)
    seen = joints(exercise, "back")
    assert sign * (seen["hip"] - middle(exercise, "back", "pelvis"))[axis] > 40
    outward = sign * (seen["knee"] - seen["hip"])[axis]
    assert outward > 30 if "diagonal" in exercise else abs(outward) < 15


@pytest.mark.parametrize("exercise", QUADRUPED)
def test_hands_and_the_supporting_knee_rest_on_the_floor(exercise):
    for name in ("hand_r", "hand_l", "shank_l", "foot_l"):
        low = bone(exercise, "side", name)[:, 1].min()
        assert -5 <= low <= 60, name
    shoulder = middle(exercise, "side", "scapula_r")
    assert abs(middle(exercise, "side", "hand_r")[0] - shoulder[0]) < 180
    assert bone(exercise, "side", "foot_r")[:, 1].min() > 300


@pytest.mark.parametrize("exercise", STANDING)
def test_a_standing_person_has_one_foot_on_the_floor_and_hands_in_front(exercise):
    assert abs(bone(exercise, "side", "foot_l")[:, 1].min()) < 5
    assert bone(exercise, "side", "foot_r")[:, 1].min() > 0
    for hand in ("hand_r", "hand_l"):
        if any(b["name"] == hand for b in POSES[exercise]["side"]["bones"]):
            x, y = middle(exercise, "side", hand)
            assert x > 250 and 900 < y < 1350


@pytest.mark.parametrize("exercise", ARMS)
def test_the_working_arm_is_level_and_straight_behind_the_shoulder(exercise):
    shoulder, elbow, hand = (middle(exercise, "side", n) for n in ("scapula_r", "forearm_r", "hand_r"))
    assert hand[0] < elbow[0] < shoulder[0] - 250
    assert abs(hand[1] - shoulder[1]) < 110


def test_the_supporting_hand_rests_on_the_bench():
    parts = POSES["dumbbell_bent_over"]["side"]["around"]
    bench = np.reshape(next(part["path"] for part in parts if part["kind"] == "bench"), (-1, 2))
    palm = bone("dumbbell_bent_over", "side", "hand_l")
    assert abs(palm[:, 1].min() - bench[:, 1].max()) < 15
    assert bench[:, 0].min() < palm[:, 0].mean() < bench[:, 0].max()


@pytest.mark.parametrize(("exercise", "view"), KICKS)
def test_a_load_pulls_as_the_posture_says(exercise, view):
    row = posture(exercise)
    seen = POSES[exercise][view]
    towards = np.array(seen["load"]["towards"])
    ropes = [part["path"] for part in seen["around"] if part["kind"] in ("cable", "band")]
    assert bool(ropes) == (row["pull"] in ("along", "pulley"))
    for rope in ropes:
        along = np.array(rope[2:]) - np.array(rope[:2])
        aside = along[0] * towards[1] - along[1] * towards[0]
        assert abs(aside) <= 0.02 * max(np.linalg.norm(along), 100)
        assert along @ towards >= 0
    if view == "side":
        lift = row["lean_deg"] + row["hip_extension_deg"]
        down = {"gravity": -1, "along": 0, "square": -np.sin(np.radians(lift)), "pulley": -0.707}[row["pull"]]
        assert towards[1] == pytest.approx(down, abs=0.001)
        assert (towards[0] > 0) == (row["pull"] != "gravity")


def test_colours_and_words_reach_what_is_drawn_and_a_silent_muscle_is_dashed():
    table = values("standing_band").query("muscle_id != 'gastrocnemius'")
    figure = anatomy.pose("standing_band", "side", table)
    parts = {part.get_gid(): part for part in figure.findobj() if part.get_gid()}
    assert to_hex(parts["m-gluteus_maximus"].get_color()) == "#0072b2"
    assert parts["m-gluteus_maximus"].get_linestyle() == "-"
    assert to_hex(parts["m-gastrocnemius"].get_color()) == anatomy.SILENT
    assert parts["m-gastrocnemius"].get_linestyle() != "-"
    assert parts["w-gluteus_maximus"].get_text() == "main target"
    assert parts["w-gastrocnemius"].get_text() == "not named"


def test_a_stronger_muscle_is_drawn_wider():
    figure = anatomy.pose("standing_band")
    wide = {
        part.get_gid(): part.get_linewidth() for part in figure.findobj() if hasattr(part, "get_linewidth")
    }
    assert wide["m-gluteus_maximus"] > wide["m-gluteus_minimus"]
    assert wide["m-semimembranosus"] > wide["m-semitendinosus"]


@pytest.mark.parametrize(("exercise", "view"), KICKS)
def test_every_part_has_one_element_in_the_page_and_the_picture_is_small(exercise, view):
    picture = live.svg(anatomy.pose(exercise, view))
    for kind, muscle in itertools.product("mlw", anatomy.parts(exercise)):
        assert picture.count(f'id="{kind}-{muscle}"') == 1
    assert len(picture.encode()) < LARGEST
    assert picture == live.svg(anatomy.pose(exercise, view))


def test_an_exercise_without_a_posture_is_refused_with_those_that_have_one():
    with pytest.raises(
        ValueError, match="No posture was drawn for hip_thrust; there is one for quadruped_bent"
    ):
        anatomy.pose("hip_thrust")
    with pytest.raises(ValueError, match="There is no view 'front'; there are side and back"):
        anatomy.pose("standing_band", "front")


def test_the_alt_sentence_says_posture_load_and_words():
    table = values("quadruped_diagonal").query("muscle_id == 'gluteus_medius'")
    said = anatomy.alt("quadruped_diagonal", "back", table)
    assert said.startswith("Skeleton seen from above. On hands and one knee")
    assert "Load: weight of the leg." in said
    assert "main target: Gluteus medius" in said
    assert (
        "not named: Gluteus maximus, Gluteus minimus, Tensor fasciae latae, Biceps femoris (long head),"
        in said
    )


def test_the_drawings_sent_to_panels_are_those_of_today():
    sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
    import draw_skeletons

    assert draw_skeletons.drawings() == anatomy.drawings(), "run: python tools/draw_skeletons.py"


def test_the_ruler_reads_the_moment_arm_of_the_table():
    arm = mechanics.moment_arms(tables.load(), mechanics.Leg(90, 10, 0, 0)).set_index("muscle_id")[
        "hip_flexion"
    ]
    centre = np.array([470, 250])
    for muscle in ("semimembranosus", "semitendinosus", "biceps_femoris_long"):
        figure = anatomy.ruler("quadruped_straight_knee", muscle)
        lines = [line.get_xydata() for line in figure.axes[0].lines if len(line.get_xydata()) == 2]
        black = max(lines, key=lambda line: np.linalg.norm(line[1] - line[0]))
        way = (black[1] - black[0]) / np.linalg.norm(black[1] - black[0])
        offset = centre - black[0]
        read = np.linalg.norm(offset - way * np.dot(offset, way)) / 2.4  # mm
        assert abs(read + 1000 * arm[muscle]) < 2
    with pytest.raises(ValueError, match="'soleus' is not drawn; there are gluteus_maximus"):
        anatomy.ruler("standing_band", "soleus")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("poses.json", "{", "poses.json is not JSON: look at line 1, column 2."),
        ("poses.json", "[]", "poses.json: at its start: a list stands where names with values"),
        (
            "poses.json",
            '{"quadruped_bent_knee": {"side": 3}}',
            "poses.json: 'quadruped_bent_knee', side: 3 stands",
        ),
        ("skeletons.json", "", "skeletons.json is empty."),
        (
            "skeletons.json",
            '{"one side": null}',
            "skeletons.json: 'one side': null stands where a drawing, <svg",
        ),
    ],
)
def test_damaged_outlines_are_said(tmp_path, monkeypatch, name, content, said):
    folder = shutil.copytree(tables.DATA, tmp_path / "data")
    (folder / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", folder)
    with pytest.raises(tables.DataFault) as caught:
        anatomy.drawn(), anatomy.drawings()
    assert caught.value.faults[0].startswith(said)


def test_an_outline_of_an_unknown_muscle_is_said(tmp_path, monkeypatch):
    folder = shutil.copytree(tables.DATA, tmp_path / "data")
    text = (folder / "poses.json").read_text(encoding="utf-8")
    (folder / "poses.json").write_text(text.replace('"gluteus_minimus"', '"gluteus_minor"'), encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", folder)
    with pytest.raises(
        tables.DataFault, match=r"poses\.json: gluteus_minor stands in no row of muscles\.csv"
    ):
        anatomy.drawn()
