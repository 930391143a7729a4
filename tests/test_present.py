"""A lesson in front of a class: its screens, turned from the keyboard, with nothing asked of the internet."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import present  # noqa: E402
from pack_page import Fault  # noqa: E402
from test_browser import Axe, browser, open_notebook, playwright, served  # noqa: E402, F401
from test_browser import page as window  # noqa: E402, F401

from lessons import progress  # noqa: E402

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


FLAGS = {"no-browser", "debug", "token", "help"}


@pytest.mark.parametrize(
    ("typed", "words", "options"),
    [
        ("02 --port 8953", ["02"], ["--port", "8953"]),
        ("--port 8953 02", ["02"], ["--port", "8953"]),
        ("--no-browser 02 --port=8953", ["02"], ["--no-browser", "--port=8953"]),
        ("--Voila.port 8953 --token=", [], ["--Voila.port", "8953", "--token="]),
        ("02 --token --debug 03", ["02", "03"], ["--token", "--debug"]),
        ("--port", [], ["--port"]),
    ],
)
def test_a_word_behind_an_option_is_its_value(typed, words, options):
    assert present.sorted_out(typed.split(), FLAGS) == (words, options)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["02", "03", "--port", "8953"], "Name one lesson, not 2"),
        (["02", "--port"], "--port takes a number from 1 to 65535"),
        (["02", "--port", "99999"], "--port takes a number from 1 to 65535"),
        (["--port=no", "02"], "--port takes a number from 1 to 65535"),
    ],
)
def test_a_command_that_cannot_be_carried_out_is_answered(capsys, typed, said):
    assert present.main(typed) == 2
    assert said in capsys.readouterr().err


def test_votes_of_an_earlier_class_are_said(store):
    assert present.earlier_votes("02_prime_movers") == ""
    progress.keep("tally 02-vote", {"before": [3, 0, 1, 0], "after": None})
    assert "New class" in present.earlier_votes("02_prime_movers")
    assert present.earlier_votes("03_helpers_and_stabilizers") == present.earlier_votes("explorer") == ""
    progress.keep("tally 02-vote", {"before": [0, 0, 0, 0]})
    assert present.earlier_votes("02_prime_movers") == ""


def test_votes_of_another_day_are_not_found(monkeypatch, tmp_path):
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "own.sqlite"))
    assert present.store("02_prime_movers").parent == tmp_path
    assert re.fullmatch(r"presented-02_prime_movers-\d{4}-\d\d-\d\d", present.store("02_prime_movers").stem)


ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\w{20,}")


def first(pattern: re.Pattern, path: Path, seconds: float = 60) -> str:
    """Return what is found first in a file that is being written."""
    until = time.monotonic() + seconds
    while not (found := pattern.search(path.read_text(encoding="utf-8", errors="replace"))):
        assert time.monotonic() < until, path.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.1)
    return found[0]


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):  # noqa: F811
    """Lesson 02 as a class sees it, in a window of 1280 by 720; `asked` lists what left this computer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("elsewhere")
    # The browser that Python opens writes down its address.
    opened = folder / "opened"
    opener = folder / "open.sh"
    opener.write_text(f'#!/bin/sh\necho "$1" > {opened}\n', encoding="utf-8")
    opener.chmod(0o700)
    command = [sys.executable, str(ROOT / "tools" / "present.py"), "--port", str(port), "02"]
    own = {"KICKBACK_PROGRESS": str(folder / "votes.sqlite"), "BROWSER": str(opener), "PYTHONUNBUFFERED": "1"}
    log = (folder / "voila.log").open("w")
    server = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.asked, page.errors = [], []
    page.address = first(ADDRESS, folder / "voila.log")
    page.opened = opened
    place = page.address.partition("?")[0]
    inside = ("data:", "blob:", place, place.replace("http", "ws"))
    page.on("request", lambda one: None if one.url.startswith(inside) else page.asked.append(one.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(page.address, wait_until="commit", timeout=60_000)
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


def answer(address: str, **headers: str) -> int:
    """Return the status with which the server answers."""
    try:
        return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20).status
    except urllib.error.HTTPError as fault:
        return fault.code


KERNEL = "JSON.parse(document.querySelector('#jupyter-config-data').textContent).kernelId"


def test_the_page_opens_only_by_its_whole_address(shown):
    assert first(ADDRESS, shown.opened) == shown.address, "the browser is opened with it"
    place, _, token = shown.address.partition("?token=")
    kernel = shown.evaluate(KERNEL)
    socket_headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    socket_headers |= {"Sec-WebSocket-Key": "a2lja2JhY2sgbGFiIQ=="}
    for part in ("", "voila/notes", "?token=", "?token=wrong", f"api/kernels/{kernel}"):
        assert answer(place + part) == 403, part
    assert answer(f"{place}api/kernels/{kernel}/channels", **socket_headers) == 403
    assert answer(f"{place}voila/templates/kickback/static/notes.html") == 404
    assert answer(f"{place}voila/notes?token={token}") == 200


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


# What a class would have to scroll sideways, on the screen that is shown.
CUT_OFF = """() => kickbackStage.screens[kickbackStage.number].blocks
  .flatMap(block => [...block.querySelectorAll('*')])
  .filter(one => one.checkVisibility() && /auto|scroll|hidden/.test(getComputedStyle(one).overflowX))
  .filter(one => one.clientWidth > 5 && one.scrollWidth > one.clientWidth + 1)
  .map(one => [one.className, one.clientWidth, one.scrollWidth])"""


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
    expect(shown.locator(".kickback-pose >> visible=true")).to_have_count(2)
    assert shown.evaluate(CUT_OFF) == [], "skeletons and table stand there whole"
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


def test_keys_are_the_screens_after_a_click_and_a_buttons_after_tab(shown):
    turn_to(shown, ".kickback-cover")
    place = shown.locator(".stage-place")
    here = place.inner_text()
    cover = shown.locator(".kickback-cover button >> visible=true")
    for _ in range(2):
        cover.click()
    expect(shown.locator(".kickback-panel >> visible=true")).to_have_count(1)
    shown.keyboard.press(".")
    expect(shown.locator(".stage-blank")).to_be_visible()
    shown.keyboard.press(".")
    for key in ("Space", "ArrowRight", "PageDown", "Enter"):
        cover.click()  # hides
        shown.keyboard.press("PageUp")
        shown.keyboard.press("PageDown")
        for _ in range(2):
            cover.click()
        expect(shown.locator(".kickback-panel >> visible=true")).to_have_count(1)
        shown.keyboard.press(key)
        expect(place).not_to_have_text(here)
        shown.keyboard.press("ArrowLeft")
        expect(place).to_have_text(here)
        expect(shown.locator(".kickback-panel >> visible=true")).to_have_count(1)
    # By Tab a button is chosen on purpose: Space and Enter press it.
    shown.keyboard.press("Tab")
    cover.focus()
    shown.keyboard.press("Space")
    expect(shown.locator(".kickback-panel >> visible=true")).to_have_count(0)
    expect(place).to_have_text(here)
    shown.keyboard.press("ArrowRight")
    expect(place).not_to_have_text(here)
    # The bar, and a folded line that was opened by hand.
    shown.click(".stage-bar button >> nth=0")
    expect(place).to_have_text(here)
    shown.keyboard.press("Space")
    expect(place).not_to_have_text(here)
    shown.evaluate("document.querySelectorAll('details').forEach(one => (one.open = false))")
    turn_to(shown, ".jp-RenderedMarkdown summary")
    here = place.inner_text()
    shown.click(".jp-RenderedMarkdown summary >> visible=true")
    shown.keyboard.press("ArrowRight")
    expect(place).not_to_have_text(here)


def on_wall(page) -> str:
    return page.locator("#rendered_cells").inner_text().strip()


def wait_until_whole(page) -> None:
    page.wait_for_function("window.kickbackStage?.whole() && !kickbackStage.wanted", timeout=60_000)
    expect(page.locator(".kickback-tally")).to_be_attached(timeout=60_000)


def test_f5_begins_full_screen_and_loads_nothing_anew(shown):
    shown.evaluate("window.stays = true")
    shown.keyboard.press("F5")
    shown.wait_for_function("document.fullscreenElement !== null")
    shown.keyboard.press("F5")
    assert shown.evaluate("window.stays && document.fullscreenElement !== null")
    shown.keyboard.press("f")
    shown.wait_for_function("document.fullscreenElement === null")


@pytest.mark.parametrize("share", [0.35, 0.95])
def test_a_page_that_is_loaded_again_shows_what_stood_there(shown, share):
    shown.keyboard.press("Escape")
    shown.evaluate("share => kickbackStage.show(Math.round(share * kickbackStage.screens.length))", share)
    shown.keyboard.press("d")
    shown.mouse.move(300, 300)
    shown.mouse.down()
    shown.mouse.move(500, 350, steps=4)
    shown.mouse.up()
    shown.keyboard.press("d")
    drawn = "document.querySelector('.stage-board polyline').getBoundingClientRect().toJSON()"
    before, line = on_wall(shown), shown.evaluate(drawn)
    assert "token" not in shown.url, "a class need not read it"
    place, _, token = shown.address.partition("?")
    kernel = f"{place}api/kernels/{shown.evaluate(KERNEL)}?{token}"
    assert answer(kernel) == 200
    shown.reload(wait_until="commit")
    wait_until_whole(shown)
    assert answer(kernel) == 404, "the kernel of the page before has ended"
    assert on_wall(shown) == before
    assert shown.evaluate(drawn) == line
    shown.keyboard.press("e")


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


# A language pack of a few words, and a browser that has translated the page.
GERMAN = {"Run All Cells": "Alle Zellen ausführen", "menu\u0004Run": "Ausführen", "Run": "Ausführen"}
TRANSLATE = """() => document.querySelectorAll('.jp-RenderedMarkdown :is(h1, h2, p)').forEach(part => {
  part.childNodes.forEach(node => {
    if (node.nodeType !== Node.TEXT_NODE) return;
    const font = document.createElement('font');
    font.textContent = 'Übersetzt: ' + node.textContent;
    node.replaceWith(font);
  });
})"""


@pytest.fixture
def german(lab, window):  # noqa: F811
    """A window in which JupyterLab speaks German."""
    settings = f"{lab}/lab/api/settings/@jupyterlab/translation-extension:plugin?token=kick"
    head = {"": {"domain": "jupyterlab", "language": "de-DE", "plural_forms": "nplurals=2; plural=(n != 1);"}}
    words = {"jupyterlab": head | {word: [name] for word, name in GERMAN.items()}}
    window.request.put(settings, data={"raw": '{"locale": "de_DE"}'})
    window.route("**/lab/api/translations/de_DE*", lambda route: route.fulfill(json={"data": words}))
    yield window
    window.request.put(settings, data={"raw": "{}"})


def on_stage(page) -> list[str]:
    return page.locator(".kickback-stage .stage-page").inner_text().strip().splitlines()


def test_jupyterlab_in_another_language_presents_the_same_and_comes_back(lab, german):
    page = german
    open_notebook(page, lab, "notebooks/02_prime_movers.ipynb", run=False)
    desk = page.locator(".jp-RenderedMarkdown:has-text('You can skip every grey box')")
    expect(desk).to_contain_text("choose Ausführen, then Alle Zellen ausführen, and scroll back")
    asked = page.locator(".jp-OutputArea-output:has-text('To answer on this page')").first
    expect(asked).to_contain_text("choose Ausführen, then Alle Zellen ausführen.")
    page.evaluate(TRANSLATE)
    page.click("jp-button:has-text('Present')")
    place = page.locator(".stage-place")
    headings = []
    while "Where you stand" not in headings:
        headings.append(place.inner_text().partition("· ")[2].removeprefix("Übersetzt: "))
        if headings[-1] == "Sources":
            break
        page.keyboard.press("PageDown")
    assert "Where you stand" not in headings and "Check ●" not in headings and "Vote" in headings

    page.keyboard.press("Home")
    while "Vote" not in place.inner_text():
        page.keyboard.press("PageDown")
    with page.context.expect_page() as opened:
        page.keyboard.press("n")
    notes = opened.value
    expect(notes.locator("h1")).to_contain_text("02 Prime movers")
    assert "Likely answers" in notes.inner_text("main") and "02-diagonal" not in notes.inner_text("main")
    expect(notes.locator("#now")).to_contain_text("Vote")
    expect(notes.locator("tr.is-now")).to_contain_text("first tally")

    # The same content, whatever its number is now: the words of the translated page took more screens.
    seen = on_stage(page)
    page.reload()
    expect(place).to_contain_text("Vote", timeout=60_000)
    assert on_stage(page)[0] == seen[0].removeprefix("Übersetzt: ")
    page.keyboard.press("PageDown")
    expect(notes.locator("#now")).to_contain_text(place.inner_text().partition(" ·")[0])
    page.click(".stage-bar button:has-text('End')")
    page.reload()
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
    expect(page.locator(".stage-bar")).to_have_count(0)
