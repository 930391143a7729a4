"""The one style of every picture: colours, sizes, and an empty page in pixels."""

import functools
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

_STYLE = Path(__file__).with_name("kickback.mplstyle")

# Okabe and Ito's colours, with grey for black so that hatching shows. Twelve groups share the eight;
# a name always stands beside the colour.
GROUP_COLOURS = {
    "glutes": "#D55E00",
    "hamstrings": "#56B4E9",
    "adductors": "#009E73",
    "hip": "#F0E442",
    "core": "#E69F00",
    "quadriceps": "#0072B2",
    "calf": "#0072B2",
    "triceps": "#CC79A7",
    "arm": "#CC79A7",
    "shoulder": "#BBBBBB",
    "back": "#BBBBBB",
    "forearm": "#BBBBBB",
}
# One hue from light to dark for the four steps of emphasis; the words stand in the cells.
STEP_COLOURS = {0: "#F0F0F0", 1: "#CFE3F1", 2: "#7FB8DC", 3: "#005A8E"}
INK, PALE, FAINT = "#1a1a1a", "#595959", "#d9d9d9"
SMALL = 12


@contextmanager
def style():
    """Use the course's style sheet while a figure is built or saved."""
    with matplotlib.rc_context(_settings()):
        yield


@functools.cache
def _settings() -> dict:
    return dict(matplotlib.rc_params_from_file(_STYLE, use_default_template=False))


def page(width: float, height: float):
    """Return an empty `Figure` of that many pixels and its axes, with the origin at the top left."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    sheet = figure.add_axes((0, 0, 1, 1))
    sheet.set(xlim=(0, width), ylim=(height, 0))
    sheet.axis("off")
    sheet.patch.set_visible(False)
    # Every part is clipped to this frame, which never moves: work out its place once, not for each part.
    frame = sheet.patch.get_transform()
    sheet.patch.get_transform = lambda: frame
    return figure, sheet
