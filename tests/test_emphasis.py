"""The Roles lens: comparisons, their words, and sentences that say no more than their tables."""

import dataclasses
import itertools
import re

import pandas as pd
import pytest

from lessons import emphasis

GLUTE = ["quadruped_bent_knee", "quadruped_straight_knee", "quadruped_diagonal"]
GLUTE += ["standing_cable_straight_knee", "standing_cable_bent_knee", "standing_cable_diagonal"]
GLUTE += ["standing_band", "machine_kickback"]
TRICEPS = ["dumbbell_bent_over", "dumbbell_two_arm", "cable_bent_over", "band_bent_over"]

STRAIGHT, BENT = "quadruped_straight_knee", "quadruped_bent_knee"
FACTS = f"""
{STRAIGHT} gluteus_maximus  working  prime_mover     3 article
{STRAIGHT} gluteus_minimus  working  stabilizer      1 anatomy
{STRAIGHT} semitendinosus   working  secondary_mover 2 article
{STRAIGHT} rectus_femoris   working  antagonist      0 anatomy
{STRAIGHT} gluteus_medius   standing stabilizer      2 article
{BENT}     gluteus_maximus  working  prime_mover     2 article
{BENT}     gluteus_medius   working  prime_mover     3 database
{BENT}     gluteus_minimus  working  secondary_mover 1 article
{BENT}     semitendinosus   working  secondary_mover 2 article
{BENT}     rectus_femoris   working  antagonist      0 anatomy
"""


def with_roles(tables, facts):
    """The course's tables with other roles: exercise, muscle, limb, role, emphasis, basis; a fact a line."""
    cells = [line.split() for line in facts.strip().splitlines()]
    columns = ["exercise_id", "muscle_id", "limb", "role", "emphasis", "basis"]
    roles = pd.DataFrame(cells, columns=columns).astype({"emphasis": float})
    return dataclasses.replace(tables, roles=roles)


def name(tables, exercise):
    return tables.exercises.set_index("exercise_id").loc[exercise, "name"]


def sentence(tables, first, second, limb="all"):
    pair = emphasis.compare(tables, first, second, limb)
    return emphasis.difference_sentence(pair, name(tables, first), name(tables, second))


@pytest.mark.parametrize(
    ("role", "value", "word"),
    [
        ("prime_mover", 3, "main target"),
        ("prime_mover", 2, "works hard"),
        ("secondary_mover", 1, "assists"),
        ("stabilizer", 2, "holds hard"),
        ("stabilizer", 1, "holds"),
        ("antagonist", 0, "opposes"),
        ("prime_mover", float("nan"), "not named"),
    ],
)
def test_an_emphasis_is_said_in_the_words_of_its_role(role, value, word):
    assert emphasis.word(role, value) == word


def test_a_pair_is_told_muscle_by_muscle_and_silence_is_not_zero(tables):
    pair = emphasis.compare(with_roles(tables, FACTS), STRAIGHT, BENT)
    told = pair[["label", "first_word", "second_word", "change"]].to_numpy().tolist()
    assert told == [
        ["Gluteus maximus", "main target", "works hard", "falls 3 to 2"],
        ["Gluteus medius", "not named", "main target", "only second"],
        ["Gluteus minimus", "holds", "assists", "changes"],
        ["Semitendinosus", "works hard", "works hard", "same"],
        ["Rectus femoris", "opposes", "opposes", "same"],
        ["Gluteus medius (standing)", "holds hard", "not named", "only first"],
    ]
    assert pair["first"].isna().tolist() == [False, True, False, False, False, False]


def test_a_part_that_rests_on_anatomy_alone_is_marked_in_picture_and_table(tables):
    pair = emphasis.compare(with_roles(tables, FACTS), STRAIGHT, BENT).set_index("label")
    assert pair.loc["Gluteus minimus", ["first_mark", "second_mark"]].tolist() == ["holds *", "assists"]
    minimus, medius = (
        emphasis.with_role(pair, "first")[f"Gluteus {muscle}"] for muscle in ("minimus", "medius")
    )
    assert (minimus, medius) == ("holds (stabilizer, from anatomy)", "not named")


def test_sorting_by_difference_puts_the_largest_change_first_and_keeps_the_region_order_within(tables):
    pair = emphasis.compare(with_roles(tables, FACTS), STRAIGHT, BENT, order="difference")
    assert pair["label"].tolist() == [
        "Gluteus medius",
        "Gluteus medius (standing)",
        "Gluteus maximus",
        "Gluteus minimus",
        "Semitendinosus",
        "Rectus femoris",
    ]


def test_the_sentence_says_what_falls_what_changes_and_what_only_one_text_names(tables):
    assert sentence(with_roles(tables, FACTS), STRAIGHT, BENT, "working") == (
        "From quadruped kickback (straight knee) to quadruped kickback (bent knee): gluteus maximus falls "
        "from main target to working hard; gluteus minimus changes from holding to assisting. "
        "Named only for the quadruped kickback (bent knee): gluteus medius as main target."
    )


def test_a_limb_that_one_text_leaves_out_is_said_and_not_shown_as_a_fall(tables):
    said = sentence(with_roles(tables, FACTS), STRAIGHT, BENT, "standing")
    assert "no text read here names a muscle for the quadruped kickback (bent knee)" in said
    assert "falls" not in said


def test_the_hamstrings_fall_from_a_straight_to_a_bent_knee(tables):
    said = sentence(tables, STRAIGHT, BENT)
    falls = re.search(r"[:;] ([^;:]+) fall from", said).group(1)
    assert falls == "biceps femoris (long head), semitendinosus and semimembranosus"
    assert "rise" not in said


def test_gluteus_medius_rises_from_a_straight_to_a_diagonal_kick(tables):
    said = sentence(tables, "standing_cable_straight_knee", "standing_cable_diagonal")
    assert "gluteus medius rises from holding to main target" in said


@pytest.mark.parametrize("glute", GLUTE)
def test_a_glute_kickback_shares_no_prime_mover_with_any_triceps_kickback(tables, glute):
    for triceps in TRICEPS:
        assert emphasis.shared_prime_movers(tables, glute, triceps) == []
        assert "They share no prime mover." in sentence(tables, glute, triceps)


def test_two_glute_kickbacks_share_gluteus_maximus_as_prime_mover(tables):
    assert emphasis.shared_prime_movers(tables, STRAIGHT, BENT) == ["gluteus_maximus"]
    assert "no prime mover" not in sentence(tables, STRAIGHT, BENT)


DOING = {"main target": "main target", "works hard": "working hard", "assists": "assisting"}
DOING |= {"holds hard": "holding hard", "holds": "holding", "opposes": "opposing"}
MOVE = "(.+) (?:rise|fall|change)s? from ({0}) to ({0})".format("|".join(DOING.values()))


def claimed(said):
    """What a sentence claims of each muscle it moves: name, what it did and what it does."""
    if not said.startswith("From "):
        return set()
    moves = said.partition(": ")[2].split(". ")[0].rstrip(".").split("; ")
    found = [match for move in moves if (match := re.fullmatch(MOVE, move))]
    return {(muscle, match[2], match[3]) for match in found for muscle in re.split(", | and ", match[1])}


@pytest.fixture(scope="module")
def pairs(tables):
    """Every two kickbacks: their names in a sentence, their table and the sentence about it."""
    told = []
    for first, second in itertools.permutations(GLUTE + TRICEPS, 2):
        names = name(tables, first), name(tables, second)
        pair = emphasis.compare(tables, first, second)
        spoken = [emphasis.spoken(exercise) for exercise in names]
        told.append((*spoken, pair, emphasis.difference_sentence(pair, *names)))
    return told


def test_the_sentence_claims_every_change_of_the_table_and_no_other(pairs):
    for _, _, pair, said in pairs:
        both = pair[pair["first"].notna() & pair["second"].notna()]
        expected = {
            (emphasis.spoken(line.label), DOING[line.first_word], DOING[line.second_word])
            for line in both.itertuples()
            if line.first_word != line.second_word
        }
        assert claimed(said) == expected, said


def test_muscles_that_only_one_text_names_are_listed_or_counted_rightly(pairs):
    for first, second, pair, said in pairs:
        for side, other, exercise in (("first", "second", first), ("second", "first", second)):
            alone = pair[pair[side].notna() & pair[other].isna()]
            told = said.partition(f"Named only for the {exercise}: ")[2].partition(".")[0]
            assert bool(told) == bool(len(alone)), said
            if count := re.match(r"(\d+) muscles", told):
                assert int(count[1]) == alone["muscle_id"].nunique(), said
            elif len(alone):
                groups = (group.rsplit(" as ", 1) for group in told.split("; "))
                listed = {
                    (muscle, doing) for muscles, doing in groups for muscle in re.split(", | and ", muscles)
                }
                spoken = map(emphasis.spoken, alone["label"])
                assert listed == set(zip(spoken, alone[f"{side}_word"].map(DOING), strict=True)), said


def test_a_matrix_has_a_column_for_each_kickback_and_leaves_silence_empty(tables):
    table = emphasis.matrix(with_roles(tables, FACTS), "glute", "working")
    assert list(table.columns) == [name(tables, exercise) for exercise in GLUTE]
    assert table.loc["Gluteus medius", name(tables, BENT)] == 3
    assert pd.isna(table.loc["Gluteus medius", name(tables, STRAIGHT)])


def test_one_muscle_is_told_by_what_it_does_and_where(tables):
    small = with_roles(tables, FACTS)
    said = emphasis.muscle_sentence(emphasis.muscle_lines(small, "gluteus_medius"), "Gluteus medius")
    assert said == (
        "Gluteus medius. On the working limb: main target in quadruped kickback (bent knee). "
        "On the standing limb or trunk: holding hard in quadruped kickback (straight knee). "
        "Not named in 10 of 12 variations."
    )


def test_the_overview_names_the_main_target_of_each_variation(tables):
    table = emphasis.matrix(with_roles(tables, FACTS), "glute")
    assert emphasis.overview_sentence(table, "glute", "all") == (
        "Main targets in the 8 glute kickbacks: gluteus maximus in quadruped kickback (straight knee); "
        "gluteus medius in quadruped kickback (bent knee)."
    )


def with_entries(tables, *entries):
    """The course's tables with other database entries: line, primary, secondary."""
    rows = [
        {"lineage": line, "primary": primary, "secondary": secondary, "exercise_id": STRAIGHT}
        for line, primary, secondary in entries
    ]
    blank = dict.fromkeys(tables.databases.columns, "") | {"source_id": tables.databases["source_id"][0]}
    return dataclasses.replace(tables, databases=pd.DataFrame([blank | row for row in rows]))


def test_database_lines_that_agree_and_that_differ_are_told_apart(tables):
    small = with_entries(
        tables,
        ("A", "Glutes", "hamstrings"),
        ("B", "gluteus maximus", ""),
        ("B", "gluteus maximus", "hamstrings"),
        ("B", "gluteus maximus", ""),
    )
    _, words = emphasis.agreement(small, STRAIGHT)
    assert words.loc["Glutes or gluteus maximus"].tolist() == ["primary", "primary", "", "", ""]
    assert words.loc["Hamstrings"].tolist() == ["secondary", "secondary 1 of 3", "", "", ""]
    said = emphasis.agreement_sentence(words, name(tables, STRAIGHT))
    assert "2 of 5 independent lines of databases have an entry (A and B)" in said
    assert "They agree on glutes or gluteus maximus (primary)." in said
    assert "They differ on hamstrings (secondary in A; secondary 1 of 3 in B)." in said


def test_one_database_line_alone_has_an_entry_and_nobody_to_disagree_with(tables):
    _, words = emphasis.agreement(with_entries(tables, ("C", "glutes", "")), STRAIGHT)
    said = emphasis.agreement_sentence(words, name(tables, STRAIGHT))
    assert "1 of 5 independent lines of databases has an entry (C)" in said
    assert "agree on" not in said


def test_every_name_can_stand_in_a_running_sentence(tables):
    for whole in [*tables.exercises["name"], *emphasis.rows(tables)["label"]]:
        spoken = emphasis.spoken(whole)
        assert re.fullmatch(r"[^(),;.]+(\([^(),;.]+\))?( \([^(),;.]+\))?", spoken), spoken


@pytest.mark.parametrize("wrong", [{"limb": "left leg"}, {"order": "alphabet"}])
def test_a_wrong_limb_or_order_is_answered_with_what_is_allowed(tables, wrong):
    with pytest.raises(ValueError) as caught:
        emphasis.compare(tables, STRAIGHT, BENT, **wrong)
    allowed = {"limb": ["working", "standing", "trunk", "all"], "order": ["region", "difference"]}
    (what,) = wrong
    assert all(repr(value) in str(caught.value) for value in [wrong[what], *allowed[what]])


@pytest.mark.parametrize("made", [emphasis.rows, emphasis.cells])
def test_what_a_reader_does_to_a_frame_does_not_reach_the_next_panel(tables, made):
    before = made(tables).copy()
    own = made(tables)
    own["muscle_id"] = "changed"
    pd.testing.assert_frame_equal(made(tables), before)


@pytest.mark.parametrize("side", ["working", "holding"])
def test_the_cells_of_all_muscles_are_those_of_each_muscle(tables, side):
    cells = emphasis.muscle_cells(tables, side)
    found = 0
    for muscle in tables.muscles["muscle_id"]:
        for line in emphasis.muscle_lines(tables, muscle).to_dict("records"):
            cell = cells[muscle].get(line["exercise_id"]) if muscle in cells else None
            if pd.isna(line[side]):
                assert not isinstance(cell, tuple)
            else:
                assert cell == (line[side], line[f"{side}_mark"])
                found += 1
    assert found > 30
