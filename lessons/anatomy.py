"""Draw a skeleton in a kickback's posture with its muscles coloured, as a `Figure`, never through pyplot.

Outlines and muscle paths are those of `data/poses.json` (whole millimetres, up is up), which
`tools/model_pictures.py` makes from published musculoskeletal models. A muscle is a line as wide as the
square root of its strength: a drawing of where it pulls, not of its shape. A part that can change in the
browser has a gid: `m-<muscle_id>` the muscle's line, `l-<muscle_id>` its name, `w-<muscle_id>` its word.
"""

import functools
import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from lessons import outlines, tables
from lessons.ink import INK, PALE, SMALL, page, style
from lessons.outlines import VIEWS

UNSET = "#b3b3b3"
SILENT = "#8c8c8c"
_BONE, _FAR_BONE, _EDGE, _FAR_EDGE = "#efe8d8", "#faf8f4", "#94886f", "#c9c1b0"
_SHORT = {
    "biceps_femoris_long": "Biceps femoris, long",
    "biceps_femoris_short": "Biceps femoris, short",
    "adductor_magnus_hamstring_part": "Add. magnus, hamstring",
    "adductor_magnus_adductor_part": "Add. magnus, adductor",
    "triceps_long": "Triceps, long head",
    "triceps_lateral": "Triceps, lateral head",
    "triceps_medial": "Triceps, medial head",
}
_ORDER = (
    "gluteus_maximus",
    "gluteus_medius",
    "gluteus_minimus",
    "tensor_fasciae_latae",
    "biceps_femoris_long",
    "biceps_femoris_short",
    "semitendinosus",
    "semimembranosus",
    "adductor_magnus_hamstring_part",
    "adductor_magnus_adductor_part",
    "rectus_femoris",
    "gastrocnemius",
    "triceps_long",
    "triceps_lateral",
    "triceps_medial",
)
_SHORTER = {"Tensor fasciae latae": "Tensor fasc. latae"}  # where name and word share a line
_LACKS = {
    "leg": (
        "Only the working leg's muscles are drawn. Left out: trunk",
        "muscles, which the model lacks, and the vasti.",
    ),
    "arm": (
        "Only the working arm's triceps is drawn. Left out: shoulder,",
        "back and trunk muscles, which the model lacks.",
    ),
}
# Where a muscle's belly begins and ends along its path; the rest is tendon.
_BELLY = {
    "tensor_fasciae_latae": (0.03, 0.34),
    "biceps_femoris_long": (0.08, 0.78),
    "semitendinosus": (0.05, 0.62),
    "semimembranosus": (0.22, 0.86),
    "rectus_femoris": (0.08, 0.80),
    "gastrocnemius": (0.04, 0.55),
    "triceps_long": (0.06, 0.80),
}
_ALL = (0.0, 1.0)
_WORD = 76  # width kept for a word
_ROW, _LINE = 17, 14  # height of a row, of a line in a label of several lines
_GAP = 6  # between labels of several lines
_MARGIN = 6
_UPRIGHT = 0.27  # pixels to the millimetre for a standing person
_STRENGTH = 0.75  # mm of width for the root of a newton


@dataclass
class _Label:
    """A muscle's name and word: `at` is where the leader begins, `box` left, top, right, bottom."""

    muscle: str
    lines: list[str]
    anchor: np.ndarray
    at: np.ndarray = field(default_factory=lambda: np.zeros(2))
    box: tuple[float, float, float, float] = (0, 0, 0, 0)
    texts: list[tuple[float, float, str, str]] = field(default_factory=list)  # x, y, text, alignment
    word: tuple[float, float, str] = (0, 0, "left")


@dataclass(frozen=True)
class _Scale:
    """Turns millimetres into places on the page."""

    scale: float
    left: float
    top: float
    x: float
    y: float

    def __call__(self, path: Sequence[int]) -> np.ndarray:
        places = np.asarray(path, dtype=float).reshape(-1, 2)
        return np.column_stack(
            [
                self.left + (places[:, 0] - self.x) * self.scale,
                self.top + (self.y - places[:, 1]) * self.scale,
            ]
        )


def drawn() -> list[str]:
    """Return the ids of the exercises that have a drawn posture, in the order of `postures.csv`."""
    return list(_poses())


def parts(exercise_id: str) -> list[str]:
    """Return the muscle ids that are drawn and labelled for an exercise, the same in both views.

    Each has a line `m-<muscle_id>`, a name `l-<muscle_id>` and a word `w-<muscle_id>`.
    """
    found = dict.fromkeys(muscle["muscle_id"] for muscle in _view(exercise_id, "side")["muscles"])
    return [muscle for muscle in _ORDER if muscle in found]


def pose(
    exercise_id: str, view: str = "side", values: pd.DataFrame | None = None, *, width: float = 430
) -> Figure:
    """Draw a kickback's posture with its muscles coloured.

    Parameters
    ----------
    exercise_id
        One of `drawn()`; another raises a ValueError that names them.
    view
        "side": from the right, the working side. "back": from behind, or from above where that shows more.
    values
        Columns `muscle_id, word, colour`. A muscle without a row is silent: dashed and grey. Without
        `values` every muscle is plain grey with "-" for a word, to be set in the browser.
    width
        Width of the picture in pixels, at least 430; its height follows.
    """
    seen = _view(exercise_id, view)
    plan = _Plan(exercise_id, view, width)
    with style():
        figure, sheet = page(width, plan.height)
        _draw_around(sheet, seen, plan.scale, behind=True)
        _draw_body(sheet, seen, plan, _looks(exercise_id, values))
        _draw_around(sheet, seen, plan.scale, behind=False)
        _draw_load(sheet, plan)
        _draw_labels(sheet, plan, _words(exercise_id, values))
        _draw_foot(sheet, plan)
    return figure


def drawings() -> dict[str, str]:
    """Return every posture's grey drawing as SVG text, by "exercise_id view", to be coloured in the browser.

    They are drawn by `tools/draw_skeletons.py`, because drawing them takes seconds. Raises DataFault if
    their file is damaged.
    """
    return dict(_drawings(tables.DATA))


_drawings = functools.cache(outlines.read_drawings)


def none(*, width: float = 430) -> Figure:
    """Draw the words that stand in place of a skeleton for an exercise without a posture of its own."""
    with style():
        figure, sheet = page(width, 120)
        lines = ("No posture of its own was drawn:", "only the kickbacks have one.")
        for number, line in enumerate(lines):
            sheet.text(_MARGIN, 40 + 22 * number, line, va="center", color=PALE)
    return figure


def alt(exercise_id: str, view: str = "side", values: pd.DataFrame | None = None) -> str:
    """Say in one sentence what `pose` shows: posture, load and each muscle's word."""
    row = _posture(exercise_id)
    seen = _view(exercise_id, view)["seen"]
    said = f"Skeleton seen {seen}. {row.description} Load: {_load_words(exercise_id)}."
    words = _words(exercise_id, values)
    groups: dict[str, list[str]] = {}
    for muscle in parts(exercise_id):
        groups.setdefault(words[muscle], []).append(_spoken(muscle))
    if values is None:
        return f"{said} Its muscles are not coloured."
    muscles = "; ".join(f"{word}: {', '.join(names)}" for word, names in groups.items())
    return f"{said} Muscles: {muscles}."


class _Plan:
    """Where everything of one picture stands, in pixels from the top left."""

    def __init__(self, exercise: str, view: str, width: float):
        self.exercise, self.width = exercise, width
        self.seen = _view(exercise, view)
        row = _posture(exercise)
        kind = "arm" if row.point == "hand" else "quadruped" if row.lean_deg > 45 else "standing"
        self.lacks = _LACKS["arm" if kind == "arm" else "leg"]
        self.bones = {
            bone["name"]: np.concatenate(bone["rings"]).reshape(-1, 2) for bone in self.seen["bones"]
        }
        self.labels: list[_Label] = []
        {"arm": self._arm, "quadruped": self._quadruped, "standing": self._standing}[kind](view == "side")
        self.load_words = "\n".join(textwrap.wrap(_load_words(exercise), 10 if kind == "quadruped" else 20))
        self.arrow, self.load_at = self._load()

    def _box(self, *names: str) -> np.ndarray:
        """Return left, bottom, right, top in mm of some bones, or of everything drawn."""
        if names:
            found = np.vstack([path for name, path in self.bones.items() if name.startswith(names)])
        else:
            around = [np.reshape(part["path"], (-1, 2)) for part in self.seen["around"]]
            found = np.vstack([*self.bones.values(), *around])
        return np.array([*found.min(axis=0), *found.max(axis=0)])

    def _set(self, scale: float, left: float, top: float, below: float) -> None:
        box = self._box()
        self.scale = _Scale(scale, left, top, box[0], box[3])
        self.foot = top + (box[3] - box[1]) * scale + below + 8
        self.height = self.foot + 3 * 15 + 8

    def _anchors(self, muscles: Sequence[str]) -> list[_Label]:
        places = _anchor_places(self.seen, self.scale)
        return [_Label(muscle, [_name(muscle)], places[muscle]) for muscle in muscles]

    def _quadruped(self, side: bool) -> None:
        box = self._box()
        scale = (self.width - 2 * _MARGIN) / (box[2] - box[0])
        below = ["rectus_femoris", "tensor_fasciae_latae"] if side else []
        listed = [muscle for muscle in parts(self.exercise) if muscle not in below]
        tall = _ROW * len(listed)
        if side:
            clear = self._box("skull", "ribs", "pelvis", "spine", "scapula")[3] + 35
            self._set(scale, _MARGIN, max(_MARGIN, tall + _MARGIN - (box[3] - clear) * scale), 0)
            end = self.scale([0, clear])[0, 1]
            self.labels = _rows(self._anchors(listed), end - tall, self.width, above=True)
            (x, start), (_, floor) = self.scale([30, 430, 0, 30])
            self.labels += _stack(self._anchors(below), x, (start, floor), left_end=True, wrap=15)
        else:
            clear = self._box("ribs", "pelvis", "hand", "forearm", "humerus", "scapula")[1] - 35
            taken = (clear - box[1]) * scale
            self._set(scale, _MARGIN, _MARGIN, max(0, tall - taken))
            self.labels = _rows(self._anchors(listed), self.scale([0, clear])[0, 1], self.width, above=False)

    def _standing(self, side: bool) -> None:
        box = self._box()
        if not side:
            self._set(_UPRIGHT, max(_MARGIN, 155 + _UPRIGHT * box[0]), _MARGIN, 0)
            edge = self.scale(self._box("pelvis", "femur_r", "foot_r", "hand_r", "humerus_r")[2:])[0, 0] + 26
            self.labels = _stack(
                self._anchors(parts(self.exercise)), edge, (_MARGIN, self.foot - 6), left_end=True
            )
            return
        lifted = self._box("foot_r")[1] > 200
        front = ["gluteus_minimus", "tensor_fasciae_latae", "rectus_femoris", "adductor_magnus_adductor_part"]
        back = [muscle for muscle in parts(self.exercise) if muscle not in front]
        self._set(_UPRIGHT, 40 if lifted else 124, _MARGIN, 0)
        edge = self.scale([-260 if lifted else box[0] + 40, 0])[0, 0]
        rooms = [(_MARGIN, self.scale([0, self._box("shank_r")[3] + 45 if lifted else 190])[0, 1])]
        if lifted:  # a bent leg parts the room behind the person in two
            rooms.append(tuple(self.scale([0, 345, 0, 10])[:, 1]))
        self.labels = _stack(
            self._anchors(back), edge, *rooms, left_end=False, wrap=16 if lifted else 21, last=2 * lifted
        )
        beyond, room = self.scale([440, 0])[0, 0], self.scale([0, 1000, 0, 150])[:, 1]
        self.labels += _stack(self._anchors(front), beyond, tuple(room), left_end=True, wrap=15)

    def _arm(self, side: bool) -> None:
        box = self._box()
        most, margins = (0.35, 62) if side else (0.38, 46)
        scale = min(most, (self.width - margins) / (box[2] - box[0]))
        left = self.width - _MARGIN - (box[2] - box[0]) * scale if side else 40
        tall = 3 * (2 * _LINE + _GAP)
        if side:
            clear = self._box("scapula", "humerus", "hand_r")[3] + 30
            self._set(scale, left, max(_MARGIN, tall + _MARGIN - (box[3] - clear) * scale), 0)
            end = self.scale([0, clear])[0, 1]
            room = (end - tall, end)
        else:
            clear = self._box("hand_r", "humerus_r")[1] - 45
            self._set(scale, left, _MARGIN, max(0, tall - (clear - box[1]) * scale))
            start = self.scale([0, clear])[0, 1]
            room = (start, start + tall)
        edge = self.scale([110, 0])[0, 0]
        self.labels = _stack(self._anchors(parts(self.exercise)), edge, room, left_end=False)

    def _load(self) -> tuple[np.ndarray, tuple[float, float]]:
        """Return the arrow's ends (one place if it points away from the viewer) and its words' middle."""
        at = self.scale(self.seen["load"]["at"])[0]
        towards = np.array(self.seen["load"]["towards"]) * (1, -1)
        arrow = np.array([at, at + 46 * towards])
        lines = self.load_words.split("\n")
        wide, high = 1.1 * max(map(_wide, lines)) + 4, 15 * len(lines) + 1
        obstacles = self._obstacles()
        best, found = np.inf, (0.0, 0.0)
        for start, reach, turn in itertools.product(
            self._load_starts(arrow[1]), (4, 12, 24, 40, 60, 80, 100), range(0, 360, 15)
        ):
            step = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
            middle = start + step * (reach + abs(step[0]) * wide / 2 + abs(step[1]) * high / 2)
            box = (middle[0] - wide / 2, middle[1] - high / 2, middle[0] + wide / 2, middle[1] + high / 2)
            cost = self._cost(box, obstacles) + reach
            if cost < best:
                best, found = cost, (float(middle[0]), float(middle[1]))
        return arrow, found

    def _load_starts(self, head: np.ndarray) -> list[np.ndarray]:
        """Return the places near which the load's words may stand: the arrow's head, or along a rope."""
        ropes = [
            self.scale(part["path"]) for part in self.seen["around"] if part["kind"] in ("cable", "band")
        ]
        return [
            head,
            *(rope[0] + share * (rope[1] - rope[0]) for rope in ropes for share in (0.5, 0.65, 0.8)),
        ]

    def _obstacles(self) -> np.ndarray:
        paths = [self.scale(np.vstack([ring, ring[:1]])) for ring in self.bones.values()]
        paths += [self.scale(part["path"]) for part in self.seen["around"] + self.seen["muscles"]]
        paths += [np.array([label.at, label.anchor]) for label in self.labels]
        return np.vstack([_even(path, 3.0) for path in paths])

    def _cost(self, box: tuple, obstacles: np.ndarray) -> float:
        left, top, right, bottom = box
        inside = (obstacles > (left, top)).all(axis=1) & (obstacles < (right, bottom)).all(axis=1)
        outside = max(0, 4 - left, right - self.width + 4, 4 - top, bottom - self.foot + 2)
        return 6 * inside.sum() + 500 * (outside > 0) + 500 * sum(_overlap(box, o.box) for o in self.labels)


def _rows(labels: list[_Label], top: float, width: float, above: bool) -> list[_Label]:
    """Place labels as a table at the right, above or below the body: names, then a column of words."""
    words = width - _WORD - 2
    for label in labels:
        label.lines = [_SHORTER.get(name, name) for name in label.lines]

    def place(order: list[_Label]) -> None:
        starts = np.array([words - 8 - _wide(label.lines[0]) for label in order])
        if starts.min() > max(label.anchor[0] for label in order) + 16:
            starts[:] = starts.min()
        # A leader passes the rows nearer the body on their left, so these must not reach further left.
        starts = np.minimum.accumulate(starts[::-1])[::-1] if above else np.minimum.accumulate(starts)
        for number, (label, x) in enumerate(zip(order, starts, strict=True)):
            y = top + _ROW * (number + 0.5)
            label.at, label.box = np.array([x - 4, y]), (x, y - 7, width - 2, y + 7)
            label.texts, label.word = [(x, y, label.lines[0], "left")], (words, y, "left")

    return _uncross(sorted(labels, key=lambda label: label.anchor[0], reverse=not above), place)


def _stack(
    labels: list[_Label],
    edge: float,
    *rooms: tuple[float, float],
    left_end: bool,
    wrap: int = 30,
    last: int = 0,
) -> list[_Label]:
    """Place labels of several lines below one another, near their anchors, in one room or two (top, bottom).

    Their left or right ends stand at the edge; the second room takes the `last` few.
    """
    for label in labels:
        label.lines = _wrapped(label.lines[0], wrap)

    def place(order: list[_Label]) -> None:
        first = len(order) - last
        for part, (top, bottom) in zip((order[:first], order[first:]), rooms, strict=False):
            total = sum(_high(label) + _GAP for label in part) - _GAP
            middle = np.mean([label.anchor[1] for label in part])
            y = max(top, min(middle - total / 2, bottom - total))
            for label in part:
                _put(label, edge, y, left_end)
                y += _high(label) + _GAP

    return _uncross(sorted(labels, key=lambda label: label.anchor[1]), place)


def _put(label: _Label, edge: float, top: float, left_end: bool) -> None:
    wide = max(_WORD, *(_wide(line) for line in label.lines))
    side = "left" if left_end else "right"
    left = edge if left_end else edge - wide
    label.box = (left, top, left + wide, top + _high(label))
    label.texts = [(edge, top + _LINE * (n + 0.5), line, side) for n, line in enumerate(label.lines)]
    label.word = (edge, top + _LINE * (len(label.lines) + 0.5), side)
    label.at = np.array([edge + (-4 if left_end else 4), top + _LINE * 0.5])


def _uncross(labels: list[_Label], place) -> list[_Label]:
    """Swap the ends of crossing leaders until none cross; each swap makes them shorter in sum."""
    order = list(labels)
    place(order)
    for _ in range(200):
        pairs = ((i, j) for i in range(len(order)) for j in range(i + 1, len(order)))
        crossing = next((pair for pair in pairs if _cross(order[pair[0]], order[pair[1]])), None)
        if crossing is None:
            break
        i, j = crossing
        order[i], order[j] = order[j], order[i]
        place(order)
    return order


def _cross(one: _Label, other: _Label) -> bool:
    a, b, c, d = one.at, one.anchor, other.at, other.anchor
    return _side(a, b, c) != _side(a, b, d) and _side(c, d, a) != _side(c, d, b)


def _side(a, b, c) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])


def _overlap(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _high(label: _Label) -> float:
    return _LINE * (len(label.lines) + 1)


def _wrapped(name: str, limit: int) -> list[str]:
    head, comma, rest = name.partition(", ")
    if len(name) <= limit:
        return [name]
    if comma:
        return [head + ",", rest]
    first, _, last = name.rpartition(" ")
    return [first, last]


@functools.cache
def _wide(text: str) -> float:
    with style():
        return float(TextPath((0, 0), text, size=SMALL).get_extents().width) + 2


def _anchor_places(seen: dict, scale: _Scale) -> dict[str, np.ndarray]:
    """Return for each muscle the place on its line that nearer muscles cover least, near its middle."""
    strands = [(muscle, _even(scale(muscle["path"]), 2.0)) for muscle in seen["muscles"]]
    best: dict[str, tuple[float, np.ndarray]] = {}
    for number, (muscle, points) in enumerate(strands):
        nearer = [other for one, other in strands[number + 1 :] if one["muscle_id"] != muscle["muscle_id"]]
        room = np.full(len(points), 8.0)
        for other in nearer:
            room = np.minimum(room, np.linalg.norm(points[:, None] - other[None], axis=2).min(axis=1))
        along = np.linspace(0, 1, len(points))
        first, last = _BELLY.get(muscle["muscle_id"], _ALL)
        score = np.where((along > first + 0.05) & (along < last - 0.05), room, -99)
        score -= 5 * np.abs(along - (first + last) / 2)
        top = int(np.argmax(score))
        if score[top] > best.get(muscle["muscle_id"], (-np.inf,))[0]:
            best[muscle["muscle_id"]] = (score[top], points[top])
    return {muscle: place for muscle, (_, place) in best.items()}


def _even(path: np.ndarray, step: float) -> np.ndarray:
    """Return points along a path, at most `step` apart."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0, lengths[-1], int(lengths[-1] / step) + 2)
    return np.column_stack([np.interp(at, lengths, column) for column in path.T])


def _draw_body(sheet, seen: dict, plan: _Plan, looks: dict) -> None:
    """Draw bones and muscles in the order of their depth; far bones that follow one another as one path."""
    layers = [(bone["depth"], bone["near"], [bone]) for bone in seen["bones"]]
    layers += [(max(m["depth"] for m in strands), 2, strands) for strands in _strands(seen).values()]
    merged: list[tuple[int, list[dict]]] = []
    for _, kind, part in sorted(layers, key=lambda layer: layer[0]):
        if merged and kind == merged[-1][0] == 0:
            merged[-1][1].extend(part)
        else:
            merged.append((kind, list(part)))
    for number, (kind, part) in enumerate(merged):
        order = 2 + number / 100
        if kind == 2:
            _draw_muscle(sheet, part, plan.scale, looks[part[0]["muscle_id"]], order)
        else:
            _draw_bones(sheet, part, plan.scale, order)


def _strands(seen: dict) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for muscle in seen["muscles"]:
        found.setdefault(muscle["muscle_id"], []).append(muscle)
    return found


def _draw_bones(sheet, bones: list[dict], scale: _Scale, order: float) -> None:
    corners, codes = [], []
    for ring in itertools.chain.from_iterable(bone["rings"] for bone in bones):
        places = np.round(2 * scale(ring)) / 2  # half pixels are fine enough, and shorter as text
        corners += [*places, places[0]]
        codes += [Path.MOVETO, *[Path.LINETO] * (len(places) - 1), Path.CLOSEPOLY]
    fill, edge = (_BONE, _EDGE) if bones[0]["near"] else (_FAR_BONE, _FAR_EDGE)
    sheet.add_patch(
        PathPatch(Path(corners, codes), facecolor=fill, edgecolor=edge, linewidth=0.7, zorder=order)
    )


def _draw_muscle(sheet, strands: list[dict], scale: _Scale, look: tuple[str, bool], order: float) -> None:
    colour, silent = look
    muscle = strands[0]["muscle_id"]
    root = np.sqrt(np.mean([strand["force_n"] for strand in strands]))
    width = round(max(2.0, _STRENGTH * root * scale.scale), 1)
    paths = [scale(strand["path"]) for strand in strands]
    gid = f"m-{muscle}"
    if silent:
        sheet.plot(
            *_joined(paths).T, color=colour, linewidth=2, linestyle=(0, (2.2, 1.2)), zorder=order, gid=gid
        )
        return
    first, last = _BELLY.get(muscle, _ALL)
    bellies = _joined([_cut(path, first, last) for path in paths])
    if muscle in _BELLY:
        tendons = _joined([_cut(path, *ends) for path in paths for ends in ((0, first), (last, 1))])
        sheet.plot(*tendons.T, color=PALE, linewidth=1.2, zorder=order)
    sheet.plot(*bellies.T, color=INK, linewidth=width + 1.3, solid_capstyle="round", zorder=order)
    sheet.plot(*bellies.T, color=colour, linewidth=width, solid_capstyle="round", zorder=order, gid=gid)


def _cut(path: np.ndarray, first: float, last: float) -> np.ndarray:
    """Return the part of a path between two shares of its length."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    ends = np.array([first, last]) * lengths[-1]
    inner = (lengths > ends[0]) & (lengths < ends[1])
    cut = [[np.interp(end, lengths, column) for column in path.T] for end in ends]
    return np.vstack([cut[0], path[inner], cut[1]])


def _joined(paths: list[np.ndarray]) -> np.ndarray:
    """Return several paths as one with gaps."""
    gap = [[np.nan, np.nan]]
    return np.vstack([part for path in paths for part in (path, gap)][:-1])


def _draw_around(sheet, seen: dict, scale: _Scale, behind: bool) -> None:
    for part in seen["around"]:
        kind, path = part["kind"], scale(part["path"])
        if (kind in ("floor", "post", "bench", "bench leg", "lever")) != behind:
            continue
        order = 1 if behind else 5
        if kind in ("bench", "pad"):
            look = {"facecolor": "#dcdcdc", "edgecolor": PALE, "linewidth": 0.8, "zorder": order}
            sheet.add_patch(Polygon(path, **look))
        elif kind in ("pulley", "anchor"):
            shape = {"pulley": "o", "anchor": "s"}[kind]
            sheet.plot(*path.T, shape, color="white", markeredgecolor=INK, markersize=8, zorder=order)
        elif kind == "dumbbell":
            sheet.plot(*path.T, color=PALE, linewidth=2.5, zorder=order)
            sheet.plot(*path.T, "s", color=PALE, markeredgecolor=INK, markersize=11, zorder=order)
        else:
            thick = {"floor": 1.2, "post": 3.0, "bench leg": 3.0, "lever": 3.0, "band": 2.2, "cable": 1.1}[
                kind
            ]
            colour = {"cable": INK, "band": "#7a5195"}.get(kind, "#b9b9b9")
            sheet.plot(*path.T, color=colour, linewidth=thick, zorder=order)


def _draw_load(sheet, plan: _Plan) -> None:
    start, end = plan.arrow
    if np.linalg.norm(end - start) < 12:
        sheet.add_patch(Circle(start, 6, facecolor="white", edgecolor=INK, linewidth=1.4, zorder=7))
        cross = np.array([[-3, -3], [3, 3], [np.nan, np.nan], [-3, 3], [3, -3]]) + start
        sheet.plot(*cross.T, color=INK, linewidth=1.4, zorder=7)
    else:
        along = (end - start) / np.linalg.norm(end - start)
        across = np.array([-along[1], along[0]])
        neck = end - 11 * along
        outline = [start + 1.6 * across, neck + 1.6 * across, neck + 5.5 * across, end]
        outline += [neck - 5.5 * across, neck - 1.6 * across, start - 1.6 * across]
        sheet.add_patch(Polygon(outline, facecolor=INK, edgecolor="white", linewidth=0.8, zorder=7))
    x, y = plan.load_at
    lines = plan.load_words.split("\n")
    for number, line in enumerate(lines):
        middle = y + 15 * (number - (len(lines) - 1) / 2)
        sheet.text(x, middle, line, ha="center", va="center", fontsize=SMALL, fontweight="bold", zorder=8)


def _draw_labels(sheet, plan: _Plan, words: dict[str, str]) -> None:
    leaders = _joined([np.array([label.at, label.anchor]) for label in plan.labels])
    ends = _joined([np.array([label.anchor, label.anchor + (0.1, 0.1)]) for label in plan.labels])
    sheet.plot(*leaders.T, color=INK, linewidth=0.7, zorder=6, gid="leaders")
    sheet.plot(*ends.T, color="white", linewidth=5.4, solid_capstyle="round", zorder=6)
    sheet.plot(*ends.T, color=INK, linewidth=3.6, solid_capstyle="round", zorder=6)
    for label in plan.labels:
        for number, (x, y, text, side) in enumerate(label.texts):
            gid = None if number else f"l-{label.muscle}"
            sheet.text(x, y, text, ha=side, va="center_baseline", fontsize=SMALL, gid=gid, zorder=8)
        x, y, side = label.word
        gid = f"w-{label.muscle}"
        word = words[label.muscle]
        sheet.text(x, y, word, ha=side, va="center_baseline", fontsize=SMALL, color=PALE, gid=gid, zorder=8)


def _draw_foot(sheet, plan: _Plan) -> None:
    lines = [f"Seen {plan.seen['seen']}.", *plan.lacks]
    for number, line in enumerate(lines):
        y = plan.foot + 15 * (number + 0.5)
        sheet.text(_MARGIN, y, line, va="center", fontsize=SMALL, color=PALE)


def _looks(exercise: str, values: pd.DataFrame | None) -> dict[str, tuple[str, bool]]:
    """Return each muscle's colour and whether it is silent."""
    if values is None:
        return {muscle: (UNSET, False) for muscle in parts(exercise)}
    colours = dict(zip(values["muscle_id"], values["colour"], strict=True))
    return {muscle: (colours.get(muscle, SILENT), muscle not in colours) for muscle in parts(exercise)}


def _words(exercise: str, values: pd.DataFrame | None) -> dict[str, str]:
    if values is None:
        return dict.fromkeys(parts(exercise), "-")
    words = dict(zip(values["muscle_id"], values["word"], strict=True))
    return {muscle: words.get(muscle, "not named") for muscle in parts(exercise)}


def _name(muscle: str) -> str:
    return _SHORT.get(muscle) or _names()[muscle]


def _spoken(muscle: str) -> str:
    head, comma, rest = _names()[muscle].partition(", ")
    return f"{head} ({rest})" if comma else head


def _load_words(exercise: str) -> str:
    row = _posture(exercise)
    if not row.load_kg:
        return "weight of the leg"
    kinds = {part["kind"] for part in _view(exercise, "side")["around"]}
    kind = next(word for word in ("cable", "band", "lever", "dumbbell") if word in kinds)
    return f"{row.load_kg:g} kg {kind}"


def _view(exercise: str, view: str) -> dict:
    if exercise not in _poses():
        known = ", ".join(_poses())
        raise ValueError(f"No posture was drawn for {exercise}; there is one for {known}.")
    if view not in VIEWS:
        raise ValueError(f"There is no view {view!r}; there are {' and '.join(VIEWS)}.")
    return _poses()[exercise][view]


def _poses() -> dict:
    return _read_poses(tables.DATA)


@functools.cache
def _read_poses(folder) -> dict:
    return outlines.read_poses(folder, list(tables.load().postures["exercise_id"]), list(_names()))


@functools.cache
def _names() -> dict[str, str]:
    muscles = tables.load().muscles
    return dict(zip(muscles["muscle_id"], muscles["name"], strict=True))


@functools.cache
def _posture(exercise: str):
    rows = tables.load().postures
    return next(row for row in rows.itertuples() if row.exercise_id == exercise)


def ruler(exercise_id: str, muscle: str) -> Figure:
    """Draw a hip from the side with a ruler square to one muscle's line, to read its moment arm.

    The muscle must run straight past the hip; the ruler is in cm and begins at the middle of the joint. A
    ValueError names the muscles that are drawn.
    """
    seen = _view(exercise_id, "side")
    strands = [one for one in seen["muscles"] if one["muscle_id"] == muscle]
    if not strands:
        raise ValueError(f"{muscle!r} is not drawn; there are {', '.join(parts(exercise_id))}.")
    hip = np.array(seen["joints"]["hip"], dtype=float)
    line = np.reshape(strands[0]["path"], (-1, 2)).astype(float)
    way = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
    across = line[0] - hip - way * np.dot(line[0] - hip, way)
    across /= np.linalg.norm(across)
    scale = _Scale(2.4, 470, 250, *hip)
    with style():
        figure, sheet = page(760, 360)
        near = [
            bone for bone in seen["bones"] if bone["name"] in ("pelvis", "femur_r", "patella_r", "shank_r")
        ]
        _draw_bones(sheet, near, scale, 1)
        sheet.plot(*scale(line).T, color="#56B4E9", linewidth=14, solid_capstyle="round", zorder=2)
        sheet.plot(
            *scale([*(line[0] - 90 * way), *(line[0] + 200 * way)]).T, color=INK, linewidth=1.4, zorder=3
        )
        ends = np.array([hip, hip + 80 * across])
        sheet.plot(*scale(ends).T, color="#D55E00", linewidth=2, zorder=4)
        for tick in range(81):
            long = 6 if tick % 10 == 0 else 4 if tick % 5 == 0 else 2
            at = hip + tick * across
            sheet.plot(*scale([at, at + long * way]).T, color="#D55E00", linewidth=1, zorder=4)
            if long == 6:
                x, y = scale(at + 11 * way)[0]
                text = f"{tick // 10}" + (" cm" if tick == 80 else "")
                sheet.text(x, y, text, ha="center", va="center", fontsize=SMALL, zorder=5)
        sheet.add_patch(Circle(scale(hip)[0], 6, facecolor="white", edgecolor=INK, linewidth=1.5, zorder=6))
        sheet.set(xlim=(0, 760), ylim=(360, 0))
        words = f"{_names()[muscle]}: where does its line cross the ruler?"
        sheet.text(8, 18, words, va="center", fontweight="bold")
        sheet.text(
            8,
            344,
            "Circle: middle of the hip joint. Blue: the muscle in the model. Black: its line.",
            va="center",
            fontsize=SMALL,
            color=PALE,
        )
    return figure
