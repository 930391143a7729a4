"""Where a class's files stand: folders as a learning platform gives them, zips, and what lies beside them."""

import io
import os
import socket
import zipfile

import pytest
from test_handed_in import table

from lessons import collect, report


def answers_of(name):
    """One student's file."""
    rows = [
        [name, f"store {name}", "01-minimus", "check", "1", "2026-11-03T10:00:00+00:00", "1"]
        + ["Gluteus maximus", "True", "", f"{name} 1", "1", "1"]
    ]
    return table(rows).encode("utf-8-sig")


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, inside in members.items():
            packed.writestr(name, inside)
    return content.getvalue()


def put(folder, **files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def students(folder):
    return sorted(set(report.read(folder).answers["student"]))


def test_every_shape_of_folder_is_read_and_what_programs_put_there_is_left(tmp_path):
    moodle = {"Bo Ek_123_assignsubmission_file_/kickback-answers-Bo.csv": answers_of("Bo")}
    canvas = {"cy_77_kickback-answers-Cy-1.CSV": answers_of("Cy"), "di_78_mine.zip": zipped(a=b"")}
    canvas["di_78_mine.zip"] = zipped(**{"kickback-answers-Di.csv": answers_of("Di")})
    junk = {"__MACOSX/._kickback-answers-Bo.csv": b"\0\5\x16\7", "sub/.DS_Store": b"x", "sub/": b""}
    put(
        tmp_path,
        **{"X.CSV": answers_of("Ann"), "Ed/deep/er/kickback-answers-Ed.csv": answers_of("Ed")},
        **{"moodle.zip": zipped(**moodle, **junk), "canvas/all.ZIP": zipped(**canvas)},
        **{"._X.csv": b"\0\5\x16\7", "~$X.csv": b"x", "Thumbs.db": b"x", ".ipynb_checkpoints/X.csv": b"x"},
        **{
            "__MACOSX/X.csv": b"x",
            "notes.txt": b"call Ann",
            "plan.pdf": b"%PDF",
            "x.csv.txt": answers_of("Flo"),
        },
    )
    handed = report.read(tmp_path)
    assert handed.skipped == ()
    assert students(tmp_path) == ["Ann", "Bo", "Cy", "Di", "Ed", "Flo"]
    assert students(tmp_path / "moodle.zip") == ["Bo"] and students(tmp_path / "X.CSV") == ["Ann"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("grades.csv", b"name,mark\nada,1\n", "it has no column student"),
        ("all.xlsx", b"PK", "it is a workbook; open it and save it as CSV UTF-8"),
        ("all.7z", b"7z", "it is packed in a way that is not read here"),
        ("bad.zip", b"PK\x03\x04 and no more", "it cannot be read (it is damaged)"),
        ("kickback-answers-Bo.csv.download", b"", "its name does not end in .csv"),
        ("large.csv", b"x" * 5_000_001, "it is larger than any student's answers can be"),
        ("bomb.zip", zipped(**{f"{n}.csv": bytes(60_000_000) for n in range(2)}), "larger than any student"),
        (
            "three.zip",
            zipped(**{"two.zip": zipped(**{"one.zip": zipped(**{"a.csv": b""})})}),
            "three.zip/two.zip/one.zip was skipped: it is a zip in a zip in a zip",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_one_bad_file_is_named_and_the_rest_is_read(name, content, reason, tmp_path):
    put(tmp_path, **{"ann.csv": answers_of("Ann"), name: content})
    handed = report.read(tmp_path)
    assert handed.students == 1
    assert name in handed.skipped[0] and reason in handed.skipped[0]


def test_what_is_no_file_is_never_opened(tmp_path):
    put(tmp_path, **{"ann.csv": answers_of("Ann"), "folder.csv/bo.csv": answers_of("Bo")})
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "broken.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "empty.csv").mkdir()
    (tmp_path / "round").symlink_to(tmp_path)
    with open(os.fsencode(tmp_path) + b"/caf\xe9.csv", "wb") as file:
        file.write(b"x")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(tmp_path / "s.csv"))
        handed = report.read(tmp_path)
    assert sorted(set(handed.answers["student"])) == ["Ann", "Bo"]
    named = {sentence.partition(" was skipped: ")[0] for sentence in handed.skipped}
    assert named == {"pipe.csv", "zero.csv", "broken.csv", "empty.csv", "s.csv", "caf\ufffd.csv"}


def test_a_file_that_may_not_be_opened_is_named(tmp_path, monkeypatch):
    put(tmp_path, **{"ann.csv": answers_of("Ann"), "bo.csv": answers_of("Bo")})
    real = type(tmp_path).open

    def refused(path, *args, **ways):
        if path.name == "bo.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **ways)

    monkeypatch.setattr(type(tmp_path), "open", refused)
    handed = report.read(tmp_path)
    assert handed.students == 1
    assert handed.skipped == ("bo.csv was skipped: it cannot be read (Permission denied)",)


def test_an_empty_report_says_where_it_looked_and_what_it_wanted(tmp_path):
    put(tmp_path, **{"a.pdf": b"x", "b.pdf": b"x", "sub/c.docx": b"x"})
    looked = report.read(tmp_path).looked
    assert str(tmp_path) in looked and "1 folder in it" in looked and "2 pdf, 1 docx" in looked
    assert "kickback-answers" in looked
    os.mkfifo(tmp_path / "pipe")
    for place, said in (("nowhere", "There is no folder"), ("pipe", "neither"), ("a\0b", "No folder can be")):
        with pytest.raises(ValueError, match=said):
            report.read(tmp_path / place)
    with pytest.raises(ValueError, match="There is no encoding 'klingon'"):
        collect.read(tmp_path, "klingon")
