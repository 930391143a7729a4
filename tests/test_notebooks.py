"""What every notebook must keep: outputs in order, alt text, size, form, nothing from a network."""

import html
import json
import re
import sys
from pathlib import Path

import pytest
from platformdirs import macos, unix

from lessons import bank, evidence, load

FOLDER = Path(__file__).parent.parent / "notebooks"
sys.path.insert(0, str(FOLDER.parent / "tools"))

import listing  # noqa: E402

PATHS = listing.parted(FOLDER)[0]
LESSONS = [path for path in PATHS if re.match(r"0[1-9]_", path.name)]
# What nbval leaves out of its comparison (nbval 0.11, IPyNbFile.skip_compare).
NOT_COMPARED = {"application/vnd.jupyter.widget-view+json", "image/png", "image/jpeg", "text/latex"}


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def prose(path: Path) -> str:
    return "\n\n".join(source(cell) for cell in read(path)["cells"] if cell["cell_type"] == "markdown")


def shown(cell: dict) -> dict[str, str]:
    """Return a cell's stored output as text, by MIME type."""
    found: dict[str, str] = {}
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        for kind, text in data.items():
            found[kind] = found.get(kind, "") + ("".join(text) if isinstance(text, list) else str(text))
    return found


every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def test_the_course_has_its_ten_lessons_and_the_explorer():
    assert [path.stem for path in PATHS] == [*bank.lessons(), "explorer"]
    assert [path.stem[:2] for path in PATHS[:-1]] == [f"{number:02d}" for number in range(10)]


@every_notebook
def test_every_code_cell_was_run_in_order_and_left_something_to_see(path):
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [source(cell) for cell in cells if not cell["outputs"]] == []


@every_notebook
def test_no_output_is_an_error_or_a_warning(path):
    for cell in code_cells(path):
        for output in cell["outputs"]:
            assert output["output_type"] != "error" and output.get("name") != "stderr", source(cell)


@every_notebook
def test_code_cells_are_short_and_call_the_package(path):
    banned = ("interact(", "interactive_output", "Output(", "clear_output", "pyplot", "sys.path", "def ")
    for cell in code_cells(path):
        text = source(cell)
        assert len([line for line in text.splitlines() if line.strip()]) <= 5, text
        assert not [word for word in banned if word in text], text
        assert not re.search(r"^[%!]", text, re.MULTILINE), "a magic or shell line"


@every_notebook
def test_every_picture_has_alt_text_that_says_something(path):
    for cell in code_cells(path):
        output = shown(cell)
        assert "image/png" not in output and "image/svg+xml" not in output, "a bare image has no alt text"
        for tag in re.findall(r"<img [^>]*>", output.get("text/html", "")):
            alt = re.search(r'alt="([^"]*)"', tag)
            assert alt and len(alt.group(1)) > 40 and alt.group(1).endswith("."), tag[:200]


@every_notebook
def test_nothing_is_loaded_from_a_network(path):
    for cell in read(path)["cells"]:
        text = source(cell) + " ".join(shown(cell).values() if "outputs" in cell else [])
        assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", text)
        assert "<script" not in text and "@import" not in text and "<link" not in text


@every_notebook
def test_metadata_is_small_and_the_same_everywhere(path):
    book = read(path)
    assert book["metadata"] == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert [cell["id"] for cell in book["cells"]] == [
        f"cell-{n:02d}" for n in range(1, len(book["cells"]) + 1)
    ]
    allowed = ({}, {"tags": ["desk"]})
    assert all(cell["metadata"] in allowed for cell in book["cells"]), "tags would let nbval skip a cell"
    assert path.stat().st_size < 150_000


@every_notebook
def test_a_page_that_was_never_run_still_shows_a_picture_before_its_panels(path):
    outputs = [shown(cell).get("text/html", "") for cell in code_cells(path)]
    panels = [
        n
        for n, cell in enumerate(code_cells(path))
        if re.search(r"explore\.(compare|muscle|overview|databases|moments|model)", source(cell))
    ]
    pictures = [n for n, text in enumerate(outputs) if "data:image/svg+xml;base64," in text]
    assert pictures and pictures[0] <= panels[0]


def test_nbval_really_compares_at_least_two_thirds_of_the_cells():
    cells = [cell for path in PATHS for cell in code_cells(path)]
    compared = [
        cell for cell in cells if set(shown(cell)) - NOT_COMPARED and "object at 0x" not in str(shown(cell))
    ]
    print(f"nbval compares the stored value of {len(compared)} of {len(cells)} code cells")
    assert len(compared) / len(cells) >= 2 / 3


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_keeps_the_form(path):
    text = prose(path)
    for part in ("**Aims.**", "**Builds on**", "**Minutes:**", "CC BY 4.0"):
        assert part in text.split("## ")[0], part
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    for wanted in ("Predict", "Observe", "Explain", "Check", "What this does not show", "Sources"):
        assert any(heading.startswith(wanted) for heading in headings), wanted
    order = [
        next(n for n, h in enumerate(headings) if h.startswith(w)) for w in ("Predict", "Observe", "Check")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_opens_with_two_questions_from_earlier_ones(path):
    opening = next(part for part in prose(path).split("\n## ")[1:])
    assert opening.startswith("Two questions from earlier")
    asked = [call for cell in code_cells(path) for call in re.findall(r"ask\.\w+\([^)]*", source(cell))]
    assert asked[0] == f'ask.recall("{path.stem[:2]}"'


@every_notebook
def test_what_a_prediction_or_verdict_opens_stands_below_it(path):
    committed, revealed = set(), set()
    for cell in code_cells(path):
        for kind, inside in re.findall(r"ask\.(predict|verdicts|reveal)\((.*)", source(cell)):
            names = set(re.findall(r'"(0\d-[a-z0-9-]+|C\d\d)"', inside.split("explore.")[0]))
            if kind == "reveal":
                assert names and names <= committed, f"{names} revealed before it is asked"
                revealed |= names
            else:
                committed |= names
    predictions = {name for name in committed if not name.startswith("C")}
    assert all(bank.question(name).use == "predict" for name in predictions)
    assert predictions <= revealed, "predicted, and never revealed"


@every_notebook
def test_no_verdict_of_the_evidence_stands_open_on_a_page_that_asks_for_one(path):
    cells = [source(cell) for cell in code_cells(path)]
    if not any("ask.verdicts(" in text for text in cells):
        return
    for text in cells:
        shows = re.search(r"explore\.(claim\(|claims\((?!.*verdict=False))", text)
        assert not shows or "ask.reveal(" in text, text


@every_notebook
def test_a_stored_page_keeps_what_is_revealed_closed_and_tells_no_key(path):
    for cell in code_cells(path):
        page = shown(cell).get("text/html", "")
        if "ask.reveal(" in source(cell):
            assert re.match("<details><summary>(Predict|Judge) first: ", page)
        for question in re.findall(r'"(0\d-[a-z0-9-]+)"', source(cell)):
            hidden = [option for option in bank.question(question).options if not option.given]
            told = [html.escape(option.explanation) for option in hidden]
            assert [text for text in told if text in page] == []


@pytest.mark.parametrize("path", [FOLDER / "00_start_here.ipynb", *LESSONS], ids=lambda path: path.stem)
def test_aims_and_minutes_are_honest_and_said_alike_everywhere(path):
    opening = prose(path).split("\n## ")[0]
    minutes = int(re.search(r"\*\*Minutes:\*\* (\d+)", opening)[1])
    assert 25 <= minutes <= 50
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    for text in (readme, prose(FOLDER / "00_start_here.ipynb")):
        row = re.search(rf"^\|.*{path.stem}(?:\.ipynb)?\).*$", text, re.MULTILINE)
        if path.stem != "00_start_here" or row:
            assert f"| {minutes} |" in row[0], row[0]


@every_notebook
def test_every_emg_number_in_prose_stands_in_the_table_for_the_study_named(path):
    emg = load().emg
    known = {f"{value:g}" for column in ("value", "low", "high") for value in emg[column].dropna()}
    for number in re.findall(r"([\d.]+) %MVIC", prose(path)):
        assert number in known, f"{number} %MVIC is in no row of emg.csv"
    for number, study in re.findall(r"([\d.]+) %MVIC[^.(]*\((\w+)\)", prose(path)):
        assert (emg[emg["study_id"] == study]["value"].map("{:g}".format) == number).any(), (number, study)


@every_notebook
def test_a_class_is_spared_what_a_reader_at_a_desk_needs(path):
    for cell in read(path)["cells"]:
        text = source(cell)
        for_desk = "desk" in cell["metadata"].get("tags", [])
        own = re.match(r"ask\.progress\(|## Where you stand", text)
        # How a lesson works is told to a class as well.
        told = re.search("Run All Cells|press [*][*]Start|has run", text) and "## How to use" not in text
        assert for_desk == bool(own or told) or text in ("ask.export()", "Over the whole course:"), text


@every_notebook
def test_above_the_first_code_cell_stands_what_mends_a_page(path):
    cells = read(path)["cells"]
    first = next(place for place, cell in enumerate(cells) if cell["cell_type"] == "code")
    name = path.stem[:2] if path.stem[0] == "0" else path.stem
    above = "\n".join(source(cell) for cell in cells[:first])
    lines = [line for line in above.splitlines() if "ModuleNotFoundError" in line]
    assert len(lines) == 1
    assert "`python3 course.py lab`" in lines[0] and f"`python3 course.py restore {name}`" in lines[0]


def test_the_first_page_names_the_file_of_the_answers_on_every_system():
    text = prose(FOLDER / "00_start_here.ipynb")
    folders = {
        "Linux": unix.Unix("kickback-lab", False).user_data_dir.replace(str(Path.home()), "~"),
        "macOS": macos.MacOS("kickback-lab", False).user_data_dir.replace(str(Path.home()), "~"),
        "Windows": "%LOCALAPPDATA%\\kickback-lab",
    }
    for system, folder in folders.items():
        assert f"`{folder}` on {system}" in text, system
    assert "`progress.sqlite`" in text and "ask.restore(" in text


@every_notebook
def test_links_between_notebooks_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)]+)\)", prose(path)):
        assert (path.parent / target).exists(), target


def test_the_explorer_prints_what_every_emphasis_value_and_verdict_rests_on():
    tables = load()
    page = " ".join(shown(cell).get("text/html", "") for cell in code_cells(FOLDER / "explorer.ipynb"))
    text = html.unescape(re.sub(r"<[^>]+>", "|", page))
    for claim in tables.claims.itertuples():
        said = "||".join(evidence.lenses(tables).loc[claim.claim_id])
        verdict = claim.verdict.replace("_", " ")
        assert f"|{claim.claim_id}||{claim.statement}||{said}||{verdict}|" in text
    for value in tables.emg["value"].dropna():
        assert f"|{value:g} " in text or f"|at most {value:g} " in text
    said = r"\|(main target|works hard|assists|holds|holds hard|opposes)( \*)?(?=\|)"
    words = len(re.findall(said, text))
    assert words >= len(tables.roles)
