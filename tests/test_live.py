"""What stands on the page: SVG and HTML that are the same every time, fetch nothing and show text as text."""

import base64
import itertools
import json
import re
import sys
import warnings
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor, wait

import matplotlib
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from ipywidgets import ToggleButtons, VBox

from lessons import anatomy, ask, charts, emphasis, explore, live, load, mechanics, tempo

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = [
    "<script>alert(1)</script>",
    "say \"hi\" & 'bye' &amp; <b>",
    "squeeze 😀 glutes",
    "عضلة الألوية الكبرى",
    "$x_1$ and $\\frac{$",
    'font-family: Comic; d="1.25 2.25" <!-- y -->',
    "a" * 300,
]


def picture(label="Gluteus maximus", title="Hip thrust"):
    lines = {"label": [label], "group": ["glutes"], "first": [1.0], "first_mark": ["holds *"]}
    return charts.bars(pd.DataFrame(lines), [title])


def texts(svg):
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def words(sentence="Gluteus maximus works.", cell="main target", citation="Oh (2007)."):
    return live.Words(
        sentence,
        pd.DataFrame({"muscle": ["Gluteus maximus"], "part": [cell]}),
        pd.DataFrame({"source_id": ["oh2007"], "citation": [citation], "caution": ["Small sample."]}),
        "What texts say",
        picture(),
    )


def page(shown):
    return BeautifulSoup(shown._repr_mimebundle_()["text/html"], "html.parser")


def test_a_picture_is_the_same_bytes_every_time():
    assert live.svg(picture()) == live.svg(picture())
    figure = picture()
    assert live.svg(figure) == live.svg(figure)


def test_a_picture_holds_no_date_no_script_and_no_address_but_xml_names():
    text = live.svg(picture())
    assert not re.search(r"\d{4}-\d\d-\d\d|matplotlib|<script|@import|data:", text)
    addresses = set(re.findall(r"https?://[^\"' )]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r'href="(.)', text)) | set(re.findall(r"url\((.)", text)) <= {"#"}


@pytest.mark.parametrize("awkward", AWKWARD)
def test_any_text_stands_in_a_picture_as_it_is(awkward):
    svg = live.svg(picture(label=awkward))
    assert awkward in texts(svg)
    assert {part.tag.removeprefix(SVG) for part in ET.fromstring(svg).iter()} <= {
        *("svg", "defs", "style", "g", "path", "text", "pattern", "rect", "use", "clipPath")
    }


@pytest.mark.parametrize("awkward", AWKWARD)
def test_any_text_stands_on_a_still_page_as_it_is(awkward):
    shown = page(live.Still(words(awkward, awkward, awkward)))
    assert shown.img["alt"] == awkward
    assert shown.p.get_text() == awkward
    assert shown.find("td", string=awkward)
    assert awkward in shown.li.get_text()
    assert {tag.name for tag in shown.find_all()} <= {
        *("img", "p", "div", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("details", "summary", "ul", "li", "em"),
    }


def test_a_still_page_has_the_picture_with_alt_text_the_sentence_the_table_and_the_sources():
    shown = page(live.Still(words()))
    kind, _, content = shown.img["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert "Gluteus maximus" in texts(base64.b64decode(content).decode())
    assert shown.img["alt"] == shown.p.get_text() == "Gluteus maximus works."
    assert [cell.get_text() for cell in shown.find_all("td")] == ["Gluteus maximus", "main target"]
    assert shown.caption.get_text() == "What texts say"
    assert shown.li.get_text() == "Oh (2007). Small sample."


def test_a_page_without_sources_has_no_empty_list_of_them():
    said = words()
    bare = live.Words(said.sentence, said.table, said.sources.head(0), said.caption, said.figure)
    assert page(live.Still(bare)).li is None


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_table_is_shown_whole_and_its_missing_cells_are_empty(missing):
    frame = pd.DataFrame({"long": ["word " * 40 + "end", missing], "value": [12.5, float("nan")]})
    shown = page(live.Table(frame, "Two rows"))
    cells = [cell.get_text() for cell in shown.find_all("td")]
    assert cells == ["word " * 40 + "end", "12.5", "", ""]
    assert shown.find(attrs={"role": "region"})["aria-label"] == shown.caption.get_text() == "Two rows"


def buttons(*choices):
    return ToggleButtons(options=[(choice.title(), choice) for choice in choices])


def a_panel(moving=None, **controls):
    def describe(**choice):
        said = " and ".join(choice.values())
        return live.Words(f"{said}.", pd.DataFrame(choice, [0]), pd.DataFrame(), "Choice", picture(said))

    return live.Panel(controls, describe, moving)


def test_words_follow_every_control_and_carry_the_choice_they_were_made_for():
    panel = a_panel(side=buttons("left", "right"), lens=buttons("roles", "measured"))
    panel.lens.value = "measured"
    assert panel.sentence == repr(panel) == panel.picture.words["sentence"] == "left and measured."
    assert panel.table.loc[0].tolist() == ["left", "measured"]
    assert panel.picture.words["choice"] == [0, 1]
    assert "left and measured" in texts(panel.picture.words["svg"])


def test_two_panels_keep_their_own_choices():
    one, other = a_panel(side=buttons("left", "right")), a_panel(side=buttons("left", "right"))
    one.side.value = "right"
    assert (one.sentence, other.sentence) == ("right.", "left.")
    assert (one.picture.words["choice"], other.picture.words["choice"]) == ([1], [0])


def test_controls_are_linked_to_their_own_picture_in_the_browser(monkeypatch):
    links = []
    monkeypatch.setattr(live, "jslink", lambda *ends: links.append(ends))
    panel = a_panel(side=buttons("left", "right"), lens=buttons("roles", "measured"))
    assert links == [
        ((panel.side, "index"), (panel.picture, "c0")),
        ((panel.lens, "index"), (panel.picture, "c1")),
    ]


@pytest.mark.parametrize(
    "put", [lambda panel: VBox([panel]), lambda panel: panel._repr_mimebundle_()], ids=["in a box", "itself"]
)
def test_what_moves_is_drawn_once_and_only_when_the_panel_is_put_on_a_page(put):
    drawn = []

    def moving():
        drawn.append("once")
        return charts.Moving(picture())

    panel = a_panel(moving, side=buttons("left", "right"))
    panel.side.value = "right"
    panel.static()
    assert drawn == [] and not panel._picture.spec
    put(panel)
    put(panel)
    assert drawn == ["once"] and panel._picture.spec["pictures"][0]["svg"].startswith("<svg")


def test_a_panel_that_nobody_saw_is_closed_without_being_drawn():
    drawn = []
    panel = a_panel(lambda: drawn.append("once") or charts.Moving(picture()), side=buttons("left", "right"))
    panel.close()
    assert drawn == []


def test_a_panel_has_at_most_six_controls():
    a_panel(**{f"control{number}": buttons("on", "off") for number in range(6)})
    with pytest.raises(ValueError, match="at most 6 controls; 7 were given"):
        a_panel(**{f"control{number}": buttons("on", "off") for number in range(7)})


def test_a_panel_offers_its_sentence_and_table_where_controls_cannot_run():
    panel = a_panel(side=buttons("left", "right"))
    panel.side.value = "right"
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == "right."
    assert page(panel).p.get_text() == "right."
    assert page(panel).td.get_text() == "right"


# The same pictures for every reader, and while another thread draws


def makers(tables):
    """A way to make each kind of picture as text, by its name; nothing is cached for new tables."""
    aims = {"you_can": ["say it"], "right_now": [1], "answered": [2], "questions": [4]}
    panels = {
        "roles": lambda: explore.compare("donkey kick", "hip_thrust", tables=tables),
        "measured": lambda: explore.compare("hip_thrust", "bird_dog", "measured", tables=tables),
        "mechanics": lambda: explore.compare("donkey kick", "hip_thrust", "mechanics", tables=tables),
        "muscle": lambda: explore.muscle("gluteus maximus", tables=tables),
        "overview": lambda: explore.overview("triceps", tables=tables),
        "databases": lambda: explore.databases("quadruped_bent_knee", tables=tables),
        "leg": lambda: explore.moments("leg", tables=tables),
        "arm": lambda: explore.moments("arm", tables=tables),
        "model": lambda: explore.model(tables=tables),
        "tempo": lambda: tempo.timeline(tables=tables),
    }
    stills = {
        "skeleton": lambda: explore.skeleton("dumbbell_bent_over", tables=tables)._html(),
        "outcomes": lambda: explore.outcomes("maeo2022", tables=tables)._html(),
        "ruler": lambda: explore.ruler("quadruped_straight_knee", "semimembranosus", tables=tables)._html(),
        "aims": lambda: live.svg(ask._aims_chart(pd.DataFrame(aims))),
        "none": lambda: live.svg(anatomy.none()),
        "table": lambda: explore.claims(tables=tables)._repr_mimebundle_()["text/html"],
    }
    return {name: lambda make=make: panel_text(make()) for name, make in panels.items()} | stills


def panel_text(panel):
    """All that a panel puts on a page, before and after a control was moved."""
    first = next(iter(panel.choice))
    shown = [panel.picture.spec, panel.picture.words, panel.static()._html(), panel._repr_mimebundle_()]
    control = getattr(panel, first)
    control.value = live._choices(control)[-1]
    return json.dumps([*shown[:3], shown[3]["text/html"], panel.picture.words])


@pytest.fixture(scope="module")
def pictures():
    """Every kind of picture, drawn by one thread with plain settings."""
    return {name: make() for name, make in makers(load()).items()}


SETTINGS = {
    "text.usetex": True,
    "path.sketch": (1, 100, 2),
    "savefig.bbox": "tight",
    "savefig.dpi": 300,
    "svg.fonttype": "path",
    "svg.image_inline": False,
    "axes.prop_cycle": matplotlib.cycler(color=["red"]),
    "axes.xmargin": 0.3,
    "font.family": "monospace",
    "font.weight": "bold",
    "figure.autolayout": True,
    "lines.linewidth": 5,
    "lines.marker": "x",
    "hatch.color": "red",
    "patch.linewidth": 4,
}
OPTIONS = {
    "display.precision": 1,
    "display.max_colwidth": 5,
    "display.max_rows": 2,
    "display.max_columns": 1,
    "display.colheader_justify": "left",
    "display.html.use_mathjax": False,
    "display.float_format": "{:.1f}!".format,
    "display.chop_threshold": 50.0,
    "styler.format.decimal": ",",
}


@pytest.fixture
def a_reader_with_settings():
    """A reader who has set what can be set, of matplotlib, pandas, numpy and warnings."""
    given = itertools.chain.from_iterable(OPTIONS.items())
    with (
        matplotlib.rc_context(SETTINGS),
        pd.option_context(*given),
        np.printoptions(precision=1, legacy="1.13"),
        np.errstate(all="raise"),
        warnings.catch_warnings(action="error"),
    ):
        yield


def test_a_readers_settings_reach_no_picture_and_no_table(pictures, a_reader_with_settings):
    before = dict(matplotlib.rcParams)
    drawn = {name: make() for name, make in makers(load()).items()}
    assert [name for name in pictures if drawn[name] != pictures[name]] == []
    assert dict(matplotlib.rcParams) == before


def test_pictures_are_the_same_when_several_threads_draw_at_once(pictures):
    """The page's messages may be handled in a second thread while cells run (JupyterLab's subshells)."""
    order, ways, before = list(pictures), makers(load()), dict(dict.items(matplotlib.rcParams))
    seen, pause = [], sys.getswitchinterval()

    def draw(names):
        return {name: ways[name]() for name in names}

    sys.setswitchinterval(1e-3)
    try:
        with ThreadPoolExecutor(2) as threads:
            drawn = [threads.submit(draw, names) for names in (order, order[::-1])]
            while wait(drawn, timeout=0.01).not_done:
                seen.append(dict(dict.items(matplotlib.rcParams)))
    finally:
        sys.setswitchinterval(pause)
    for one in drawn:
        assert [name for name in order if one.result()[name] != pictures[name]] == []
    assert dict(dict.items(matplotlib.rcParams)) == before
    with live.ink.style():
        whole = dict(dict.items(matplotlib.rcParams))
    assert all(one in (before, whole) for one in seen), "a third thread saw settings of which half were ours"


def test_a_setting_that_is_made_while_a_picture_is_drawn_stays():
    with matplotlib.rc_context():
        with live.ink.style():
            matplotlib.rcParams["lines.linewidth"] = 7
        assert matplotlib.rcParams["lines.linewidth"] == 7


@pytest.mark.parametrize("made", [emphasis.rows, emphasis.cells, mechanics.kickbacks])
def test_a_table_that_is_made_once_is_handed_out_as_a_copy(made):
    tables = load()
    handed_out = made(tables)
    handed_out.iloc[:, 0] = "spoiled"
    assert not (made(tables).iloc[:, 0] == "spoiled").any()
