"""Draw tables as matplotlib figures: a DataFrame in, a `Figure` out, never through pyplot.

Coordinates are pixels from the top left corner, so that a part's place is known before it is drawn. A part
that moves in the browser has a gid; a `Moving` names its parts and what each does for each choice.
"""

import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lessons import emphasis, evidence
from lessons.ink import FAINT, GROUP_COLOURS, INK, PALE, SMALL, STEP_COLOURS, style
from lessons.ink import page as new_page

MARKERS = {
    "mean": "o",
    "median": "D",
    "mean_of_peaks": "^",
    "pooled_mean": "s",
    "mean_over_exercises": "p",
    "highest_mean": "*",
    "range": "|",
    "upper_bound": "<",
}

# The name of each amount stands beside its bar, so that a fifth may look like the first.
_AMOUNT_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
_AMOUNT_HATCHES = (None, "///", "...", "+++")
_EMPTY = "No text read here names a muscle in this view."
_LACKING = "The model has no muscle in this view: it is of the working limb alone."
LEAST_SHARE = 2.0  # percent; a muscle that stays below it on both sides is left out
_WHOLE = 108  # length of a share of 100 percent
_NAMES = 250  # width kept for muscle names
_SILENT = 12  # width of the box that says not named
_UNIT = 42  # length of one step of emphasis
_COLUMN = 226  # width of one exercise's bars and words
_DOTS = (276, 476)  # where the axis of measured values begins and ends
_TOP = 52  # height of the titles
_PITCH = 30  # height of a row


@dataclass(frozen=True)
class Moving:
    """A figure whose parts follow controls in the browser.

    `tracks` is a list of dicts (see `track`): `part` (a gid), `set` (scale, span, shift, place, text, fill,
    stroke, path or show), `follows` (the controls' numbers), and the value for each of their choices.
    `stack` places rows below one another and may sort them by a difference; the `values` of a row are one
    text for each side, with the step of every choice and "." where the sources are silent.
    """

    figure: Figure
    tracks: list = field(default_factory=list)
    stack: dict | None = None


def track(part: str, sets: str, values: Sequence, follows: Sequence[int] = ()) -> dict:
    """Return a track: what a part becomes for each choice of the controls it follows, the last one fastest.

    It holds the distinct values (`of`) and one character a choice (`pick`): "0" for the first of them, "1"
    for the second, and on in Unicode's order.
    """
    of = list(dict.fromkeys(values))
    place = {value: chr(48 + number) for number, value in enumerate(of)}
    return {
        "part": part,
        "set": sets,
        "follows": list(follows),
        "of": of,
        "pick": "".join(map(place.get, values)),
    }


def bars(lines: pd.DataFrame, titles: Sequence[str], foot: str = "", arrows: bool = True) -> Figure:
    """Draw emphasis in words as paired bars, one row a line.

    `lines` needs `label, group, first, first_mark` and, for a second column of bars, `second, second_mark`;
    emphasis 0 to 3, NaN is drawn as a hatched box, never as zero.
    """
    with style():
        figure, page = new_page(_NAMES + _COLUMN * len(titles), _TOP + _PITCH * max(len(lines), 1) + 30)
        for side, title in enumerate(titles):
            _title(page, side, title)
        for number, line in enumerate(lines.itertuples()):
            middle = _TOP + _PITCH * (number + 0.5)
            _name(page, middle, line.label)
            for side, key in enumerate(("first", "second")[: len(titles)]):
                value, spoken = getattr(line, key), getattr(line, f"{key}_mark")
                _bar(page, middle, side, value, spoken, GROUP_COLOURS[line.group])
            if arrows and len(titles) == 2:
                _arrow(page, middle, line.second - line.first)
        if lines.empty:
            page.text(_NAMES, _TOP + 10, _EMPTY, va="center")
        _foot(page, foot)
    return figure


def moving_bars(
    rows: pd.DataFrame,
    sides: Sequence[pd.DataFrame],
    titles: Sequence[Sequence[str]],
    height: int,
    foot: str = "",
    order: int | None = None,
    shown: Sequence[dict] | None = None,
    colours: Sequence[str] | None = None,
) -> Moving:
    """Draw the same picture once for every choice, its parts to be moved in the browser.

    `rows` has `label, group`. Each of the two `sides` is a table of rows by choices whose cells are
    `(emphasis, word)` or None, with the number of the control it follows in `attrs["follows"]`; `titles`
    are its names by choice. `order` is the control that sorts by difference, `shown` says for each row by
    which choices of which control it is seen (without it every row is). With `colours`, by choice of the
    first side's control, bars take those instead of their group's.
    """

    def draw(page, middle, place, row, cells):
        number, side = place
        mark = f"{number}s{side}"
        new = _moving_bar(page, middle, place, colours[0] if colours else GROUP_COLOURS[row.group], cells)
        if colours:
            new.append(track(f"b{mark}", "fill", colours))
        steps = "".join("." if cell is None else str(cell[0]) for cell in cells)
        return new, [f"{kind}{mark}" for kind in "bhkm"], steps

    moving = _moving(rows, sides, titles, height, foot, order, _EMPTY, draw)
    if order is not None:
        with style():
            for number, placed in enumerate(moving.stack["rows"]):
                for gid, change in ((f"u{number}", 1), (f"d{number}", -1)):
                    _arrow(moving.figure.axes[0], _TOP + _PITCH / 2, change, gid=gid)
                placed |= {"up": f"u{number}", "down": f"d{number}"}
                placed["parts"] += [f"u{number}", f"d{number}"]
    for number, placed in enumerate(moving.stack["rows"]):
        placed |= {"shown": shown[number]} if shown else {"always": True}
    return moving


def shares(lines: pd.DataFrame, titles: Sequence[str], foot: str = "") -> Figure:
    """Draw the model's shares as paired bands in percent of capacity, one row a muscle.

    `lines` needs `label, group` and, for each side, `first_low, first_high` and `second_low, second_high`:
    the smallest and the largest share over the modelling options; NaN is drawn as a hatched box.
    """
    with style():
        figure, page = new_page(_NAMES + _COLUMN * len(titles), _TOP + _PITCH * max(len(lines), 1) + 30)
        for side, title in enumerate(titles):
            _title(page, side, title)
        for number, line in enumerate(lines.itertuples()):
            middle = _TOP + _PITCH * (number + 0.5)
            _name(page, middle, line.label)
            for side, key in enumerate(("first", "second")[: len(titles)]):
                cell = (getattr(line, f"{key}_low"), getattr(line, f"{key}_high"))
                _share(page, middle, side, None if pd.isna(cell[0]) else cell, GROUP_COLOURS[line.group])
        if lines.empty:
            page.text(_NAMES, _TOP + 10, _LACKING, va="center")
        _foot(page, foot)
    return figure


def moving_shares(
    rows: pd.DataFrame,
    sides: Sequence[pd.DataFrame],
    titles: Sequence[Sequence[str]],
    height: int,
    foot: str = "",
    order: int | None = None,
    shown: dict | None = None,
) -> Moving:
    """Draw the picture of `shares` once for every choice, its parts to be moved in the browser.

    Arguments are those of `moving_bars`, but a cell is `(low, high)` in percent or None, and `shown`
    holds for all rows.
    """

    def draw(page, middle, place, row, cells):
        number, side = place
        mark = f"{number}s{side}"
        _share(page, middle, side, (0, 100), GROUP_COLOURS[row.group], mark)
        steps = "".join("." if _unseen(cell) else chr(48 + round(sum(cell) / 2)) for cell in cells)
        return _share_tracks(mark, _left(side), cells), [f"{kind}{mark}" for kind in "abm"], steps

    moving = _moving(rows, sides, titles, height, foot, order, _LACKING, draw)
    for placed in moving.stack["rows"]:
        placed["shown"] = shown or {}
    return moving


def _moving(rows, sides, titles, height: int, foot: str, order: int | None, empty: str, draw) -> Moving:
    """Draw rows with one bar a side; `draw` adds a bar and returns its tracks, what grows, and its steps."""
    tracks, placed = [], []
    middle = _TOP + _PITCH / 2
    with style():
        figure, page = new_page(_NAMES + _COLUMN * len(sides), _TOP + height + 30)
        for side, names in enumerate(titles):
            tracks += _moving_title(page, side, names, sides[side].attrs["follows"])
        for number, row in enumerate(rows.itertuples()):
            _name(page, middle, row.label, gid=f"n{number}")
            grow, values = [], []
            for side, table in enumerate(sides):
                new, growing, steps = draw(page, middle, (number, side), row, list(table.iloc[number]))
                tracks += [one | {"follows": [table.attrs["follows"]]} for one in new]
                grow += growing
                values.append(steps)
            words = [f"w{number}s{side}" for side in range(len(sides))]
            placed.append({"parts": [f"n{number}", *grow, *words], "grow": grow, "values": values})
        page.text(_NAMES, _TOP + 10, empty, va="center", gid="none")
        _foot(page, foot, _TOP + 18)
    stack = {"top": _TOP, "height": height, "empty": "none", "base": _PITCH, "pitch": [12, 56]}
    stack |= {"rows": placed, "follows": [table.attrs["follows"] for table in sides], "order": order}
    return Moving(figure, tracks, stack)


def _unseen(cell: Sequence[float] | None) -> bool:
    return cell is None or cell[1] < LEAST_SHARE


def share_text(cell: Sequence[float] | None) -> str:
    """Write a band in percent: "11–30 %"; None is a muscle that the model has no number for."""
    if cell is None:
        return "not in the model"
    low, high = (f"{part:.0f}" for part in cell)
    return f"{low} %" if low == high else f"{low}–{high} %"


def _share(page, middle: float, side: int, cell, colour: str, mark: str = "") -> None:
    """Draw one band and its words; with a mark, every part of it, to be moved."""
    left = _left(side)
    gid = {kind: f"{kind}{mark}" for kind in "abmw"} if mark else dict.fromkeys("abmw")
    if cell is not None:
        _box(page, left, middle, _WHOLE, "#F4F4F4", "#F4F4F4", gid=gid["a"])
    if cell is not None:
        low, high = (round(_WHOLE * part / 100, 1) for part in cell)
        _box(page, left + low, middle, max(high - low, 2), colour, INK, gid=gid["b"])
    if cell is None or mark:
        _box(page, left, middle, _SILENT, "none", FAINT, hatch="///", gid=gid["m"])
    end = _SILENT if cell is None else high
    text = "-" if mark else share_text(cell)
    page.text(left if mark else left + end + 6, middle, text, va="center", fontsize=13, gid=gid["w"])


def _share_tracks(mark: str, left: float, cells: Sequence) -> list[dict]:
    thin = 2 / _WHOLE
    spans = [(0, 0) if c is None else (_WHOLE * c[0] / 100, max((c[1] - c[0]) / 100, thin)) for c in cells]
    ends = [_SILENT if cell is None else _WHOLE * cell[1] / 100 for cell in cells]
    return [
        track(f"b{mark}", "span", [(round(at, 1), round(size, 3)) for at, size in spans]) | {"at": left},
        track(f"a{mark}", "show", [cell is not None for cell in cells]),
        track(f"m{mark}", "show", [cell is None for cell in cells]),
        track(f"w{mark}", "text", [share_text(cell) for cell in cells]),
        track(f"w{mark}", "shift", [round(6 + end, 1) for end in ends]),
    ]


def grid(table: pd.DataFrame, words: pd.DataFrame, foot: str = "") -> Figure:
    """Draw rows by columns as cells with a word and a colour.

    `table` holds steps 0 to 3 (NaN: silent, drawn hatched), `words` the text of each cell.
    """
    with style():
        figure, page = new_page(820, _grid_top(table.columns) + _PITCH * len(table) + 30)
        top = _grid_top(table.columns)
        edges = _columns(len(table.columns))
        _heads(page, table.columns, edges, top)
        for number, label in enumerate(table.index):
            middle = top + _PITCH * (number + 0.5)
            _name(page, middle, label)
            for place, (value, text) in enumerate(zip(table.iloc[number], words.iloc[number], strict=True)):
                _cell(page, edges[place : place + 2], middle, value, text)
        _foot(page, foot)
    return figure


def moving_grid(sheets: Sequence[dict], height: int, foot: str = "") -> Moving:
    """Draw several grids over one another, each shown for its own choices.

    A sheet is `{"table", "words", "shown": {control: [choices]}, "rows": [{control: [choices]}]}`: the
    whole sheet is shown for `shown`, each of its rows for what `rows` says.
    """
    placed = []
    top = max(_grid_top(sheet["table"].columns) for sheet in sheets)
    with style():
        figure, page = new_page(820, top + height + 30)
        for number, sheet in enumerate(sheets):
            table, words = sheet["table"], sheet["words"]
            edges = _columns(len(table.columns))
            heads = _heads(page, table.columns, edges, top, gid=f"t{number}")
            placed += [{"parts": heads, "fixed": True, "shown": sheet["shown"]}]
            for line, label in enumerate(table.index):
                mark = f"r{number}x{line}"
                middle = top + _PITCH / 2
                _name(page, middle, label, gid=f"{mark}n")
                parts, grow = [f"{mark}n"], []
                for place in range(len(edges) - 1):
                    cell = f"{mark}c{place}"
                    _cell(
                        page,
                        edges[place : place + 2],
                        middle,
                        table.iat[line, place],
                        words.iat[line, place],
                        gid=cell,
                    )
                    grow.append(cell)
                    parts += [cell, f"{cell}w"]
                placed.append({"parts": parts, "grow": grow, "shown": sheet["shown"] | sheet["rows"][line]})
        _foot(page, foot, top + 18)
    layout = {"top": top, "height": height, "base": _PITCH, "pitch": [18, 34], "rows": placed}
    return Moving(figure, [], layout)


def counts(lines: pd.DataFrame, foot: str = "") -> Figure:
    """Draw counts out of a total, one row a line: a filled part, a hatched part, and what is left empty.

    `lines` needs `label, filled, hatched, total, said`; the totals share one scale, zero is at the left.
    """
    labels = [textwrap.wrap(label, 62) for label in lines["label"]]
    heights = [max(30, 18 * len(label) + 10) for label in labels]
    left, wide = 430, 240
    unit = wide / max(1, lines["total"].max())
    with style():
        figure, page = new_page(820, sum(heights) + 40)
        top = 4
        for label, height, line in zip(labels, heights, lines.itertuples(), strict=True):
            middle = top + height / 2
            page.text(4, middle, "\n".join(label), va="center", fontsize=SMALL + 1, linespacing=1.25)
            _box(page, left, middle, unit * line.total, "white", FAINT)
            _box(page, left, middle, unit * line.filled, GROUP_COLOURS["adductors"], INK)
            _box(page, left + unit * line.filled, middle, unit * line.hatched, "white", PALE, "///")
            page.text(left + unit * line.total + 8, middle, line.said, va="center", fontsize=SMALL + 1)
            top += height
        _foot(page, foot)
    return figure


def amounts(lines: pd.DataFrame, axis: str, foot: str = "") -> Figure:
    """Draw published amounts as bars from zero, those of one subject under its name.

    `lines` needs `subject, label, value, said`; all values have one unit, which `axis` names. There are no
    whiskers: the caller says whether a spread was published.
    """
    left, wide = 330, 380
    unit = wide / lines["value"].max()
    looks = itertools.cycle(zip(_AMOUNT_COLOURS, _AMOUNT_HATCHES, strict=True))
    look = dict(zip(lines["label"].unique(), looks, strict=False))
    with style():
        figure, page = new_page(820, 36 + 30 * lines["subject"].nunique() + 26 * len(lines) + 36)
        page.text(left, 14, axis, va="center", fontsize=SMALL + 1, fontweight="bold")
        top = 30
        for subject, own in lines.groupby("subject", sort=False):
            page.text(4, top + 15, subject, va="center", fontweight="bold", fontsize=13)
            top += 30
            for line in own.itertuples():
                page.text(left - 8, top + 13, line.label, ha="right", va="center", fontsize=13)
                colour, hatch = look[line.label]
                _box(page, left, top + 13, unit * line.value, colour, INK, hatch)
                page.text(left + unit * line.value + 8, top + 13, line.said, va="center", fontsize=13)
                top += 26
        _foot(page, foot)
    return figure


def dots(
    sections: Sequence[tuple[str, pd.DataFrame]], messages: Sequence[str] = (), muscle: str = ""
) -> Figure:
    """Draw published EMG values, one axis for each unit and reference.

    `sections` are `(title, rows)` with rows from `evidence.measured`; rows of all sections that share unit
    and reference share an axis. Mean with SD, median and range have their own markers, and every row names
    its statistic, sample and study. `messages` stand above, for what has no value. With `muscle`, the name
    that all rows share, a row is headed by its exercise, otherwise by its muscle.
    """
    named = [part.assign(section=title) for title, part in sections]
    axes = evidence.axes(pd.concat(named, ignore_index=True)) if named else []
    plan = [("message", line) for text in messages for line in textwrap.wrap(text, 84)]
    if len(axes) > 1:
        reason = (
            "Separate axes: these values have different units or references. Do not compare between axes."
        )
        plan += [("message", line) for line in textwrap.wrap(reason, 84)]
    for unit, reference, part in axes:
        plan.append(("axis", _axis_name(unit, reference)))
        for section, lines in part.groupby("section", sort=False):
            plan += [("section", text) for text in textwrap.wrap(section, 80)]
            plan += [("row", row) for row in lines.itertuples()]
        plan.append(("ticks", None))
    plan += (
        [("note", "Whiskers: one standard deviation, as published. Marks: see the word beside the value.")]
        if axes
        else []
    )
    # One scale for all axes of a picture, so that no bar looks longer for another reason than its value.
    scale = _Scale(_limit(pd.concat([part for _, _, part in axes]))) if axes else None
    heights = [_plan_height(kind, what, muscle) for kind, what in plan]
    with style():
        figure, page = new_page(_NAMES + 2 * _COLUMN, sum(heights) + 30)
        y = 8.0
        for height, (kind, what) in zip(heights, plan, strict=True):
            middle = y + height / 2
            if kind == "message":
                page.text(4, middle, what, va="center", fontweight="bold")
            elif kind == "axis":
                page.text(4, y + 16, what, va="center", fontweight="bold", color="#005A8E")
                _ticks(page, y + 38, scale)
            elif kind == "ticks":
                _ticks(page, middle, scale)
            elif kind == "note":
                page.text(4, middle, what, va="center", fontsize=SMALL, color=PALE)
            elif kind == "section":
                page.text(4, middle + 2, what, va="center", fontweight="bold", fontsize=13)
            else:
                _dot(page, middle, height, what, scale, muscle)
            y += height
    return figure


def _left(side: int) -> float:
    return _NAMES + _COLUMN * side


def _title(page, side: int, text: str) -> None:
    for number, line in enumerate(_two_lines(text)):
        page.text(_left(side), 12 + 18 * number, line, va="center", fontweight="bold")


def _moving_title(page, side: int, names: Sequence[str], follows: int) -> list[dict]:
    tracks = []
    for number in (0, 1):
        gid = f"t{side}l{number}"
        page.text(_left(side), 12 + 18 * number, "-", va="center", fontweight="bold", gid=gid)
        lines = [_two_lines(name)[number] for name in names]
        tracks.append(track(gid, "text", lines, [follows]))
    return tracks


def _two_lines(text: str) -> list[str]:
    """Break a name at its comma if both parts fit, otherwise where it must."""
    head, comma, rest = text.partition(", ")
    lines = [head + ",", rest] if comma and max(len(head), len(rest)) < 27 else textwrap.wrap(text, 27)
    return [*lines, "", ""][:2]


def _name(page, middle: float, label: str, gid: str | None = None) -> None:
    page.text(_NAMES - 8, middle, label, ha="right", va="center", gid=gid)


def _bar(page, middle: float, side: int, value: float, spoken: str, colour: str) -> None:
    left = _left(side)
    if pd.isna(value):
        _box(page, left, middle, _SILENT, "none", FAINT, hatch="///")
        end = _SILENT
    else:
        end = _UNIT * value
        hatch = "//" if spoken.startswith("holds") else None
        _box(page, left, middle, max(end, 2), colour, INK, hatch=hatch)
    page.text(left + end + 6, middle, spoken, va="center", fontsize=13)


def _moving_bar(page, middle: float, place: tuple[int, int], colour: str, cells) -> list[dict]:
    """Draw one bar three steps long with its hatches and word; return what each does for each choice."""
    row, side = place
    mark, left = f"{row}s{side}", _left(side)
    _box(page, left, middle, 3 * _UNIT, colour, INK, gid=f"b{mark}")
    # Hatching must not stretch with the bar, so both lengths that a holding muscle can have are drawn.
    _box(page, left, middle, _UNIT, "none", INK, hatch="//", gid=f"h{mark}")
    _box(page, left, middle, 2 * _UNIT, "none", INK, hatch="//", gid=f"k{mark}")
    _box(page, left, middle, _SILENT, "none", FAINT, hatch="///", gid=f"m{mark}")
    page.text(left, middle, "-", va="center", fontsize=13, gid=f"w{mark}")
    cells = [(None, emphasis.SILENT) if cell is None else cell for cell in cells]
    holds = [spoken.startswith("holds") for _, spoken in cells]
    length = [0 if value is None else max(value / 3, 0.016) for value, _ in cells]
    return [
        track(f"b{mark}", "scale", length) | {"at": left},
        track(
            f"h{mark}", "show", [hold and value == 1 for (value, _), hold in zip(cells, holds, strict=True)]
        ),
        track(
            f"k{mark}", "show", [hold and value == 2 for (value, _), hold in zip(cells, holds, strict=True)]
        ),
        track(f"m{mark}", "show", [value is None for value, _ in cells]),
        track(f"w{mark}", "text", [spoken for _, spoken in cells]),
        track(f"w{mark}", "shift", [6 + (_SILENT if value is None else _UNIT * value) for value, _ in cells]),
    ]


def _box(page, left, middle, width, fill, edge, hatch=None, gid=None) -> None:
    box = Rectangle((left, middle - 10), width, 20, facecolor=fill, edgecolor=edge, linewidth=0.8, gid=gid)
    if hatch:
        box.set_hatch(hatch)
        box.set_edgecolor("#8c8c8c" if edge == FAINT else edge)
    page.add_artist(box)  # add_patch would fit the axes to it, whose limits are fixed


def _arrow(page, middle: float, difference: float, gid: str | None = None) -> None:
    if pd.isna(difference) or not difference:
        return
    page.text(
        _left(1) - 14, middle, "▲" if difference > 0 else "▼", ha="center", va="center", fontsize=13, gid=gid
    )


def _foot(page, text: str, y: float | None = None) -> None:
    """Write the note below the rows; with `y`, as a part that follows them."""
    gid = None if y is None else "foot"
    place = page.get_ylim()[0] - 12 if y is None else y
    page.text(4, place, text, va="center", fontsize=SMALL, color=PALE, gid=gid)


def _grid_top(columns: Sequence[str]) -> int:
    return 14 + 15 * max(len(_head(name)) for name in columns)


def _head(name: str) -> list[str]:
    return textwrap.wrap(name, 12)


def _columns(count: int) -> np.ndarray:
    return np.linspace(_NAMES, 818, count + 1)


def _heads(page, names: Sequence[str], edges, top: float, gid: str = "") -> list[str]:
    gids = []
    for place, name in enumerate(names):
        lines = _head(name)
        for number, line in enumerate(lines):
            own = f"{gid}h{place}l{number}" if gid else None
            y = top - 10 - 15 * (len(lines) - 1 - number)
            page.text(
                (edges[place] + edges[place + 1]) / 2,
                y,
                line,
                ha="center",
                va="center",
                fontsize=SMALL,
                gid=own,
            )
            gids.append(own)
    return gids


def _cell(page, edges, middle: float, value: float, text: str, gid: str | None = None) -> None:
    silent = pd.isna(value)
    box = Rectangle(
        (edges[0] + 1, middle - _PITCH / 2 + 1),
        edges[1] - edges[0] - 2,
        _PITCH - 2,
        facecolor="white" if silent else STEP_COLOURS[int(value)],
        edgecolor="#b3b3b3" if silent else INK,
        linewidth=0.6,
        hatch="//" if silent else None,
        gid=gid,
    )
    if silent and not text:
        box.set_hatch(None)
    page.add_artist(box)
    if silent:
        text = ""
    if text or gid:
        lines = text.replace(", ", "\n")
        colour = "white" if value == 3 else INK
        centre = (edges[0] + edges[1]) / 2
        page.text(
            centre,
            middle,
            lines or " ",
            ha="center",
            va="center",
            fontsize=SMALL if "\n" not in lines else 11,
            color=colour,
            gid=f"{gid}w" if gid else None,
        )


def _axis_name(unit: str, reference: str) -> str:
    return f"{unit} (reference: {reference})" if reference not in unit else unit


def _limit(part: pd.DataFrame) -> float:
    ends = pd.concat([part["value"] + part["sd"].fillna(0), part["high"]])
    return 20 * np.ceil(max(ends.max(), 100) / 20)


def _plan_height(kind: str, what, muscle: str) -> int:
    if kind == "row":
        return 26 + 15 * max(len(_below(what, muscle)), 1)
    return {"message": 22, "axis": 48, "section": 24, "ticks": 18, "note": 24}[kind]


@dataclass(frozen=True)
class _Scale:
    """Turns a value into a place on the page; `limit` is the value at the right end."""

    limit: float

    @property
    def ticks(self) -> np.ndarray:
        return np.arange(0, self.limit + 1, 20)

    def __call__(self, value: float) -> float:
        left, right = _DOTS
        return left + (right - left) * value / self.limit


def _ticks(page, y: float, scale: _Scale) -> None:
    for tick in scale.ticks[:: 2 if scale.limit > 120 else 1]:
        page.text(scale(tick), y, f"{tick:g}", ha="center", va="center", fontsize=SMALL, color=PALE)


def _head_and_detail(row, muscle: str) -> tuple[str, str]:
    """Return a row's first line and the rest: headed by its exercise if all rows share the muscle."""
    if not muscle:
        return evidence.named_muscle(row), row.condition
    other = row.muscle if row.muscle != muscle else ""
    return row.exercise, ", ".join(text for text in (other, row.segment, row.condition) if text)


def _below(row, muscle: str) -> list[str]:
    return textwrap.wrap(_head_and_detail(row, muscle)[1], 42)


def _dot(page, middle: float, height: float, row, scale: _Scale, muscle: str) -> None:
    colour = GROUP_COLOURS[row.group]
    ends = [middle - height / 2, middle + height / 2, np.nan]
    ticks = np.repeat([scale(tick) for tick in scale.ticks], 3)
    page.plot(ticks, ends * len(scale.ticks), color=FAINT, linewidth=1, zorder=0)
    top = middle - height / 2 + 12
    page.text(4, top, _head_and_detail(row, muscle)[0], va="center", fontsize=13)
    for number, line in enumerate(_below(row, muscle)):
        page.text(4, top + 15 + 15 * number, line, va="center", fontsize=SMALL, color=PALE)
    if row.statistic == "range":
        left, right = scale(row.low), scale(row.high)
        thick = {"linewidth": 8.5, "zorder": 2, "solid_capstyle": "butt"}  # ends where the range ends
        page.plot([left, right], [middle] * 2, color=INK, **thick)
        page.plot(
            [left + 1, right - 1], [middle] * 2, color=colour, **thick | {"linewidth": 6, "zorder": 2.1}
        )
    else:
        if row.statistic == "upper_bound":
            page.plot([scale(0), scale(row.value)], [middle] * 2, color=INK, linewidth=1, linestyle=":")
        if pd.notna(row.sd):
            ends = [scale(max(row.value - row.sd, 0)), scale(row.value + row.sd)]
            page.plot(ends, [middle] * 2, color=INK, linewidth=1.6, marker="|", markersize=9, zorder=2)
        size = 13 if row.statistic == "highest_mean" else 9
        page.plot(
            [scale(row.value)],
            [middle],
            MARKERS[row.statistic],
            color=colour,
            markeredgecolor=INK,
            markersize=size,
            zorder=3,
        )
    right = _DOTS[1] + 16
    page.text(right, top, _right_text(row), va="center", fontsize=13)
    whom = f"{evidence.people(row.n)}, {row.study_id}"
    page.text(right, top + 15, whom, va="center", fontsize=SMALL, color=PALE)


def _right_text(row) -> str:
    """Write value and statistic beside a dot; the axis has already named the unit."""
    number = evidence.amount(row).replace(f" {row.unit}", "")
    return f"{number}, {evidence.STATISTIC_WORDS[row.statistic].replace(' between studies', '')}"
