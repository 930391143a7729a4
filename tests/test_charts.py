"""Pictures: lengths, markers and words that say what the table says, in colours that all eyes tell apart."""

from itertools import combinations, pairwise

import matplotlib
import pandas as pd
import pytest
from colorspacious import cspace_convert, deltaE

from lessons import charts, evidence, ink

SIGHT = ["normal", "deuteranomaly", "protanomaly", "tritanomaly"]


def rgb(colour):
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def seen(colour, sight):
    if sight == "normal":
        return rgb(colour)
    full = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
    return cspace_convert(rgb(colour), full, "sRGB1").clip(0, 1)


def distance(one, other, sight):
    return deltaE(seen(one, sight), seen(other, sight), input_space="sRGB1", uniform_space="CAM02-UCS")


def luminance(colour):
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colours_of_muscle_groups_stay_apart_for_every_kind_of_sight(sight):
    palette = sorted(set(ink.GROUP_COLOURS.values()))
    assert len(palette) == 8
    assert min(distance(*pair, sight) for pair in combinations(palette, 2)) >= 10.9


@pytest.mark.parametrize("sight", SIGHT)
def test_neighbouring_steps_of_emphasis_stay_apart_for_every_kind_of_sight(sight):
    steps = [ink.STEP_COLOURS[step] for step in (0, 1, 2, 3)]
    assert min(distance(*pair, sight) for pair in pairwise(steps)) >= 8


def test_the_steps_of_emphasis_grow_darker_in_greyscale():
    lightness = [cspace_convert(rgb(ink.STEP_COLOURS[step]), "sRGB1", "CIELab")[0] for step in (0, 1, 2, 3)]
    assert min(light - dark for light, dark in pairwise(lightness)) >= 5


def test_every_muscle_group_of_the_tables_has_a_colour(tables):
    assert set(tables.muscles["group"]) <= set(ink.GROUP_COLOURS)


def test_the_words_on_the_steps_and_below_the_picture_are_readable():
    figure = charts.grid(
        pd.DataFrame([[0.0, 1.0, 2.0, 3.0]], ["Muscle"], list("abcd")),
        pd.DataFrame([["opposes", "assists", "works hard", "main target"]], ["Muscle"], list("abcd")),
        "foot",
    )
    colours = {text.get_text(): matplotlib.colors.to_hex(text.get_color()) for text in words(figure)}
    for step, word in enumerate(["opposes", "assists", "works hard", "main target"]):
        assert contrast(colours[word], ink.STEP_COLOURS[step]) >= 4.5
    assert contrast(colours["foot"], "#ffffff") >= 4.5


def words(figure):
    return figure.axes[0].texts


def boxes(figure):
    return figure.axes[0].patches


LINES = pd.DataFrame(
    [
        ["Gluteus maximus", "glutes", 3.0, "main target", 2.0, "works hard"],
        ["Gluteus medius", "glutes", 1.0, "holds", float("nan"), "not named"],
        ["Rectus femoris", "quadriceps", 0.0, "opposes", 0.0, "opposes"],
    ],
    columns=["label", "group", "first", "first_mark", "second", "second_mark"],
)


def test_bars_start_at_one_line_and_are_as_long_as_the_emphasis():
    drawn = boxes(charts.bars(LINES, ["One", "Other"]))
    first, second = drawn[0::2], drawn[1::2]
    assert len({box.get_x() for box in first}) == len({box.get_x() for box in second}) == 1
    step = first[0].get_width() / 3
    assert second[0].get_width() == pytest.approx(2 * step)
    assert first[1].get_width() == pytest.approx(step)
    assert 0 < first[2].get_width() < step / 10


def test_a_silent_text_is_a_hatched_white_box_with_its_word_and_a_holding_muscle_is_hatched_in_colour():
    figure = charts.bars(LINES, ["One", "Other"])
    holding, silent, zero = boxes(figure)[2], boxes(figure)[3], boxes(figure)[4]
    assert silent.get_hatch() and silent.get_facecolor()[3] == 0
    assert holding.get_hatch() and holding.get_facecolor()[3] == 1
    assert zero.get_hatch() is None
    assert [text.get_text() for text in words(figure)].count("not named") == 1


def test_an_arrow_stands_only_where_both_texts_name_the_muscle_and_differ():
    shown = [text.get_text() for text in words(charts.bars(LINES, ["One", "Other"]))]
    assert [text for text in shown if text in ("▲", "▼")] == ["▼"]


def test_a_picture_without_rows_says_so():
    shown = [text.get_text() for text in words(charts.bars(LINES.head(0), ["One", "Other"]))]
    assert "No text read here names a muscle in this view." in shown


def published(**changes):
    row = {"exercise": "Hip thrust", "muscle": "Gluteus maximus", "segment": "", "group": "glutes"}
    row |= {"condition": "", "statistic": "mean", "unit": "%MVIC", "reference": "MVIC", "study_id": "oh2007"}
    row |= {"value": 50.0, "sd": float("nan"), "low": float("nan"), "high": float("nan"), "n": 20.0}
    return row | changes


def dots(*rows):
    return charts.dots([("Hip thrust", pd.DataFrame([published(**row) for row in rows]))])


def points(figure):
    """The marker and the place of each drawn value."""
    lines = figure.axes[0].lines
    single = [line for line in lines if len(line.get_xdata()) == 1]
    return [(line.get_marker(), line.get_xdata()[0]) for line in single]


def test_each_statistic_has_a_marker_of_its_own_and_is_named():
    kinds = [kind for kind in evidence.STATISTIC_WORDS if kind != "range"]
    figure = dots(*({"statistic": kind} for kind in kinds))
    assert len({marker for marker, _ in points(figure)}) == len(kinds)
    shown = " ".join(text.get_text() for text in words(figure))
    assert all(evidence.STATISTIC_WORDS[kind] in shown for kind in kinds)


def test_a_range_is_a_bar_from_its_low_to_its_high_end_and_has_no_point():
    figure = dots({"value": 20.0}, {"value": 80.0}, {"statistic": "range", "low": 20.0, "high": 80.0})
    (_, low), (_, high) = points(figure)
    thick = [line for line in figure.axes[0].lines if line.get_linewidth() > 8]
    assert [list(line.get_xdata()) for line in thick] == [pytest.approx([low, high])]
    assert "20 to 80, range" in [text.get_text() for text in words(figure)]


def test_a_spread_reaches_one_sd_to_both_sides_and_never_below_zero():
    figure = dots({"value": 40.0, "sd": 20.0}, {"value": 10.0, "sd": 30.0}, {"value": 20.0}, {"value": 0.0})
    place = {20: points(figure)[2][1], 40: points(figure)[0][1], 0: points(figure)[3][1]}
    spreads = [line.get_xdata() for line in figure.axes[0].lines if line.get_marker() == "|"]
    assert list(spreads[0]) == pytest.approx([place[20], 2 * place[40] - place[20]])
    assert list(spreads[1]) == pytest.approx([place[0], place[40]])


def test_every_point_names_its_people_and_its_study():
    shown = [
        text.get_text() for text in words(dots({"n": 13.0}, {"n": float("nan"), "study_id": "jeon2016"}))
    ]
    assert "n = 13, oh2007" in shown
    assert "n not stated, jeon2016" in shown


def test_values_with_another_unit_or_reference_stand_on_another_axis_and_the_reason_is_said():
    mixed = dots(
        {"value": 150.0}, {"unit": "%MVC", "reference": "MVC"}, {"reference": "the higher of two MVICs"}
    )
    shown = [text.get_text() for text in words(mixed)]
    names = ["%MVIC", "%MVC", "%MVIC (reference: the higher of two MVICs)"]
    assert [text for text in shown if text in names] == names
    assert any("Separate axes: these values have different units or references" in text for text in shown)
    places = [place for _, place in points(mixed)]
    assert places[1] == places[2] != pytest.approx(places[0])
    alone = [text.get_text() for text in words(dots({}, {"statistic": "median"}))]
    assert not any("Separate axes" in text for text in alone)


def test_no_value_or_spread_of_the_tables_runs_off_its_axis_into_the_words_beside_it(tables):
    for _, _, rows in evidence.axes(evidence.measured(tables)):
        figure = charts.dots([("All", rows)])
        beside = min(text.get_position()[0] for text in words(figure) if text.get_text().startswith("n "))
        assert max(line.get_xdata().max() for line in figure.axes[0].lines) < beside
