"""Measure how soon a panel shows new bars after its control has changed, beside other ways to draw them.

`python benchmarks/redraw.py` prints one table in Markdown; it takes three minutes. Every row is a notebook of
its own in real JupyterLab, in headless Chromium without a GPU; the rows are measured in turn, one change
each, so that whatever else the computer does meets all of them alike.

Time runs from just before the control's change event to the first painted frame whose picture is another:
`redraw.js` asks each animation frame for an urgent task, which begins after style, layout and paint. The
others draw the bars, their names and titles, from tables made beforehand; the panels add words, skeletons,
sentence, table and sources. What is not installed is left out with a sentence.
"""

import argparse
import importlib.util
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import lab
from playwright.sync_api import sync_playwright

REPEATS = 30
_SCRIPT = Path(__file__).with_name("redraw.js").read_text(encoding="utf-8")
_PANEL = "from lessons import explore"
_BARS = """from lessons import emphasis, load
tables = load()
second = "standing_cable_diagonal"
kicks = tables.exercises[tables.exercises["is_kickback"]]
choices = [(str(row.name), row.exercise_id) for row in kicks[["name", "exercise_id"]].itertuples(index=False)]
names = {exercise: name for name, exercise in choices}
bars = {}
for _, first in choices:
    pair = emphasis.compare(tables, first, second, "working", "region")
    bars[first] = pair[["label", "first", "second"]].fillna({"first": 0, "second": 0})
start = choices[0][1]"""
_INTERACT = """import matplotlib.pyplot as plt
from ipywidgets import Dropdown, interact
def show(first):
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(7, 4.5), layout="constrained")
    for axis, side, name in zip(axes, ("first", "second"), (first, second)):
        axis.barh(bars[first]["label"], bars[first][side], color="#D55E00")
        axis.set(xlim=(0, 3), title=names[name])
    axes[0].invert_yaxis()
    plt.show()
_ = interact(show, first=Dropdown(options=choices))"""
_IPYMPL = """%matplotlib widget
import matplotlib.pyplot as plt
from ipywidgets import Dropdown, VBox
with plt.ioff():
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(7, 4.5), layout="constrained")
def show(first):
    for axis, side, name in zip(axes, ("first", "second"), (first, second)):
        axis.clear()
        axis.barh(bars[first]["label"], bars[first][side], color="#D55E00")
        axis.set(xlim=(0, 3), title=names[name])
    axes[0].invert_yaxis()
    figure.canvas.draw_idle()
chosen = Dropdown(options=choices)
chosen.observe(lambda change: show(change["new"]), names="value")
show(start)
VBox([chosen, figure.canvas])"""
_PLOTLY = """import plotly.graph_objects as go
from ipywidgets import Dropdown, VBox
from plotly.subplots import make_subplots
page = make_subplots(1, 2, shared_yaxes=True, subplot_titles=[names[start], names[second]])
for column, side in enumerate(("first", "second"), 1):
    page.add_trace(go.Bar(y=bars[start]["label"], x=bars[start][side], orientation="h"), 1, column)
page.update_layout(width=700, height=450, showlegend=False, yaxis_autorange="reversed")
page.update_xaxes(range=[0, 3])
figure = go.FigureWidget(page)
def show(first):
    with figure.batch_update():
        for trace, side in zip(figure.data, ("first", "second")):
            trace.y, trace.x = bars[first]["label"], bars[first][side]
        figure.layout.annotations[0].text = names[first]
chosen = Dropdown(options=choices)
chosen.observe(lambda change: show(change["new"]), names="value")
VBox([chosen, figure])"""
_BQPLOT = """import bqplot as bq
from ipywidgets import Dropdown, HBox, Layout, VBox
drawn, pages = [], []
for side, name in zip(("first", "second"), (start, second)):
    scales = {"x": bq.OrdinalScale(reverse=True), "y": bq.LinearScale(min=0, max=3)}
    shown = {"x": list(bars[start]["label"]), "y": list(bars[start][side])}
    own = bq.Bars(**shown, scales=scales, orientation="horizontal")
    axes = [bq.Axis(scale=scales["x"], orientation="vertical"), bq.Axis(scale=scales["y"])]
    drawn.append(own)
    margin = {"top": 40, "bottom": 30, "left": 150, "right": 10}
    size = Layout(width="400px", height="450px")
    pages.append(bq.Figure(marks=[own], axes=axes, title=names[name], fig_margin=margin, layout=size))
def show(first):
    for own, side in zip(drawn, ("first", "second")):
        with own.hold_sync():
            own.x, own.y = list(bars[first]["label"]), list(bars[first][side])
    pages[0].title = names[first]
chosen = Dropdown(options=choices)
chosen.observe(lambda change: show(change["new"]), names="value")
VBox([chosen, HBox(pages)])"""
_ALTAIR = """import altair as alt
from ipywidgets import Dropdown, VBox
alt.JupyterChart.enable_offline()
def page(first):
    shown = alt.Chart(bars[first]).mark_bar().properties(width=250, height=400)
    row = alt.Y("label", sort=None)
    scale = alt.Scale(domain=[0, 3])
    pair = [("first", first), ("second", second)]
    sides = [shown.encode(x=alt.X(side, scale=scale), y=row) for side, _ in pair]
    return alt.hconcat(*[one.properties(title=names[name]) for one, (_, name) in zip(sides, pair)])
figure = alt.JupyterChart(page(start), embed_options={"renderer": "svg", "actions": False})
chosen = Dropdown(options=choices)
def show(change):
    figure.chart = page(change["new"])
chosen.observe(show, names="value")
VBox([chosen, figure])"""


@dataclass(frozen=True)
class Row:
    """One way to draw: its notebook's cells, how `redraw.js` sees the picture, what moves it."""

    name: str
    cells: tuple[str, ...]
    kind: str
    control: str
    awaited: str
    needs: str = ""


_COMPARE = 'explore.compare("standing_cable_straight_knee", "standing_cable_diagonal")'
OURS = [
    Row("`explore.compare`, first exercise", (_PANEL, _COMPARE), "kickback", "select", ".kickback-sentence"),
    Row("`explore.model`, knee", (_PANEL, "explore.model()"), "kickback", "slider", ".kickback-sentence"),
    Row(
        '`explore.moments("leg")`, knee',
        (_PANEL, 'explore.moments("leg")'),
        "kickback",
        "slider",
        ".kickback-sentence",
    ),
]
OTHERS = [
    Row("interact, inline matplotlib", (_BARS, _INTERACT), "image", "select", ".jp-OutputArea-output img"),
    Row("ipympl", (_BARS, _IPYMPL), "canvas", "select", ".jp-OutputArea-output canvas", "ipympl"),
    Row("plotly FigureWidget", (_BARS, _PLOTLY), "plotly", "select", ".barlayer path", "plotly"),
    Row("bqplot", (_BARS, _BQPLOT), "bqplot", "select", ".bqplot rect", "bqplot"),
    Row("altair JupyterChart", (_BARS, _ALTAIR), "vega", "select", ".mark-rect path", "altair"),
]
NOTHING = Row("a frame in which nothing changed", OURS[0].cells, "kickback", "none", ".kickback-sentence")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=REPEATS, help="changes of each row (30)")
    parser.add_argument("--only", default="", help="rows whose name holds this text")
    chosen = parser.parse_args(arguments)
    absent = [row for row in OTHERS if row.needs and importlib.util.find_spec(row.needs) is None]
    rows = [row for row in [*OURS, *OTHERS, NOTHING] if row not in absent and chosen.only in row.name]
    times = measured(rows, chosen.repeats)
    print(lab.machine(), f"Medians of {chosen.repeats} changes, all rows in turn.\n")
    print_table(times)
    for row in absent:
        print(f"\n{row.name} is left out: {row.needs} is not installed.")


def measured(rows: list[Row], repeats: int) -> dict[Row, list[dict]]:
    """Open a page for each row and change its control as often as asked, every row in turn."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as driver:
        course, settings = Path(folder) / "course", Path(folder) / "settings"
        course.mkdir(), settings.mkdir()
        browser = driver.chromium.launch(executable_path=lab.chromium(), args=lab.QUIET)
        with lab.served(course, settings) as address:
            pages = {row: opened(browser, address, course, number, row) for number, row in enumerate(rows)}
            found = {row: [] for row in rows}
            for turn in range(-2, repeats):  # the first two changes warm up
                for row, page in pages.items():
                    page.bring_to_front()
                    one = page.evaluate(
                        "([control, turn]) => window.watch(control, turn)", [row.control, turn + 2]
                    )
                    if turn >= 0:
                        found[row].append(one)
            browser.close()
    return found


def opened(browser, address: str, folder: Path, number: int, row: Row):
    """Run a row's notebook in a window of its own and begin to watch its last output."""
    name = f"row{number}.ipynb"
    lab.write(folder / name, *row.cells)
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.add_init_script(_SCRIPT)
    lab.open_notebook(page, address, name)
    lab.run_all(page, row.awaited)
    page.locator(".jp-CodeCell .jp-Cell-outputArea").last.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    page.evaluate(f"() => {{ window.watch = window.kickbackWatch('{row.kind}') }}")
    return page


def print_table(times: dict[Row, list[dict]]) -> None:
    """Print medians, 90th percentiles, times as long as each panel, and frames that were not right."""
    middle = {row: statistics.median(one["ms"] for one in found) for row, found in times.items()}
    ours = [row for row in OURS if row in middle]
    heads = [f"takes longer than {row.name.split('`')[1].split('.')[1].split('(')[0]} by" for row in ours]
    print("| picture, control | median, ms | p90, ms |", *(f"{head} |" for head in heads), end=" ")
    print("empty frames | frames that moved it | height of output changed |")
    print("|---|---|---|" + "---|" * (len(ours) + 3))
    for row, found in times.items():
        high = statistics.quantiles([one["ms"] for one in found], n=10, method="inclusive")[-1]
        ratios = [f"x {middle[row] / middle[one]:.2g}" if row not in OURS else "" for one in ours]
        counted = [sum(one[kind] for one in found) for kind in ("empty", "jumps", "below")]
        cells = [row.name, f"{middle[row]:.1f}", f"{high:.1f}", *ratios, *map(str, counted)]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
