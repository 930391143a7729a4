"""What a student does in real JupyterLab: run a lesson, use its panels, read picture and words."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe

from lessons import bank, explore

playwright = pytest.importorskip("playwright.sync_api", reason="the checks' requirements are not installed")

# A busy machine may take a while to run a page.
playwright.expect.set_options(timeout=20_000)
ROOT = Path(__file__).parent.parent
INSTALLED = ROOT / "labextension"
ARTIFACTS = Path(__file__).parent / "artifacts"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.browser
STEPS = {"main target": 3, "works hard": 2, "holds hard": 2, "assists": 1, "holds": 1}
STEPS |= {"opposes": 0, "not named": 0}

# Reads the moving picture as a person would: every visible row from top to bottom, its name and two words.
READ_ROWS = """panel => {
  const rows = [...panel.querySelector('.kickback-moving').shadowRoot.querySelectorAll('g')].filter(g => {
    return !g.id && g.style.display !== 'none' && g.getAttribute('transform');
  });
  const placed = rows.map(g => ({
    y: g.getBoundingClientRect().top,
    texts: [...g.children].filter(e => /^(n|w)\\d/.test(e.id)).map(e => e.textContent.trim()),
    widths: [...g.children].filter(e => /^b\\d+s/.test(e.id)).map(e => e.getBoundingClientRect().width),
  }));
  return placed.sort((a, b) => a.y - b.y);
}"""


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    message = "Chromium is not installed, so nothing was looked at in a browser."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=QUIET)
        yield opened
        opened.close()


@contextmanager
def served(folder: Path, settings: Path, **variables: str):
    """Serve a folder in JupyterLab; yield the address and the process.

    What the lessons package installs for JupyterLab is taken from this tree, as it is now.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        str(ROOT / "tools" / "lab.py"),
        "--no-browser",
        f"--port={port}",
        "--ip=127.0.0.1",
    ]
    command += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=kick"]
    command += [f"--LabApp.app_settings_dir={INSTALLED / 'share/jupyter/lab/settings'}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    own = {
        "JUPYTER_PATH": str(INSTALLED / "share" / "jupyter"),
        "JUPYTER_CONFIG_PATH": str(INSTALLED / "etc" / "jupyter"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
        "KICKBACK_PROGRESS": str(settings / "progress.sqlite"),
    }
    log = (settings / "lab.log").open("w")
    server = subprocess.Popen(command, env=os.environ | own | variables, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/api?token=kick", timeout=2)
                break
            except OSError:
                time.sleep(0.2)
        yield address, server
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def cells(folder: Path, name: str, *texts: str) -> None:
    """Write a notebook with these code cells."""
    book = nbformat.read(ROOT / "notebooks" / "explorer.ipynb", as_version=4)
    book.cells = [nbformat.v4.new_code_cell(text) for text in texts]
    nbformat.write(book, folder / name)


# A lesson in front of a class: one student handed in, and all that an instructor sees of it is on the page.
IN_CLASS = [
    """import os, tempfile
from lessons import ask, bank, explore
folder = os.environ["KICKBACK_CLASS"] = tempfile.mkdtemp()
os.environ["KICKBACK_PROGRESS"] = f"{folder}/progress.sqlite"
voted = next(one.id for one in bank.questions("02") if one.use == "vote")
ask.vote(voted).commit(voted, 0)
ask.predict("02-diagonal").commit("02-diagonal", ["rises"] * 5)
ask.export("Ada", folder).name""",
    "ask.vote(voted)",
    'ask.reveal("02-diagonal", explore.compare("donkey kick", "dumbbell kickback"))',
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve copies of the notebooks with every panel open, and one with two panels of a kind."""
    folder = tmp_path_factory.mktemp("course with spaces é")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, folder)
    pair = 'explore.compare("quadruped_straight_knee", "quadruped_bent_knee")'
    cells(folder, "twins.ipynb", "from lessons import explore", pair, pair)
    cells(folder, "class.ipynb", *IN_CLASS)
    with served(folder, tmp_path_factory.mktemp("settings"), KICKBACK_INSTRUCTOR="1") as found:
        yield found


@pytest.fixture
def student(tmp_path):
    """Serve copies of the notebooks to a student who has answered nothing; yield address, process, store."""
    folder = tmp_path / "course"
    shutil.copytree(ROOT / "notebooks", folder)
    test = ("from lessons import ask", 'ask.test("pre")')
    cells(folder, "left.ipynb", *test)
    cells(folder, "right.ipynb", *test)
    (tmp_path / "settings").mkdir()
    with served(folder, tmp_path / "settings") as (address, server):
        yield address, server, tmp_path / "settings" / "progress.sqlite"


@pytest.fixture
def page(browser):
    """A window that remembers everything the console called an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.complaints = []
    opened.on("console", lambda m: opened.complaints.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


# Between two cells a kernel is idle for a moment too.
ALL_RUN = """() => jupyterapp.shell.currentWidget.content.widgets.every(
  one => one.model.type !== 'code' || (one.model.executionCount && one.model.executionState !== 'running')
)"""


def open_notebook(page, address: str, name: str, run: bool = True) -> None:
    page.goto(f"{address}/lab/tree/{name}?token=kick&reset")
    idle = "text=/ipykernel.\\s*\\|\\s*Idle/"
    page.wait_for_selector(idle, timeout=60_000)
    if not run:
        return
    page.click(".jp-Notebook .jp-Cell >> nth=0")
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click("li[data-command='runmenu:run-all']")
    page.wait_for_selector(".kickback-sentence, .kickback-ask", state="attached", timeout=60_000)
    page.wait_for_function(ALL_RUN, timeout=60_000)
    page.wait_for_selector(idle, timeout=60_000)


def ask_server(address: str, path: str, method: str = "GET"):
    """Return what the server answers, read from JSON; None where it answers nothing."""
    request = urllib.request.Request(f"{address}/api/{path}?token=kick", method=method)
    text = urllib.request.urlopen(request).read()
    return json.loads(text) if text else None


def save(page, address: str, name: str, held: str) -> None:
    """Press Ctrl+S and wait until the file holds some text with its panels, at most for 30 s."""
    until = time.monotonic() + 30
    page.keyboard.press("Control+s")
    while True:
        page.wait_for_timeout(500)
        # The file as it stands: asked for its contents, the server would mend what is only half written.
        text = urllib.request.urlopen(f"{address}/files/{name}?token=kick").read().decode()
        _, found, panels = text.partition('"widgets"')
        if found and json.dumps(held, ensure_ascii=False)[1:-1] in panels and text.endswith("}\n"):
            return
        assert time.monotonic() < until, f"{name} was not saved with its panels"


def stop_kernels(address: str) -> None:
    """Shut down all kernels with their sessions, as JupyterLab's own Shut Down does."""
    for session in ask_server(address, "sessions"):
        ask_server(address, f"sessions/{session['id']}", "DELETE")


def panel(page, number: int = 0):
    """Return the panel's own part of the page, its dropdowns and buttons with it."""
    found = page.locator(".jp-OutputArea-output:has(.kickback-sentence)").nth(number)
    found.scroll_into_view_if_needed()
    return found


def choose(shown, label: str, place: int) -> None:
    shown.locator("select").nth(place).select_option(label=label)


def press(shown, label: str) -> None:
    shown.locator(f"button:has-text('{label}')").click()


def picture_word(cell: str) -> str:
    """Turn the table's "assists (secondary mover, from anatomy)" into the picture's "assists *"."""
    return cell.split(" (")[0] + (" *" if "from anatomy" in cell else "")


def agree(shown, expected) -> None:
    """Wait for the words, then compare sentence, rows, words and bar lengths with Python's own panel."""
    sentence = shown.locator(".kickback-sentence")
    playwright.expect(sentence).to_have_text(expected.sentence, timeout=15_000)
    playwright.expect(shown.locator(".kickback-status")).to_have_text("")
    rows = shown.locator(".kickback").evaluate(READ_ROWS)
    words = expected.table.iloc[:, 1:3].map(picture_word)
    assert [row["texts"][0] for row in rows] == list(expected.table["muscle"])
    assert [row["texts"][1:] for row in rows] == words.to_numpy().tolist()
    longest = max(max(row["widths"]) for row in rows)
    for row, said in zip(rows, words.to_numpy().tolist(), strict=True):
        for width, word in zip(row["widths"], said, strict=True):
            assert abs(width - longest * STEPS[word.rstrip(" *")] / 3) < 4, (row["texts"], width)


def test_a_student_runs_lesson_02_and_changes_everything(lab, page):
    open_notebook(page, lab[0], "02_prime_movers.ipynb")
    first, other = panel(page, 0), page.locator(".kickback").nth(1)
    expected = explore.compare("standing_cable_straight_knee", "standing_cable_diagonal")
    agree(first, expected)
    untouched = other.inner_html()

    choose(first, "Quadruped kickback, straight knee", 0)
    expected.first.value = "quadruped_straight_knee"
    agree(first, expected)
    choose(first, "Dumbbell triceps kickback, one arm", 1)
    expected.second.value = "dumbbell_bent_over"
    agree(first, expected)
    press(first, "All")
    press(first, "By difference")
    expected.limb.value, expected.order.value = "all", "difference"
    agree(first, expected)

    press(first, "Measured")
    expected.lens.value = "measured"
    playwright.expect(first.locator(".kickback-sentence")).to_have_text(expected.sentence)
    drawn = first.locator(".kickback-still svg")
    playwright.expect(drawn).to_be_visible()
    assert drawn.get_attribute("aria-label") == expected.sentence
    assert "boehler2011" in drawn.text_content()
    playwright.expect(first.locator(".kickback-moving").first).to_be_hidden()

    assert other.inner_html() == untouched, "a control of one panel moved another"
    assert page.complaints == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "lesson_02.png")


# Reads a slider's end from its own attributes, so that the test goes through every stop of every slider.
STOPS = """slider => {
  const handle = slider.querySelector('.noUi-handle');
  return ['now', 'min', 'max'].map(end => Number(handle.getAttribute('aria-value' + end)));
}"""
PATHS = """panel => [...panel.querySelector('.kickback-moving').shadowRoot.querySelectorAll('[id] path')]
  .map(path => path.getAttribute('d')).join(' ')"""
FRAME = "panel => panel.querySelector('.kickback-frame').getBoundingClientRect().height"


def slide(page, shown, number: int, key: str, expected, name: str) -> None:
    """Move a slider from one end to the other by keyboard and compare picture and words at every stop."""
    slider = shown.locator(".widget-slider, .jupyter-widget-slider").nth(number)
    now, low, high = slider.evaluate(STOPS)
    control = getattr(expected, name)
    slider.locator(".noUi-handle").focus()
    page.keyboard.press("Home")
    if now == low:  # the very first stop is seen before anything moves
        page.keyboard.press(key)
        page.keyboard.press("Home")
    height = shown.locator(".kickback").evaluate(FRAME)
    for value in range(int(low), int(high) + 1, control.step):
        control.value = value
        playwright.expect(shown.locator(".kickback-sentence")).to_have_text(expected.sentence, timeout=15_000)
        paths = shown.locator(".kickback").evaluate(PATHS)
        assert "NaN" not in paths and "undefined" not in paths
        assert shown.locator(".kickback").evaluate(FRAME) == height, "the picture jumped"
        if value < high:
            page.keyboard.press(key)
    assert slider.evaluate(STOPS)[0] == high


def test_a_student_takes_lesson_05_and_moves_every_slider_from_end_to_end(lab, page):
    open_notebook(page, lab[0], "05_joint_moments.ipynb")
    leg, expected = panel(page, 0), explore.moments("leg", load=5)
    playwright.expect(leg.locator(".kickback-sentence")).to_have_text(expected.sentence)
    before = leg.locator(".kickback").evaluate(PATHS)
    for number, name in enumerate(("load", "outward", "knee")):
        slide(page, leg, number, "ArrowRight", expected, name)
    assert leg.locator(".kickback").evaluate(PATHS) != before
    press(leg, "Upright")
    press(leg, "Cable, facing the machine")
    expected.stance.value, expected.pull.value = "upright", "facing"
    playwright.expect(leg.locator(".kickback-sentence")).to_have_text(expected.sentence)
    picture = leg.locator(".kickback-moving svg")
    arm = expected.sentence.split("lever arm ")[1].split(" cm")[0]
    playwright.expect(picture).to_contain_text(f"Lever arm of the load: {arm} cm")
    assert picture.get_attribute("aria-label") == expected.sentence

    elbow, bent = panel(page, 2), explore.moments("arm", load=4, elbow=90)
    playwright.expect(elbow.locator(".kickback-sentence")).to_have_text(bent.sentence)
    for number, name in enumerate(("load", "elbow")):
        slide(page, elbow, number, "ArrowRight", bent, name)
    assert page.complaints == []
    page.screenshot(path=ARTIFACTS / "lesson_05.png")


def test_a_student_takes_lesson_06_and_finds_the_switch(lab, page):
    open_notebook(page, lab[0], "06_muscles_in_a_model.ipynb")
    shares, expected = panel(page, 0), explore.model(resistance="along", rotation="balanced", load=10)
    playwright.expect(shares.locator(".kickback-sentence")).to_have_text(expected.sentence)
    for number, name in enumerate(("load", "knee")):
        slide(page, shares, number, "ArrowRight", expected, name)
    before = shares.locator(".kickback").evaluate(PATHS)
    press(shares, "Left free")
    expected.rotation.value = "free"
    playwright.expect(shares.locator(".kickback-sentence")).to_have_text(expected.sentence)
    assert shares.locator(".kickback").evaluate(PATHS) != before
    assert shares.locator("td").all_inner_texts()[1] == expected.table.iloc[0, 1]

    pair = panel(page, 1)
    names = ("standing_cable_straight_knee", "standing_cable_diagonal")
    told = explore.compare(*names, lens="mechanics")
    playwright.expect(pair.locator(".kickback-sentence")).to_have_text(told.sentence)
    maximus = pair.locator(".kickback-pose").nth(1).locator("[id='m-gluteus_maximus'] path")
    word = pair.locator(".kickback-pose").nth(1).locator("[id='w-gluteus_maximus']")
    playwright.expect(word).to_have_text(told.table.set_index("muscle").iloc[:, 1]["Gluteus maximus"])
    model_colour = maximus.evaluate("path => path.style.stroke")
    press(pair, "Roles")
    told.lens.value = "roles"
    agree(pair, told)
    playwright.expect(word).to_have_text("works hard")
    assert maximus.evaluate("path => path.style.stroke") != model_colour
    press(pair, "From behind")
    playwright.expect(pair.locator(".kickback-pose").first).to_contain_text("Seen from behind")
    choose(pair, "Not a kickback: Hop", 1)
    playwright.expect(pair.locator(".kickback-pose").nth(1)).to_contain_text("No posture of its own")
    assert page.complaints == []
    page.screenshot(path=ARTIFACTS / "lesson_06.png")


def test_a_slider_can_be_typed_and_has_a_name(lab, page):
    open_notebook(page, lab[0], "06_muscles_in_a_model.ipynb")
    shares, expected = panel(page, 0), explore.model(resistance="along", rotation="balanced", load=10)
    sentence = shares.locator(".kickback-sentence")
    playwright.expect(sentence).to_have_text(expected.sentence)
    for name in ("Load, kg", "Knee bent, degrees"):
        playwright.expect(shares.get_by_role("slider", name=name, exact=True)).to_have_count(1)
    box = shares.get_by_role("textbox", name="Knee bent, degrees", exact=True)
    handle = shares.get_by_role("slider", name="Knee bent, degrees", exact=True)
    for typed, taken in (("50", 45), ("-7", 0), ("900", 90), ("", 90), ("52,6 degrees", 60)):
        box.fill(typed)
        box.press("Enter")
        playwright.expect(box).to_have_value(str(taken))
        playwright.expect(handle).to_have_attribute("aria-valuenow", f"{taken:.1f}")
        expected.knee.value = taken
        playwright.expect(sentence).to_have_text(expected.sentence)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    playwright.expect(box).to_have_value("45")
    assert page.complaints == []


# Types into the number box faster than a person waits, and notes all that a screen reader would be told.
HURRIED = """async panel => {
  const spoken = panel.querySelector('[aria-live]');
  window.told = [];
  new MutationObserver(() => window.told.push(spoken.textContent)).observe(spoken, { childList: true });
  const box = panel.querySelector('.kickback-typed');
  for (let value = 0; value <= 10; value += 1) {
    box.value = value;
    box.dispatchEvent(new Event('change'));
    await new Promise(done => setTimeout(done, 100));
  }
}"""


def test_a_screen_reader_is_told_once_when_a_control_rests(lab, page):
    open_notebook(page, lab[0], "05_joint_moments.ipynb")
    leg, expected = panel(page, 0), explore.moments("leg", load=5)
    playwright.expect(leg.locator(".kickback-sentence")).to_have_text(expected.sentence)
    playwright.expect(leg.locator("[aria-live]")).to_have_text("")
    leg.evaluate(HURRIED)
    expected.load.value = 10
    playwright.expect(leg.locator("[aria-live]")).to_have_text(expected.sentence)
    assert page.evaluate("window.told") == [expected.sentence]


def test_two_panels_of_a_kind_on_one_page_stay_apart(lab, page):
    open_notebook(page, lab[0], "twins.ipynb")
    page.locator(".kickback").nth(1).wait_for(state="attached")
    first, second = panel(page, 0), panel(page, 1)
    expected = explore.compare("quadruped_straight_knee", "quadruped_bent_knee")
    agree(second, expected)
    choose(second, "Cable kickback, diagonal", 0)
    changed = explore.compare("standing_cable_diagonal", "quadruped_bent_knee")
    agree(second, changed)
    agree(first, expected)
    assert page.complaints == []


# The skeletons that can be seen, with the colours of their muscles.
POSED = """panel => [...panel.querySelectorAll('.kickback-pose')].map(pose => [...pose.children]
  .map(place => place.shadowRoot.querySelector('svg')).filter(svg => svg.checkVisibility())
  .map(svg => svg.getAttribute('aria-label')
    + [...svg.querySelectorAll("[id^='m-'] path")].map(line => line.style.stroke)))"""
# Where everything stands that moves in the picture and can be seen.
SEEN = """panel => [...panel.querySelector('.kickback-moving').shadowRoot.querySelectorAll('g[transform]')]
  .filter(part => getComputedStyle(part).visibility !== 'hidden')
  .filter(part => !part.closest('g[style*="display: none"]'))
  .map(part => `${part.id} ${part.getAttribute('transform')}`)"""
# How much room the words take, with the space around them.
TALL = """panel => [...panel.querySelectorAll('.kickback-words')].map(part => {
  const next = part.nextElementSibling?.getBoundingClientRect().top ?? panel.getBoundingClientRect().bottom;
  return next - part.getBoundingClientRect().top;
})"""


def test_what_was_put_away_comes_back_as_it_was(lab, page):
    open_notebook(page, lab[0], "twins.ipynb")
    shown, expected = panel(page), explore.compare("quadruped_straight_knee", "quadruped_bent_knee")
    press(shown, "All")
    expected.limb.value = "all"
    agree(shown, expected)
    marks = shown.locator(".kickback").evaluate(SEEN)
    assert any(mark.startswith(("h", "k")) for mark in marks), "no hatch to be put away"
    # Fewer rows are taller; what is put away now comes back among more.
    press(shown, "Working")
    expected.limb.value = "working"
    agree(shown, expected)
    before = shown.locator(".kickback").evaluate(POSED)
    assert [len(pose) for pose in before] == [1, 1]
    choose(shown, "Cable kickback, diagonal", 0)
    expected.first.value = "standing_cable_diagonal"
    agree(shown, expected)
    other = shown.locator(".kickback").evaluate(POSED)
    assert [len(pose) for pose in other] == [1, 1] and other[0] != before[0] and other[1] == before[1]
    press(shown, "Mechanics")
    expected.lens.value = "mechanics"
    playwright.expect(shown.locator(".kickback-sentence")).to_have_text(expected.sentence)
    press(shown, "All")
    press(shown, "Roles")
    choose(shown, "Quadruped kickback, straight knee", 0)
    expected = explore.compare("quadruped_straight_knee", "quadruped_bent_knee")
    expected.limb.value = "all"
    agree(shown, expected)
    assert shown.locator(".kickback").evaluate(SEEN) == marks
    assert shown.locator(".kickback").evaluate(POSED) == before


def test_words_never_stand_beside_a_picture_of_another_choice_while_the_kernel_is_paused(lab, page):
    address, server = lab
    before = {child.pid for child in psutil.Process(server.pid).children(recursive=True)}
    open_notebook(page, address, "01_one_word_two_exercises.ipynb")
    children = psutil.Process(server.pid).children(recursive=True)
    kernels = [c for c in children if c.pid not in before and "ipykernel_launcher" in " ".join(c.cmdline())]
    assert len(kernels) == 1
    shown = panel(page, 0)
    words = shown.locator(".kickback-sentence")
    playwright.expect(words).to_be_visible()
    tall = shown.locator(".kickback").evaluate(TALL)
    kernels[0].send_signal(signal.SIGSTOP)
    try:
        choose(shown, "Cable kickback, diagonal", 0)
        title = shown.locator(".kickback-moving").first
        playwright.expect(title).to_contain_text("diagonal")
        playwright.expect(words).to_be_hidden()
        assert shown.locator(".kickback").evaluate(TALL) == pytest.approx(tall, abs=0.5), "the page jumped"
        status = shown.locator(".kickback-status")
        playwright.expect(status).to_contain_text("Updating")
        playwright.expect(status).to_contain_text("Run All Cells", timeout=8_000)
        # Python draws the measured picture, so while it is paused none may be shown.
        press(shown, "Measured")
        playwright.expect(shown.locator(".kickback-moving").first).to_be_hidden()
        playwright.expect(shown.locator(".kickback-still svg")).to_be_hidden()
        press(shown, "Roles")
    finally:
        kernels[0].send_signal(signal.SIGCONT)
    expected = explore.compare("standing_cable_diagonal", "cable_bent_over", limb="all", order="difference")
    agree(shown, expected)
    assert page.complaints == []


def test_colours_of_the_system_and_no_motion_are_respected(lab, page):
    open_notebook(page, lab[0], "05_joint_moments.ipynb")
    shown = panel(page)
    chosen, other = (
        shown.locator(f".jupyter-button{kind}").first for kind in (".mod-active", ":not(.mod-active)")
    )
    handle, bar = shown.locator(".noUi-handle").first, "getComputedStyle(e).transitionDuration"
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    ground, border = "e => getComputedStyle(e).backgroundColor", "e => getComputedStyle(e).borderTopWidth"
    assert chosen.evaluate(ground) != other.evaluate(ground), "the choice is told by its ground"
    assert chosen.evaluate("e => getComputedStyle(e).color") != chosen.evaluate(ground)
    assert other.evaluate(border) != "0px" and handle.evaluate(border) != "0px"
    # The picture keeps its own colours on its own white ground.
    frame = shown.locator(".kickback-frame").first
    assert frame.evaluate(ground) == "rgb(255, 255, 255)" and frame.evaluate(border) != "0px"
    # A slider that is tapped would glide.
    shown.locator(".noUi-target").first.evaluate("e => e.classList.add('noUi-state-tap')")
    moving = f"e => [e, ...e.querySelectorAll('*')].every(e => parseFloat({bar}) === 0)"
    assert shown.evaluate(moving)
    drawn = f"e => [...e.shadowRoot.querySelectorAll('*')].every(e => parseFloat({bar}) === 0)"
    assert shown.locator(".kickback-moving").first.evaluate(drawn)


def test_a_page_that_was_never_run_still_teaches(lab, page):
    open_notebook(page, lab[0], "03_helpers_and_stabilizers.ipynb", run=False)
    closed = page.locator(".jp-OutputArea-output details:has(img) > summary").first
    closed.scroll_into_view_if_needed()
    assert closed.inner_text().startswith("Predict first: ") and not page.locator("img >> nth=0").is_visible()
    closed.click()
    picture = page.locator(".jp-OutputArea-output img").first
    picture.scroll_into_view_if_needed()
    size = picture.bounding_box()
    assert size["width"] > 400 and size["height"] > 200
    said = explore.compare("quadruped_straight_knee", "quadruped_bent_knee").sentence
    assert picture.get_attribute("alt") == said
    # The questions stand there to be answered on paper.
    texts = page.locator(".jp-OutputArea-output").all_inner_texts()
    assert any("To answer on this page, choose Run, then Run All Cells." in text for text in texts)
    assert page.complaints == []


# What stands before each part that has lost its Python.
MARKS = "parts => parts.map(part => getComputedStyle(part, '::before').content)"


def test_a_lesson_that_was_saved_and_reopened_keeps_its_panels(lab, page):
    open_notebook(page, lab[0], "02_prime_movers.ipynb")
    shown = panel(page)
    expected = explore.compare("standing_band", "standing_cable_diagonal")
    choose(shown, "Band kickback, standing", 0)
    agree(shown, expected)
    save(page, lab[0], "02_prime_movers.ipynb", expected.sentence)
    page.goto("about:blank")
    stop_kernels(lab[0])

    open_notebook(page, lab[0], "02_prime_movers.ipynb", run=False)
    shown = panel(page)
    agree(shown, expected)
    marks = page.locator(".jupyter-widgets-disconnected").evaluate_all(MARKS)
    said = '"To answer on this page, choose Run, then Run All Cells."'
    # Whether the pieces of a text are joined is the browser's own affair.
    assert marks and {mark.replace('" "', "") for mark in marks} <= {"none", said}
    # No Python answers, yet the picture follows; the words of the old choice are put away.
    choose(shown, "Cable kickback, bent knee", 0)
    playwright.expect(shown.locator(".kickback-moving").first).to_contain_text("bent knee")
    playwright.expect(shown.locator(".kickback-sentence")).to_be_hidden()
    playwright.expect(shown.locator(".kickback-status")).to_contain_text("Run All Cells", timeout=8_000)


def test_panels_that_come_late_from_a_saved_lesson_are_shown(lab, page):
    open_notebook(page, lab[0], "02_prime_movers.ipynb")
    expected = explore.compare("standing_cable_straight_knee", "standing_cable_diagonal")
    save(page, lab[0], "02_prime_movers.ipynb", expected.sentence)
    page.goto("about:blank")
    stop_kernels(lab[0])

    # As on a slow computer: the answer for which JupyterLab waits with the file's panels is late, it looks at
    # the kernel once more meanwhile and then gives the panels up.
    held, answers = [], []

    def delayed(socket) -> None:
        server = socket.connect_to_server()

        def pass_on(message) -> None:
            if b'"comm_info_reply"' in (message if isinstance(message, bytes) else message.encode()):
                answers.append(message)
                if len(answers) == 2:
                    held.append(lambda: socket.send(message))
                    return
            socket.send(message)

        server.on_message(pass_on)

    page.route_web_socket(lambda address: "/channels" in address, delayed)
    open_notebook(page, lab[0], "02_prime_movers.ipynb", run=False)
    until = time.monotonic() + 30
    while not held:
        assert time.monotonic() < until, "JupyterLab never asked the kernel for the second time"
        page.wait_for_timeout(100)
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.connectionStatusChanged.emit('connected')")
    # JupyterLab says in the console that it gives up. On a busy computer it may look once more by
    # itself; then the panels are there. Until then what the output holds stands in their place.
    there = page.locator(".kickback-sentence")
    while not (there.count() or any("widget model not found" in text for text in page.complaints)):
        assert time.monotonic() < until + 30, "JupyterLab neither found the panels nor gave them up"
        page.wait_for_timeout(100)
    playwright.expect(page.get_by_text("Predict first: ").or_(there).first).to_be_attached()
    held[0]()
    agree(panel(page), expected)


def asked(page, question: str):
    found = page.locator(f".kickback-question[data-question='{question}']").first
    found.scroll_into_view_if_needed()
    return found


def give(part, answer) -> None:
    """Fill in a question as a person does and press its button."""
    question = bank.question(part.get_attribute("data-question"))
    if question.kind in ("choose_one", "choose_several"):
        places = answer if isinstance(answer, list) else [answer]
        boxes = part.locator("input")
        for place in range(boxes.count()):
            if question.kind == "choose_several":
                boxes.nth(place).set_checked(place in places)
            elif place in places:
                boxes.nth(place).check()
    elif question.kind == "number":
        part.locator("input").fill(f"{answer:g}")
    else:
        shown = [place for place in question.shown_order if not question.options[place].given]
        for line, place in enumerate(shown):
            part.locator("select").nth(line).select_option(answer[place])
    part.locator("button.is-main").click()


def other_answer(question):
    """Return an answer that is not right."""
    key = bank.key(question)
    if question.kind == "choose_one":
        return (key + 1) % len(question.options)
    if question.kind == "choose_several":
        return key[:1]
    if question.kind == "number":
        return key + 3 * question.about["tolerance"]
    return [next(word for word in question.choices if word != right) for right in key]


def kernel_of(server) -> psutil.Process:
    children = psutil.Process(server.pid).children(recursive=True)
    (kernel,) = [child for child in children if "ipykernel_launcher" in " ".join(child.cmdline())]
    return kernel


def test_a_student_predicts_answers_loses_the_kernel_and_finds_everything_again(student, page):
    address, server, store = student
    open_notebook(page, address, "02_prime_movers.ipynb")
    book = bank.questions("02")
    predicted = next(one for one in book if one.use == "predict")
    checked = next(one for one in book if one.use == "check" and one.kind == "choose_one")

    locked = page.locator(".kickback-locked")
    before = (ROOT / "notebooks" / "02_prime_movers.ipynb").read_text(encoding="utf-8").count("ask.reveal(")
    assert before >= 2
    playwright.expect(locked).to_have_count(before, timeout=60_000)
    give(asked(page, predicted.id), other_answer(predicted))
    playwright.expect(locked).to_have_count(before - 1)
    opened = page.locator(".jp-OutputArea-output:has-text('Your prediction beside the data')").first
    playwright.expect(opened.locator(".kickback-sentence")).to_be_visible()
    playwright.expect(opened).to_contain_text("≠ differs")

    part = asked(page, checked.id)
    for answer, head in ((other_answer(checked), "Not yet."), (bank.key(checked), "Right.")):
        give(part, answer)
        playwright.expect(part.locator(".kickback-head")).to_have_text(head)
        chosen = checked.options[answer]
        playwright.expect(part.locator(".kickback-told")).to_contain_text(chosen.explanation)
        if head == "Not yet.":
            part.get_by_role("button", name="Try again").click()
    assert part.locator(".kickback-told").get_attribute("role") == "status"

    kernel_of(server).kill()
    page.reload()
    open_notebook(page, address, "02_prime_movers.ipynb")
    playwright.expect(locked).to_have_count(before - 1, timeout=60_000)
    playwright.expect(asked(page, checked.id).locator(".kickback-head")).to_have_text("Right.")
    assert asked(page, checked.id).locator("input").nth(bank.key(checked)).is_checked()
    head = asked(page, predicted.id).locator(".kickback-head")
    playwright.expect(head).to_contain_text("Your prediction is saved.")
    with sqlite3.connect(store) as answers:
        places = answers.execute("select place, right from answers order by at").fetchall()
    assert places == [("predict", 0), ("check", 0), ("check", 1)]
    assert page.complaints == []
    page.screenshot(path=ARTIFACTS / "asked.png")


def test_a_key_pressed_in_a_form_or_a_panel_is_no_command_of_the_notebook(student, page):
    cells(
        student[2].parent.parent / "course",
        "keys.ipynb",
        *[
            "from lessons import ask, explore",
            'ask.check("02-role-diagonal", "02-minimus")',
            'explore.compare("donkey kick", "dumbbell kickback")',
        ],
    )
    open_notebook(page, student[0], "keys.ipynb")
    asked(page, "02-minimus")
    held = page.locator(".jp-Notebook .jp-Cell")
    shown = panel(page)
    for part in (
        page.locator(".kickback-ask select").first,
        page.locator(".kickback-ask input[type=radio]").first,
        shown.locator("select").first,
        shown.locator("button").first,
    ):
        part.focus()
        # The last ones would run the cell, or merge two.
        for key in ("d", "d", "x", "a", "ArrowDown", "Shift+Enter", "Control+Backspace"):
            page.keyboard.press(key)
        assert held.count() == 3
        assert page.evaluate("document.activeElement.closest('.kickback-ask, .kickback-panel') !== null")
    counts = "jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => model.executionCount)"
    assert page.evaluate(counts) == [1, 2, 3], "a cell ran again"
    # JupyterLab keeps its own shortcuts.
    page.locator(".kickback-ask input[type=radio]").first.focus()
    save(page, student[0], "keys.ipynb", "02-minimus")
    page.keyboard.press("Control+Shift+c")
    playwright.expect(page.locator(".jp-ModalCommandPalette")).to_be_visible()


def test_a_saved_lesson_holds_nothing_that_only_an_instructor_sees_and_a_lost_kernel_is_named(lab, page):
    address = lab[0]
    open_notebook(page, address, "class.ipynb")
    part = page.locator(".kickback-tally")
    part.scroll_into_view_if_needed()
    boxes = part.get_by_role("textbox")
    for place, votes in enumerate(("3141", "59")):
        boxes.nth(place).fill(votes)
    for name in ("Show the answer", "Press again to show it"):
        part.get_by_role("button", name=name).click()
    playwright.expect(part).to_contain_text("✓")
    vote = next(one for one in bank.questions("02") if one.use == "vote")
    explained = vote.options[bank.key(vote)].explanation.removeprefix("Right. ")
    playwright.expect(part).to_contain_text(explained)
    playwright.expect(page.get_by_text("First answers of this class, n = 1")).to_have_count(2)
    save(page, address, "class.ipynb", vote.prompt)
    text = urllib.request.urlopen(f"{address}/files/class.ipynb?token=kick").read().decode()
    hidden = (json.dumps(explained, ensure_ascii=False)[1:-1], "First answers", "3141")
    assert [one for one in hidden if one in text] == []

    session = next(one for one in ask_server(address, "sessions") if one["path"] == "class.ipynb")
    ask_server(address, f"kernels/{session['kernel']['id']}", "DELETE")
    playwright.expect(page.get_by_text("No Kernel", exact=True)).to_be_visible()
    form = asked(page, vote.id)
    for name in ("Vote again", "Vote"):
        form.get_by_role("button", name=name, exact=True).click()
    playwright.expect(form.locator(".kickback-head")).to_contain_text("Not saved yet: Python was stopped.")
    boxes.nth(0).fill("2718")
    playwright.expect(part).to_contain_text("These votes are not saved yet: Python was stopped.")
    part.get_by_role("button", name="Hide the answer").click()
    playwright.expect(part.get_by_role("button", name="Hide the answer")).to_be_visible()
    shown = panel(page)
    choose(shown, "Cable kickback, diagonal", 0)
    playwright.expect(shown.locator(".kickback-moving").first).to_contain_text("diagonal")
    playwright.expect(shown.locator(".kickback-sentence")).to_be_hidden()
    playwright.expect(shown.locator(".kickback-status")).to_contain_text("Run All Cells", timeout=8_000)


# Clicks through the answers of the first question, a hundred times, each after the last was saved.
HUNDRED = """async part => {
  const inputs = [...part.querySelectorAll('input')];
  for (let turn = 0; turn < 100; turn += 1) {
    const saved = new Promise(done => {
      const told = part.querySelector('.kickback-told');
      const watch = new MutationObserver(() => { watch.disconnect(); done(told.textContent); });
      watch.observe(told, { childList: true });
    });
    inputs[turn % inputs.length].click();
    const text = await saved;
    if (text !== 'Saved.') return text;
  }
  return '';
}"""


def test_two_notebooks_that_answer_at_once_lose_nothing(student, page):
    address, _, store = student
    other = page.context.new_page()
    first = bank.question("00-pre-01").id
    open_notebook(page, address, "left.ipynb")
    open_notebook(other, address, "right.ipynb")
    run = f"window.running = ({HUNDRED})(document.querySelector('[data-question=\"{first}\"]'))"
    for window in (page, other):
        window.evaluate(f"() => {{ {run} }}")
    assert [window.evaluate("() => window.running") for window in (page, other)] == ["", ""]
    with sqlite3.connect(store) as answers:
        found = answers.execute("select count(*), count(distinct attempt) from answers").fetchone()
    assert found == (200, 200)


def test_an_answer_given_while_python_is_paused_is_said_to_be_unsaved_and_comes_back(student, page):
    address, server, _ = student
    open_notebook(page, address, "02_prime_movers.ipynb")
    checked = next(one for one in bank.questions("02") if one.use == "check" and one.kind == "choose_one")
    kernel = kernel_of(server)
    kernel.send_signal(signal.SIGSTOP)
    part = asked(page, checked.id)
    give(part, bank.key(checked))
    playwright.expect(part.locator(".kickback-head")).to_have_text(
        "Not saved yet: Python is busy or stopped.", timeout=8_000
    )
    kernel.kill()
    page.reload()
    open_notebook(page, address, "02_prime_movers.ipynb")
    # It is sent again by itself.
    part = asked(page, checked.id)
    playwright.expect(part.locator(".kickback-head")).to_have_text("Right.")
    assert part.locator("input").nth(bank.key(checked)).is_checked()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_everything_that_asks_is_clean_under_axe(tmp_path, page, theme):
    folder = tmp_path / "course"
    folder.mkdir()
    kinds = {one.kind: one.id for one in bank.questions() if one.use == "check"}
    predicted, vote = (
        next(one.id for one in bank.questions() if one.use == use) for use in ("predict", "vote")
    )
    texts = [
        "from lessons import ask, explore",
        f"ask.check({', '.join(repr(one) for one in kinds.values())})",
        'ask.recall("03")',
        f"ask.predict({predicted!r})",
        f'ask.reveal({predicted!r}, explore.claims("C01"), instructor=True)',
        f"ask.vote({vote!r}, instructor=True)",
        'ask.verdicts("C03", "C12")',
        "ask.scoreboard()",
        'ask.test("post")',
        "ask.progress()",
        "ask.export()",
    ]
    cells(folder, "asking.ipynb", *texts)
    settings = tmp_path / "settings"
    chosen = settings / "@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    chosen.parent.mkdir(parents=True)
    chosen.write_text(json.dumps({"theme": f"JupyterLab {theme}"}), encoding="utf-8")
    with served(folder, settings) as (address, _):
        open_notebook(page, address, "asking.ipynb")
        playwright.expect(page.locator(".kickback-ask")).to_have_count(8, timeout=60_000)
        for one in kinds.values():
            give(asked(page, one), other_answer(bank.question(one)))
            playwright.expect(asked(page, one).locator(".kickback-head")).not_to_be_empty()
        judged = page.locator(".kickback-question[data-question='verdict']").first
        for place in range(2):
            judged.locator("select").nth(place).select_option("supported")
        judged.locator("button.is-main").click()
        playwright.expect(judged.locator(".kickback-said")).to_be_visible()
        handed_in = asked(page, "name")
        handed_in.locator("input").fill("José")
        handed_in.locator("button.is-main").click()
        with page.expect_download() as download:
            handed_in.get_by_role("link", name="Download kickback-answers-José.csv").click()
        assert download.value.path().read_bytes() == (folder / "kickback-answers-José.csv").read_bytes()
        assert page.evaluate("document.body.dataset.jpThemeLight") == str(theme == "Light").lower()
        ids = page.eval_on_selector_all(".kickback-ask [id]", "parts => parts.map(part => part.id)")
        assert len(set(ids)) == len(ids)
        groups = page.eval_on_selector_all(
            ".kickback-question",
            "parts => parts.map(p => [...new Set([...p.querySelectorAll('input')].map(i => i.name))])"
            ".filter(names => names.length).flat().filter(Boolean)",
        )
        assert len(set(groups)) == len(groups), "radio buttons of two questions share a group"
        found = Axe().run(page, context={"include": [[".jp-OutputArea-output"]]})
        faults = [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]]
        assert found.response["passes"] and faults == []
        page.locator(".kickback-ask").first.focus()
        page.screenshot(path=ARTIFACTS / f"asking_{theme.lower()}.png")


RUN_ALL = "jupyterapp.commands.execute('notebook:run-all-cells')"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
# What a reader sees of each output: its text without what is hidden.
OUTPUTS = """() => [...jupyterapp.shell.currentWidget.content.widgets].flatMap(cell =>
  [...(cell.outputArea?.widgets ?? [])].map(row => {
    const seen = row.node.querySelector('.jp-OutputArea-output').cloneNode(true);
    seen.querySelectorAll('.lm-mod-hidden').forEach(part => part.remove());
    return seen.textContent.trim() + (seen.querySelector('img') ? ' and a picture' : '');
  }))"""


def held(path: Path) -> tuple[set, set]:
    """Return the models that a saved notebook's outputs name, and those that the file holds."""
    book = nbformat.read(path, as_version=4)
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    named = {output.data[VIEW]["model_id"] for output in outputs if VIEW in output.get("data", {})}
    return named, set(book.metadata.get("widgets", {}).get(STATE, {}).get("state", {}))


def test_a_run_page_is_never_worth_less_than_an_unrun_one(student, page):
    address, _, store = student
    path = store.parent.parent / "course" / "02_prime_movers.ipynb"
    count = bank.question("02-count")
    open_notebook(page, address, path.name)
    give(asked(page, "02-count"), bank.key(count))
    answer = f"Your answer: {'ABCDEFGHIJ'[bank.key(count)]}. {count.options[bank.key(count)].text}"
    playwright.expect(asked(page, "02-count")).to_contain_text("Your prediction is saved.")
    playwright.expect(page.locator(".kickback-sentence")).to_be_attached()  # the panel that it opens
    save(page, address, path.name, count.prompt)
    size, (named, models) = path.stat().st_size, held(path)
    assert named and named <= models

    # Twice more, and what ran before is gone; then Python is new and only one cell has run.
    for _ in range(2):
        page.evaluate(RUN_ALL)
        page.wait_for_function(ALL_RUN)
    save(page, address, path.name, count.prompt)
    assert path.stat().st_size < 1.2 * size and held(path)[0] <= held(path)[1]
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    page.wait_for_selector("text=/ipykernel.\\s*\\|\\s*Idle/")
    page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
    save(page, address, path.name, count.prompt)
    assert held(path)[0] <= held(path)[1] and path.stat().st_size < 1.2 * size

    exported = urllib.request.urlopen(f"{address}/nbconvert/html/{path.name}?token=kick").read().decode()
    assert VIEW not in exported and answer in exported.replace("<strong>", "") and "<details open" in exported

    # As an older course or another program left it: without a single model. And nothing starts Python.
    page.goto("about:blank")
    stop_kernels(address)
    book = nbformat.read(path, as_version=4)
    del book.metadata["widgets"]
    nbformat.write(book, path)
    page.route(
        "**/api/sessions*", lambda way: way.abort() if way.request.method == "POST" else way.continue_()
    )
    page.goto(f"{address}/lab/tree/{path.name}?token=kick&reset")
    playwright.expect(page.get_by_text(count.prompt).first).to_be_attached(timeout=60_000)
    seen = page.evaluate(OUTPUTS)
    assert len(seen) == sum(len(cell.get("outputs", [])) for cell in book.cells) and all(seen)
    assert answer in " ".join(seen) and sum("and a picture" in text for text in seen) >= 3
    assert not any("widget" in text for text in seen)


def test_a_lesson_is_started_by_touch_in_a_narrow_window(student, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{student[0]}/lab/tree/02_prime_movers.ipynb?token=kick&reset")
    start = page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name=re.compile("^Start"))
    start.tap(timeout=60_000)
    playwright.expect(page.get_by_text("Ready.")).to_be_visible(timeout=60_000)
    page.wait_for_function(ALL_RUN)
    notebook = page.locator(".jp-NotebookPanel-notebook")
    assert notebook.bounding_box()["width"] > 300  # the list of files is closed
    playwright.expect(page.get_by_role("heading", name="Prime movers: what changes")).to_be_in_viewport()
    context.close()
