"""A lesson in front of a class: its screens, turned from the keyboard, with nothing asked of the internet."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import present  # noqa: E402
from pack_page import Fault  # noqa: E402
from test_browser import Axe, browser, open_notebook, playwright, served  # noqa: E402, F401
from test_browser import page as window  # noqa: E402, F401

PLANS = ROOT / "lessons" / "plans"
expect = playwright.expect


@pytest.mark.parametrize("word", ["02", "02_prime_movers", "notebooks/02_prime_movers.ipynb"])
def test_a_lesson_is_found_by_number_name_or_file(word):
    assert present.lesson(word, ROOT / "notebooks").stem == "02_prime_movers"


def test_an_unknown_lesson_gets_the_names_there_are_and_the_nearest():
    with pytest.raises(
        Fault, match="There is no lesson 'prime'. Did you mean 02_prime_movers.*09_capstone, explorer"
    ):
        present.lesson("prime", ROOT / "notebooks")


def test_the_notes_hold_the_plan_and_no_key():
    page = present.notes("02_prime_movers", PLANS)
    assert "<h2>Before each panel</h2>" in page and "Likely answers" in page
    assert "Answer key" not in page and "02-diagonal" not in page
    assert "There is no plan for this page." in present.notes("explorer", PLANS)


def test_votes_of_another_day_are_not_found(monkeypatch, tmp_path):
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "own.sqlite"))
    assert present.store("02_prime_movers").parent == tmp_path
    assert re.fullmatch(r"presented-02_prime_movers-\d{4}-\d\d-\d\d", present.store("02_prime_movers").stem)


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):  # noqa: F811
    """Lesson 02 as a class sees it, in a window of 1280 by 720; `asked` lists what left this computer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("elsewhere")
    command = [sys.executable, str(ROOT / "tools" / "present.py"), "02", "--no-browser", f"--port={port}"]
    own = {"KICKBACK_PROGRESS": str(folder / "votes.sqlite")}
    log = (folder / "voila.log").open("w")
    server = subprocess.Popen(
        [*command, "--token="], cwd=folder, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
    )
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.asked, page.errors = [], []
    address = f"http://127.0.0.1:{port}/"
    inside = ("data:", "blob:", address, address.replace("http", "ws"))
    page.on("request", lambda one: None if one.url.startswith(inside) else page.asked.append(one.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    for _ in range(100):
        try:
            page.goto(address, wait_until="commit", timeout=60_000)
            break
        except playwright.Error:
            page.wait_for_timeout(200)
    page.wait_for_function("window.kickbackStage", timeout=60_000)
    page.forms_at_first = page.locator(".kickback-ask").count()
    expect(page.locator(".kickback-ask").first).to_be_attached(timeout=60_000)
    yield page
    context.close()
    server.terminate()
    server.wait(20)
    log.close()


def turn_to(page, selector: str) -> None:
    """Press PageDown, as a clicker does, until what is looked for stands on the wall."""
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    for _ in range(120):
        if page.locator(f"{selector} >> visible=true").count():
            return
        page.keyboard.press("PageDown")
    raise AssertionError(f"No screen holds {selector}.")


def test_the_first_screen_stands_before_the_cells_have_run(shown):
    assert shown.forms_at_first == 0


def test_a_whole_lesson_is_turned_from_the_keyboard(shown):
    shown.keyboard.press("Home")
    last = shown.evaluate("kickbackStage.screens.length")
    headings, width = [], shown.evaluate("innerWidth")
    for _ in range(200):
        number, total = re.match(r"(\d+) of (\d+)", shown.locator(".stage-place").inner_text()).groups()
        headings.append(shown.locator(".stage-place").inner_text().partition("· ")[2])
        text = shown.locator("#rendered_cells").inner_text().strip()
        assert text, f"screen {number} is empty"
        assert "Run All Cells" not in text and "ask." not in text, (
            "a class sees neither code nor the desk's advice"
        )
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        if number == total:
            break
        shown.keyboard.press("PageDown")
    assert int(total) == last > 30
    assert "Predict: the kick turns outward" in headings and headings[-1] == "Sources"
    shown.keyboard.press("PageUp")
    expect(shown.locator(".stage-place")).to_have_text(re.compile(f"^{last - 1} of {last}"))
    assert shown.url.endswith(f"#{last - 1}")
    assert shown.asked == [] and shown.errors == []


def test_a_question_that_comes_late_has_a_screen_of_its_own(shown):
    count = "kickbackStage.screens.length"
    asks = "one.matches('.kickback-question') + one.querySelectorAll('.kickback-question').length"
    alone = f"kickbackStage.screens.every(({{ blocks }}) => blocks.reduce((sum, one) => sum + {asks}, 0) < 2)"
    assert shown.evaluate(alone)
    whole = shown.evaluate(count)
    # Its drawn form is put on the page after the screens were made, as on a slow computer.
    shown.evaluate(
        """() => {
          const form = [...document.querySelectorAll(".kickback-question")].at(-1).closest(".kickback-ask");
          window.late = [form.parentElement, form];
          form.remove();
          kickbackStage.build();
        }"""
    )
    assert shown.evaluate(count) < whole
    shown.evaluate("late[0].append(late[1])")
    shown.wait_for_function(f"{count} === {whole}")
    assert shown.evaluate(alone)


def test_an_answer_stays_hidden_after_one_press_by_mistake(shown):
    turn_to(shown, ".kickback-cover")
    button = shown.locator(".kickback-cover button >> visible=true")
    pictures = shown.locator(".kickback-panel >> visible=true")
    assert pictures.count() == 0
    button.click()
    expect(button).to_have_text("Press again to show it")
    assert pictures.count() == 0
    expect(button).to_have_text("Show it to the class")
    button.click()
    button.click()
    expect(pictures).to_have_count(1)
    expect(shown.locator(".kickback-sentence >> visible=true")).to_contain_text("gluteus medius rises")
    bottom = shown.locator(".kickback-sentence >> visible=true").bounding_box()
    assert bottom["y"] + bottom["height"] < 720 - 44, "the sentence stands on the wall"
    button.click()
    expect(pictures).to_have_count(0)


def test_a_vote_is_typed_in_and_its_answer_takes_two_presses(shown):
    turn_to(shown, ".kickback-tally")
    part = shown.locator(".kickback-tally >> visible=true")
    for place, votes in enumerate([12, 4, 3, 16]):
        part.get_by_role("textbox").nth(place).fill(str(votes))
    expect(part.locator(".kickback-share").first).to_have_text("before 80 %")
    show = part.get_by_role("button").first
    show.click()
    assert "Right:" not in part.inner_text() and "✓" not in part.inner_text()
    show.click()
    expect(part).to_contain_text("✓")
    show.click()
    expect(show).to_have_text("Show the answer")
    assert "✓" not in part.inner_text()
    box = part.bounding_box()
    assert box["y"] + box["height"] < 720 - 40, "question and votes stand on one screen"


def test_a_letter_typed_into_a_control_turns_no_screen(shown):
    turn_to(shown, ".kickback-tally")
    place = shown.locator(".stage-place").inner_text()
    shown.locator(".kickback-tally >> visible=true").get_by_role("textbox").first.focus()
    for key in ("ArrowRight", "b", "d"):
        shown.keyboard.press(key)
    expect(shown.locator(".stage-blank")).to_be_hidden()
    assert shown.locator(".stage-place").inner_text() == place
    shown.keyboard.press("PageDown")
    assert shown.locator(".stage-place").inner_text() != place, (
        "a clicker turns the screen wherever one types"
    )


def test_blank_draw_and_erase(shown):
    shown.keyboard.press("Escape")
    shown.keyboard.press("Home")
    shown.keyboard.press(".")
    expect(shown.locator(".stage-blank")).to_be_visible()
    shown.keyboard.press(".")
    shown.keyboard.press("d")
    shown.mouse.move(300, 300)
    shown.mouse.down()
    shown.mouse.move(500, 350, steps=4)
    shown.mouse.up()
    assert shown.locator(".stage-board polyline").count() == 1
    shown.keyboard.press("Escape")
    shown.keyboard.press("PageDown")
    assert shown.locator(".stage-board polyline").count() == 0
    shown.keyboard.press("PageUp")
    assert shown.locator(".stage-board polyline").count() == 1, "what was drawn stays with its screen"
    shown.keyboard.press("e")
    assert shown.locator(".stage-board polyline").count() == 0


def test_the_notes_follow_in_a_second_window(shown):
    shown.keyboard.press("Home")
    with shown.context.expect_page() as opened:
        shown.keyboard.press("n")
    notes = opened.value
    expect(notes.locator("h1")).to_contain_text("02 Prime movers")
    turn_to(shown, ".kickback-tally")
    expect(notes.locator("#now")).to_contain_text("Vote")
    expect(notes.locator("tr.is-now")).to_contain_text("first tally")
    notes.close()


def faults(page, part: str | None = None) -> list:
    """Run axe over the page, or a part of it; return what it calls wrong and where."""
    found = Axe().run(page, context=part).response["violations"]
    return [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found]


# The wall, the same at 200 % zoom, and a window as narrow as a telephone.
@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (320, 720)], ids=["wall", "200 %", "narrow"])
def test_the_screens_are_clean_under_axe(shown, size):
    shown.set_viewport_size({"width": size[0], "height": size[1]})
    try:
        for selector in ("h1", ".kickback-question", ".kickback-cover", ".kickback-tally"):
            turn_to(shown, selector)
            if selector == ".kickback-cover":
                cover = shown.locator(".kickback-cover button >> visible=true")
                for _ in range(2):
                    cover.click()
                expect(shown.locator(".kickback-panel >> visible=true")).to_have_count(1)
            assert faults(shown) == [], selector
            if selector == ".kickback-cover":
                cover.click()
    finally:
        shown.set_viewport_size({"width": 1280, "height": 720})


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab with the notebooks and plans, as the instructor of a class opens it."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(PLANS, folder / "lessons" / "plans")
    settings = tmp_path_factory.mktemp("settings")
    with served(folder, settings, KICKBACK_INSTRUCTOR="1", KICKBACK_PRESENT="1") as (address, _):
        yield address


def test_jupyterlab_shows_the_same_screens_without_leaving_it(lab, window):  # noqa: F811
    page = window
    open_notebook(page, lab, "notebooks/02_prime_movers.ipynb", run=False)
    count = len(nbformat.read(ROOT / "notebooks" / "02_prime_movers.ipynb", as_version=4).cells)
    cells = page.locator(".jp-Notebook .jp-Cell")
    page.click("jp-button:has-text('Present')")
    place = page.locator(".stage-place")
    expect(place).to_contain_text("1 of")
    page.keyboard.press("Control+Shift+c")
    page.keyboard.press("Escape")
    expect(cells).to_have_count(count)
    # To JupyterLab these keys insert, cut and delete a cell and change its kind.
    for key in ("a", "b", "b", "x", "d", "d", "m", "Enter", "Home"):
        page.keyboard.press(key)
    expect(cells).to_have_count(count)
    text = page.locator(".jp-RenderedMarkdown p >> visible=true").first
    assert text.evaluate("e => parseFloat(getComputedStyle(e).fontSize) * e.currentCSSZoom") >= 31.5, "24 pt"
    assert page.locator(".cm-editor >> visible=true").count() == 0, "no code is shown"

    # Cells that run while the notebook is shown keep their screens.
    total = place.inner_text().split(" · ")[0].split()[-1]
    page.evaluate("document.exitFullscreen()")
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click("li[data-command='runmenu:run-all']")
    expect(page.locator(".kickback-cover").first).to_be_attached(timeout=60_000)
    page.wait_for_selector("text=/ipykernel.\\s*\\|\\s*Idle/", timeout=60_000)
    page.click(".stage-bar button >> nth=1")
    turn_to(page, ".kickback-cover")
    for _ in range(2):
        page.locator(".kickback-cover button >> visible=true").click()
    sentence = page.locator(".kickback-sentence >> visible=true")
    expect(sentence).to_contain_text("gluteus medius rises")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        assert faults(page, ".kickback-stage") == [], theme
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    assert int(place.inner_text().split(" · ")[0].split()[-1]) >= int(total)

    shown = place.inner_text().partition("· ")[2]
    assert shown == "Sources"
    page.click(".stage-bar button:has-text('End')")
    expect(page.locator(".stage-bar")).to_have_count(0)
    expect(page.locator("jp-button:has-text('Present')")).to_be_visible()
    expect(page.locator(".jp-InputArea .cm-editor >> visible=true").first).to_be_visible()
    expect(page.locator(".jp-mod-active:has-text('03_helpers_and_stabilizers')").first).to_be_visible()
    assert page.complaints == []
