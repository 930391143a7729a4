"""The lesson plans: every heading is there, minutes add up, and each key is the bank's."""

import html
import json
import re
from pathlib import Path

import pytest

from lessons import bank

FOLDER = Path(bank.__file__).parent / "plans"
NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
HEADINGS = [
    "For whom and what for",
    "Minutes",
    "Before each panel",
    "Likely answers, and what to reply",
    "Vote",
    "Misconceptions to listen for",
    "Answer key",
    "When time is short",
]
every_lesson = pytest.mark.parametrize("lesson", bank.lessons())


def plan(lesson):
    return (FOLDER / f"{lesson.replace('_', '-')}.md").read_text(encoding="utf-8")


def section(text, heading):
    return re.split(r"^## ", text.split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]


def prose(lesson):
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@every_lesson
def test_a_plan_has_its_headings_in_order(lesson):
    found = [
        heading for heading in re.findall(r"^## (.*)$", plan(lesson), re.MULTILINE) if heading in HEADINGS
    ]
    assert found == HEADINGS


@every_lesson
def test_the_minutes_of_the_steps_add_up_to_those_of_the_lesson(lesson):
    rows = re.findall(r"^\| *(\d+) *\|", section(plan(lesson), "Minutes"), re.MULTILINE)
    total = int(re.search(r"\*\*Minutes:\*\* (\d+)", prose(lesson))[1])
    assert sum(map(int, rows)) == total


@every_lesson
def test_the_answer_key_gives_the_banks_answer_to_every_question(lesson):
    key = html.unescape(section(plan(lesson), "Answer key")).replace("\\|", "|")
    for asked in bank.questions(lesson[:2]):
        row = next(
            (line for line in key.splitlines() if re.search(rf"(?<![\w-]){asked.id}(?![\w-])", line)), None
        )
        assert row, f"{asked.id} has no line in the answer key"
        right = bank.key(asked)
        if asked.kind in ("choose_one", "choose_several"):
            wanted = [
                asked.options[place].text for place in ([right] if asked.kind == "choose_one" else right)
            ]
            wanted = [text.rstrip(".") for text in wanted]
        elif asked.kind == "number":
            wanted = [f"{right:g}"]
        elif asked.kind == "order":
            wanted = [option.text.rstrip(".") for option in asked.options]
        else:
            wanted = [str(option.key) for option in asked.options if not option.given]
        assert [text for text in wanted if text.lower() not in row.lower()] == [], row


@every_lesson
def test_a_plan_names_only_questions_misconceptions_and_headings_that_exist(lesson):
    text = plan(lesson)
    known = {one.id for one in bank.questions()}
    named = set(re.findall(r"\b0\d-[a-z][a-z0-9]*(?:-[a-z0-9]+)*\b", text)) - {
        one.replace("_", "-") for one in bank.lessons()
    }
    assert {one for one in named if one not in known and one not in bank.aims()} == set()
    listed = set(re.findall(r"\b[a-z]+(?:_[a-z]+){2,}\b", section(text, "Misconceptions to listen for")))
    assert listed <= set(bank.misconceptions())


def test_the_short_path_is_marked_in_notebooks_and_plans():
    marked = {lesson for lesson in bank.lessons() if re.search(r"^## .* ●$", prose(lesson), re.MULTILINE)}
    assert {name[:2] for name in marked} == {"00", "02", "03", "04", "09"}
    for lesson in marked:
        assert "yes" in section(plan(lesson), "Minutes").lower()
