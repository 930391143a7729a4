"""The teaching pack: complete, printable and closed; no key where a student reads; the same bytes twice."""

import csv
import errno
import io
import json
import re
import sys
import zipfile
from base64 import b64encode
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from lessons import bank, load, menu

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import pack  # noqa: E402
import pack_lessons  # noqa: E402
import pack_page  # noqa: E402
import pack_plans  # noqa: E402
import pack_quizzes  # noqa: E402

NOTEBOOKS, PLANS = ROOT / "notebooks", Path(bank.__file__).parent / "plans"
ORDER = {
    "id": "03-order",
    "use": "predict",
    "kind": "order",
    "aim": "03-a",
    "prompt": "Which comes first, <b>A & B</b> or C?",
    "options": [
        {"text": "First & foremost", "explanation": "It stands first here, since it is so."},
        {"text": "Second", "explanation": "It stands second here, since it is so."},
        {"text": "Third", "explanation": "It stands third here, since it is so."},
    ],
    "sources": ["article"],
}
MATCH = ORDER | {
    "id": "03-match",
    "use": "check",
    "kind": "match",
    "choices": ["rises", "falls", "stays"],
    "options": [
        {"text": "Medius", "answer": "rises", "explanation": "It rises, says the article of this test."},
        {"text": "Maximus", "answer": "falls", "explanation": "It falls, says the article of this test."},
        {"text": "=1+1", "answer": "rises", "explanation": "-2 also rises, says the article of this test."},
    ],
}
PICTURE = '<svg viewBox="0 0 700 400" xmlns="http://www.w3.org/2000/svg"></svg>'
TALL = PICTURE.replace("400", "2000")


def image(svg=PICTURE):
    return f'<img alt="Two bars." src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


TABLE = (
    '<div class="kickback-table" style="overflow-x: auto" role="region" aria-label="Bars" tabindex="0">'
    "<table><caption>Bars</caption><thead><tr><th></th><th>value</th></tr></thead>"
    "<tbody><tr><td>left</td><td>24</td></tr></tbody></table></div>"
)
ASKED = f"<p><strong>Which?</strong></p><p><em>To answer, choose {menu.RUN_ALL}.</em></p>"
HOW_TO_RUN = "Choose **Run**, then **Run All Cells**."
STANDING = "## Where you stand"
FOR_DESK = (HOW_TO_RUN, STANDING)  # tagged so


def still(svg=PICTURE):
    behind = f"<details><summary>The table behind the picture</summary>{TABLE}</details>"
    return (
        f"{image(svg)}<p>Two bars.</p>{behind}<details><summary>Sources of what is shown</summary>x</details>"
    )


def reveal(html):
    return f"<details><summary>Predict first: Which? Then open.</summary>{html}</details>"


MORE = [
    "# More of *it*\n\n**Aims.** You can.",
    HOW_TO_RUN,
    "## Two questions from earlier",
    ("ask.recall('03')", ASKED),
    "## Predict",
    ("ask.predict('03-order')", ASKED),
    "## Observe\n\n*A word* is explained. Why?\n\n- *Which bar is longer?*\n- *Set Lens to Roles. What now?*",
    ("ask.reveal('03-order', panel)", reveal(still())),
    "<details><summary>What you may have seen</summary>\n\n*Which bar? The left.*\n</details>",
    "## Explain\n\n*Which is left?*",
    ("explore.table(x, 'Bars')", TABLE),
    ("panel", TABLE.replace("24", "25") + "<script>alert(1)</script>"),
    ("still_panel", "<p>Two bars.</p>" + TABLE.replace("24", "said twice")),
    "## Observe\n\n#### A heading too low",
    "## Your verdict, then ours\n\n*Which of the two is firmer?*",
    ("ask.verdicts('C02', 'C03')", ASKED),
    ("explore.claim('C02')", TABLE.replace("24", "the verdict on C02")),
    (
        "ask.reveal('03-order', explore.claims('C02'))",
        reveal(TABLE.replace("24", "seen later")).replace("Which", "Firm"),
    ),
    "## Check",
    ("ask.check('03-match')", ASKED),
    STANDING,
    ("ask.progress('03')", "<p>Nothing answered yet.</p>"),
    "## Sources\n\nSee [the study](https://example.org/study) and [the tables](../data/README.md).\n\n"
    "**Next:** [09_capstone](09_capstone.ipynb)",
]
OTHERS = {
    "00_start_here": ["# Start", ("ask.test('pre')", ASKED)],
    "01_one_word_two_exercises": ["# One word", ("ask.check('01-holders', '01-percent')", ASKED)],
    "02_prime_movers": ["# Movers", ("ask.check('02-table')", ASKED), ("ask.vote('02-vote')", ASKED)],
    "09_capstone": ["# Capstone", ("ask.test('post')", ASKED)],
    "explorer": ["# Explorer", ("panel", still(TALL))],
}


def notebook(cells):
    made = []
    for cell in cells:
        if isinstance(cell, str):
            tags = ["desk"] if cell in FOR_DESK else []
            made.append({"cell_type": "markdown", "source": cell, "metadata": {"tags": tags}})
            continue
        output = {"output_type": "execute_result", "data": {"text/html": cell[1]}}
        made.append({"cell_type": "code", "source": cell[0], "outputs": [output] if cell[1] else []})
    return json.dumps({"cells": made})


@pytest.fixture
def sample(small_bank, tmp_path):
    """A small course: a bank of ten questions, six notebooks, five plans; returns the two folders."""
    aims = {"03-a": "do more than before"}
    book = {"lesson": "03_more", "aims": aims, "recall": ["01-minimus", "01-holders"]}
    text = json.dumps(book | {"questions": [ORDER, MATCH]})
    (small_bank.FOLDER / "03-more.json").write_text(text, encoding="utf-8")
    for cache in (small_bank._books, small_bank._all):
        cache.cache_clear()
    notebooks, plans = tmp_path / "notebooks", tmp_path / "plans"
    notebooks.mkdir()
    plans.mkdir()
    for name, cells in {**OTHERS, "03_more": MORE}.items():
        (notebooks / f"{name}.ipynb").write_text(notebook(cells), encoding="utf-8")
    for lesson in small_bank.lessons():
        sections = "".join(f"## {heading}\n\nAbout {heading}.\n\n" for heading in pack_plans.HEADINGS)
        path = plans / f"{lesson.replace('_', '-')}.md"
        path.write_text(f"# {lesson[:2]} Plan\n\n{sections}", encoding="utf-8")
    return notebooks, plans


@pytest.fixture
def made(sample, tmp_path):
    """The folder with the pack of the small course."""
    pack.build(tmp_path / "pack", *sample, load())
    return tmp_path / "pack"


def course_is_whole():
    lessons = [path.stem for path in bank.FOLDER.glob("0*.json")]
    return len(lessons) == 10 and all((PLANS / f"{name}.md").exists() for name in lessons)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder with the pack of the course itself."""
    target = tmp_path_factory.mktemp("whole") / "pack"
    pack.build(target, NOTEBOOKS, PLANS, load())
    return target


def pages(folder):
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in folder.rglob("*.html")
    }


def text_of(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def check_pages(folder):
    """Hold what is true of every page, of the small course and of the real one."""
    for path, page in pages(folder).items():
        name = path.relative_to(folder).as_posix()
        assert page.html["lang"] == "en" and page.title.string and page.select_one("a.skip"), name
        ids = [element["id"] for element in page(id=True)]
        assert len(ids) == len(set(ids)), name
        assert page(["script", "iframe", "link", "object"]) == [], name
        assert "default-src 'none'" in page.find("meta", attrs={"http-equiv": True})["content"]
        for element in page(src=True):
            assert element["src"].startswith("data:image/") and element["alt"], name
        assert not re.search(r"url\(|@import", str(page.style)), name
        for link in page("a"):
            target, _, part = link["href"].partition("#")
            aim = (path.parent / target).resolve() if target else path
            assert aim.is_file(), f"{name} leads to {link['href']}"
            if part and aim.suffix == ".html":
                assert f'id="{part}"' in aim.read_text(encoding="utf-8"), f"{name} leads to {link['href']}"
        levels = [int(heading.name[1]) for heading in page(re.compile(r"^h[1-6]$"))]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(low - high <= 1 for high, low in zip(levels, levels[1:], strict=False)), name
        regions = [region["aria-label"] for region in page(role="region")]
        assert len(regions) == len(set(regions)) == len(page("table")), name
        assert "In [" not in page.get_text() and "Run All Cells.\n" not in page.get_text(), name


def check_list(folder):
    index = BeautifulSoup(text_of(folder, "index.html"), "html.parser")
    listed = {link["href"] for link in index.main("a")}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert listed == files - {"index.html"}
    for item in index.main("li"):
        assert re.search(r": .+\w", item.get_text()), item
    lessons = [name.replace("_", "-") for name in bank.lessons()]
    for name in lessons:
        assert {f"worksheets/{name}.html", f"handouts/{name}.html"} <= files
    with_quiz = {one.lesson.replace("_", "-") for one in bank.questions() if one.use not in ("pre", "post")}
    tests = {"test-before-the-course", "test-after-the-course", "whole-bank"}
    for name in with_quiz | tests:
        assert {f"qti/canvas-{name}.zip", f"qti/moodle-{name}.xml"} <= files
    assert {"plans.html", "answer-key.html", "questions.csv"} <= files


def check_no_key(folder, asked):
    shown = [*(folder / "worksheets").glob("*.html"), *(folder / "handouts").glob("*.html")]
    texts = {path: squeezed(BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")) for path in shown}
    secret = {
        option.explanation
        for one in asked
        for option in one.options
        if option.key is not False and not option.given
    }
    assert len(texts) > 4 and len(secret) > 10
    found = [(path.name, told) for path, text in texts.items() for told in secret if told in text]
    assert found == []
    plans = squeezed(BeautifulSoup(text_of(folder, "plans.html"), "html.parser"))
    assert [told for told in secret if told in plans] == []
    key = squeezed(BeautifulSoup(text_of(folder, "answer-key.html"), "html.parser"))
    assert [told for told in secret if told not in key] == []


def text_at(parts, text):
    return next(place for place, part in enumerate(parts) if part == text)


def squeezed(page):
    return " ".join(page.get_text(" ").split())


def test_every_page_is_closed_named_and_in_order(made):
    check_pages(made)


def test_every_file_is_listed_with_a_sentence(made):
    check_list(made)


def test_no_key_stands_where_a_student_reads(made):
    check_no_key(made, bank.questions())


@pytest.mark.skipif(not course_is_whole(), reason="a lesson has no bank or no plan yet")
def test_the_pack_of_the_course_keeps_all_this_and_is_read_back_whole(whole):
    check_pages(whole)
    check_list(whole)
    check_no_key(whole, bank.questions())
    check_quizzes(whole)


def test_building_twice_gives_the_same_bytes_and_leaves_nothing_old(sample, made, tmp_path):
    first = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    (made / "worksheets" / "left-over.html").write_text("old")
    pack.build(made, *sample, load())
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == first


def test_a_folder_with_something_else_stays_as_it_is(sample, tmp_path):
    own = tmp_path / "own" / "thesis.txt"
    own.parent.mkdir()
    own.write_text("mine")
    with pytest.raises(pack_page.Fault, match="holds something else"):
        pack.build(own.parent, *sample, load())
    assert own.read_text() == "mine"


def test_a_plan_that_lacks_a_heading_is_named_and_nothing_is_written(sample, tmp_path):
    plan = sample[1] / "02-prime-movers.md"
    plan.write_text(plan.read_text(encoding="utf-8").replace("## Vote\n", "## Voting\n"), encoding="utf-8")
    with pytest.raises(pack_page.Fault, match="02-prime-movers.md lacks the heading: ## Vote"):
        pack.build(tmp_path / "pack", *sample, load())
    assert not (tmp_path / "pack").exists()
    plan.unlink()
    with pytest.raises(pack_page.Fault, match="02-prime-movers.md is missing"):
        pack.build(tmp_path / "pack", *sample, load())


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["# T", "[next](05_gone.ipynb)"], "02_prime_movers.ipynb links to 05_gone.ipynb"),
        (["# T", ("panel", "")], "02_prime_movers.ipynb, cell 2 has no stored output"),
        (["# T", ("panel", '<img src="data:image/png;base64,x">')], "T: a picture has no alt text"),
        (["no title"], "02_prime_movers.ipynb has no title"),
    ],
)
def test_a_notebook_that_cannot_be_packed_is_named(sample, tmp_path, cells, reason):
    (sample[0] / "02_prime_movers.ipynb").write_text(notebook(cells), encoding="utf-8")
    with pytest.raises(pack_page.Fault, match=reason):
        pack.build(tmp_path / "pack", *sample, load())


def test_plans_stand_without_keys_each_on_a_page_of_its_own(made):
    plans = BeautifulSoup(text_of(made, "plans.html"), "html.parser")
    headings = [heading.get_text() for heading in plans("h2")]
    assert headings == ["00 Plan", "01 Plan", "02 Plan", "03 Plan", "09 Plan"]
    assert [link.get_text() for link in plans.select("ul.contents a")] == headings
    assert "About Answer key." not in plans.get_text() and "About Vote." in plans.get_text()
    assert len(plans.select(".plan")) == 5
    assert "About Answer key." in text_of(made, "answer-key.html")


def test_a_worksheet_asks_in_the_order_of_the_lesson_and_shows_a_picture_after_its_prediction(made):
    sheet = BeautifulSoup(text_of(made, "worksheets/03-more.html"), "html.parser")
    text = squeezed(sheet)
    order = [
        *["do more than before", "Which muscle drives the leg straight back?", "Which hold the trunk?"],
        *[
            "Which comes first, <b>A & B</b> or C?",
            "Why do you think so?",
            "Which bar is longer?",
            "Two bars.",
        ],
        *["Which is left?", "C02:", "Medius"],
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    left_out = [
        "said twice",
        "Set Lens",
        "is explained",
        "The left.",
        "the verdict on C02",
        "Sources of what is shown",
    ]
    assert [part for part in left_out if part in text] == []
    parts = [*sheet.main.descendants]
    breaks = [n for n, part in enumerate(parts) if part.name == "div" and "page" in part.get("class", [])]
    (picture,) = [parts.index(one) for one in sheet("img")]
    asked = text_at(parts, "Which comes first, <b>A & B</b> or C?")
    assert len(breaks) == 2 and asked < breaks[0] < picture
    last_claim = parts.index(sheet.find("td", string=re.compile("C03:")))
    assert last_claim < breaks[1] < text_at(parts, "seen later")
    assert breaks[0] < next(
        n for n, part in enumerate(parts) if part.name == "h2" and part.string == "Observe"
    )
    assert sheet("td", string="24")


def test_a_worksheet_has_boxes_lines_and_blanks_for_every_kind(made):
    sheet = {name: BeautifulSoup(text_of(made, f"worksheets/{name}.html"), "html.parser") for name in (
        "00-start-here", "01-one-word-two-exercises", "02-prime-movers", "03-more")}  # fmt: skip
    assert len(sheet["00-start-here"].select(".boxes .box")) == 2
    assert len(sheet["01-one-word-two-exercises"].select(".boxes .box")) == 3
    assert "%MVIC" in sheet["01-one-word-two-exercises"].get_text()
    roles = [[cell.get_text() for cell in row("td")] for row in sheet["02-prime-movers"].table.tbody("tr")]
    assert roles[0][0] == "Gluteus medius" and roles[0][1].endswith("It abducts, and out is abduction.")
    assert [row[1] for row in roles[1:]] == ["", ""]
    vote = sheet["02-prime-movers"](attrs={"aria-label": "Vote: 02-vote"})[0]
    assert [cell.get_text() for cell in vote("th")][1:] == ["before talking", "after talking"]
    order = [row.td.get_text() for row in sheet["03-more"].select('[aria-label="Answer: 03-order"] tbody tr')]
    assert sorted(order) == sorted(option["text"] for option in ORDER["options"])
    assert order != [option["text"] for option in ORDER["options"]]


def test_a_picture_too_tall_for_a_page_gives_way_to_its_table(sample):
    tall = [
        cell if isinstance(cell, str) else (cell[0], cell[1].replace(image(), image(TALL))) for cell in MORE
    ]
    (sample[0] / "03_more.ipynb").write_text(notebook(tall), encoding="utf-8")
    sheet = BeautifulSoup(pack_lessons.worksheet(sample[0] / "03_more.ipynb", load().claims), "html.parser")
    assert sheet("img") == [] and len(sheet("td", string="24")) == 2


def test_a_handout_keeps_reveals_closed_hides_code_and_leads_to_handouts(made):
    page = BeautifulSoup(text_of(made, "handouts/03-more.html"), "html.parser")
    closed = {box.summary.get_text(): box for box in page("details")}
    assert not [box for box in page("details") if box.has_attr("open")]
    assert closed["Predict first: Which? Then open."].img["alt"] == "Two bars."
    assert closed["What you may have seen"].em.get_text() == "Which bar? The left."
    assert "the verdict on C02" in closed["Judge first. Then open: the evidence"].get_text()
    assert [box.code.get_text() for box in page.select("details.code")][0] == "ask.recall('03')"
    assert page.find("a", string="09_capstone")["href"] == "09-capstone.html"
    text = squeezed(page)
    assert "the study (https://example.org/study)" in text and "the tables (data/README.md)" in text
    assert (
        "said twice" not in text
        and "Run All" not in text
        and "Nothing answered yet" not in text
        and "Where you stand" not in text
    )


def test_the_table_opens_right_in_a_spreadsheet(made):
    raw = (made / "questions.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == raw.count(b"\n")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    assert ["'=1+1", "rises"] in [row[7:9] for row in rows]
    assert [row[9] for row in rows if row[7] == "'=1+1"] == ["'-2 also rises, says the article of this test."]


def test_every_question_comes_back_from_the_table_and_from_each_quiz_with_its_key(made):
    check_quizzes(made)


def check_quizzes(folder):
    asked = {one.id: one for one in bank.questions()}
    check_table(folder / "questions.csv", asked)
    canvas = read_canvas((folder / "qti" / "canvas-whole-bank.zip").read_bytes())
    moodle = read_moodle((folder / "qti" / "moodle-whole-bank.xml").read_bytes())
    assert list(canvas) == list(moodle)
    assert set(canvas) == set(moodle) == set(asked)
    for name, one in asked.items():
        check_canvas(one, canvas[name])
        check_moodle(one, moodle[name])
    for title, (_, group) in pack_quizzes.quizzes(list(asked.values())).items():
        ids = [one.id for one in group]
        assert list(read_canvas((folder / "qti" / f"canvas-{title}.zip").read_bytes())) == ids
        assert list(read_moodle((folder / "qti" / f"moodle-{title}.xml").read_bytes())) == ids
        assert len({one.use in ("pre", "post") for one in group}) == 1


def check_table(path, asked):
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert len(rows) == sum(len(one.options) for one in asked.values())
    for row in rows:
        one = asked[row["question"]]
        option = one.options[int(row["option"]) - 1]
        assert row["text"] in (option.text, f"'{option.text}")
        assert row["explanation"] in (option.explanation, f"'{option.explanation}")
        if one.kind.startswith("choose"):
            assert (row["key"] == "right") == bool(option.key)
        elif option.key == "right":
            assert float(row["key"].removeprefix("right: ")) == one.about["answer"]
        else:
            assert row["key"] == str(option.key)


def read_canvas(package):
    """Return the items of a package by question id, found as Canvas finds them: through the manifest."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        assert files.testzip() is None
        assert {file.date_time[0] for file in files.infolist()} == {1980}  # no day of building in it
        manifest = ElementTree.fromstring(files.read("imsmanifest.xml"))
        hrefs = [file.get("href") for file in manifest.iterfind(".//{*}resource/{*}file")]
        assert sorted([*hrefs, "imsmanifest.xml"]) == sorted(files.namelist())
        resources = {one.get("identifier"): one for one in manifest.iterfind(".//{*}resource")}
        for resource in resources.values():
            if resource.get("type") != "imsqti_xmlv1p2":
                continue
            about = resources[resource.find("{*}dependency").get("identifierref")]
            quiz = ElementTree.fromstring(files.read(about.get("href")))
            root = ElementTree.fromstring(files.read(resource.find("{*}file").get("href")))
            assert (
                quiz.get("identifier")
                == root.find("{*}assessment").get("ident")
                == resource.get("identifier")
            )
            items = root.findall(".//{*}item")
            assert float(quiz.findtext("{*}points_possible")) == len(items)
            found |= {item.get("title"): item for item in items}
    return found


def plain(html):
    return " ".join(BeautifulSoup(html or "", "html.parser").get_text(" ").split())


def words(element):
    return element.find(".//{*}mattext").text


def answered(item, given):
    """Return the score of an answer and what is said of it, by the item's own rules (QTI 1.2)."""
    score, said = 0.0, []
    feedback = {one.get("ident"): plain(words(one)) for one in item.iterfind("{*}itemfeedback")}
    for rule in item.iterfind("{*}resprocessing/{*}respcondition"):
        if not all(holds(part, given) for part in rule.find("{*}conditionvar")):
            continue
        change = rule.find("{*}setvar")
        if change is not None:
            score = float(change.text) + (score if change.get("action") == "Add" else 0)
        said += [feedback[one.get("linkrefid")] for one in rule.iterfind("{*}displayfeedback")]
        if rule.get("continue") == "No":
            break
    return score, said


def holds(part, given):
    kind = part.tag.rpartition("}")[2]
    if kind in ("and", "or", "not"):
        found = [holds(inner, given) for inner in part]
        return {"and": all(found), "or": any(found), "not": not all(found)}[kind]
    if kind == "other":
        return True
    answer = given[part.get("respident")]
    if kind == "varequal":
        return part.text in answer if isinstance(answer, list) else float(part.text) == answer
    return answer >= float(part.text) if kind == "vargte" else answer <= float(part.text)


def check_canvas(one, item):
    fields = {
        f.findtext("{*}fieldlabel"): f.findtext("{*}fieldentry")
        for f in item.iterfind(".//{*}qtimetadatafield")
    }
    prompt = plain(words(item.find("{*}presentation")))
    assert one.prompt in unescape(prompt)
    if fields["question_type"] == "matching_question":
        return check_canvas_lines(one, item)
    if one.kind == "number":
        assert fields["question_type"] == "numerical_question"
        said = {str(option.key): plain(option.explanation) for option in one.options}
        answer, tolerance = one.about["answer"], one.about["tolerance"]
        assert answered(item, {"response1": answer}) == (100, [said["right"]])
        assert answered(item, {"response1": answer + 0.99 * tolerance})[0] == 100
        assert answered(item, {"response1": answer - 0.99 * tolerance})[0] == 100
        for wrong in (answer - 1.01 * tolerance, answer + 1.01 * tolerance):
            score, (told,) = answered(item, {"response1": wrong})
            assert score == 0 and said["less"] in told and said["more"] in told
        return None
    labels = {label.get("ident"): plain(words(label)) for label in item.iterfind(".//{*}response_label")}
    assert list(labels) == fields["original_answer_ids"].split(",")
    rights = right_choices(one)
    right = [ident for ident, text in labels.items() if text in rights]
    assert [labels[ident] for ident in right] == rights and answered(item, {"response1": right})[0] == 100
    for ident, text in labels.items():
        score, said = answered(item, {"response1": [ident]})
        assert (score == 100) == (text in rights and len(rights) == 1)
        assert len(said) == 1 and explanation(one, text) in said[0]
    if one.kind == "choose_several":
        assert answered(item, {"response1": list(labels)})[0] == 0
    else:  # Canvas takes the key from the plain rule that sets the score
        (scores,) = [
            rule for rule in item.iterfind(".//{*}respcondition") if rule.find("{*}setvar") is not None
        ]
        assert [part.text for part in scores.find("{*}conditionvar")] == right
    return None


def right_choices(one):
    if one.kind.startswith("choose"):
        return [plain(option.text) for option in one.options if option.key]
    ((option, key),) = pack_quizzes.lines(one)
    return [key]


def explanation(one, text):
    if one.kind.startswith("choose"):
        return next(plain(option.explanation) for option in one.options if plain(option.text) == text)
    return plain(pack_quizzes.lines(one)[0][0].explanation)


def open_lines(one):
    return {option.text: (str(option.key), option.explanation) for option in one.options if not option.given}


def check_canvas_lines(one, item):
    parts = {response.get("ident"): response for response in item.iterfind(".//{*}response_lid")}
    offered = {
        ident: {words(label): label.get("ident") for label in part.iterfind(".//{*}response_label")}
        for ident, part in parts.items()
    }
    lines = {words(part.find("{*}material/..")): ident for ident, part in parts.items()}
    assert set(lines) == set(open_lines(one))
    assert all(list(of_line) == one.choices for of_line in offered.values())
    right = {ident: [offered[ident][open_lines(one)[text][0]]] for text, ident in lines.items()}
    score, said = answered(item, right)
    assert score == pytest.approx(100, abs=0.1)
    for text, ident in lines.items():
        wrong = next(word for word in one.choices if word != open_lines(one)[text][0])
        assert answered(item, right | {ident: [offered[ident][wrong]]})[0] < 100 - 90 / len(lines)
        assert f"{text}: {open_lines(one)[text][0]}. {open_lines(one)[text][1]}" in unescape(said[0])


def read_moodle(text):
    root = ElementTree.fromstring(text)
    questions = [one for one in root if one.get("type") != "category"]
    assert root.tag == "quiz" and root[0].get("type") == "category"
    return {one.findtext("idnumber"): one for one in questions}


def check_moodle(one, question):
    assert one.prompt in unescape(plain(question.findtext("questiontext/text")))
    answers = question.findall("answer")
    if question.get("type") == "matching":
        parts = [
            (plain(p.findtext("text")), p.findtext("answer/text")) for p in question.iterfind("subquestion")
        ]
        assert dict(part for part in parts if part[0]) == {
            plain(text): key for text, (key, _) in open_lines(one).items()
        }
        used = {word for text, word in parts if text}
        assert sorted(word for text, word in parts if not text) == sorted(set(one.choices) - used)
        told = unescape(plain(question.findtext("generalfeedback/text")))
        assert all(said in told for _, said in open_lines(one).values())
    elif one.kind == "number":
        assert question.get("type") == "numerical"
        said = {str(option.key): plain(option.explanation) for option in one.options}
        answer, tolerance = one.about["answer"], one.about["tolerance"]
        tries = {"right": [answer, answer + 0.99 * tolerance], "less": [0, answer - 1.01 * tolerance]}
        tries["more"] = [answer + 1.01 * tolerance, answer + 1e6]
        for when, values in tries.items():
            for value in values:
                fits = next(a for a in answers if is_near(a, value))
                assert plain(fits.findtext("feedback/text")) == said[when]
                assert float(fits.get("fraction")) == (100 if when == "right" else 0)
    else:
        assert question.get("type") == "multichoice"
        assert question.findtext("single") == str(one.kind != "choose_several").lower()
        shares = {plain(a.findtext("text")): float(a.get("fraction")) for a in answers}
        assert [text for text, share in shares.items() if share > 0] == right_choices(one)
        assert sum(share for share in shares.values() if share > 0) == pytest.approx(100, abs=0.001)
        if one.kind == "choose_several":
            assert sum(shares.values()) == pytest.approx(0, abs=0.001)
        for answer in answers:
            said = plain(answer.findtext("feedback/text"))
            assert explanation(one, plain(answer.findtext("text"))) in said


def is_near(answer, value):
    text = answer.findtext("text")
    return abs(value - float(text)) <= float(answer.findtext("tolerance")) * (1 + 1e-9)


def test_a_course_that_cannot_be_written_gets_its_pack_in_the_home(monkeypatch, tmp_path, capsys):
    written = []

    def build(target, *_):
        if target == pack.TARGET:
            raise PermissionError(errno.EACCES, "Permission denied")
        written.append(target)
        return {"index.html": "This list."}

    monkeypatch.setattr(pack, "build", build)
    monkeypatch.setattr(pack.Path, "home", lambda: tmp_path)
    assert pack.main([]) == 0
    assert written == [tmp_path / "kickback-lab-pack"]
    assert f"Open {written[0] / 'index.html'}" in capsys.readouterr().out


def test_the_command_is_known_and_needs_nothing_beyond_the_students_set_up():
    import importlib.util

    spec = importlib.util.spec_from_file_location("course_of_the_pack", ROOT / "course.py")
    course = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course)
    assert "pack" in course.COMMANDS and "course.py pack" in course.HELP
    commands = []
    course.set_up = commands.append
    course.run = lambda command, env: commands.append(command) or 0
    assert course.main(["pack"]) == 0
    assert commands[0] == course.COURSE and commands[1][1:] == [str(ROOT / "tools" / "pack.py")]
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert all(re.search(rf"^{name}==", locked, re.MULTILINE) for name in ("beautifulsoup4", "mistune"))
