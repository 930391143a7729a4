"""Reading the tables: what is handed out, and the sentence for every fault."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys

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
    assert faults(folder) == [
        'emg.csv is not UTF-8 in line 3 but, it seems, Windows-1252, Excel\'s plain "CSV"; '
        'save it as UTF-8 (in Excel: "CSV UTF-8").'
    ]


def test_a_nul_byte_is_said_with_its_line(folder):
    replace_bytes(folder, "cues", b"\nsqueeze", b"\n\0squeeze")
    line = row_number(tables.DATA, "cues", "squeeze")
    assert faults(folder) == [f"cues.csv holds a NUL byte in line {line}; save it as UTF-8."]


def test_an_open_quotation_mark_is_said(folder):
    add_line(folder, "cues", 'late,"never closed,a,b,C18,\n')
    assert faults(folder) == [
        "cues.csv is not a CSV table: a quotation mark in line 10 or below is never closed."
    ]


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


# What a spreadsheet makes of a file: one sentence for one cause


def saved_again(folder, table, change=lambda number, cells: cells, ends="\n", encoding="utf-8", **how):
    """Write a table as another program would; `change` takes the row number and the cells of each row."""
    path = folder / f"{table}.csv"
    records = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    text = io.StringIO()
    lines = [change(number, cells) for number, cells in enumerate(records, start=1)]
    csv.writer(text, lineterminator=ends, **how).writerows(lines)
    path.write_bytes(text.getvalue().encode(encoding, "replace"))
    return records


def in_columns(header, names, change):
    places = [header.index(name) for name in names]
    return lambda number, cells: [
        change(cell) if number > 1 and place in places else cell for place, cell in enumerate(cells)
    ]


COMMAS = "save it with commas"
NUMBERS = ["value", "sd", "low", "high"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"delimiter": ";"}, "emg.csv is parted by semicolons, not by commas; save it with commas"),
        ({"delimiter": "\t"}, "emg.csv is parted by tabs, not by commas; save it with commas"),
        ({"delimiter": ";", "encoding": "utf-8-sig", "ends": "\r\n"}, "emg.csv is parted by semicolons"),
        ({"encoding": "utf-16"}, 'emg.csv is UTF-16, which Excel calls "Unicode Text"; save it as UTF-8'),
        ({"encoding": "utf-16-le"}, "emg.csv is UTF-16"),
        (
            {"change": lambda number, cells: cells + [""] * 3 * (number > 1)},
            "emg.csv, 90 rows (the first in rows 2, 3, 4): they have empty cells after the last column; "
            "delete the commas at their ends.",
        ),
        (
            {"change": lambda number, cells: cells + [""] * 3},
            "emg.csv, row 1: 3 empty columns without a name at the end; delete the commas there.",
        ),
        (
            {"change": lambda number, cells: [""] * len(cells) if number > 40 else cells},
            "emg.csv, 51 rows (the first in rows 41, 42, 43): they hold no value; delete them.",
        ),
        (
            {"change": lambda number, cells: cells[:4] + cells[5:] if number > 1 else cells},
            "emg.csv, 90 rows (the first in rows 2, 3, 4): they have more or fewer cells than the header, "
            "which has 19; the first has 18.",
        ),
        (
            {"change": lambda number, cells: [*cells[:3], "", *cells[3:-1]] if number > 1 else cells},
            "emg.csv: the cells of ",
        ),
        (
            {"change": lambda number, cells: [*cells[:3], "", *cells[3:-1]] if 10 < number < 30 else cells},
            "emg.csv, 19 rows (the first in rows 11, 12, 13): their cells stand one column too far",
        ),
        (
            {"change": lambda number, cells: [",".join(cells)]},
            "emg.csv has each row in one pair of quotation marks",
        ),
        (
            {"change": lambda number, cells: cells if number > 1 else ["sep=,"]},
            "emg.csv begins with a line for",
        ),
        (
            {
                "change": lambda number, cells: (
                    [f" {cell}" if cell else "" for cell in cells] if number > 1 else cells
                )
            },
            "emg.csv, ",
        ),
        (
            {
                "change": lambda number, cells: (
                    cells if number > 1 else [str(place) for place in range(len(cells))]
                )
            },
            "emg.csv does not name its columns in row 1; they are measurement_id, ",
        ),
    ],
)
def test_one_cause_is_one_sentence(folder, how, said):
    saved_again(folder, "emg", **how)
    (fault,) = faults(folder)
    assert fault.startswith(said) and len(fault) < 400


def test_decimal_commas_are_one_sentence_with_the_first_places(folder):
    header = saved_again(folder, "emg")[0]
    saved_again(folder, "emg", in_columns(header, NUMBERS, lambda cell: cell.replace(".", ",")))
    (fault,) = faults(folder)
    assert re.fullmatch(
        r"emg\.csv, \d+ cells \(the first in rows \d+, \d+, \d+\), columns value, .*: "
        r"'\d+,\d+' has a decimal comma; write it like 12\.5\.",
        fault,
    )


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("WAHR", "FALSCH"), ("1", "0")])
def test_a_spreadsheets_true_and_false_are_one_sentence(folder, words):
    header = saved_again(folder, "exercises")[0]
    change = in_columns(header, ["is_kickback"], lambda cell: words[cell == "false"])
    saved_again(folder, "exercises", change)
    (fault,) = faults(folder)
    assert fault.startswith("exercises.csv, 53 rows (the first in rows 2, 3, 4), column is_kickback: ")
    assert fault.endswith("write true or false, in small letters.")


def test_a_column_of_ids_that_is_wrong_makes_no_faults_in_other_tables(folder):
    saved_again(
        folder, "sources", lambda number, cells: [cells[0].upper() if number > 1 else cells[0], *cells[1:]]
    )
    found = faults(folder)
    assert {fault.split(",")[0] for fault in found} == {"sources.csv"} and len(found) == 1


def test_an_id_that_is_gone_is_one_sentence_for_each_table_that_names_it(folder):
    path = folder / "exercises.csv"
    path.write_bytes(path.read_bytes().replace(b"\nhip_thrust,", b"\nhip_thrusts,"))
    found = faults(folder)
    assert [fault.split(",")[0] for fault in found] == ["emg.csv", "findings.csv"]
    assert all("nearest: hip_thrusts" in fault for fault in found)


def test_every_table_saved_wrongly_still_is_a_screen(folder):
    for path in folder.glob("*.csv"):
        saved_again(folder, path.stem, delimiter=";", encoding="utf-8-sig")
    with pytest.raises(DataFault) as caught:
        load(folder)
    assert len(caught.value.faults) == 16 and len(str(caught.value)) < 5000


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (b"\n" * 1_000_000, "cues.csv has 1000009 rows; no table of the course has more than 20000."),
        (b"," * 3_000_000, "cues.csv is larger than 2 MB; no file of the course is."),
    ],
)
def test_a_table_beyond_all_measure_is_refused_at_once(folder, added, said):
    with open(folder / "cues.csv", "ab") as file:
        file.write(added)
    assert faults(folder) == [said]


def test_different_faults_are_listed_and_beyond_thirty_counted(folder):
    columns = ["measurement_id", "exercise_id", "study_id", "unit", "value", "n", "statistic"]
    lines = saved_again(folder, "emg")
    for number in range(1, 8):
        lines[number * 3][lines[0].index(columns[number - 1])] = f"?{number}"
    for table in ("muscles", "claims", "exercises", "databases", "cues", "findings", "sources", "outcomes"):
        cells = saved_again(folder, table)
        for number in range(1, 7):
            cells[number % len(cells)][number % len(cells[0])] = " x"
            cells[number % len(cells)][0] = f"?{number}"
        saved_again(folder, table, lambda number, _, cells=cells: cells[number - 1])
    with pytest.raises(DataFault) as caught:
        load(folder)
    assert len(caught.value.faults) <= 31 and len(str(caught.value)) < 8000


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


# The description itself


def described(folder, *path, value):
    """Put a value into the folder's description; the last of `path` may be a key that is taken away."""
    package = folder / "datapackage.json"
    top = inner = json.loads(package.read_text(encoding="utf-8"))
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    package.write_text(json.dumps(top), encoding="utf-8")


EMG = ("resources", 5)
FIRST = (*EMG, "schema", "fields", 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "datapackage.json is not JSON: look at line 1, column 2."),
        ('{"resources": [\n1,,\n]}', "datapackage.json is not JSON: look at line 2, column 3."),
        ("", "datapackage.json is empty."),
        ("[" * 200_000, "datapackage.json holds brackets within brackets, too deep to be read."),
        ("9" * 6000, "datapackage.json holds a number of too many digits."),
        ('{"resources": NaN}', "datapackage.json holds NaN, which is no number."),
        (
            "[]",
            "datapackage.json: at its start: a list stands where names with values, in braces, must stand.",
        ),
        ("{}", "datapackage.json: resources is missing."),
        ('{"resources": null}', "datapackage.json: resources: null stands where a list must stand."),
        ('{"resources": [7]}', "datapackage.json: resources, item 1: 7 stands where names with values, "),
    ],
)
def test_a_damaged_description_is_said(folder, monkeypatch, text, said):
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", folder)
    for use in (load, tables.unsealed, tables.seal):
        with pytest.raises(DataFault) as caught:
            use(*([] if use is load else [folder]))
        assert caught.value.faults[0].startswith(said)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            (*EMG, "path"),
            None,
            "datapackage.json: resources, item 6, path: null stands where text must stand.",
        ),
        ((*EMG, "path"), "../secret.csv", "emg, path: '../secret.csv' stands where emg.csv must stand."),
        ((*EMG, "path"), "/etc/passwd", "stands where emg.csv must stand."),
        ((*EMG, "path"), ..., "resources, item 6, path is missing."),
        ((*EMG, "name"), "muscles", "resources: muscles stands there twice."),
        ((*EMG, "name"), "spells", "resources: the tables emg are not described."),
        ((*EMG, "hash"), 5, "hash: 5 stands where text must stand."),
        ((*EMG, "schema", "fields"), {}, "fields: an object stands where a list must stand."),
        ((*EMG, "schema", "primaryKey"), ["nowhere"], "emg, keys: there is no column 'nowhere'."),
        ((*FIRST, "type"), "date", "'date' stands where one of string, number, integer, boolean, list must"),
        (
            ("resources", 9, "schema", "fields", 1, "name"),
            "cue_id",
            "cues, fields: cue_id stands there twice.",
        ),
        ((*FIRST, "references"), "spells.id", "column measurement_id: it refers to 'spells.id', which is no"),
        ((*FIRST, "categorical"), "ordered", "column measurement_id: enum is missing; a categorical column"),
        (
            (*FIRST, "constraints", "pattern"),
            "(",
            "pattern: '(' stands where a regular expression must stand.",
        ),
        ((*FIRST, "constraints", "pattern"), "(a+)+b", "stands where a regular expression without repeated"),
        ((*FIRST, "constraints", "pattern"), 7, "stands where a short regular expression must stand."),
        (
            (*FIRST, "constraints", "maxLength"),
            "34",
            "maxLength: '34' stands where a whole number must stand.",
        ),
        ((*FIRST, "constraints", "minimum"), [0], "minimum: a list stands where a number must stand."),
        ((*FIRST, "constraints", "enum"), "ab", "enum: 'ab' stands where a list must stand."),
        ((*FIRST, "constraints", "required"), 1, "required: 1 stands where true or false must stand."),
        (
            (*FIRST, "constraints", "minLenght"),
            1,
            "the constraint 'minLenght' is not known; there are enum, ",
        ),
        (("resources", 2, "roleRules"), ..., "roles, roleRules is missing."),
        (
            ("resources", 2, "roleRules"),
            {"stabilizer": {"contraction": [], "emphasis": [1]}},
            "emphasis: a list",
        ),
    ],
)
def test_a_description_that_does_not_hold_together_is_said(folder, monkeypatch, path, value, said):
    described(folder, *path, value=value)
    monkeypatch.setattr(tables, "DATA", folder)
    with pytest.raises(DataFault) as caught:
        load()
    assert said in caught.value.faults[0]
    assert caught.value.faults[0].startswith("datapackage.json: ") and len(str(caught.value)) < 3000


def test_check_and_seal_say_what_is_wrong_with_a_description(folder, monkeypatch, capsys):
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", folder)
    for word in ("check", "seal"):
        assert tables.main([word]) == 1
        assert "datapackage.json is not JSON: look at line 1" in capsys.readouterr().out
    assert (folder / "datapackage.json").read_text(encoding="utf-8") == "{"


def test_a_table_that_cannot_be_read_is_neither_sealed_nor_unsealed(folder):
    (folder / "cues.csv").unlink()
    for use in (tables.seal, tables.unsealed):
        with pytest.raises(DataFault, match=r"cues\.csv is missing\."):
            use(folder)


def test_faults_are_said_on_a_console_that_lacks_their_letters(folder):
    put(folder, "cues", "squeeze", "claim_id", "σφίξιμο")
    code = (
        "from pathlib import Path; from lessons import tables; import sys; tables.DATA = Path(sys.argv[1]); "
    )
    code += "sys.exit(tables.main(['check']))"
    done = subprocess.run(
        [sys.executable, "-c", code, folder],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr == "" and r"\u03c3" in done.stdout


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
