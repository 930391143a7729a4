"""The panels: every choice has a picture, a sentence and a table, and all three say the same."""

import ast
import dataclasses
import itertools
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import lessons
from lessons import emphasis, evidence, explore, ink, live

# A warning of the course's own code would stand in the student's notebook.
pytestmark = pytest.mark.filterwarnings("error:::lessons")

SVG = "{http://www.w3.org/2000/svg}"
VIEWS = list(itertools.product(["working", "standing", "trunk", "all"], ["region", "difference"]))
EMPHASIS = {"main target": 3, "works hard": 2, "holds hard": 2, "assists": 1, "holds": 1, "opposes": 0}
HOLDING = {"holds": "h", "holds hard": "k"}


def options(control):
    return [value for _, value in control.options]


@dataclasses.dataclass
class Seen:
    """A panel in one moment."""

    choice: dict
    indices: list
    sentence: str
    table: pd.DataFrame
    sources: pd.DataFrame
    told: dict


def state(panel):
    indices = [getattr(panel, name).index for name in panel.choice]
    return Seen(panel.choice, indices, panel.sentence, panel.table, panel.sources, panel.picture.words)


def through(panel, *names):
    """Put the named controls on each of their choices in turn, and give what is seen."""
    for values in itertools.product(*(options(getattr(panel, name)) for name in names)):
        for name, value in zip(names, values, strict=True):
            getattr(panel, name).value = value
        yield state(panel)


@pytest.fixture(scope="module")
def roles(tables):
    """The Roles lens of every pair of kickbacks, and of every other exercise on each side of one.

    Each pair is seen in one of the eight views; views change rarely, because each change is drawn.
    """
    panel = explore.compare("quadruped_straight_knee", "quadruped_bent_knee", tables=tables)
    every = options(panel.first)
    kickbacks, others = every[:12], every[12:]
    pairs = [*itertools.product(kickbacks, repeat=2)]
    pairs += [(kickbacks[8], other) for other in others] + [(other, kickbacks[0]) for other in others]
    turn = {exercise: number for number, exercise in enumerate(every)}
    seen = []
    for number, (limb, order) in enumerate(VIEWS):
        panel.limb.value, panel.order.value = limb, order
        for first, second in pairs:
            if (turn[first] + 4 * (turn[second] % 2)) % len(VIEWS) == number:
                panel.first.value, panel.second.value = first, second
                seen.append(state(panel))
    assert len(seen) == len(pairs)
    return panel, seen


def assert_in_order(seen):
    """What must hold for every panel and choice."""
    assert seen.sentence.endswith("."), seen.choice
    assert not re.search(r"\bnan\b|None(?! was)|_|  |\.\.|\( |,,", seen.sentence), seen.sentence
    assert seen.told["choice"] == seen.indices
    assert seen.told["sentence"] == seen.sentence
    assert isinstance(seen.table, pd.DataFrame)
    assert not seen.table.isna().any().any()


# Comparing two exercises


def test_every_pair_in_the_roles_lens_has_a_sentence_a_table_and_the_sources_of_its_values(roles):
    for seen in roles[1]:
        assert_in_order(seen)
        assert bool(len(seen.sources)) == bool(len(seen.table)), seen.choice


def assert_measured_in_order(seen):
    assert_in_order(seen)
    if "study" not in seen.table:
        assert seen.table.to_numpy().tolist() == [["no published value seen"]]
        assert seen.sources.empty and "no published value seen" in seen.sentence
        return
    assert not seen.table.duplicated().any()
    assert set(seen.table["study"]) == set(seen.sources["source_id"])
    assert all(name in seen.sentence for name in seen.table["exercise"]), seen.sentence


def test_every_exercise_in_the_measured_lens_has_a_value_or_says_that_none_was_seen(tables):
    panel = explore.compare("hop", "hop", lens="measured", limb="all", tables=tables)
    for seen in through(panel, "first"):
        assert_measured_in_order(seen)


@pytest.mark.parametrize(
    "pair", [("bird_dog", "quadruped_bent_knee"), ("dumbbell_two_arm", "triangle_push_up")]
)
def test_a_measured_pair_holds_in_every_limb_and_order(tables, pair):
    panel = explore.compare(*pair, lens="measured", tables=tables)
    for seen in through(panel, "limb", "order"):
        assert_measured_in_order(seen)


def test_a_kickback_without_a_value_shows_its_nearest_under_their_own_names_in_picture_and_sentence(tables):
    panel = explore.compare("standing_cable_diagonal", "machine_kickback", lens="measured", tables=tables)
    assert "Nearest measured, not this exercise: Resisted hip abduction-extension (" in panel.sentence
    assert set(panel.table["exercise"]) == {"Resisted hip abduction-extension", "Prone hip extension"}
    shown = " ".join(texts(panel.picture.words["svg"]))
    assert "Cable kickback, diagonal: no published value seen." in shown
    for near in evidence.nearest(tables, "standing_cable_diagonal").itertuples():
        assert f"Nearest measured: {near.exercise}. Not Cable kickback, diagonal: {near.differs}." in shown


def test_values_of_different_units_stand_on_different_axes_in_the_measured_picture(tables):
    panel = explore.compare("bird_dog", "triangle_push_up", lens="measured", limb="all", tables=tables)
    shown = texts(panel.picture.words["svg"])
    kinds = set(panel.table["reference"])
    assert len(kinds) > 1 and f"stand on {len(kinds)} axes" in panel.sentence
    assert any("Separate axes" in text for text in shown)
    for reference in kinds - {"MVIC"}:
        assert sum(reference in text for text in shown) == 1


# The moving picture, read as the browser reads it


def texts(svg):
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


class Browser:
    """What `live.js` makes of a picture: its rules, written down a second time."""

    def __init__(self, spec, number=0):
        self.sizes, self.spec = spec["sizes"], spec["pictures"][number]
        spec, self.stack = self.spec, self.spec["stack"]
        self.parts = {part.get("id"): part for part in ET.fromstring(spec["svg"]).iter() if part.get("id")}
        self.asked = {track["part"] for track in spec["tracks"]}
        for row in self.stack["rows"]:
            self.asked |= {"foot", *row["parts"], *row.get("grow", []), row.get("up"), row.get("down")} - {
                None
            }

    def text(self, part):
        return ", ".join("".join(text.itertext()) for text in self.parts[part].iter(f"{SVG}text")).strip()

    def width(self, part):
        places = re.findall(r"[ML] ([\d.]+)", self.parts[part].find(f"{SVG}path").get("d"))
        return max(map(float, places)) - min(map(float, places))

    def tracks(self, choice):
        return {(track["part"], track["set"]): self.value(track, choice) for track in self.spec["tracks"]}

    def value(self, track, choice):
        place = 0
        for control in track["follows"]:
            place = place * self.sizes[control] + choice[control]
        return track["of"][ord(track["pick"][place]) - 48]

    def rows(self, choice):
        """The numbers of the visible rows from top to bottom, each with the values of its sides."""
        shown = []
        for number, row in enumerate(self.stack["rows"]):
            values = [
                None if side[choice[control]] == "." else ord(side[choice[control]]) - 48
                for side, control in zip(row.get("values", []), self.stack.get("follows", []), strict=True)
            ]
            named = "values" not in row or row.get("always") or any(value is not None for value in values)
            asked = row.get("shown", {}).items()
            if named and all(choice[int(control)] in allowed for control, allowed in asked):
                shown.append((number, values))
        order = self.stack.get("order")
        if order is not None and choice[order] == 1:
            shown.sort(key=lambda row: -abs((row[1][1] or 0) - (row[1][0] or 0)))
        return shown

    def title(self, choice, side):
        now = self.tracks(choice)
        return " ".join(now[f"t{side}l{line}", "text"] for line in (0, 1)).strip()

    def bars(self, choice):
        """Each visible row as a reader sees it: its name, a word for each side, and the arrow."""
        now, told = self.tracks(choice), []
        for number, values in self.rows(choice):
            spoken = [self.read_bar(now, f"{number}s{side}", value) for side, value in enumerate(values)]
            change = 0 if None in values else values[1] - values[0]
            arrow = self.stack["rows"][number].get("up" if change > 0 else "down") if change else None
            told.append([self.text(f"n{number}"), *spoken, self.text(arrow) if arrow else ""])
        return told

    def read_bar(self, now, mark, value):
        """The word beside a bar, once the bar itself has been found to say the same."""
        text, step = now[f"w{mark}", "text"], self.width(f"b{mark}") / 3
        word = text.removesuffix(" *")
        length = now[f"b{mark}", "scale"] * 3
        assert length == pytest.approx(EMPHASIS.get(word, 0), abs=0.06)
        assert value == EMPHASIS.get(word)
        assert (length > 0) == (word != "not named") == (not now[f"m{mark}", "show"])
        for hatch in "hk":
            assert now[f"{hatch}{mark}", "show"] == (HOLDING.get(word) == hatch)
        if word in HOLDING:
            assert self.width(HOLDING[word] + mark) == pytest.approx(step * length)
        end = self.width(f"m{mark}") if word == "not named" else step * EMPHASIS[word]
        assert now[f"w{mark}", "shift"] == pytest.approx(end + 6)
        return text

    def cells(self, choice):
        """Each visible row of a grid as its texts."""
        placed = [self.stack["rows"][number] for number, _ in self.rows(choice)]
        named = [
            [part for part in row["parts"] if part[-1] in "nw"] for row in placed if not row.get("fixed")
        ]
        return [[self.text(part) for part in parts] for parts in named]


def arrow(change):
    return {"rises": "▲", "falls": "▼"}.get(change.partition(" ")[0], "")


def in_the_picture(cell):
    """A table's "holds (stabilizer, from anatomy)" as the picture writes it: "holds *"."""
    word, _, role = cell.partition(" (")
    return word + (" *" if "from anatomy" in role else "")


def test_the_moving_comparison_shows_the_rows_words_lengths_and_order_of_its_table(roles):
    panel, states = roles
    browser = Browser(panel.picture.spec)
    for seen in states:
        table = seen.table.to_numpy().tolist()
        expected = [
            [label, in_the_picture(first), in_the_picture(second), arrow(change)]
            for label, first, second, change in table
        ]
        assert browser.bars(seen.indices) == expected, seen.choice


def test_the_moving_comparison_is_headed_by_the_exercises_of_its_table(roles):
    panel, states = roles
    browser = Browser(panel.picture.spec)
    for seen in states:
        heads = [browser.title(seen.indices, side).replace("- ", "-") for side in (0, 1)]
        assert heads == [name.removesuffix(" again") for name in seen.table.columns[1:3]]


def test_the_moving_muscle_picture_shows_the_words_and_lengths_of_its_table(tables):
    panel = explore.muscle("gluteus_maximus", tables=tables)
    browser = Browser(panel.picture.spec)
    for seen in through(panel, "muscle"):
        shown = [row[:3] for row in browser.bars(seen.indices)]
        assert shown == seen.table.to_numpy().tolist(), seen.choice


def test_the_moving_overview_shows_the_rows_and_words_of_its_table(tables):
    panel = explore.overview("glute", tables=tables)
    browser = Browser(panel.picture.spec)
    for seen in through(panel, "family", "limb"):
        table = seen.table.replace(emphasis.SILENT, "").to_numpy().tolist()
        assert browser.cells(seen.indices) == table, seen.choice


def test_the_moving_database_picture_shows_what_each_line_says_of_each_muscle(tables):
    panel = explore.databases("machine_kickback", tables=tables)
    browser = Browser(panel.picture.spec)
    for seen in through(panel, "exercise"):
        _, words = emphasis.agreement(tables, seen.choice["exercise"])
        table = words.replace(emphasis.SILENT, "").reset_index().to_numpy().tolist()
        assert browser.cells(seen.indices) == table, seen.choice


@pytest.mark.parametrize("name", ["compare", "muscle", "overview", "databases"])
def test_the_browser_finds_every_part_that_it_is_to_move(tables, name):
    browser = Browser(a_panel(name, tables).picture.spec)
    assert browser.asked <= set(browser.parts)


def test_the_measured_lens_is_drawn_by_python_and_the_roles_lens_is_not(tables):
    for panel in (a_panel("compare", tables), a_panel("muscle", tables)):
        lens = list(panel.choice).index("lens")
        assert panel.picture.spec["still"] == [[lens, options(panel.lens).index("measured")]]
        assert panel.picture.words["svg"] == ""
        panel.lens.value = "measured"
        assert panel.picture.words["svg"].startswith("<svg")


# One muscle, all at once, the databases


def a_panel(name, tables):
    arguments = {
        "compare": ("quadruped_straight_knee", "quadruped_bent_knee"),
        "muscle": ("gluteus_medius",),
        "overview": ("glute",),
        "databases": ("machine_kickback",),
    }
    return getattr(explore, name)(*arguments[name], tables=tables)


@pytest.mark.parametrize("lens", ["roles", "measured"])
def test_every_muscle_has_a_sentence_a_table_and_sources_in_both_lenses(tables, lens):
    panel = explore.muscle("gluteus_medius", lens, tables=tables)
    for seen in through(panel, "muscle"):
        assert_in_order(seen)
        valued = not (seen.table.iloc[:, 1:] == emphasis.SILENT).all().all()
        if lens == "measured":
            valued = "study" in seen.table
        assert bool(len(seen.sources)) == valued, seen.choice


def test_a_group_that_texts_read_by_its_parts_is_not_said_to_be_silent(tables):
    for group, part in (("hamstrings", "semitendinosus"), ("triceps_brachii", "triceps brachii (long head)")):
        said = explore.muscle(group, tables=tables).sentence
        assert "No text" not in said
        assert part in said


def test_every_family_and_limb_has_an_overview_whose_targets_stand_in_its_table(tables):
    panel = explore.overview("triceps", tables=tables)
    for seen in through(panel, "family", "limb"):
        assert_in_order(seen)
        assert bool(len(seen.sources)) == bool(len(seen.table))
        rows = seen.table.set_index("muscle")
        targets = rows.index[(rows == "main target").any(axis=1)]
        assert ("No text names a main target" in seen.sentence) == targets.empty
        assert all(emphasis.spoken(muscle) in seen.sentence for muscle in targets)


def test_every_exercise_that_a_database_holds_shows_its_entries_and_their_sources(tables):
    panel = explore.databases("dumbbell_bent_over", tables=tables)
    assert len(options(panel.exercise)) == tables.databases["exercise_id"].replace("", None).nunique()
    for seen in through(panel, "exercise"):
        assert_in_order(seen)
        entries = tables.databases[tables.databases["exercise_id"] == seen.choice["exercise"]]
        assert sorted(seen.table["entry"]) == sorted(entries["entry"])
        assert set(seen.sources["source_id"]) == set(entries["source_id"])


# What a student types


def test_the_hamstrings_fall_and_gluteus_medius_rises_where_the_course_says_so(tables):
    knee = explore.compare("quadruped_straight_knee", "quadruped_bent_knee", tables=tables)
    falling = set(knee.table.loc[knee.table["change"].str.startswith("falls"), "muscle"])
    assert falling == {"Biceps femoris, long head", "Semitendinosus", "Semimembranosus"}
    assert repr(knee) == knee.sentence
    line = explore.compare("standing_cable_straight_knee", "standing_cable_diagonal", tables=tables)
    assert line.table.set_index("muscle").loc["Gluteus medius", "change"] == "rises 1 to 3"


def test_an_alias_opens_the_exercise_it_means(tables):
    panel = explore.compare("donkey kick", "Tricep  Kickback", tables=tables)
    assert panel.choice["first"] == "quadruped_bent_knee"
    assert panel.choice["second"] == "dumbbell_bent_over"


@pytest.mark.parametrize(
    ("panel", "given", "named"),
    [
        ("compare", ["quadruped_bend_knee", "hip_thrust"], "quadruped_bent_knee"),
        ("compare", ["hip_thrust", "hip trust"], "hip_thrust"),
        ("compare", ["hip_thrust", "clam"], "Clam"),
        ("compare", ["hip_thrust", "hop", "rolls"], "roles, measured"),
        ("muscle", ["gluteus maximmus"], "gluteus_maximus"),
        ("muscle", ["quadratus_lumborum"], "Quadratus lumborum"),
        ("muscle", ["gluteus_maximus", "rolls"], "roles, measured"),
        ("overview", ["gluteal"], "glute, triceps"),
        ("databases", ["machine kickbak"], "machine_kickback"),
        ("databases", ["hip_thrust"], "Hip thrust"),
        ("claim", ["C99"], "C01 to C18"),
        ("claims", ["C01", "C99"], "C01 to C18"),
    ],
)
def test_a_wrong_name_or_lens_is_answered_with_what_would_be_right(tables, panel, given, named):
    with pytest.raises(ValueError) as caught:
        getattr(explore, panel)(*given, tables=tables)
    assert named in str(caught.value)


@pytest.mark.parametrize("wrong", [{"limb": "leg"}, {"order": "size"}])
def test_a_wrong_limb_or_order_is_answered_with_what_is_allowed(tables, wrong):
    with pytest.raises(ValueError, match="it may be (working, standing, trunk, all|region, difference)"):
        explore.compare("hip_thrust", "hop", **wrong, tables=tables)


def test_a_table_without_the_asked_column_names_those_it_has(tables):
    with pytest.raises(ValueError, match="no column 'cues'; there are cue_id, cue"):
        explore.table(tables.cues, "Cues", "cues")


def test_two_comparisons_on_one_page_keep_their_own_choices(tables):
    one, other = a_panel("compare", tables), a_panel("compare", tables)
    before = other.sentence, other.picture.words
    one.second.value = "dumbbell_bent_over"
    assert (other.sentence, other.picture.words) == before
    assert "They share no prime mover." in one.sentence


@pytest.mark.parametrize("name", ["compare", "muscle", "overview", "databases"])
def test_a_still_picture_says_what_the_panel_says(tables, name):
    panel = a_panel(name, tables)
    still = panel.static()
    page = BeautifulSoup(still._repr_mimebundle_()["text/html"], "html.parser")
    assert page.img["alt"] == repr(still) == panel.sentence
    cells = [cell.get_text() for cell in page.find_all("td")]
    assert cells == [str(cell) for row in panel.table.to_numpy() for cell in row]
    assert len(page.find_all("li")) == len(panel.sources) > 0
    rows = [] if name == "databases" else panel.table.iloc[:, 0].tolist()
    shown = [text for text in texts(live.svg(still.words.figure)) if text in rows]
    assert shown == rows


def test_the_same_choice_gives_the_same_page_byte_for_byte(tables):
    one, other = a_panel("compare", tables), a_panel("compare", tables)
    assert one.picture.spec["pictures"] == other.picture.spec["pictures"]
    for lens in ("roles", "measured"):
        one.lens.value = other.lens.value = lens
        assert one.static()._html() == other.static()._html()


def test_a_claim_is_shown_with_its_verdict_and_hidden_when_it_is_to_be_judged(tables):
    shown = explore.claims("C02", tables=tables).frame
    assert {"verdict", "reason"} <= set(shown)
    asked = explore.claims("C02", verdict=False, tables=tables)
    assert not {"verdict", "reason", "for", "against"} & set(asked.frame)
    assert shown["verdict"].item() not in asked._repr_mimebundle_()["text/html"]
    verdict = tables.claims.set_index("claim_id").loc["C02", "verdict"].replace("_", " ")
    assert f"Verdict: {verdict}." in explore.claim("C02", tables=tables).caption


# Names that could break a page


def renamed(tables, text):
    """The course's tables with `text` as the name of an exercise and a muscle and as a study's id."""
    exercises, muscles = tables.exercises.copy(), tables.muscles.copy()
    exercises.loc[exercises["exercise_id"] == "dumbbell_bent_over", "name"] = text
    muscles.loc[muscles["muscle_id"] == "triceps_long", "name"] = text
    emg, sources = tables.emg.replace("boehler2011", text), tables.sources.replace("boehler2011", text)
    return dataclasses.replace(tables, exercises=exercises, muscles=muscles, emg=emg, sources=sources)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "\"hi\" & 'bye'",
        "kick 😀",
        "ركلة خلفية",
        "$x_1$",
        "$\\frac{$",
        "long " * 60 + "end",
    ],
)
def test_a_name_with_markup_is_shown_as_text_everywhere(tables, text):
    changed = renamed(tables, text)
    panel = explore.compare("dumbbell_bent_over", "hip_thrust", tables=changed)
    for lens in ("roles", "measured"):
        panel.lens.value = lens
        picture = " ".join(texts(live.svg(panel.static().words.figure)))
        assert text[:30] in picture
        assert text in panel.sentence
        for page in (
            panel.static()._html(),
            panel._repr_mimebundle_()["text/html"],
            panel.picture.words["html"],
        ):
            parsed = BeautifulSoup(page, "html.parser")
            assert parsed.find("script") is None
            assert any(text in cell.get_text() for cell in parsed.find_all(["td", "th"]))
    assert any(study == text for study in panel.table["study"])
    assert any(text in row for row in texts(panel.picture.spec["pictures"][0]["svg"]))


# The package


def test_importing_the_panels_leaves_pyplot_out():
    code = "import sys, lessons; from lessons import explore; print('matplotlib.pyplot' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# Mechanics: the model's lens, its levers and its shares


@pytest.fixture(scope="module")
def model_lens(tables):
    panel = explore.compare(
        "standing_cable_straight_knee", "standing_cable_diagonal", lens="mechanics", tables=tables
    )
    return panel, Browser(panel.picture.spec, 1)


def test_the_models_bands_are_the_same_in_picture_sentence_and_table(tables, model_lens):
    panel, browser = model_lens
    kicks = options(panel.first)[:12]
    for first, second in [*itertools.pairwise(kicks), (kicks[0], kicks[8]), (kicks[3], kicks[3])]:
        panel.first.value, panel.second.value = first, second
        seen = state(panel)
        assert_in_order(seen)
        now, told = browser.tracks(seen.indices), []
        for number, _ in browser.rows(seen.indices):
            told.append([browser.text(f"n{number}"), *(now[f"w{number}s{side}", "text"] for side in (0, 1))])
            for side in (0, 1):
                low, high = band_of(now[f"w{number}s{side}", "text"])
                at, size = now[f"b{number}s{side}", "span"]
                assert at == pytest.approx(1.08 * low, abs=0.6)
                assert size == pytest.approx(max(high - low, 2 / 1.08) / 100, abs=0.011) or high == 0
        assert told == seen.table.iloc[:, :3].to_numpy().tolist()
        assert "100 %" not in seen.sentence or "100 %" in str(told)


def band_of(text):
    if text == "not in the model":
        return 0, 0
    ends = [float(end) for end in text.removesuffix(" %").split("–")]
    return ends[0], ends[-1]


def test_a_muscle_named_as_rising_in_the_model_rises_under_every_option(model_lens):
    panel, _ = model_lens
    panel.first.value, panel.second.value = "standing_cable_straight_knee", "standing_cable_diagonal"
    counted = panel.table.set_index("muscle")["more in the second"]
    assert "More under every modelling option: gluteus medius (" in panel.sentence
    assert counted["Gluteus medius"] == "8 of 8" and counted["Semimembranosus"] == "0 of 8"
    assert "gluteus maximus" not in panel.sentence


def test_the_model_is_silent_where_it_has_no_muscles_or_no_posture(model_lens):
    panel, browser = model_lens
    panel.limb.value = "standing"
    assert panel.sentence == "The model has no muscles of the standing limb: it is silent here."
    assert panel.table.empty and browser.rows(state(panel).indices) == []
    panel.limb.value, panel.second.value = "working", "hop"
    assert panel.sentence.startswith("Model: there is no posture of its own for the hop.")
    assert set(panel.table.iloc[:, 2]) == {"not in the model"}


def test_sorting_by_difference_puts_the_largest_change_of_the_models_bands_first(model_lens):
    panel, browser = model_lens
    panel.first.value, panel.second.value = "standing_cable_straight_knee", "standing_cable_diagonal"
    panel.order.value = "difference"
    names = [browser.text(f"n{number}") for number, _ in browser.rows(state(panel).indices)]
    assert sorted(names) == sorted(panel.table["muscle"])
    middles = panel.table.iloc[:, 1:3].map(lambda text: sum(band_of(text)) / 2)
    change = (middles.iloc[:, 1] - middles.iloc[:, 0]).abs()
    assert change.iloc[0] == pytest.approx(change.max(), abs=1)
    panel.order.value = "region"


def test_skeletons_take_the_exercise_the_view_and_the_colours_of_the_lens(tables, model_lens):
    panel, browser = model_lens
    poses = panel.picture.spec["poses"]
    exercises = options(panel.first)
    emphasis_of = tables.roles[tables.roles["limb"] == "working"].set_index(["exercise_id", "muscle_id"])[
        "emphasis"
    ]
    for side, slot in enumerate(poses["slots"]):
        for exercise, view, lens in itertools.product([*exercises[:12], "hop"], (0, 1), (0, 1, 2)):
            choice = [exercises.index("back_squat" if exercise != "hop" else "standing_band")] * 2
            choice[side] = exercises.index(exercise)
            choice += [lens, 0, 0, view]
            drawing = poses["svgs"][browser.value(slot["pose"], choice)]
            name = browser.value(slot["name"], choice)
            if exercise == "hop":
                assert "No posture of its own" in drawing and "No posture was drawn" in name
                continue
            assert tables.postures.set_index("exercise_id").loc[exercise, "description"] in name
            own = {track["part"]: browser.value(track, choice) for track in slot["tracks"]}
            drawn = set(re.findall(r'id="([mw]-[a-z_]+)"', drawing))
            assert drawn == {part for part, value in own.items() if value != ""}, exercise
            for part in drawn if lens == 0 else ():
                step = emphasis_of.get((exercise, part[2:]))
                if part.startswith("m-"):
                    assert own[part] == ("#ffffff" if step is None else ink.STEP_COLOURS[int(step)]), part
    panel.first.value, panel.second.value = "standing_cable_straight_knee", "standing_cable_diagonal"
    choice = state(panel).indices
    words = {track["part"]: browser.value(track, choice) for track in poses["slots"][1]["tracks"]}
    column = panel.table.set_index("muscle").iloc[:, 1]
    assert words["w-gluteus_medius"] == column["Gluteus medius"]
    assert words["m-gluteus_medius"] != words["m-gluteus_maximus"]


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: explore.moments("leg"), ("stance", "pull", "load", "outward", "knee")),
        (lambda: explore.moments("arm"), ("pull", "load", "elbow")),
        (lambda: explore.model(), ("resistance", "rotation", "load", "knee")),
    ],
    ids=["leg", "arm", "model"],
)
def test_every_slider_and_button_goes_from_end_to_end(make, names):
    panel = make()
    browser = Levers(panel.picture.spec)
    for name in names:
        control, start = getattr(panel, name), getattr(panel, name).value
        for value in choices(control):
            control.value = value
            seen = Seen(
                panel.choice, panel.picture.words["choice"], panel.sentence, panel.table, panel.sources, {}
            )
            assert seen.sentence.endswith(".") and "nan" not in seen.sentence and len(seen.table)
            browser.check(seen)
        control.value = start


def choices(control):
    if hasattr(control, "options"):
        return options(control)
    return list(range(control.min, control.max + 1, control.step))


class Levers:
    """A lever picture as a reader sees it: its written values, for any choice."""

    def __init__(self, spec):
        (self.picture,) = spec["pictures"]
        self.sizes = spec["sizes"]
        self.parts = set(re.findall(r'id="([^"]+)"', self.picture["svg"]))

    def values(self, choice):
        return {(t["part"], t["set"]): Browser.value(self, t, choice) for t in self.picture["tracks"]}

    def check(self, seen):
        now = self.values(seen.indices)
        assert {part for part, _ in now} <= self.parts
        for (_, kind), value in now.items():
            assert "nan" not in str(value)
            if kind == "path":
                assert re.fullmatch(r"([ML]-?[\d.]+ -?[\d.]+|Z)+", value)
        for joint in ("hip_flexion", "hip_adduction", "hip_rotation", "knee_flexion"):
            if (f"w{joint}", "text") in now:
                assert now[f"w{joint}", "text"].split(": ")[1] in list(seen.table["with the load"])
        if ("now", "text") in now:
            assert now["now", "text"] in seen.sentence


def test_the_lever_in_the_picture_is_as_long_as_its_words_say(tables):
    panel = explore.moments("leg", stance="upright", pull="along", load=10)
    levers = Levers(panel.picture.spec)
    now = levers.values(panel.picture.words["choice"])
    (x0, y0), (x1, y1) = ([float(n) for n in pair.split()] for pair in now["lever", "path"][1:].split("L"))
    assert ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / 210 == pytest.approx(0.79, abs=0.01)
    assert now["arm", "text"] == "Lever arm of the load: 79 cm"
    assert "lever arm 79 cm" in panel.sentence


def test_the_directions_of_the_moments_are_those_of_the_body():
    fours = explore.moments("leg", load=5).sentence
    assert (
        "must hold extension 85 N m, sideways none, in rotation none; the knee muscles flexion 30 N m"
        in fours
    )
    along = explore.moments("leg", stance="upright", pull="along", load=10, outward=30).sentence
    assert "extension 74 N m, sideways abduction 42 N m" in along


def test_leaving_rotation_free_brings_gluteus_maximus_back_in_the_models_panel():
    panel = explore.model(rotation="balanced")
    assert panel.table.loc[0, "Gluteus maximus"] == "2–3 %"
    panel.rotation.value = "free"
    assert panel.table.loc[0, "Gluteus maximus"] == "20–21 %"


def test_a_position_that_cannot_be_held_is_a_gap_and_says_what_is_missing():
    panel = explore.model(resistance="gravity", load=10)
    assert "not feasible" in panel.sentence and "N m are missing" in panel.sentence
    assert panel.table["missing (default)"].iloc[0] == "none"
    assert panel.table["missing (default)"].iloc[-1].endswith("N m")
    now = Levers(panel.picture.spec).values(panel.picture.words["choice"])
    assert now["held", "text"].startswith("Under some only: ")
    line = [float(x) for x in re.findall(r"[ML](-?[\d.]+)", now["l0", "path"])]
    assert max(line) < 244


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: explore.moments("foot"), "The limb is 'foot'; it may be leg or arm."),
        (lambda: explore.moments("leg", load=11), "Load is 11; it may be 0 to 10 kg in steps of 1."),
        (lambda: explore.moments("leg", elbow=3), "There is no control 'elbow'; there are stance, pull, "),
        (lambda: explore.model(knee=20), "Knee bent is 20; it may be 0 to 90 degrees in steps of 15."),
        (lambda: explore.model(rotation="off"), "Hip rotation is 'off'; it may be balanced, free."),
        (lambda: explore.skeleton("hop"), "There is no posture for 'hop'"),
        (
            lambda: explore.skeleton("donkey kick", lens="x"),
            "The lens is 'x'; it may be roles, measured, mech",
        ),
        (
            lambda: explore.ruler("standing_band", "soleus"),
            "'soleus' is not drawn; there are gluteus_maximus",
        ),
    ],
)
def test_a_wrong_word_for_a_mechanics_panel_is_answered_with_what_is_allowed(ask, said):
    with pytest.raises(ValueError) as error:
        ask()
    assert said in str(error.value)


def test_a_still_lever_or_skeleton_has_alt_text_and_the_values_of_its_panel():
    for still in (explore.moments("arm", elbow=0).static(), explore.skeleton("standing_cable_diagonal")):
        page = BeautifulSoup(still._repr_mimebundle_()["text/html"], "html.parser")
        assert page.img["alt"] == repr(still) and len(repr(still)) > 60 and page.table
    shown = " ".join(texts(explore.moments("arm", elbow=0).static().picture))
    assert "14.8 N m" in shown and "Lever arm of the load: 31 cm" in shown


def test_the_browser_knows_every_way_in_which_a_part_can_follow_a_control(tables, model_lens):
    panels = [
        model_lens[0],
        explore.muscle("gluteus medius", tables=tables),
        explore.moments(),
        explore.model(),
    ]
    panels.append(explore.moments("arm"))
    used = set()
    for panel in panels:
        for picture in panel.picture.spec["pictures"]:
            used |= {track["set"] for track in picture["tracks"]}
    for slot in model_lens[0].picture.spec["poses"]["slots"]:
        used |= {track["set"] for track in slot["tracks"]}
    script = Path(live.__file__).with_suffix(".js").read_text("utf-8")
    assert used == set(re.findall(r'track\.set === "(\w+)"', script))


def test_claims_say_what_each_lens_says(tables):
    shown = explore.claims("C05", "C06", "C12", tables=tables).frame.set_index("claim")
    assert shown.loc["C12", "mechanics"] == "qualifies"
    assert shown.loc["C05", "mechanics"] == "disagrees in part"
    assert set(shown[["roles", "measured", "mechanics"]].to_numpy().ravel()) <= {
        *("agrees", "agrees in part", "disagrees", "disagrees in part", "mixed", "qualifies", "silent")
    }


def test_outcomes_that_are_no_amplitude_are_said_with_unit_people_and_spread():
    growth = explore.outcomes("maeo2022")
    assert repr(growth).startswith("Mean change in muscle volume, % volume change (maeo2022, n = 21). ")
    assert "arm overhead 28.5 %" in repr(growth) and "No spread stood in what was read." in repr(growth)
    assert growth.picture.count("28.5 %") == 1 and len(growth.words.table) == 6
    assert "11.5 ms (SD 81.9)" in repr(explore.outcomes("lewis2009"))
    with pytest.raises(
        ValueError, match="The outcomes of schoenfeld2015 are of 3 kinds, which share no axis."
    ):
        explore.outcomes("schoenfeld2015")
    with pytest.raises(
        ValueError, match="No outcome of 'oh2007' is in the tables; there are some of lewis2009"
    ):
        explore.outcomes("oh2007")


def test_the_outcomes_of_every_study_are_drawn_or_refused_in_words(tables):
    for study in dict.fromkeys(tables.outcomes["study_id"]):
        with suppress(ValueError):
            assert explore.outcomes(study, tables=tables).picture.startswith("<svg")


FLOORS = {
    "order": 0,
    "lifetime": 0,
    "menu": 0,
    "merge": 0,
    "scripts": 0,
    "answer_file": 0,
    "handed_in": 0,
    "printed": 0,
    "server": 0,
    "stored_page": 1,
    "reading": -1,
    "description": 0,
    "sheets": 0,
    "books": 0,
    "outlines": 0,
    "tables": 1,
    "ink": 1,
    "progress": 1,
    "collect": 1,
    "students": 1,
    "files": 2,
    "emphasis": 2,
    "evidence": 2,
    "mechanics": 2,
    "bank": 3,
    "charts": 3,
    "anatomy": 3,
    "levers": 4,
    "classroom": 4,
    "report": 4,
    "hand_in": 5,
    "live": 5,
    "tempo": 6,
    "explore": 6,
    "ask": 6,
    "capstone": 7,
}


def imported(path):
    """The modules of the course that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = f"lessons.{node.module or ''}".rstrip(".") if node.level else node.module
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("lessons."))


def test_a_module_imports_only_from_the_floors_below_its_own():
    paths = [path for path in Path(lessons.__file__).parent.glob("*.py") if path.stem != "__init__"]
    assert {path.stem for path in paths} == set(FLOORS)
    wrong = [
        f"{path.stem} imports {name}"
        for path in paths
        for name in imported(path)
        if FLOORS[name] >= FLOORS[path.stem]
    ]
    assert wrong == []
