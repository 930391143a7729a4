"""Draw a limb as a lever with the moments its joints need, and a model's shares over the kick's direction."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.patches import Circle, Polygon

from lessons.charts import Moving, track
from lessons.ink import FAINT, GROUP_COLOURS, INK, PALE, SMALL, page, style

BONE, LOAD, ARM = "#E8DFC8", "#005A8E", "#D55E00"
_METRE = 210  # length of a metre of the leg in the picture
_HIP = (210, 130)
_BARS = (440, 2.4)  # where the joints' bars begin, and length of a N m
_ROWS = (92, 146, 200, 254)
JOINT_NAMES = {
    "hip_flexion": "Hip, front to back",
    "hip_adduction": "Hip, sideways",
    "hip_rotation": "Hip, rotation",
    "knee_flexion": "Knee",
}
_WAYS = {
    "hip_flexion": ("extension", "flexion"),
    "hip_adduction": ("abduction", "adduction"),
    "hip_rotation": ("outward", "inward"),
    "knee_flexion": ("extension", "flexion"),
}
_NONE = 0.5  # N m; a moment below it is written as none
CURVE_NAMES = {"gravity": "Dumbbell", "pulley": "Low cable", "square": "Cable at right angles"}
_DASHES = {"gravity": "-", "pulley": (0, (6, 3)), "square": (0, (2, 2))}
_CURVES = {"gravity": "#D55E00", "pulley": "#005A8E", "square": "#009E73"}
_ELBOW = (300, 72)
_FOREARM = 540  # length of a metre of the forearm
_PLOT = (430, 790, 50, 300)  # left, right, top and bottom of the elbow's axes
_WIDE, _TALL = 200, 104  # one small plot of shares


def moment_words(joint: str, moment: float) -> str:
    """Write a joint's moment with its direction: "extension 87 N m"; below half a N m it is "none"."""
    negative, positive = _WAYS[joint]
    if abs(moment) < _NONE:
        return "none"
    return f"{positive if moment > 0 else negative} {abs(moment):.0f} N m"


def leg(
    lever: pd.DataFrame, moments: pd.DataFrame, leaning: np.ndarray, loaded: np.ndarray, follows
) -> Moving:
    """Draw the leg as a lever and the moments at its joints, for every choice of some controls.

    `lever` and `moments` are tables of `mechanics.lever` and `mechanics.joint_moments`, one row for each
    choice of the controls `follows` (the last one changing fastest); `leaning` says which poses are on all
    fours, `loaded` which carry a load. Lengths in m, moments in N m.
    """
    with style():
        figure, sheet = page(820, 330)
        parts = _Parts(sheet, follows)
        _trunks(parts, leaning)
        places = {name: _seen(lever, name) for name in ("knee", "end", "point", "near")}
        hip = np.broadcast_to(_HIP, places["knee"].shape)
        parts.line("leg", [hip, places["knee"], places["end"]], color=BONE, linewidth=13)
        parts.line("bone", [hip, places["knee"], places["end"]], color="#8a7f63", linewidth=1.2)
        _pull(parts, lever, places, hip, loaded)
        sheet.add_patch(Circle(_HIP, 6, facecolor="white", edgecolor=INK, linewidth=1.4, zorder=5))
        sheet.text(440, 40, "What the muscles must hold", va="center", fontweight="bold")
        for row, (joint, name) in zip(_ROWS, JOINT_NAMES.items(), strict=True):
            values = moments[joint].to_numpy()
            parts.bar(joint, (_BARS[0], row), np.abs(values) * _BARS[1], "#7FB8DC")
            words = [f"{name}: {moment_words(joint, value)}" for value in values]
            sheet.text(_BARS[0], row - 21, "-", va="center", gid=f"w{joint}")
            parts.add(track(f"w{joint}", "text", words))
        arms = [f"{100 * arm:.0f} cm" for arm in lever["arm_m"]]
        texts = [
            f"Lever arm of the load: {arm}" if on else "No load" for arm, on in zip(arms, loaded, strict=True)
        ]
        sheet.text(440, 302, "-", va="center", color=ARM, fontweight="bold", gid="arm")
        parts.add(track("arm", "text", texts))
        _key(sheet, 440, 320, "Seen from the side. Orange: lever arm. Blue: the load's pull.")
    return Moving(figure, parts.tracks)


def elbow(
    lever: pd.DataFrame, moments: np.ndarray, curves: dict[str, np.ndarray], angles: Sequence[int]
) -> Moving:
    """Draw the forearm as a lever beside the elbow's moment over its whole range.

    The controls are the pull (0, in the order of `curves`), the load (1) and the elbow's flexion (2, at
    `angles`). `lever` has a row and `moments` (N m) a value for each choice of all three; `curves` holds,
    for each pull, loads by angles in N m.
    """
    every = [0, 1, 2]
    left, right, top, bottom = _PLOT
    most = 10 * np.ceil(max(curve.max() for curve in curves.values()) / 10)
    across = left + (right - left) * (1 - np.array(angles) / max(angles))

    def down(moment):
        return bottom - (bottom - top) * moment / most

    with style():
        figure, sheet = page(820, 350)
        parts = _Parts(sheet, every)
        x, y = _ELBOW
        sheet.plot([x, x + 100], [y, y], color="#F1ECDF", linewidth=16, solid_capstyle="round", zorder=0)
        sheet.text(x + 8, y - 20, "upper arm", va="center", fontsize=SMALL, color=PALE)
        places = {name: _seen(lever, name, _ELBOW, _FOREARM) for name in ("end", "point", "near")}
        joint = np.broadcast_to(_ELBOW, places["end"].shape)
        parts.line("forearm", [joint, places["end"]], color=BONE, linewidth=13)
        loaded = np.ones(len(lever), dtype=bool)
        _pull(parts, lever, places, joint, loaded)
        sheet.add_patch(Circle(_ELBOW, 6, facecolor="white", edgecolor=INK, linewidth=1.4, zorder=5))
        texts = [f"Lever arm of the load: {100 * arm:.0f} cm" for arm in lever["arm_m"]]
        sheet.text(20, 320, "-", va="center", color=ARM, fontweight="bold", gid="arm")
        parts.add(track("arm", "text", texts))
        _key(
            sheet,
            20,
            338,
            "Seen from the side, the head to the right. Orange: lever arm. Blue: the load's pull.",
        )
        _axes(sheet, most, down)
        for pull, table in curves.items():
            points = [
                np.broadcast_to([x, 0], (len(table), 2)) + np.stack([0 * row, row], 1)
                for x, row in zip(across, down(table).T, strict=True)
            ]
            look = {"color": _CURVES[pull], "linewidth": 2.4, "linestyle": _DASHES[pull]}
            parts.line(f"c{pull}", points, [1], **look)
        sheet.plot([0], [0], "o", color=INK, markersize=11, gid="dot")
        at = np.tile(across, len(moments) // len(across))
        parts.add(
            track("dot", "place", [f"{x:.1f} {down(one):.1f}" for x, one in zip(at, moments, strict=True)])
        )
        sheet.text(0, 0, "-", va="center", ha="center", fontweight="bold", gid="now")
        parts.add(track("now", "text", [f"{one:.1f} N m" for one in moments]))
        below = [
            f"{min(max(x, left + 46), right - 30):.1f} {min(down(one) + 24, bottom - 10):.1f}"
            for x, one in zip(at, moments, strict=True)
        ]
        parts.add(track("now", "place", below))
    return Moving(figure, parts.tracks)


def _axes(sheet, most: float, down) -> None:
    left, right, top, bottom = _PLOT
    for tick in np.arange(0, most + 1, 5 if most <= 30 else 10):
        sheet.plot([left, right], [down(tick)] * 2, color=FAINT, linewidth=1, zorder=0)
        sheet.text(left - 6, down(tick), f"{tick:g}", ha="right", va="center", fontsize=SMALL, color=PALE)
    sheet.text(left, top - 26, "Elbow extension moment, N m", va="center", fontweight="bold")
    for (pull, name), x in zip(CURVE_NAMES.items(), (left + 34, left + 138, left + 236), strict=True):
        sheet.plot(
            [x - 30, x - 6], [top - 6] * 2, color=_CURVES[pull], linewidth=2.4, linestyle=_DASHES[pull]
        )
        sheet.text(x, top - 6, name, va="center", fontsize=SMALL)
    for angle, x in ((90, left), (45, (left + right) / 2), (0, right)):
        sheet.text(x, bottom + 14, f"{angle}°", ha="center", va="center", fontsize=SMALL, color=PALE)
    middle = (left + right) / 2
    sheet.text(
        middle, bottom + 32, "elbow flexion: bent to straight", ha="center", va="center", fontsize=SMALL
    )


def outward(
    shares: dict[str, np.ndarray], held: np.ndarray, angles: Sequence[int], follows, groups: dict
) -> Moving:
    """Draw the model's shares over the kick's direction, one small plot a muscle.

    `shares` holds for each label choices by angles by options in percent, NaN where not feasible, the first
    option being the default; `held` says for choices by angles how many options are feasible, and `groups`
    names each label's muscle group. Choices are those of the controls `follows`, the last changing fastest.
    """
    with style():
        figure, sheet = page(820, 350)
        parts = _Parts(sheet, follows)
        for number, (label, values) in enumerate(shares.items()):
            left, top = 44 + 264 * (number % 3), 30 + 150 * (number // 3)
            _small_axes(sheet, left, top, label, angles)
            across = left + _WIDE * np.array(angles) / max(angles)
            empty = np.isnan(values).all(axis=2)
            filled = np.where(
                np.isnan(values), np.nanmean(np.where(empty[..., None], 0, values), axis=2)[..., None], values
            )
            filled = np.where(empty[..., None], np.nan, filled)
            ends = top + _TALL * (1 - np.stack([filled.min(axis=2), filled.max(axis=2)]) / 100)
            colour = GROUP_COLOURS[groups[label]]
            sheet.add_patch(
                Polygon(
                    [(0, 0), (1, 0), (1, 1)], facecolor=colour, edgecolor=INK, linewidth=0.8, gid=f"b{number}"
                )
            )
            parts.add(
                track(
                    f"b{number}", "path", [_bands(across, low, high) for low, high in zip(*ends, strict=True)]
                )
            )
            line = top + _TALL * (1 - values[:, :, 0] / 100)
            sheet.plot([0, 1], [0, 1], color=INK, linewidth=2.2, gid=f"l{number}")
            parts.add(track(f"l{number}", "path", [_bands(across, one, None) for one in line]))
        sheet.text(44, 326, "-", va="center", fontweight="bold", gid="held")
        parts.add(track("held", "text", [_held(row, values.shape[2], angles) for row in held]))
        _key(
            sheet,
            44,
            343,
            "Share of capacity, %, by degrees outward. Line: default options; band: all. Gap: not feasible.",
        )
    return Moving(figure, parts.tracks)


def _small_axes(sheet, left: float, top: float, label: str, angles) -> None:
    sheet.text(left, top - 12, label, va="center", fontweight="bold", fontsize=13)
    for tick in (0, 50, 100):
        y = top + _TALL * (1 - tick / 100)
        sheet.plot([left, left + _WIDE], [y, y], color=FAINT, linewidth=1, zorder=0)
        sheet.text(left - 5, y, f"{tick}", ha="right", va="center", fontsize=SMALL, color=PALE)
    for angle in (0, 15, 30, 45):
        x = left + _WIDE * angle / max(angles)
        text = f"{angle}°"
        sheet.text(
            x,
            top + _TALL + 12,
            text,
            ha="left" if angle == 0 else "center",
            va="center",
            fontsize=SMALL,
            color=PALE,
        )


def _bands(across: np.ndarray, low: np.ndarray, high: np.ndarray | None) -> str:
    """Write the outline between two curves, or one curve, in pieces where it is feasible."""
    known = np.flatnonzero(~np.isnan(low))
    pieces = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if len(known) else []
    if high is None:
        return "".join(path(np.stack([across[piece], low[piece]], 1)) for piece in pieces) or "M-9 -9"
    written = []
    for piece in pieces:
        there, back = piece, piece[::-1]
        x = np.concatenate([across[there], across[back]])
        y = np.concatenate([high[there] - 0.8, low[back] + 0.8])
        written.append(path(np.stack([x, y], 1)) + "Z")
    return "".join(written) or "M-9 -9"


def _held(feasible: np.ndarray, options: int, angles: Sequence[int]) -> str:
    """Say at which angles the muscles of the model can hold the position."""
    if feasible.min() == options:
        return f"Feasible at every angle under all {options} options."
    none = [f"{angle}°" for angle, count in zip(angles, feasible, strict=True) if count == 0]
    some = [f"{angle}°" for angle, count in zip(angles, feasible, strict=True) if 0 < count < options]
    said = [f"Not feasible under any option: {_span(none)}."] if none else []
    return " ".join([*said, *([f"Under some only: {_span(some)}."] if some else [])])


def _span(angles: list[str]) -> str:
    return angles[0] if len(angles) == 1 else f"{angles[0]} to {angles[-1]}"


def _trunks(parts: "_Parts", leaning: np.ndarray) -> None:
    """Draw the trunk, head and other leg for a body on all fours and for one upright."""
    x, y = _HIP
    far = {"color": "#F1ECDF", "linewidth": 12, "solid_capstyle": "round"}
    for name, seen in (("fours", leaning), ("upright", ~leaning)):
        if name == "fours":
            lines = [
                [(x, y), (x + 118, y)],
                [(x, y), (x, y + 84), (x - 80, y + 92)],
                [(x + 104, y), (x + 104, y + 92)],
            ]
            head, floor = (x + 138, y - 10), [(x - 150, y + 102), (x + 170, y + 102)]
        else:
            lines = [[(x, y), (x, y - 90)], [(x, y), (x, y + 169)], [(x, y - 84), (x + 56, y - 54)]]
            head, floor = (x, y - 108), [(x - 150, y + 178), (x + 170, y + 178)]
        gids = []
        for number, points in enumerate(lines):
            gids.append(f"{name}{number}")
            parts.sheet.plot(*zip(*points, strict=True), gid=gids[-1], zorder=0, **far)
        parts.sheet.add_patch(Circle(head, 17, facecolor="#F1ECDF", linewidth=0, gid=f"{name}h"))
        parts.sheet.plot(*zip(*floor, strict=True), color=FAINT, linewidth=2, gid=f"{name}f")
        for gid in [*gids, f"{name}h", f"{name}f"]:
            parts.add(track(gid, "show", [bool(one) for one in seen]))


def _pull(parts: "_Parts", lever: pd.DataFrame, places: dict, joint: np.ndarray, loaded: np.ndarray) -> None:
    """Draw the line of pull, the arrow on it and the lever arm from the joint."""
    way = lever[["pull_x", "pull_y"]].to_numpy() * (1, -1)
    point = places["point"]
    tip = point + 52 * way
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)
    head = [tip - 11 * way + 6 * across, tip, tip - 11 * way - 6 * across]
    along = np.sum((places["near"] - point) * way, axis=1, keepdims=True)
    ends = [point + (np.minimum(along, 0) - 30) * way, point + (np.maximum(along, 0) + 30) * way]
    parts.line("line", ends, color="#7FB8DC", linewidth=1.2, linestyle=(0, (4, 4)))
    parts.line("lever", [joint, places["near"]], color=ARM, linewidth=3.5)
    parts.line("pull", [point, tip], color=LOAD, linewidth=3.5)
    parts.line("head", head, color=LOAD, linewidth=3.5)
    for gid in ("line", "lever", "pull", "head"):
        parts.add(track(gid, "show", [bool(one) for one in loaded]))


def _seen(lever: pd.DataFrame, name: str, origin=_HIP, metre: float = _METRE) -> np.ndarray:
    """Return a place of the lever in pixels."""
    return np.array(origin) + lever[[f"{name}_x", f"{name}_y"]].to_numpy() * (metre, -metre)


def _key(sheet, x: float, y: float, text: str) -> None:
    sheet.text(x, y, text, va="center", fontsize=SMALL, color=PALE)


class _Parts:
    """Adds parts that move to a sheet, and keeps their tracks."""

    def __init__(self, sheet, follows: Sequence[int]):
        self.sheet, self.follows, self.tracks = sheet, list(follows), []

    def add(self, one: dict) -> None:
        self.tracks.append(one | {"follows": one["follows"] or self.follows})

    def line(self, gid: str, points: Sequence[np.ndarray], follows=(), **look) -> None:
        """Draw a line through points, each an array of places by choice."""
        paths = [path(places) for places in np.stack(points, axis=1)]
        self.sheet.plot([0, 1], [0, 1], gid=gid, solid_capstyle="round", solid_joinstyle="round", **look)
        self.add(track(gid, "path", paths, follows))

    def bar(self, gid: str, start: tuple[float, float], lengths: np.ndarray, colour: str) -> None:
        x, y = start
        corners = [(0, -9), (1, -9), (1, 9), (0, 9)]
        self.sheet.add_patch(
            Polygon([(0, 0), (1, 0), (1, 1)], facecolor=colour, edgecolor=INK, gid=gid, linewidth=0.8)
        )
        paths = [path([(x + side * length, y + up) for side, up in corners]) + "Z" for length in lengths]
        self.add(track(gid, "path", paths))


def path(points) -> str:
    """Write a line through points in whole tenths of a pixel as the browser draws it."""
    places = np.asarray(points, dtype=float)
    return ("M%.1f %.1f" + "L%.1f %.1f" * (len(places) - 1)) % tuple(places.ravel().tolist())
