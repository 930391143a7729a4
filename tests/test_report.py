"""Answers handed in: what a file holds, and how a class's files are counted."""

import pandas as pd
import pytest

from lessons import progress, report

pytestmark = pytest.mark.usefixtures("store", "small_bank")


def hand_in(folder, student, *given):
    """One student's file: question, place, answer, right, misconceptions, in the order given."""
    rows = [
        (
            student,
            question,
            place,
            1,
            f"2026-03-01T10:00:{n:02d}+00:00",
            "0",
            words,
            right,
            behind,
            f"{student}{n}",
        )
        for n, (question, place, words, right, behind) in enumerate(given)
    ]
    path = folder / f"{student}.csv"
    pd.DataFrame(rows, columns=report.COLUMNS).to_csv(path, index=False)
    return path


MINIMUS = ("01-minimus", "check", "Gluteus minimus", False, "minimus_drives_leg_back")
MAXIMUS = ("01-minimus", "check", "Gluteus maximus", True, "")


def test_a_file_says_in_words_what_was_answered_and_a_second_one_does_not_replace_it(tmp_path):
    progress.save("01-minimus", "check", 0, False, ["minimus_drives_leg_back"])
    progress.save("verdict-C03", "verdict", "supported", True)
    first = report.write("Ada", tmp_path)
    assert report.write("Ada", tmp_path) == first, "the same answers need no second file"
    progress.save("01-minimus", "check", 1, True)
    second = report.write("Ada", tmp_path)
    assert (first.name, second.name) == ("kickback-answers-Ada.csv", "kickback-answers-Ada-2.csv")
    frame = pd.read_csv(second)
    assert list(frame["words"]) == ["Gluteus minimus", "supported", "Gluteus maximus"]
    assert b"\r" not in second.read_bytes()
    with pytest.raises(ValueError, match="Type your name"):
        report.write(" /../ ", tmp_path)


def test_each_student_counts_once_at_the_first_try(tmp_path):
    hand_in(tmp_path, "ada", MINIMUS, MAXIMUS)
    hand_in(tmp_path, "bo", MAXIMUS)
    hand_in(tmp_path, "cy", MINIMUS)
    answers = report.read(tmp_path).answers
    row = report.by_question(answers).set_index("question").loc["01-minimus"]
    assert (row["n"], row["right"], row["commonest_wrong"]) == (3, 1, "Gluteus minimus (2)")
    shown = report.by_misconception(answers).set_index("misconception").loc["minimus_drives_leg_back"]
    assert (shown["shown_by"], shown["asked"]) == (2, 3)


def test_the_tests_before_and_after_count_only_those_who_took_both(tmp_path):
    before = ("00-pre-01", "pre", "Gluteus minimus", False, "minimus_drives_leg_back")
    after = ("09-post-01", "post", "Gluteus maximus", True, "")
    hand_in(tmp_path, "ada", before, after)
    hand_in(tmp_path, "bo", before)
    (row,) = report.before_after(report.read(tmp_path).answers).to_dict("records")
    assert (row["n"], row["right_before"], row["right_after"]) == (1, 0, 1)


def test_a_file_handed_in_twice_counts_once(tmp_path):
    path = hand_in(tmp_path, "ada", MINIMUS)
    (tmp_path / "copy.csv").write_bytes(path.read_bytes())
    assert len(report.read(tmp_path).answers) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not a CSV table"),
        (b"\xff\xfe\x00\x01 no text", "it is not UTF-8 text"),
        (b"name,mark\nada,1\n", "it has no column student"),
        (b'a,b\n"1,2\n3', "it is not a CSV table"),
    ],
)
def test_a_bad_file_is_named_and_the_rest_is_read(tmp_path, content, reason):
    hand_in(tmp_path, "ada", MINIMUS)
    (tmp_path / "bad.csv").write_bytes(content)
    handed = report.read(tmp_path)
    assert handed.students == 1
    (said,) = handed.skipped
    assert said.startswith(f"bad.csv was skipped: {reason}")


def test_a_file_changed_by_hand_is_named_with_row_and_column(tmp_path):
    path = hand_in(tmp_path, "ada", MINIMUS)
    path.write_text(path.read_text().replace("False", "maybe"))
    (said,) = report.read(tmp_path).skipped
    assert said == "ada.csv was skipped: row 2, column right holds 'maybe'; it was changed by hand"


def test_an_empty_or_missing_folder_is_said(tmp_path):
    assert report.read(tmp_path).students == 0
    with pytest.raises(ValueError, match="There is no folder"):
        report.read(tmp_path / "nowhere")
