"""One file of answers: whatever a spreadsheet program made of it is read, or it is said what happened."""

import csv
import io

import pandas as pd
import pytest

from lessons import report

pytestmark = pytest.mark.usefixtures("small_bank")

COLUMNS = report.WRITTEN
WORDS = "Erector spinae; External oblique"
ROWS = [
    ["José", "5ab1", "01-minimus", "check", "1", "2026-11-03T10:00:00.123+00:00", "0", "Gluteus minimus"]
    + ["False", "minimus_drives_leg_back", "e1a", "1", "3"],
    ["José", "5ab1", "01-holders", "check", "1", "2026-10-03T10:00:00.123+00:00", "[0, 2]", WORDS]
    + ["True", "", "e2b", "2", "3"],
    ["José", "5ab1", "01-percent", "predict", "1", "2026-11-03T10:02:00.123+00:00", "24", "24 %MVIC"]
    + ["True", "", "e3c", "3", "3"],
]


def table(rows=ROWS, columns=COLUMNS, **ways):
    """The file as text; `ways` are those of a csv writer."""
    text = io.StringIO()
    csv.writer(text, **{"lineterminator": "\n"} | ways).writerows([columns, *rows])
    return text.getvalue()


def with_cells(**cells):
    """The rows with every cell of a column replaced through a function."""
    return [[cells.get(column, str)(cell) for column, cell in zip(COLUMNS, row, strict=True)] for row in ROWS]


def at_once(content, folder, name="kickback-answers-José.csv"):
    (folder / name).write_bytes(content)
    return report.read(folder)


def in_one_column(text):
    """As a program leaves it that parts cells by semicolons and was given commas: a line is one cell."""
    rows = [[line] for line in text.splitlines()]
    return table(rows[1:], rows[0], delimiter=";")


GERMAN = with_cells(right={"True": "WAHR", "False": "FALSCH"}.get)
PADDED = [[*row, "", ""] for row in ROWS] + [[""] * 15, [""] * 15]
SAVED = {
    "as the course writes it": table().encode("utf-8-sig"),
    "without a mark": table().encode(),
    "Excel, English": table(with_cells(right=str.upper), lineterminator="\r\n").encode("utf-8-sig"),
    "Excel, German": table(GERMAN, delimiter=";", lineterminator="\r\n").encode("cp1252"),
    "Excel, French": table(
        with_cells(right={"True": "VRAI", "False": "FAUX"}.get), delimiter=";", lineterminator="\r\n"
    ).encode("cp1252"),
    "Excel, Unicode text": table(delimiter="\t", lineterminator="\r\n").encode("utf-16"),
    "UTF-16 big-endian": b"\xfe\xff" + table().encode("utf-16-be"),
    "UTF-16 without a mark": table().encode("utf-16-le"),
    "Windows text": table().encode("cp1252"),
    "sep=, in front": ("sep=,\r\n" + table(lineterminator="\r\n")).encode("utf-8-sig"),
    "sep=; in front": ("sep=;\r\n" + table(delimiter=";", lineterminator="\r\n")).encode(),
    "LibreOffice, all in quotes": table(quoting=csv.QUOTE_ALL).encode(),
    "right as 1 and 0": table(with_cells(right={"True": "1", "False": "0"}.get)).encode(),
    "right as 1.0": table(with_cells(right={"True": "1.0", "False": "0.0"}.get)).encode(),
    "numbers as 1.0": table(with_cells(attempt="{}.0".format, number="{}.0".format)).encode(),
    "numbers as 1,00": table(with_cells(attempt="{},00".format), delimiter=";").encode(),
    "old Mac line ends": table(lineterminator="\r").encode(),
    "blank rows and columns": table(PADDED, [*COLUMNS, "", ""]).encode(),
    "blank rows between": table([ROWS[0], [], ROWS[1], [""], ROWS[2]]).encode(),
    "the date in its own way": table(with_cells(at=lambda _: "03.11.2026 10:00")).encode(),
    "sorted by another column": table(ROWS[::-1]).encode(),
    "columns in another order": table([row[::-1] for row in ROWS], COLUMNS[::-1]).encode(),
    "a column of marks added": table([[*row, "good, A"] for row in ROWS], [*COLUMNS, "mark"]).encode(),
    "each line in one cell": in_one_column(table()).encode("cp1252"),
    "UTF-8 read as Windows text": table().encode().decode("cp1252").encode("utf-8-sig"),
    "a Mac, and told so": table(lineterminator="\r").encode("mac_roman"),
}


@pytest.mark.parametrize("way", SAVED)
def test_what_a_spreadsheet_saves_is_read(way, tmp_path):
    (tmp_path / "saved.csv").write_bytes(SAVED[way])
    told = {"encoding": "mac_roman"} if "Mac, and" in way else {}
    handed = report.read(tmp_path, **told)
    assert handed.skipped == ()
    answers = handed.answers
    assert list(answers["student"]) == ["José"] * 3
    assert list(answers["entry"]) == ["e1a", "e2b", "e3c"], "in the order of writing"
    assert list(answers["right"]) == [False, True, True]
    assert list(answers["attempt"]) == [1, 1, 1]
    assert list(answers["words"]) == ["Gluteus minimus", WORDS, "24 %MVIC"]
    row = report.by_question(answers).set_index("question").loc["01-minimus"]
    assert (row["n"], row["right"]) == (1, 0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (table(with_cells(entry=lambda _: "1.23457E+31")), "a spreadsheet program took a name for a number"),
        (table(with_cells(entry=lambda _: "1E+23")), "row 2, column entry holds '1E+23': a spreadsheet"),
        (table(with_cells(store=lambda _: "1,2E+11")), "column store holds '1,2E+11': a spreadsheet"),
        (
            table(with_cells(right=lambda _: "maybe")),
            "row 2, column right holds 'maybe'; it was changed by hand",
        ),
        (table(with_cells(attempt=lambda _: "1" * 20)), "row 2, column attempt holds '11111111111111111111'"),
        (table(with_cells(attempt=lambda _: "-1")), "row 2, column attempt holds '-1'"),
        (table([[*ROWS[0], "x"], *ROWS[1:]]), "row 2 has more cells than there are columns"),
        (table(ROWS[:2]), "it holds 2 of 3 answers"),
        (table(ROWS[1:]), "it holds 2 of 3 answers"),
        (table([ROWS[0], ROWS[0], *ROWS[1:]]), "row 3, column number holds '1'; it was changed by hand"),
        (table(with_cells(entry=lambda _: "e")), "row 3, column entry holds 'e'; it was changed by hand"),
        (table([]), "it holds no answers"),
        ("\0" + table(), "zero bytes"),
        ("PK\x03\x04 and so on", "it is not a CSV table but a workbook"),
        ("<!DOCTYPE html><p>Log in", "it is not a CSV table but a web page"),
        (table(columns=["grade" if name == "right" else name for name in COLUMNS]), "it has no column right"),
        (table(columns=["at" if name == "words" else name for name in COLUMNS]), "it has no column words"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_reason(content, reason, tmp_path):
    handed = at_once(content.encode(), tmp_path)
    assert handed.students == 0
    (said,) = handed.skipped
    assert said.startswith("kickback-answers-José.csv was skipped: ") and reason in said


def test_a_file_cut_anywhere_is_noticed(tmp_path):
    whole = table().encode("utf-8-sig")
    for end in range(len(whole) - 1):
        handed = at_once(whole[:end], tmp_path)
        assert handed.students == 0 and len(handed.skipped) == 1, whole[max(0, end - 20) : end]
    assert at_once(whole[:-1], tmp_path).students == 1, "only the last line's end is gone"


def test_a_file_of_an_older_course_is_read_as_before(tmp_path):
    old = [name for name in COLUMNS if name not in ("store", "number", "of")]
    rows = pd.DataFrame(ROWS, columns=COLUMNS)[old].values.tolist()
    answers = at_once(table(rows, old).encode(), tmp_path).answers
    assert list(answers["entry"]) == ["e1a", "e2b", "e3c"] and set(answers["student"]) == {"José"}


def test_text_that_looks_like_a_formula_comes_back_as_it_was_typed(tmp_path):
    from lessons import handed_in

    for name in ("=1+1", "'=1+1", "+3", "-Ann", "@home", "O'Brien", "'tis"):
        cell = handed_in.harmless(name)
        assert cell[0] not in "=+-@"
        content = table(with_cells(student=lambda _, cell=cell: cell)).encode()
        assert set(at_once(content, tmp_path).answers["student"]) == {name}
