"""The tempo panel: picture, sentence and table agree, and published lengths are those of the table."""

import dataclasses
import itertools
import json
import re
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from lessons import tempo

WIDE, LONGEST = 600, 20  # pixels and seconds of the axis of one repetition
LEFT, LINE = 200, 15  # where the axes begin; height of a minute's line
PHASES = list(itertools.product(tempo.LIFTING, tempo.HOLD, tempo.LOWERING))


@pytest.fixture(scope="module")
def panel(tables):
    return tempo.timeline(tables=tables)


def seen(panel, *choice):
    """The values that the browser gives each part for a choice of seconds and repetitions."""
    spec = panel.picture.spec
    starts = [start for _, start, _ in spec["controls"]]
    places = [value - start for value, start in zip(choice, starts, strict=True)]
    found = {}
    for track in spec["pictures"][0]["tracks"]:
        place = 0
        for control in track["follows"]:
            place = place * spec["sizes"][control] + places[control]
        found[track["part"], track["set"]] = track["of"][ord(track["pick"][place]) - 48]
    return found


def shapes(path):
    """The outlines of a path, each a list of points."""
    pieces = [piece for piece in re.split(r"Z|(?=M)", path) if piece]
    return [[tuple(map(float, point.split())) for point in re.split("[ML]", piece)[1:]] for piece in pieces]


def ends(path):
    across = [x for shape in shapes(path) for x, _ in shape]
    return (min(across) - LEFT) * LONGEST / WIDE, (max(across) - LEFT) * LONGEST / WIDE


def changed(tables, row, value):
    outcomes = tables.outcomes.copy()
    outcomes.loc[outcomes["outcome_id"] == row, "value"] = value
    return dataclasses.replace(tables, outcomes=outcomes)


def texts(svg):
    return [
        "".join(one.itertext())
        for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.mark.parametrize("phases", PHASES, ids=str)
def test_every_box_begins_where_the_one_before_ends_and_is_as_long_as_its_seconds(panel, phases):
    now = seen(panel, *phases, 10)
    at = 0
    for name, seconds in zip(("lifting", "hold", "lowering"), phases, strict=True):
        assert ends(now[f"b{name}", "path"]) == pytest.approx((at, at + seconds), abs=0.01)
        assert now[f"w{name}", "text"] == (f"{seconds} s" if seconds else "none")
        at += seconds
    assert ends(now["bwhole", "path"]) == ends(now["thigh", "path"]) == pytest.approx((0, at), abs=0.01)
    assert now["wwhole", "text"] == f"{at} s"
    x, _ = map(float, now["tip", "place"].split())
    assert (x - LEFT) * LONGEST / WIDE == pytest.approx(at, abs=0.01)


def test_the_thigh_is_up_exactly_while_it_is_held(panel):
    (points,) = shapes(seen(panel, 3, 2, 5, 1)["thigh", "path"])
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    assert y0 == y3 > y1 == y2
    seconds = [(x - LEFT) * LONGEST / WIDE for x in (x0, x1, x2, x3)]
    assert seconds == pytest.approx([0, 3, 5, 10], abs=0.01)


@pytest.mark.parametrize("choice", [(1, 0, 1, 1), (1, 1, 2, 10), (2, 0, 4, 10), (3, 1, 5, 13), (8, 4, 8, 20)])
def test_the_set_is_drawn_said_and_tabled_as_long_as_it_is(panel, choice):
    *phases, repetitions = choice
    once, total = sum(phases), sum(phases) * repetitions
    now = seen(panel, *choice)
    area = 0
    for shape in shapes(now["set", "path"]):
        across, down = zip(*shape, strict=True)
        area += (max(across) - min(across)) * (max(down) - min(down))
    assert area / LINE / WIDE * 60 == pytest.approx(total, abs=0.05)
    within = [once * number for number in range(1, 21) if once * number % 60]
    assert len(shapes(now["parts", "path"])) == len(within)
    assert now["total", "text"] == f"The set: {tempo.duration(total)} under tension"
    for name, value in zip(("lifting", "hold", "lowering", "repetitions"), choice, strict=True):
        getattr(panel, name).value = value
    count = f"{repetitions} repetition{'s' * (repetitions > 1)}"
    lowering = tempo.duration(phases[2] * repetitions)
    said = f"Time under tension of {count}: {tempo.duration(total)}, of which lowering takes {lowering}, and"
    assert said in panel.sentence
    rows = panel.table.set_index("what")["how long, or what was found"]
    assert rows["one repetition"] == f"{once} s" and rows[count] == tempo.duration(total)
    assert rows[f"lowering, {count}"] == lowering


def test_what_is_said_of_every_length_stands_in_the_picture_and_in_the_sentence(panel, tables):
    span = tempo.published(tables)
    kinds = set()
    for phases in PHASES:
        once = sum(phases)
        kind = "alike" if once <= 8 else "no result" if once <= 10 else "less"
        assert kind in span.words(once)
        assert seen(panel, *phases, 1)["says", "text"] == f"{once} s: {span.words(once)}."
        kinds.add(kind)
    assert len(kinds) == 3
    panel.lifting.value, panel.hold.value, panel.lowering.value = 4, 2, 5
    assert f"11 s lies {span.words(11)} (schoenfeld2015, resistance training to failure)" in panel.sentence


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "below 0.5 s, for which no result was read"),
        (0.5, "within 0.5 to 8 s, where muscles grew alike"),
        (8, "within 0.5 to 8 s, where muscles grew alike"),
        (8.1, "above 8 and up to 10 s, for which no result was read"),
        (10, "above 8 and up to 10 s, for which no result was read"),
        (10.1, "above 10 s, where muscles grew less"),
    ],
)
def test_nothing_is_said_of_a_length_that_no_result_covers(tables, seconds, said):
    assert tempo.published(tables).words(seconds) == said


@pytest.mark.parametrize(("row", "value", "shown"), [("V141", 1.5, "1.5 to 8 s"), ("V142", 6, "0.5 to 6 s")])
def test_the_published_lengths_are_read_from_the_table(tables, row, value, shown):
    other = tempo.timeline(tables=changed(tables, row, value))
    assert f"{shown}: grew alike" in texts(other.picture.spec["pictures"][0]["svg"])
    assert f"within {shown}" in other.sentence
    assert f"{shown} a repetition" in other.table.to_string()


def test_the_length_above_which_growth_was_less_is_read_from_the_table(tables):
    other = tempo.timeline(4, 2, 5, tables=changed(tables, "V143", 12))
    assert "above 12 s: grew less" in texts(other.picture.spec["pictures"][0]["svg"])
    assert "11 s lies above 8 and up to 12 s, for which no result was read" in other.sentence


def test_the_words_say_what_time_under_tension_is_and_what_it_is_not(panel, tables):
    said = panel.sentence
    assert said.endswith("Time under tension is a duration. It is not effort, and it is not growth.")
    assert "there the muscle lengthens while it pulls" in said
    assert "No result for the hip in what was read." in said
    finding = tables.findings.set_index("finding_id").loc["F14", "finding"]
    assert f"2 s against 4 s, 8 weeks (azevedo2022, n = 10): {finding}" in said
    assert list(panel.sources["source_id"]) == ["schoenfeld2015", "azevedo2022"]


def test_the_picture_moves_without_python_and_is_small(panel):
    spec = panel.picture.spec
    assert spec["still"] == [] and panel.picture.words["svg"] == ""
    assert len(json.dumps(spec, ensure_ascii=False).encode()) < 100_000
    parts = set(re.findall(r'id="([^"]+)"', spec["pictures"][0]["svg"]))
    tracks = spec["pictures"][0]["tracks"]
    assert {track["part"] for track in tracks} <= parts
    assert {track["set"] for track in tracks} == {"path", "text", "place"}  # what a still can carry out


@pytest.mark.parametrize("choice", [(1, 1, 2, 10), (8, 4, 8, 20)])
def test_a_still_shows_its_own_choice_in_readable_letters_inside_the_page(tables, choice):
    still = tempo.timeline(*choice, tables=tables).static()
    html = BeautifulSoup(still._repr_mimebundle_()["text/html"], "html.parser")
    assert html.img["alt"] == repr(still) and html.table and len(html.find_all("li")) == 2
    shown = texts(still.picture)
    total = sum(choice[:3]) * choice[3]
    assert f"The set: {tempo.duration(total)} under tension" in shown and "-" not in shown
    assert min(map(float, re.findall(r"font-size: ([\d.]+)px", still.picture))) >= 12
    (width,) = re.findall(r'viewBox="0 0 ([\d.]+) ', still.picture)
    assert LEFT + WIDE + 12 <= float(width) <= 820  # half of the last number on the axis needs the rest
    assert max(map(len, shown)) <= 130  # so many letters of 12 px are about 730 px


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ({"lifting": 0}, "Lifting is 0; it may be 1 to 8 s in steps of 1."),
        ({"hold": 5}, "Hold is 5; it may be 0 to 4 s in steps of 1."),
        ({"lowering": 2.5}, "Lowering is 2.5; it may be 1 to 8 s in steps of 1."),
        ({"repetitions": 21}, "Repetitions is 21; it may be 1 to 20 in steps of 1."),
    ],
)
def test_a_start_that_no_slider_has_is_answered_with_what_is_allowed(start, said):
    with pytest.raises(ValueError) as error:
        tempo.timeline(**start)
    assert str(error.value) == said


def test_a_panel_starts_where_it_is_asked_to(tables):
    panel = tempo.timeline(2, 0, 4, 8, tables=tables)
    assert panel.choice == {"lifting": 2, "hold": 0, "lowering": 4, "repetitions": 8}
    assert panel.sentence.startswith("Lifting 2 s, no hold, lowering 4 s: 6 s a repetition.")


@pytest.mark.parametrize(
    ("seconds", "said"), [(59, "59 s"), (60, "60 s (1 min)"), (117, "117 s (1 min 57 s)"), (0, "0 s")]
)
def test_a_duration_has_minutes_from_one_minute_on(seconds, said):
    assert tempo.duration(seconds) == said
