"""The tempo panel: a repetition second by second, its set, and what was published about such lengths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.patches import Polygon, Rectangle

from lessons import evidence
from lessons.charts import Moving, track
from lessons.ink import FAINT, INK, PALE, SMALL, page, style
from lessons.live import Panel, Words, slider
from lessons.tables import Tables, load

LIFTING, HOLD, LOWERING, REPETITIONS = range(1, 9), range(0, 5), range(1, 9), range(1, 21)  # s, s, s, count
_PHASES = {
    "lifting": ("Lifting: shortens", "shortens while it pulls", "#E69F00"),
    "hold": ("Hold: keeps its length", "keeps its length while it pulls", "#BBBBBB"),
    "lowering": ("Lowering: lengthens", "lengthens while it pulls", "#56B4E9"),
}
_ALIKE, _LESS, _LOWERED = ("V141", "V142"), "V143", "F14"  # rows of outcomes and findings
_SIDE = (200, 800)  # where the axis of one repetition begins and ends
_ROWS = {"lifting": 98, "hold": 126, "lowering": 154, "whole": 186, "published": 226}
_AXIS = 258  # height of the seconds below one repetition
_UP, _DOWN = 42, 78  # heights of the thigh's line
_SET = 334  # top of the set
_MINUTE, _LINE = 60, 15  # s drawn on one line of the set, and height of that line
_LONGEST = LIFTING[-1] + HOLD[-1] + LOWERING[-1]  # s
_MINUTES = -(-_LONGEST * REPETITIONS[-1] // _MINUTE)


@dataclass(frozen=True)
class Span:
    """Published lengths of a whole repetition, in s: growth alike from `low` to `high`, less above `over`.

    `study` is the source's id, `training` how its people trained, `caution` what the source lacks.
    """

    low: float
    high: float
    over: float
    study: str
    training: str
    caution: str

    def words(self, seconds: float) -> str:
        """Say what was published about a repetition of that many seconds."""
        if self.low <= seconds <= self.high:
            return f"within {self.low:g} to {self.high:g} s, where muscles grew alike"
        if seconds > self.over:
            return f"above {self.over:g} s, where muscles grew less"
        if seconds > self.high:
            return f"above {self.high:g} and up to {self.over:g} s, for which no result was read"
        return f"below {self.low:g} s, for which no result was read"


def timeline(
    lifting: int = 1,
    hold: int = 1,
    lowering: int = 2,
    repetitions: int = 10,
    *,
    tables: Tables | None = None,
) -> Panel:
    """Show one repetition second by second, the set, and the published lengths of a repetition.

    Parameters
    ----------
    lifting, hold, lowering
        Seconds: 1 to 8, 0 to 4 and 1 to 8. A ValueError says what is allowed.
    repetitions
        1 to 20. They follow one another without a rest, so every second counts as time under tension.

    Returns a panel with a slider for each. The published lengths are read from `outcomes` and `findings`.
    """
    tables = tables or load()
    controls = {
        "lifting": slider("Lifting", lifting, LIFTING, "s"),
        "hold": slider("Hold", hold, HOLD, "s"),
        "lowering": slider("Lowering", lowering, LOWERING, "s"),
        "repetitions": slider("Repetitions", repetitions, REPETITIONS),
    }
    span = published(tables)

    def describe(lifting, hold, lowering, repetitions) -> Words:
        return _words(tables, span, (lifting, hold, lowering), repetitions)

    return Panel(controls, describe, lambda: _drawn(span))


def published(tables: Tables) -> Span:
    """Return the published lengths of a repetition (s) from the rows of `outcomes`."""
    rows = tables.outcomes.set_index("outcome_id")
    low, high, over = (float(rows.loc[name, "value"]) for name in (*_ALIKE, _LESS))
    study = str(rows.loc[_LESS, "study_id"])
    caution = str(tables.sources.set_index("source_id").loc[study, "caution"])
    return Span(low, high, over, study, str(rows.loc[_LESS, "exercise_as_worded"]), caution)


def duration(seconds: int) -> str:
    """Write seconds, with minutes from one minute on: "40 s", "200 s (3 min 20 s)"."""
    minutes, rest = divmod(seconds, _MINUTE)
    return f"{seconds} s" + (f" ({minutes} min{f' {rest} s' if rest else ''})" if minutes else "")


def _words(tables: Tables, span: Span, phases: tuple[int, int, int], repetitions: int) -> Words:
    lifting, hold, lowering = phases
    once, lowered = sum(phases), _lowered(tables)
    count = "1 repetition" if repetitions == 1 else f"{repetitions} repetitions"
    held = f"hold {hold} s" if hold else "no hold"
    sentence = (
        f"Lifting {lifting} s, {held}, lowering {lowering} s: {once} s a repetition. "
        f"Time under tension of {count}: {duration(once * repetitions)}, of which lowering takes "
        f"{duration(lowering * repetitions)}, and there the muscle lengthens while it pulls. "
        f"{once} s lies {span.words(once)} ({span.study}, {span.training}). {span.caution} "
        f"{lowered['said']} Time under tension is a duration. It is not effort, and it is not growth."
    )
    rows = [
        (name, f"{seconds} s", f"The muscle {_PHASES[name][1]}.")
        for name, seconds in zip(_PHASES, phases, strict=True)
    ]
    where = f"{span.study}, {span.training}"
    rows += [
        ("one repetition", f"{once} s", "Time under tension: the sum."),
        (count, duration(once * repetitions), "Time under tension, without a rest between repetitions."),
        (f"lowering, {count}", duration(lowering * repetitions), "Part of that time."),
        ("published: growth alike", f"{span.low:g} to {span.high:g} s a repetition", where),
        ("published: growth less", f"above {span.over:g} s a repetition", where),
        (f"published: {lowered['comparison']}", lowered["finding"], lowered["people"]),
    ]
    return Words(
        sentence,
        pd.DataFrame(rows, columns=["what", "how long, or what was found", "note"]),
        evidence.citations(tables, [span.study, lowered["study"]]),
        "Tempo: what was chosen, and what was published",
    )


def _lowered(tables: Tables) -> dict[str, str]:
    """Return the one finding about the length of lowering, in words."""
    row = tables.findings.set_index("finding_id").loc[_LOWERED]
    comparison = f"{row['comparison'][:1].lower()}{row['comparison'][1:]}"
    people = f"{row['study_id']}, {evidence.people(row['n'])}"
    return {
        "said": f"Published on {comparison} ({people}): {row['finding']}",
        "comparison": comparison,
        "finding": str(row["finding"]),
        "people": people,
        "study": str(row["study_id"]),
    }


def _drawn(span: Span) -> Moving:
    """Draw the panel once, for every choice of its four sliders (lifting, hold, lowering, repetitions)."""
    phases = dict(zip(_PHASES, _choices(LIFTING, HOLD, LOWERING), strict=True))
    once = sum(phases.values())
    lifted, tracks = phases["lifting"], []
    starts = {"lifting": 0 * once, "hold": lifted, "lowering": lifted + phases["hold"], "whole": 0 * once}
    with style():
        figure, sheet = page(820, _SET + _LINE * _MINUTES + 62)
        _axis(sheet)
        _band(sheet, span)
        for name, (label, _, colour) in _PHASES.items():
            sheet.text(12, _ROWS[name], label, va="center", fontsize=13)
            tracks += _box(sheet, name, starts[name], phases[name], colour)
        tracks += _thigh(sheet, starts, once)
        sheet.text(12, _ROWS["whole"], "The whole repetition", va="center", fontweight="bold", fontsize=13)
        tracks += _box(sheet, "whole", starts["whole"], once, "#7FB8DC")
        tracks += _mark(sheet, once, [f"{seconds} s: {span.words(seconds)}." for seconds in once])
        tracks += _whole_set(sheet, once)
        foot = f"Published: {span.study}, {span.training}. {span.caution} Hatched: no result read."
        sheet.text(12, _SET + _LINE * _MINUTES + 48, foot, va="center", fontsize=SMALL, color=PALE)
    return Moving(figure, tracks)


def _choices(*ranges: Sequence[int]) -> list[np.ndarray]:
    """Return the value of each slider for every choice of all, the last one changing fastest."""
    return [grid.ravel() for grid in np.meshgrid(*ranges, indexing="ij")]


def _at(seconds):
    """Return the place of seconds on the axis of one repetition, in pixels."""
    left, right = _SIDE
    return left + (right - left) * seconds / _LONGEST


def _axis(sheet) -> None:
    sheet.text(12, 18, "One repetition: what the muscle that lifts does", va="center", fontweight="bold")
    for seconds in range(0, _LONGEST + 1, 2):
        sheet.plot([_at(seconds)] * 2, [_UP - 8, _AXIS - 12], color=FAINT, linewidth=1, zorder=0)
        sheet.text(_at(seconds), _AXIS, str(seconds), ha="center", va="center", fontsize=SMALL, color=PALE)
    sheet.text(12, _AXIS, "seconds from its start", va="center", fontsize=SMALL, color=PALE)


def _band(sheet, span: Span) -> None:
    """Draw the published lengths on the axis of one repetition; what no result covers is hatched."""
    middle = _ROWS["published"]
    sheet.text(12, middle, "Published lengths", va="center", fontsize=13)
    known = {"facecolor": "#D9EFE6", "edgecolor": INK, "linewidth": 0.8}
    less = {"facecolor": "#F3DDE8", "edgecolor": INK, "linewidth": 0.8}
    none = {"facecolor": "white", "edgecolor": PALE, "hatch": "///", "linewidth": 0}
    pieces = [
        (0, span.low, none, ""),
        (span.high, span.over, none, ""),
        (span.low, span.high, known, f"{span.low:g} to {span.high:g} s: grew alike"),
        (span.over, _LONGEST, less, f"above {span.over:g} s: grew less"),
    ]
    for start, end, look, words in pieces:
        place, wide = _at(start), _at(end) - _at(start)
        sheet.add_patch(Rectangle((place, middle - 12), wide, 24, zorder=1, **look))
        sheet.text(place + wide / 2, middle, words, ha="center", va="center", fontsize=13, zorder=4)


def _box(sheet, name: str, start: np.ndarray, seconds: np.ndarray, colour: str) -> list[dict]:
    """Draw a box with its seconds; none is written where it has no length."""
    middle, left, right = _ROWS[name], _at(start), _at(start + seconds)
    _shape(sheet, f"b{name}", colour)
    corners = np.stack([np.stack([x, 0 * x + middle + y], -1) for x, y in _corners(left, right, 10)], axis=1)
    sheet.text(0, 0, "-", ha="center", va="center", fontsize=13, gid=f"w{name}")
    middles = np.where(seconds > 0, (left + right) / 2, left + 22)
    return [
        track(f"b{name}", "path", [_closed(points) for points in corners], [0, 1, 2]),
        track(f"w{name}", "text", [f"{one} s" if one else "none" for one in seconds], [0, 1, 2]),
        track(f"w{name}", "place", [f"{x:.1f} {middle}" for x in middles], [0, 1, 2]),
    ]


def _corners(left, right, half: float) -> list[tuple]:
    return [(left, -half), (right, -half), (right, half), (left, half)]


def _thigh(sheet, starts: dict, once: np.ndarray) -> list[dict]:
    """Draw the thigh's way up and down as a line; its angle is not to scale."""
    sheet.text(12, (_UP + _DOWN) / 2, "Thigh, not to scale", va="center", fontsize=13)
    for words, height in (("up", _UP), ("down", _DOWN)):
        sheet.text(_SIDE[0] - 8, height, words, ha="right", va="center", fontsize=SMALL, color=PALE)
    sheet.plot([0, 1], [0, 1], color=INK, linewidth=2.6, solid_joinstyle="round", gid="thigh")
    times = np.stack([0 * once, starts["hold"], starts["lowering"], once], axis=1)
    heights = [_DOWN, _UP, _UP, _DOWN]
    paths = [_path(zip(_at(row), heights, strict=True)) for row in times]
    return [track("thigh", "path", paths, [0, 1, 2])]


def _mark(sheet, once: np.ndarray, words: list[str]) -> list[dict]:
    """Draw an arrow from the end of the repetition to the published lengths, and what they say of it."""
    top, bottom = _ROWS["whole"] - 10, _ROWS["published"] - 18
    sheet.plot([0, 1], [0, 1], color=INK, linewidth=2.6, gid="mark", zorder=5)
    sheet.plot([0], [0], "v", color=INK, markersize=11, gid="tip", zorder=5)
    sheet.text(12, _AXIS + 26, "-", va="center", fontweight="bold", gid="says")
    ends = [_at(seconds) for seconds in once]
    return [
        track("mark", "path", [_path([(x, top), (x, bottom)]) for x in ends], [0, 1, 2]),
        track("tip", "place", [f"{x:.1f} {bottom}" for x in ends], [0, 1, 2]),
        track("says", "text", words, [0, 1, 2]),
    ]


def _whole_set(sheet, once: np.ndarray) -> list[dict]:
    """Draw the set, a minute to a line; white strokes part the repetitions."""
    left, right = _SIDE
    bottom = _SET + _LINE * _MINUTES
    for seconds in range(0, _MINUTE + 1, 10):
        x = left + (right - left) * seconds / _MINUTE
        sheet.plot([x, x], [bottom, bottom + 5], color=PALE, linewidth=1)
        sheet.text(x, bottom + 14, f"{seconds}", ha="center", va="center", fontsize=SMALL, color=PALE)
    sheet.text(12, bottom + 14, "seconds of each minute", va="center", fontsize=SMALL, color=PALE)
    frame = {"facecolor": "none", "edgecolor": FAINT, "zorder": 4}
    sheet.add_patch(Rectangle((left, _SET), right - left, bottom - _SET, **frame))
    _shape(sheet, "set", "#7FB8DC", edge="none")
    sheet.plot([0, 1], [0, 1], color="white", linewidth=1.6, gid="parts", zorder=3)
    for number in range(_MINUTES):
        top = _SET + _LINE * number
        sheet.plot([left, right], [top, top], color="white", linewidth=3, zorder=3)
        words = f"minute {number + 1}"
        sheet.text(left - 8, top + _LINE / 2, words, ha="right", va="center", fontsize=SMALL, color=PALE)
    sheet.text(12, _SET - 16, "-", va="center", fontweight="bold", gid="total")
    total = np.multiply.outer(once, np.array(REPETITIONS)).ravel()
    said = [f"The set: {duration(int(seconds))} under tension" for seconds in total]
    return [
        track("set", "path", [_minutes(int(seconds)) for seconds in total], [0, 1, 2, 3]),
        track("total", "text", said, [0, 1, 2, 3]),
        track("parts", "path", [_parted(int(seconds)) for seconds in once], [0, 1, 2]),
    ]


def _minutes(seconds: int) -> str:
    """Write the outline of a set: a block of whole minutes and the rest below it."""
    whole, rest = divmod(seconds, _MINUTE)
    left, right = _SIDE
    below = _SET + _LINE * whole
    end = left + (right - left) * rest / _MINUTE
    blocks = [(right, _SET, below)] * bool(whole) + [(end, below, below + _LINE)] * bool(rest)
    return "".join(_closed([(left, y0), (x, y0), (x, y1), (left, y1)]) for x, y0, y1 in blocks)


def _parted(once: int) -> str:
    """Write a stroke wherever a repetition ends within a minute."""
    left, right = _SIDE
    ends = [divmod(once * number, _MINUTE) for number in REPETITIONS]
    places = [(left + (right - left) * rest / _MINUTE, _SET + _LINE * line) for line, rest in ends if rest]
    return "".join(_path([(x, top), (x, top + _LINE)]) for x, top in places)


def _shape(sheet, gid: str, colour: str, edge: str = INK) -> None:
    corners = [(0, 0), (1, 0), (1, 1)]
    sheet.add_patch(Polygon(corners, facecolor=colour, edgecolor=edge, linewidth=0.8, gid=gid, zorder=2))


def _path(points) -> str:
    """Write a line through points (pixels) in whole tenths, as the browser draws it."""
    return "".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))


def _closed(points) -> str:
    return f"{_path(points)}Z"
