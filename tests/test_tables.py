"""Reading the tables: what is handed out, and the sentence for every fault."""

import csv
import io
import os
import shutil

import numpy as np
import pandas as pd
import pytest

import lessons
from lessons import DataFault, load, tables


@pytest.fixture
def folder(tmp_path):
    """A copy of the course's tables that a test may damage."""
    return shutil.copytree(tables.DATA, tmp_path / "data")


def faults(folder):
    with pytest.raises(DataFault) as caught:
        load(folder)
    return list(caught.value.faults)


def row_number(folder, table, key):
    """The row, as a spreadsheet shows it, whose first cell is `key`."""
    with open(folder / f"{table}.csv", encoding="utf-8", newline="") as file:
        return next(n for n, cells in enumerate(csv.reader(file), start=1) if cells[0] == key)


def put(folder, table, key, column, value):
    """Write `value` into the row whose first cell is `key`, and return that row's number."""
    path = folder / f"{table}.csv"
    records = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    number = next(n for n, cells in enumerate(records, start=1) if cells[0] == key)
    records[number - 1][records[0].index(column)] = value
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(records)
    return number


def add_line(folder, table, line):
    with open(folder / f"{table}.csv", "a", encoding="utf-8", newline="") as file:
        file.write(line)


def replace_bytes(folder, table, old, new):
    path = folder / f"{table}.csv"
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


# What is handed out


def test_every_table_has_the_columns_of_the_schema_in_order_and_a_plain_index():
    loaded = load()
    for resource in tables._resources():
        frame = getattr(loaded, resource["name"])
        assert list(frame.columns) == [field["name"] for field in resource["schema"]["fields"]]
        assert isinstance(frame.index, pd.RangeIndex)
        assert len(frame) > 0


def test_two_loads_are_equal_and_do_not_share_cells():
    first, second = load(), load()
    first.emg.loc[0, "value"] = -1.0
    first.exercises.loc[0, "name"] = "spoiled"
    pd.testing.assert_frame_equal(second.emg, load().emg)
    pd.testing.assert_frame_equal(second.exercises, load().exercises)
    assert (load().emg["value"] != -1.0).all()


def test_the_own_folder_is_read_once(monkeypatch):
    load()
    monkeypatch.setattr(tables, "_read", None)
    assert len(load().muscles) == 54


def test_another_folder_is_read_each_time(folder):
    load(folder)
    put(folder, "cues", "squeeze", "cue", "Hold")
    assert "Hold" in list(load(str(folder)).cues["cue"])


def test_text_is_plain_text_and_missing_text_is_the_empty_string():
    emg = load().emg
    assert emg["exercise_id"].dtype == object
    assert emg["condition"].map(type).eq(str).all()
    assert emg.set_index("measurement_id").loc["V056", "condition"] == ""


def test_numbers_are_floats_and_a_missing_number_is_nan():
    loaded = load()
    numbers = ["value", "sd", "low", "high", "n"]
    assert (loaded.emg[numbers].dtypes == np.float64).all()
    assert loaded.roles["emphasis"].dtype == np.float64
    assert np.isnan(loaded.emg.set_index("measurement_id").loc["V036", "value"])


def test_true_and_false_are_booleans():
    kickback = load().exercises["is_kickback"]
    assert kickback.dtype == bool
    assert kickback.sum() == 12


def test_roles_and_verdicts_are_ordered_as_the_design_orders_them():
    loaded = load()
    role, verdict = loaded.roles["role"].dtype, loaded.claims["verdict"].dtype
    assert role.ordered and verdict.ordered
    assert list(role.categories) == ["antagonist", "stabilizer", "secondary_mover", "prime_mover"]
    assert list(verdict.categories) == ["not_tested", "contested", "partly_supported", "supported"]


@pytest.mark.parametrize("column", ["limb", "contraction", "basis"])
def test_a_column_with_fixed_words_is_an_unordered_categorical(column):
    dtype = load().roles[column].dtype
    assert isinstance(dtype, pd.CategoricalDtype) and not dtype.ordered


def test_the_names_of_the_package_are_the_ones_notebooks_use():
    assert lessons.__all__ == ["DataFault", "Tables", "load"]
    assert isinstance(load(), lessons.Tables)


def test_the_tables_say_how_many_rows_they_hold():
    assert repr(load()).startswith("Tables: 54 muscles, 53 exercises, ")


def test_parts_of_an_empty_cell_are_none():
    assert tables.parts("") == []
    assert tables.parts("bird_dog;hip_thrust") == ["bird_dog", "hip_thrust"]


# Names that find an exercise or a muscle


@pytest.mark.parametrize(
    "text",
    ["quadruped_bent_knee", "Quadruped kickback, bent knee", "donkey kick", "DONKEY  Kick", "donkey-kick"],
)
def test_an_id_a_name_and_an_alias_find_the_exercise(text):
    assert load().exercise_id(text) == "quadruped_bent_knee"


def test_an_id_and_a_name_find_the_muscle():
    assert load().muscle_id("biceps_femoris_short") == "biceps_femoris_short"
    assert load().muscle_id("biceps femoris, Short head") == "biceps_femoris_short"


def test_a_mistyped_exercise_is_told_the_nearest_ids():
    with pytest.raises(ValueError) as caught:
        load().exercise_id("quadruped_bentknee")
    assert str(caught.value).startswith(
        "No exercise is called 'quadruped_bentknee'. Nearest: quadruped_bent_knee, "
    )


def test_a_mistyped_muscle_is_told_the_nearest_ids():
    with pytest.raises(ValueError, match="No muscle is called 'glute med'. Nearest: gluteus_medius, "):
        load().muscle_id("glute med")


def test_a_name_far_from_all_is_told_where_the_ids_stand():
    with pytest.raises(ValueError, match=r"No exercise is called 'zzz'. The ids stand in exercises.csv"):
        load().exercise_id("zzz")


@pytest.mark.parametrize("thing", [3, None, ["bird_dog"], float("nan")])
def test_something_that_is_no_text_is_refused_with_an_example(thing):
    with pytest.raises(ValueError, match="Name the exercise by text such as 'quadruped_bent_knee', not by"):
        load().exercise_id(thing)


@pytest.mark.parametrize("word", ["kickback", "kickbacks", "cable kickback"])
def test_a_word_for_both_kinds_of_kickback_finds_neither(word):
    with pytest.raises(ValueError, match="No exercise is called"):
        load().exercise_id(word)


# Files


def test_a_missing_folder_is_said(tmp_path):
    assert faults(tmp_path / "nowhere") == [f"There is no folder {tmp_path / 'nowhere'}."]


def test_a_missing_file_is_one_fault_and_does_not_make_others(folder):
    (folder / "muscles.csv").unlink()
    assert faults(folder) == ["muscles.csv is missing."]


def test_a_folder_in_the_place_of_a_file_is_said(folder):
    (folder / "cues.csv").unlink()
    (folder / "cues.csv").mkdir()
    assert faults(folder) == ["cues.csv is not a file."]


def test_an_empty_file_is_said(folder):
    (folder / "cues.csv").write_bytes(b"")
    assert faults(folder) == ["cues.csv is empty; its first row must name the columns."]


def test_a_header_without_rows_is_said(folder):
    (folder / "cues.csv").write_text("cue_id,cue,what_to_do,why,claim_id,dose\n", encoding="utf-8")
    assert faults(folder) == ["cues.csv has a header and no rows."]


def test_bytes_that_are_not_utf_8_are_said_with_their_line(folder):
    replace_bytes(folder, "emg", b"V002,", b"V\xe402,")
    assert faults(folder)[0] == "emg.csv is not UTF-8 in line 3; save it as UTF-8."


def test_a_nul_byte_is_said_with_its_line(folder):
    replace_bytes(folder, "cues", b"\nsqueeze", b"\n\0squeeze")
    line = row_number(tables.DATA, "cues", "squeeze")
    assert faults(folder) == [f"cues.csv holds a NUL byte in line {line}; save it as UTF-8."]


def test_an_open_quotation_mark_is_said(folder):
    add_line(folder, "cues", 'late,"never closed,a,b,C18,\n')
    assert faults(folder) == ["cues.csv is not a CSV table: unexpected end of data."]


def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path):
    outside = shutil.copy(folder / "cues.csv", tmp_path / "elsewhere.csv")
    (folder / "cues.csv").unlink()
    try:
        os.symlink(outside, folder / "cues.csv")
    except OSError:
        pytest.skip("this system lets no one make links")
    assert faults(folder) == ["cues.csv is a link to a place outside its folder; put the file itself there."]


def test_the_schema_of_another_folder_is_not_followed(folder):
    package = folder / "datapackage.json"
    package.write_text('{"resources": [{"name": "emg", "path": "../secret.csv"}]}', encoding="utf-8")
    assert len(load(folder).emg) == 90


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(folder):
    path = folder / "emg.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    pd.testing.assert_frame_equal(load(folder).emg, load().emg)


def test_columns_in_another_order_are_put_back(folder):
    path = folder / "cues.csv"
    records = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(cells[::-1] for cells in records)
    pd.testing.assert_frame_equal(load(folder).cues, load().cues)


# Columns and rows


def test_a_missing_column_is_one_fault(folder):
    replace_bytes(folder, "sources", b"source_id,kind,citation", b"source_id,kind,quote")
    assert faults(folder) == [
        "sources.csv, row 1: column citation is missing.",
        "sources.csv, row 1: there is no column 'quote'.",
    ]


def test_a_mistyped_column_is_told_the_nearest(folder):
    replace_bytes(folder, "emg", b",electrode,", b",electrodes,")
    assert faults(folder) == [
        "emg.csv, row 1: column electrode is missing.",
        "emg.csv, row 1: there is no column 'electrodes'; nearest: electrode.",
    ]


def test_a_duplicated_column_is_said(folder):
    replace_bytes(folder, "cues", b"cue_id,cue,", b"cue_id,cue_id,")
    found = faults(folder)
    assert "cues.csv, row 1: column 'cue_id' stands there 2 times." in found
    assert "cues.csv, row 1: column cue is missing." in found


def test_a_row_with_too_few_cells_is_said_and_its_id_still_counts(folder):
    replace_bytes(folder, "claims", b"C01,the word,", b"C01,")
    assert faults(folder) == ["claims.csv, row 2: it has 4 cells; the header has 5."]


def test_a_blank_line_is_said(folder):
    add_line(folder, "cues", "\n")
    rows = len(load().cues) + 2
    assert faults(folder) == [f"cues.csv, row {rows}: it has 0 cells; the header has 6."]


# Cells


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "what"),
    [
        ("emg", "V001", "value", "about 100", "'about 100' is not a number; write it like 12.5"),
        ("emg", "V001", "value", "inf", "'inf' is not a number; write it like 12.5"),
        ("emg", "V001", "sd", "NaN", "'NaN' is not a number; write it like 12.5"),
        ("emg", "V001", "value", "100,7", "'100,7' is not a number; write it like 12.5"),
        ("emg", "V001", "value", "1e3", "'1e3' is not a number; write it like 12.5"),
        ("emg", "V001", "sd", "-1", "'-1' is out of range; allowed: 0 or more"),
        ("emg", "V009", "n", "20.5", "'20.5' is not a whole number; write it like 12"),
        ("exercises", "hip_thrust", "knee_deg", "200", "'200' is out of range; allowed: 0 to 150"),
        ("exercises", "hip_thrust", "is_kickback", "yes", "'yes' is not allowed; allowed: true, false"),
        (
            "claims",
            "C01",
            "verdict",
            "proven",
            "'proven' is not allowed; allowed: not_tested, contested, partly_supported, supported",
        ),
        (
            "muscles",
            "soleus",
            "fma",
            "22542",
            "'22542' is not written as it must be; allowed pattern: FMA:[0-9]+",
        ),
        ("muscles", "soleus", "name", "S" * 35, f"'{'S' * 35}' has 35 characters; allowed: 34"),
        ("muscles", "soleus", "name", " Soleus", "' Soleus' begins or ends with a space"),
        (
            "muscles",
            "soleus",
            "name",
            "So\nleus",
            r"'So\nleus' holds a line break or another character that does not show",
        ),
        ("emg", "V001", "unit", "", "'' is empty; a value is required"),
        (
            "exercises",
            "bird_dog",
            "joint_action",
            "hip_extension;leaping",
            "'hip_extension;leaping' holds 'leaping', which is not allowed; allowed: hip_extension, "
            "hip_abduction, hip_external_rotation, knee_extension, ankle_plantarflexion, elbow_extension, "
            "shoulder_extension, shoulder_flexion",
        ),
        (
            "exercises",
            "bird_dog",
            "source_id",
            "ekstrom2007; konrad2001",
            "'ekstrom2007; konrad2001' has an empty item or spaces around \";\"",
        ),
        (
            "exercises",
            "bird_dog",
            "source_id",
            "konrad2001;konrad2001",
            "'konrad2001;konrad2001' names the same id twice",
        ),
        (
            "emg",
            "V001",
            "exercise_id",
            "prone_hip_extention",
            "'prone_hip_extention' is not in the column exercise_id of exercises.csv; "
            "nearest: prone_hip_extension",
        ),
        (
            "emg",
            "V001",
            "exercise_id",
            "bird_dog;hip_thrust",
            "'bird_dog;hip_thrust' is not in the column exercise_id of exercises.csv; nearest: hip_thrust",
        ),
        (
            "emg",
            "V001",
            "study_id",
            "macaskil2014",
            "'macaskil2014' is not in the column source_id of sources.csv; nearest: macaskill2014",
        ),
        (
            "muscles",
            "soleus",
            "part_of",
            "calf",
            "'calf' is not in the column muscle_id of muscles.csv; nearest: calves",
        ),
        (
            "exercises",
            "bird_dog",
            "source_id",
            "konrad2001;ekstrom",
            "'ekstrom' is not in the column source_id of sources.csv; nearest: ekstrom2007",
        ),
    ],
)
def test_a_wrong_cell_is_named_with_row_column_value_and_what_is_allowed(
    folder, table, key, column, value, what
):
    number = put(folder, table, key, column, value)
    assert faults(folder) == [f"{table}.csv, row {number}, column {column}: {what}."]


def test_a_duplicate_id_names_both_rows(folder):
    add_line(folder, "findings", "F01,cho2018,,,Something,Something else\n")
    rows = len(load().findings) + 2
    assert faults(folder) == [
        f"findings.csv, row {rows}, column finding_id: 'F01' already stands in row 2; it must be unique."
    ]


def test_a_key_of_three_columns_may_stand_once(folder):
    path = folder / "roles.csv"
    line = path.read_text(encoding="utf-8").splitlines()[1]
    add_line(folder, "roles", line + "\n")
    what = "'quadruped_bent_knee, gluteus_maximus, working' already stands in row 2; it must be unique."
    assert faults(folder) == [
        f"roles.csv, row {len(load().roles) + 2}, column exercise_id, muscle_id, limb: {what}"
    ]


def test_a_long_value_is_shortened_in_the_sentence(folder):
    put(folder, "emg", "V001", "value", "9" * 5000)
    (fault,) = faults(folder)
    assert f"'{'9' * 59}…' is not a number" in fault
    assert len(fault) < 160


def test_words_that_programs_take_for_missing_stay_text(folder):
    for word in ("NA", "None", "null", "nan"):
        put(folder, "emg", "V001", "condition", word)
        assert load(folder).emg.loc[0, "condition"] == word


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "__import__('os').abort()", "{7*7}", "%s%n"])
def test_a_cell_that_looks_like_code_stays_text(folder, text):
    put(folder, "emg", "V001", "condition", text)
    assert load(folder).emg.loc[0, "condition"] == text


def test_all_faults_of_all_files_are_listed_at_once(folder):
    (folder / "cues.csv").unlink()
    put(folder, "emg", "V001", "value", "much")
    put(folder, "emg", "V002", "unit", "percent")
    put(folder, "claims", "C02", "verdict", "maybe")
    with pytest.raises(DataFault) as caught:
        load(folder)
    assert len(caught.value.faults) == 4
    assert str(caught.value).startswith(f"4 faults in the tables of {folder}:\n- ")
    for said in ("cues.csv is missing", "'much'", "'percent'", "'maybe'"):
        assert said in str(caught.value)


# Rules between cells


def evidence_line(folder, kind, ref):
    add_line(folder, "claim_evidence", f"C01,{kind},{ref},qualifies,\n")
    return len(load().claim_evidence) + 2


@pytest.mark.parametrize(
    ("kind", "ref", "where"),
    [
        ("emg", "V999", "the column measurement_id of emg.csv; nearest: V099"),
        ("outcome", "V001", "the column outcome_id of outcomes.csv"),
        ("finding", "F99", "the column finding_id of findings.csv"),
        ("database", "D999", "the column entry_id of databases.csv"),
        ("anatomy", "soleous", "the column muscle_id of muscles.csv; nearest: soleus"),
        ("mechanics", "m99", "the column result_id of model_results.csv"),
    ],
)
def test_evidence_is_looked_for_in_the_table_of_its_kind(folder, kind, ref, where):
    number = evidence_line(folder, kind, ref)
    (fault,) = faults(folder)
    assert fault.startswith(f"claim_evidence.csv, row {number}, column ref_id: '{ref}' is not in ")
    assert where in fault


@pytest.mark.parametrize(
    ("role", "contraction", "emphasis", "what"),
    [
        (
            "prime_mover",
            "isometric",
            "3",
            "contraction: 'isometric' does not go with prime_mover; allowed: dynamic",
        ),
        ("prime_mover", "dynamic", "1", "emphasis: '1' does not go with prime_mover; allowed: 2 to 3"),
        (
            "secondary_mover",
            "dynamic",
            "3",
            "emphasis: '3' does not go with secondary_mover; allowed: 1 to 2",
        ),
        (
            "stabilizer",
            "dynamic",
            "1",
            "contraction: 'dynamic' does not go with stabilizer; allowed: isometric",
        ),
        ("stabilizer", "isometric", "3", "emphasis: '3' does not go with stabilizer; allowed: 1 to 2"),
        ("antagonist", "dynamic", "1", "emphasis: '1' does not go with antagonist; allowed: 0 to 0"),
    ],
)
def test_a_role_goes_with_its_contraction_and_emphasis(folder, role, contraction, emphasis, what):
    put(folder, "roles", "quadruped_bent_knee", "role", role)
    put(folder, "roles", "quadruped_bent_knee", "contraction", contraction)
    put(folder, "roles", "quadruped_bent_knee", "emphasis", emphasis)
    assert faults(folder) == [f"roles.csv, row 2, column {what}."]


def test_a_group_has_no_role_of_its_own(folder):
    put(folder, "roles", "quadruped_bent_knee", "muscle_id", "triceps_brachii")
    assert faults(folder) == [
        "roles.csv, row 2, column muscle_id: 'triceps_brachii' is a group or a whole; "
        "allowed: its parts (triceps_long, triceps_lateral, triceps_medial)."
    ]


@pytest.mark.parametrize(
    ("key", "column", "value", "what"),
    [
        ("V001", "value", "", "'' is empty; the statistic mean needs it"),
        ("V036", "low", "", "'' is empty; the statistic range needs it"),
        ("V036", "value", "40", "'40' does not go with range; leave it empty"),
        ("V036", "low", "57", "'57' is above the high end, 56"),
    ],
)
def test_a_measurement_has_the_numbers_that_its_statistic_needs(folder, key, column, value, what):
    number = put(folder, "emg", key, column, value)
    assert faults(folder) == [f"emg.csv, row {number}, column {column}: {what}."]


def test_a_percentage_above_100_is_allowed(folder):
    put(folder, "emg", "V001", "value", "250.5")
    assert load(folder).emg.loc[0, "value"] == 250.5


def test_an_alias_finds_one_exercise(folder):
    number = put(folder, "exercises", "hip_thrust", "aliases", "Donkey kick")
    assert faults(folder) == [
        f"exercises.csv, row {number}, column aliases: 'Donkey kick' already names quadruped_bent_knee; "
        "a name finds one exercise."
    ]


def test_a_nearest_exercise_has_a_value(folder):
    number = put(folder, "exercises", "standing_band", "nearest_measured", "machine_kickback")
    assert faults(folder) == [
        f"exercises.csv, row {number}, column nearest_measured: 'machine_kickback' has no value in emg.csv."
    ]


def test_each_nearest_exercise_has_a_phrase_that_says_what_differs(folder):
    number = put(folder, "exercises", "standing_band", "nearest_differs", "")
    assert faults(folder) == [
        f"exercises.csv, row {number}, column nearest_differs: '' holds 0 phrases; "
        "nearest_measured names 1 exercises."
    ]


# Hashes


def test_an_edited_table_is_unsealed_until_it_is_sealed(folder):
    tables.seal(folder)
    put(folder, "emg", "V001", "value", "100.8")
    assert tables.unsealed(folder) == ["emg"]
    assert tables.seal(folder) == ["emg"]
    assert tables.unsealed(folder) == []


def test_sealing_twice_changes_nothing(folder):
    tables.seal(folder)
    once = (folder / "datapackage.json").read_bytes()
    assert tables.seal(folder) == []
    assert (folder / "datapackage.json").read_bytes() == once


def test_windows_line_ends_leave_the_hash_as_it_is(folder):
    tables.seal(folder)
    path = folder / "emg.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert tables.unsealed(folder) == []


def test_check_prints_the_faults_and_fails(folder, monkeypatch, capsys):
    (folder / "cues.csv").unlink()
    monkeypatch.setattr(tables, "DATA", folder)
    assert tables.main(["check"]) == 1
    assert "cues.csv is missing." in capsys.readouterr().out


def test_a_faulty_table_is_not_sealed(folder, monkeypatch, capsys):
    monkeypatch.setattr(tables, "DATA", folder)
    put(folder, "emg", "V001", "value", "much")
    before = (folder / "datapackage.json").read_bytes()
    assert tables.main(["seal"]) == 1
    assert "'much' is not a number" in capsys.readouterr().out
    assert (folder / "datapackage.json").read_bytes() == before


def test_check_says_ok(capsys):
    assert tables.main(["check"]) == 0
    assert capsys.readouterr().out.startswith("OK")


def test_an_unknown_word_is_told_what_to_say(capsys):
    assert tables.main(["sael"]) == 2
    assert capsys.readouterr().out == "Say one of: check, seal.\n"
