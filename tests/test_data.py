"""The course's own tables: keys, units, anatomy that cannot be, and a hash that notices every edit."""

import csv
import re
import shutil
from dataclasses import fields

import pytest
from frictionless import Package

from lessons import load, tables

LOADED = load()
NAMES = [field.name for field in fields(tables.Tables)]
GLUTE = [
    "quadruped_bent_knee",
    "quadruped_straight_knee",
    "quadruped_diagonal",
    "standing_cable_straight_knee",
    "standing_cable_bent_knee",
    "standing_cable_diagonal",
    "standing_band",
    "machine_kickback",
]
TRICEPS = ["dumbbell_bent_over", "dumbbell_two_arm", "cable_bent_over", "band_bent_over"]
COMPARATORS = [
    "prone_hip_extension",
    "prone_hip_extension_bent_knee",
    "bird_dog",
    "plank_hip_extension",
    "abduction_extension",
    "hip_thrust",
    "back_squat",
    "triangle_push_up",
    "overhead_extension",
    "rope_pushdown",
    "bar_pushdown",
    "lying_extension",
    "close_grip_bench",
    "bench_dip",
]
STRAIGHT = [exercise for exercise in GLUTE if "diagonal" not in exercise]
HIP_FLEXORS = ["tensor_fasciae_latae", "rectus_femoris"]
TWO_JOINT_HAMSTRINGS = ["biceps_femoris_long", "semitendinosus", "semimembranosus"]
MOVERS = ["prime_mover", "secondary_mover"]


def roles_with_joints():
    return LOADED.roles.merge(LOADED.muscles[["muscle_id", "joints", "group"]], on="muscle_id").merge(
        LOADED.exercises[["exercise_id", "family"]], on="exercise_id"
    )


def emphasis(exercise, muscle, limb="working"):
    roles = LOADED.roles.query("exercise_id == @exercise and muscle_id == @muscle and limb == @limb")
    return roles["emphasis"].item()


def cited(frame, column):
    return {item for cell in frame[column] for item in tables.parts(cell)}


# The package as a whole


def test_every_table_in_the_folder_is_described_and_loaded():
    described = [resource["name"] for resource in tables._resources()]
    assert sorted(described) == sorted(NAMES)
    assert sorted(path.stem for path in tables.DATA.glob("*.csv")) == sorted(NAMES)


def test_every_column_says_what_it_holds_and_every_number_has_a_unit():
    for resource in tables._resources():
        for field in resource["schema"]["fields"]:
            assert field["description"].endswith("."), (resource["name"], field["name"])
            if field["type"] in ("number", "integer") and field["name"] != "emphasis":
                assert field["unit"], (resource["name"], field["name"])


def test_the_data_package_is_valid_for_another_reader():
    report = Package(str(tables.DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["resourceName", "rowNumber", "fieldName", "note"])


def test_no_table_was_edited_since_it_was_sealed():
    assert tables.unsealed() == [], "If the edit is meant, run: python3 course.py seal"


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_of_any_table_is_noticed(name, tmp_path):
    folder = shutil.copytree(tables.DATA, tmp_path / "data")
    path = folder / f"{name}.csv"
    content = path.read_bytes()
    middle = content.index(b",", len(content) // 2)
    path.write_bytes(content[:middle] + b"0" + content[middle:])
    assert name in tables.unsealed(folder)


@pytest.mark.parametrize("name", [*NAMES, "datapackage"])
def test_a_file_is_utf_8_with_plain_line_ends(name):
    (path,) = tables.DATA.glob(f"{name}.*")
    content = path.read_bytes()
    content.decode("utf-8")
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n") and not content.endswith(b"\n\n")


@pytest.mark.parametrize("name", NAMES)
def test_columns_stand_in_the_order_of_the_schema(name):
    with open(tables.DATA / f"{name}.csv", encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(getattr(LOADED, name).columns)


# Exercises


def test_the_twelve_kickbacks_are_there_and_marked():
    marked = LOADED.exercises.query("is_kickback")
    assert list(marked["exercise_id"]) == [*GLUTE, *TRICEPS]
    assert list(marked["family"]) == ["glute"] * 8 + ["triceps"] * 4


def test_the_comparators_are_there_and_are_no_kickbacks():
    others = LOADED.exercises.query("not is_kickback")
    assert set(COMPARATORS) <= set(others["exercise_id"])


def test_a_donkey_kick_finds_the_quadruped_kickback():
    assert LOADED.exercise_id("donkey kick") == "quadruped_bent_knee"
    assert LOADED.exercise_id("tricep kickback") == "dumbbell_bent_over"


def test_a_name_with_two_meanings_and_an_abduction_are_no_aliases():
    names = {tables._plain(term) for term in cited(LOADED.exercises, "aliases")}
    assert not names & {"kickback", "kickbacks", "cable kickback", "band kickback", "fire hydrant"}


def test_each_alias_stands_once():
    names = [tables._plain(a) for cell in LOADED.exercises["aliases"] for a in tables.parts(cell)]
    assert sorted(names) == sorted(set(names))


def test_diagonal_kicks_go_outward_and_straight_ones_do_not():
    glute = LOADED.exercises.set_index("exercise_id").loc[GLUTE]
    diagonal = glute["direction"] == "diagonal"
    assert list(glute.index[diagonal]) == ["quadruped_diagonal", "standing_cable_diagonal"]
    assert (glute.loc[diagonal, "outward_deg"] == 30).all()
    assert glute.loc[diagonal, "note"].str.contains("30 to 45 degrees outward").all()
    assert (glute.loc[~diagonal, "outward_deg"] == 0).all()


def test_only_one_kickback_has_an_amplitude_and_the_others_name_what_is_nearest():
    kicks = LOADED.exercises.query("is_kickback").set_index("exercise_id")
    measured = set(LOADED.emg["exercise_id"])
    assert [i for i in kicks.index if i in measured] == ["dumbbell_bent_over"]
    assert list(kicks.index[kicks["nearest_measured"] == ""]) == ["dumbbell_bent_over"]


@pytest.mark.parametrize("column", ["exercise_id", "muscle_id"])
def test_every_measurement_has_an_exercise_and_a_muscle(column):
    assert LOADED.emg[column].ne("").all()


def test_every_exercise_is_a_kickback_a_comparator_or_measured():
    used = {*GLUTE, *TRICEPS, *COMPARATORS, *LOADED.emg["exercise_id"], *LOADED.outcomes["exercise_id"]}
    assert set(LOADED.exercises["exercise_id"]) == used - {""}


# Muscles


def test_muscles_stand_in_display_order():
    assert LOADED.muscles["region"].is_monotonic_increasing
    ids = list(LOADED.muscles["muscle_id"])
    assert ids[0] == "gluteus_maximus"
    heads = [i for i in ids if i.startswith("triceps_") and i != "triceps_brachii"]
    assert heads == ["triceps_long", "triceps_lateral", "triceps_medial"]


def test_groups_nest_without_a_circle():
    parent = LOADED.muscles.set_index("muscle_id")["part_of"]
    for muscle in parent.index:
        seen = [muscle]
        while parent[seen[-1]]:
            assert parent[seen[-1]] not in seen
            seen.append(parent[seen[-1]])


def test_groups_carry_no_attachments_of_their_own():
    groups = LOADED.muscles["muscle_id"].isin(LOADED.muscles["part_of"])
    columns = ["origin", "insertion", "innervation", "actions", "joints"]
    assert (LOADED.muscles.loc[groups, columns] == "").all(axis=None)


@pytest.mark.parametrize("column", ["fma", "uberon", "mdc"])
def test_an_identifier_names_one_muscle(column):
    given = LOADED.muscles.loc[LOADED.muscles[column] != "", column]
    assert len(given) > 20
    assert given.is_unique


def test_the_short_head_crosses_the_knee_alone():
    about = LOADED.muscles.set_index("muscle_id")
    assert about.loc["biceps_femoris_short", "joints"] == "knee"
    assert "hip" not in about.loc["biceps_femoris_short", "actions"]
    assert (about.loc[TWO_JOINT_HAMSTRINGS, "joints"] == "hip;knee").all()
    assert (about.loc[["triceps_lateral", "triceps_medial"], "joints"] == "elbow").all()


# Roles


@pytest.mark.parametrize("exercise", [*GLUTE, *TRICEPS])
@pytest.mark.parametrize("limb", ["working", "trunk"])
def test_every_kickback_has_roles_on_the_working_limb_and_the_trunk(exercise, limb):
    assert len(LOADED.roles.query("exercise_id == @exercise and limb == @limb")) > 0


def test_a_hip_movement_is_made_or_opposed_only_by_muscles_that_cross_the_hip():
    roles = roles_with_joints()
    acting = roles.query("family == 'glute' and limb == 'working' and role != 'stabilizer'")
    assert acting["joints"].map(lambda cell: "hip" in tables.parts(cell)).all()


def test_an_elbow_movement_is_made_only_by_muscles_that_cross_the_elbow():
    acting = roles_with_joints().query("family == 'triceps' and limb == 'working' and role in @MOVERS")
    assert acting["joints"].map(lambda cell: "elbow" in tables.parts(cell)).all()


def test_the_short_head_of_biceps_femoris_never_moves_the_hip():
    roles = LOADED.roles.query("muscle_id == 'biceps_femoris_short'")
    assert not roles["role"].isin(MOVERS).any()


def test_gluteus_minimus_is_never_a_prime_mover_of_a_straight_kick():
    roles = LOADED.roles.query("muscle_id == 'gluteus_minimus' and exercise_id in @STRAIGHT")
    assert len(roles) > 0
    assert not (roles["role"] == "prime_mover").any()


def test_hip_flexors_never_help_a_straight_kick():
    roles = LOADED.roles.query("muscle_id in @HIP_FLEXORS and exercise_id in @STRAIGHT and limb == 'working'")
    assert not roles["role"].isin(MOVERS).any()


def test_no_triceps_head_works_in_a_glute_kickback_and_no_glute_or_hamstring_moves_in_a_triceps_kickback():
    roles = roles_with_joints()
    assert not (roles.query("family == 'glute'")["group"] == "triceps").any()
    moved = roles.query("family == 'triceps' and role in @MOVERS")
    assert not moved["group"].isin(["glutes", "hamstrings", "adductors", "hip"]).any()


def test_a_glute_and_a_triceps_kickback_share_no_prime_mover():
    prime = roles_with_joints().query("role == 'prime_mover'").groupby("family", observed=True)["muscle_id"]
    glute, triceps = set(prime.get_group("glute")), set(prime.get_group("triceps"))
    assert "gluteus_maximus" in glute and "triceps_lateral" in triceps
    assert not glute & triceps


@pytest.mark.parametrize("muscle", TWO_JOINT_HAMSTRINGS)
def test_a_bent_knee_takes_emphasis_from_the_hamstrings(muscle):
    for place in ("quadruped", "standing_cable"):
        bent, straight = emphasis(f"{place}_bent_knee", muscle), emphasis(f"{place}_straight_knee", muscle)
        assert 0 < bent < straight


def test_a_diagonal_kick_moves_the_emphasis_from_maximus_to_medius():
    for straight, diagonal in (
        ("quadruped_bent_knee", "quadruped_diagonal"),
        ("standing_cable_straight_knee", "standing_cable_diagonal"),
    ):
        assert emphasis(diagonal, "gluteus_medius") > emphasis(straight, "gluteus_medius")
        assert emphasis(diagonal, "gluteus_maximus") < emphasis(straight, "gluteus_maximus")


def test_a_row_on_the_ground_of_the_article_cites_the_article():
    article = LOADED.roles.query("basis == 'article'")
    assert article["source_id"].map(lambda cell: "article" in tables.parts(cell)).all()
    database = LOADED.roles.query("basis == 'database'")
    known = set(LOADED.databases["source_id"])
    assert database["source_id"].map(lambda cell: bool(known & set(tables.parts(cell)))).all()


# Measurements, outcomes, findings, claims


def test_all_published_values_are_there_and_no_other():
    assert len(LOADED.emg) == 90
    assert len(LOADED.outcomes) == 29
    assert list(LOADED.findings["finding_id"]) == [f"F{number:02}" for number in range(1, 17)]
    assert list(LOADED.databases["entry_id"]) == [f"D{number:03}" for number in range(1, 103)]
    assert list(LOADED.claims["claim_id"]) == [f"C{number:02}" for number in range(1, 19)]


def test_an_amplitude_and_an_outcome_never_share_an_id():
    assert not set(LOADED.emg["measurement_id"]) & set(LOADED.outcomes["outcome_id"])


def test_a_unit_goes_with_its_reference():
    pairs = set(zip(LOADED.emg["unit"], LOADED.emg["reference"], strict=True))
    assert pairs == {
        ("%MVIC", "MVIC"),
        ("%MVIC", "MVIC, varies between studies"),
        ("%MVC", "MVC"),
        ("% of the higher of two MVICs", "the higher of two MVIC positions"),
        ("% of triangle push-up", "triangle push-up"),
    }


def test_a_study_measures_against_one_reference():
    assert (LOADED.emg.groupby("study_id")[["unit", "reference"]].nunique() == 1).all(axis=None)


def test_every_value_of_a_triceps_exercise_says_that_it_is_not_mvic():
    rows = LOADED.emg.query("study_id == 'boehler2011'")
    assert len(rows) == 24
    assert rows["note"].str.startswith("Percent of the triangle push-up, not %MVIC.").all()


def test_an_index_says_that_it_is_no_amplitude():
    rows = LOADED.outcomes.query("unit == 'index'")
    assert len(rows) == 5
    assert rows["note"].str.contains("not an amplitude").all()


@pytest.mark.parametrize("name", ["emg", "outcomes", "findings"])
def test_a_value_comes_from_a_study(name):
    kind = LOADED.sources.set_index("source_id")["kind"]
    assert (kind[list(getattr(LOADED, name)["study_id"])] == "study").all()


def test_every_study_is_used_by_a_value_or_a_finding():
    studies = set(LOADED.sources.query("kind == 'study'")["source_id"])
    used = {*LOADED.emg["study_id"], *LOADED.outcomes["study_id"], *LOADED.findings["study_id"]}
    assert studies == used


def test_a_value_read_in_a_later_work_carries_a_caution():
    second_hand = LOADED.emg.query("read_in in ['later_article', 'quoted_table']")["study_id"].unique()
    caution = LOADED.sources.set_index("source_id")["caution"]
    assert len(second_hand) == 3
    assert (caution[list(second_hand)] != "").all()


def test_every_verdict_rests_on_evidence_or_says_that_nothing_was_tested():
    bare = LOADED.claims[~LOADED.claims["claim_id"].isin(LOADED.claim_evidence["claim_id"])]
    assert (bare["verdict"] == "not_tested").all()


def test_a_cue_stands_for_each_claim_about_a_cue():
    cues = LOADED.claims[LOADED.claims["claim_id"].between("C14", "C18")]
    assert set(cues["claim_id"]) <= set(LOADED.cues["claim_id"])


# Databases and sources


def test_the_databases_hold_78_glute_and_24_triceps_entries():
    assert LOADED.databases["family"].value_counts().to_dict() == {"glute": 78, "triceps": 24}


def test_a_database_belongs_to_one_line_of_descent():
    assert (LOADED.databases.astype({"lineage": str}).groupby("source_id")["lineage"].nunique() == 1).all()


def test_an_entry_is_mapped_inside_its_own_family():
    mapped = LOADED.databases.query("exercise_id != ''").merge(
        LOADED.exercises[["exercise_id", "family"]], on="exercise_id", suffixes=("", "_of_exercise")
    )
    assert (mapped["family"].astype(str) == mapped["family_of_exercise"].astype(str)).all()


def test_a_mapped_entry_says_how_well_it_matches():
    databases = LOADED.databases
    assert ((databases["exercise_id"] == "") == (databases["match"] == "")).all()
    assert (databases.loc[databases["match"] == "closest", "note"] != "").all()


def test_a_straight_knee_is_called_worded_only_where_the_entry_words_it():
    rows = LOADED.databases.query("exercise_id == 'standing_cable_straight_knee' and match == 'worded'")
    assert rows["entry"].str.contains("Straight Leg").all() and len(rows) == 1


def test_proprietary_sources_are_marked_as_facts_only():
    licence = LOADED.sources.set_index("source_id")["licence"]
    assert licence["musclewiki"] == licence["exrx"] == "proprietary: facts only"
    assert licence["article"].startswith("all rights reserved")


def test_a_database_that_a_role_cites_has_an_entry_for_that_exercise():
    databases = LOADED.databases
    entries = set(zip(databases["source_id"], databases["exercise_id"], strict=True))
    for role in LOADED.roles.itertuples():
        for source in set(tables.parts(role.source_id)) & set(databases["source_id"]):
            told = "does not say" in role.note
            assert (source, role.exercise_id) in entries or told, (source, role.exercise_id, role.muscle_id)


def test_the_counts_of_database_entries_that_verdicts_give_are_those_of_the_table():
    glute = LOADED.databases[LOADED.databases["family"].astype(str) == "glute"]
    triceps = LOADED.databases[LOADED.databases["family"].astype(str) == "triceps"]
    named = glute["primary"].str.contains("glut", case=False).sum()
    helped = glute["secondary"].str.contains("hamstring", case=False).sum()
    mechanic = glute["mechanic"].str.lower().replace("isolated", "isolation")
    single, compound = (mechanic == "isolation").sum(), (mechanic == "compound").sum()
    reason = LOADED.claims.set_index("claim_id")["reason"]
    assert f"{named} of {len(glute)} database entries" in reason["C02"]
    assert f"{named} of {len(glute)} database entries" in reason["C03"]
    assert f"{helped} of {len(glute)} database entries" in reason["C07"]
    assert f"{single} are filed as single-joint and {compound} as compound" in reason["C01"]
    assert f"all {len(triceps)} triceps entries" in reason["C11"]


def test_every_emg_number_in_a_verdict_is_a_value_of_a_study_it_cites():
    for claim in LOADED.claims.itertuples():
        cited = LOADED.emg[[study in claim.reason for study in LOADED.emg["study_id"]]]
        known = {f"{value:g}" for column in ("value", "low", "high") for value in cited[column].dropna()}
        for number in re.findall(r"([\d.]+) %MVIC", claim.reason):
            assert number in known, (claim.claim_id, number)
