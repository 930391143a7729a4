"""The one style of every picture: colours, sizes, and an empty page in pixels; one thread draws at a time."""

import functools
import threading
from collections.abc import Callable, Iterator
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


# Matplotlib's settings, fonts and mathtext belong to the whole process, and a page's messages may be handled
# in a second thread. The lock is held round everything that draws, saves, or keeps a figure for others.
_drawing = threading.RLock()


@contextmanager
def style() -> Iterator[None]:
    """Draw with the course's settings alone, whatever the reader has set, and let no other thread draw.

    The settings are changed, and put back, all in one step, so that nobody ever sees some of each. What
    another thread sets meanwhile is left as it set it.
    """
    with _drawing:
        ours = {name: _copied(value) for name, value in _settings().items()}
        before = _present()
        dict.update(matplotlib.rcParams, ours)
        try:
            yield
        finally:
            now = _present()
            untouched = {name: before[name] for name in ours if now[name] is ours[name]}
            dict.update(matplotlib.rcParams, untouched)


def one_at_a_time(function: Callable) -> Callable:
    """Let one thread at a time run a function that draws, or that keeps what was drawn for others."""

    @functools.wraps(function)
    def alone(*given, **named):
        with _drawing:
            return function(*given, **named)

    return alone


@functools.cache
def _settings() -> dict:
    """Return matplotlib's own defaults with the style sheet on top; the backend is the reader's."""
    settings = matplotlib.rc_params_from_file(_STYLE, use_default_template=True)
    return {name: value for name, value in dict.items(settings) if not name.startswith("backend")}


def _present() -> dict:
    return dict(dict.items(matplotlib.rcParams))


def _copied(value):
    return value.copy() if isinstance(value, list) else value


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
