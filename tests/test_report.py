"""Answers handed in: what a file holds, and how a class's files are counted."""

import datetime
import shutil
import zipfile

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


@pytest.fixture
def computer(tmp_path, monkeypatch):
    """Sit down at a computer, each with a store of its own and, if wanted, a clock that is days wrong."""

    def sit_down(name, days=0):
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days)
        monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / name / "progress.sqlite"))
        monkeypatch.setattr(progress, "_now", lambda: moment.isoformat(timespec="milliseconds"))

    return sit_down


@pytest.fixture
def handed(tmp_path):
    folder = tmp_path / "handed in"
    folder.mkdir()
    return folder


def answer(question, place, right):
    progress.save(question, place, int(right), right, [] if right else ["minimus_drives_leg_back"])


def rights(answers, name):
    return list(answers.loc[answers["student"] == name, "right"])


def test_the_file_says_where_each_answer_was_given_and_how_many_there_are(handed):
    answer("01-minimus", "check", False)
    answer("01-minimus", "check", True)
    path = report.write("José", handed)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "a spreadsheet reads José, not JosÃ©"
    frame = pd.read_csv(path, encoding="utf-8-sig")
    assert list(frame.columns) == report.WRITTEN
    assert set(frame["store"]) == {progress.owner().id} and frame["store"].str.len().min() > 8
    assert list(frame["number"]) == [1, 2] and set(frame["of"]) == {2}


def test_two_students_of_one_name_are_kept_apart_and_said(computer, handed):
    computer("pc1")
    answer("00-pre-01", "pre", False)
    report.write("Anna", handed)
    computer("pc2")
    answer("09-post-01", "post", True)
    report.write(" ANNA", handed).rename(handed / "second.csv")
    found = report.read(handed)
    assert set(found.answers["student"]) == {"Anna (1)", "Anna (2)"}
    assert report.before_after(found.answers)["n"].sum() == 0, "nobody took both tests"
    (note,) = found.notes
    assert note.startswith("2 students are called Anna; their files have no answer in common")
    assert "Anna (1): kickback-answers-Anna.csv; Anna (2): second.csv" in note


def test_answers_that_two_people_hand_in_count_for_neither_and_that_is_said(computer, handed):
    computer("shared")
    answer("01-minimus", "check", False)
    answer("01-minimus", "check", True)
    report.write("Ann", handed)
    answer("01-holders", "check", True)
    report.write("Bob", handed)
    found = report.read(handed)
    assert rights(found.answers, "Ann") == [] and rights(found.answers, "Bob") == [True]
    (note,) = found.notes
    assert note.startswith(
        "Ann (kickback-answers-Ann.csv) and Bob (kickback-answers-Bob.csv) handed in the same 2 answers; "
        "they count for neither."
    )
    assert "Keep the file of the one who gave them" in note and "the same name" in note
    (handed / "kickback-answers-Bob.csv").unlink()
    assert rights(report.read(handed).answers, "Ann") == [False, True]


def test_files_of_one_student_are_one_student(computer, handed):
    computer("pc1")
    answer("01-minimus", "check", False)
    report.write("Jose\u0301  Díaz", handed)
    answer("01-minimus", "check", True)
    report.write("josé díaz", handed)
    old = [("01-holders", "check", "Soleus", False, ""), MAXIMUS]
    hand_in(handed, "ada", *old[:1])
    hand_in(handed, "ada", *old).rename(handed / "later.csv")
    hand_in(handed, "ada", *old[:1])
    found = report.read(handed)
    assert found.notes == () and found.students == 2
    assert rights(found.answers, "Jose\u0301 Díaz") == [False, True]
    assert rights(found.answers, "ada") == [False, True]


def test_answers_to_questions_of_another_version_are_said_not_to_count(handed):
    hand_in(
        handed,
        "ada",
        MAXIMUS,
        ("07-gone", "check", "no", False, ""),
        ("verdict-C03", "verdict", "", True, ""),
    )
    (note,) = report.read(handed).notes
    assert note == (
        "1 answer is to a question that this version of the course does not ask, such as 07-gone; "
        "no table counts them."
    )


def test_a_clock_that_is_wrong_decides_nothing(computer, handed):
    computer("pc1", days=30)
    answer("00-pre-01", "pre", False)
    answer("01-minimus", "check", False)
    computer("pc1")
    answer("01-minimus", "check", True)
    answer("00-pre-01", "pre", True)
    answer("09-post-01", "post", True)
    report.write("Ann", handed)
    answers = report.read(handed).answers
    assert list(report.first_tries(answers).set_index("question").loc["01-minimus", ["right"]]) == [False]
    (row,) = report.before_after(answers).to_dict("records")
    assert (row["n"], row["right_before"], row["right_after"]) == (1, 1, 1)


def test_a_class_is_counted_right_through_all_of_it(computer, handed):
    """Two students, two computers, one clock a month back, a spreadsheet, and a platform's folders."""
    computer("pc1", days=-30)
    answer("00-pre-01", "pre", False)
    answer("01-minimus", "check", False)
    computer("pc1")
    answer("01-minimus", "check", True)
    answer("09-post-01", "post", True)
    first = report.write("Zoë Ångström", handed)
    computer("pc2")
    answer("00-pre-01", "pre", True)
    answer("01-minimus", "check", True)
    answer("09-post-01", "post", False)
    second = report.write("Bo", handed)
    saved = pd.read_csv(first, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    saved["right"] = saved["right"].str.upper()
    saved.iloc[::-1].to_csv(first, sep=";", index=False, encoding="cp1252", lineterminator="\r\n")
    with zipfile.ZipFile(handed / "submissions.zip", "w") as packed:
        for number, path in enumerate((first, second)):
            packed.write(path, f"Student {number}_assignsubmission_file_/{path.name}")
            path.unlink()
        packed.writestr("__MACOSX/._kickback-answers-Bo.csv", b"\0\5\x16\7")
    shutil.copy(handed / "submissions.zip", handed / "submissions (1).zip")
    found = report.read(handed)
    assert (found.skipped, found.notes, found.students, len(found.answers)) == ((), (), 2, 7)
    row = report.by_question(found.answers).set_index("question").loc["01-minimus"]
    assert (row["n"], row["right"], row["commonest_wrong"]) == (2, 1, "Gluteus minimus (1)")
    (row,) = report.before_after(found.answers).to_dict("records")
    assert (row["n"], row["right_before"], row["right_after"]) == (2, 1, 1)
    shown = report.by_misconception(found.answers).set_index("misconception").loc["minimus_drives_leg_back"]
    assert (shown["shown_by"], shown["asked"]) == (2, 2)
