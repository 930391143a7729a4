"""The course where things are not as they should be: each condition is a test here or named in this table.

| condition | where |
|---|---|
| no network after set-up, blocked | `test_a_lesson_runs_with_the_network_blocked` |
| opened untrusted | `test_a_lesson_that_is_not_trusted_can_be_read` |
| opened read-only | `test_a_lesson_that_may_not_be_written_runs_and_keeps_the_answers` |
| run from another folder | `test_run_from_another_folder_and_run_twice`; `test_course.py` for `course.py` |
| Run All twice | `test_run_from_another_folder_and_run_twice` |
| cells out of order | `test_a_cell_that_runs_before_the_first_one_is_answered_with_a_sentence` |
| kernel restarted under an open panel | `test_a_panel_outlives_its_kernel` |
| two panels of a kind on a page | `test_browser.py`, `test_two_panels_of_a_kind_on_one_page_stay_apart` |
| labels with markup, emoji, right-to-left text, 300 letters | `test_hostile_names_are_shown_as_text` |
| another Python, pandas 2.2 | `test_the_panels_say_the_same_elsewhere` |
| Firefox | `test_a_lesson_in_firefox` |
"""

import functools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import firefox
import nbformat
import pytest
from nbclient import NotebookClient
from test_browser import (  # noqa: F401 (the fixtures browser and page)
    QUIET,
    ROOT,
    agree,
    asked,
    browser,
    cells,
    choose,
    chromium,
    give,
    open_notebook,
    panel,
    playwright,
    press,
    served,
)
from test_browser import page as window  # noqa: F401

from lessons import explore

expect = playwright.expect
PRIME = "02_prime_movers.ipynb"

# Put where Python looks at its start: no socket leads out of this computer, and who tries is written down.
WALL = """
import os, socket

_connect = socket.socket.connect


def _inside(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(("127.", "::1")):
        with open(os.environ["KICKBACK_WALL"], "a") as tried:
            print(address, file=tried)
        raise OSError("the network is blocked")
    return _connect(self, address)


socket.socket.connect = _inside
socket.getaddrinfo = lambda host, *rest, _as=socket.getaddrinfo, **more: (
    _as(host, *rest, **more) if host in ("127.0.0.1", "localhost", "", None) else _inside_name(host)
)


def _inside_name(host):
    with open(os.environ["KICKBACK_WALL"], "a") as tried:
        print(host, file=tried)
    raise OSError("the network is blocked")
"""

# A folder that JupyterLab may read and not write, whoever runs it.
READ_ONLY = """
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError


class ReadOnly(AsyncLargeFileManager):
    async def get(self, *rest, **more):
        return await super().get(*rest, **more) | {"writable": False}

    async def save(self, *rest, **more):
        raise HTTPError(403, "This folder may not be written.")
"""

HOSTILE = (
    "<script>window.hurt = 1</script>\"'><img src=x onerror='window.hurt = 1'> & 😀 مرحبا بالعالم "
    + "long " * 60
)
HOSTILE_CELLS = [
    f"""
from lessons import tables

bad = {HOSTILE!r}
own = tables._own_tables()
own.exercises.loc[own.exercises["exercise_id"] == "standing_cable_diagonal", "name"] = bad
own.muscles.loc[own.muscles["muscle_id"] == "gluteus_medius", "name"] = bad
own.sources["citation"] = own.sources["caution"] = bad
own.emg["condition"] = own.emg["note"] = bad
own.claims["wording"] = bad
""",
    "from lessons import explore",
    'explore.compare("quadruped_straight_knee", "standing_cable_diagonal")',
    'explore.compare("standing_cable_diagonal", "cable_bent_over", lens="measured")',
    'explore.muscle("gluteus_medius", lens="measured")',
    'explore.moments("leg")',
    "explore.model()",
    "explore.table(own.sources.head(2), bad)",
]


@pytest.fixture
def folder(tmp_path):
    """An empty folder for settings, and copies of the notebooks in another."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "course")
    (tmp_path / "settings").mkdir()
    return tmp_path


def test_a_lesson_runs_with_the_network_blocked(folder):
    wall = folder / "wall"
    wall.mkdir()
    (wall / "sitecustomize.py").write_text(WALL)
    tried = wall / "tried.txt"
    paths = os.pathsep.join([str(wall), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"PYTHONPATH": paths, "KICKBACK_WALL": str(tried)}
    # The wall stands, in the very Python that serves and runs the lesson.
    for attempt in ("connect(('192.0.2.1', 80))", "connect(('pypi.org', 443))"):
        left = subprocess.run(
            [sys.executable, "-c", f"import socket; socket.socket().{attempt}"], env=os.environ | own
        )
        assert left.returncode == 1
    assert len(tried.read_text().splitlines()) == 2
    tried.unlink()

    nowhere = [*QUIET, "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
    with (
        served(folder / "course", folder / "settings", KICKBACK_INSTRUCTOR="1", **own) as (address, _),
        playwright.sync_playwright() as driver,
    ):
        opened = driver.chromium.launch(executable_path=chromium(), args=nowhere)
        page = opened.new_page()
        asked_for = []
        page.on("request", lambda one: asked_for.append(one.url))
        open_notebook(page, address, PRIME)
        shown = panel(page)
        choose(shown, "Band kickback, standing", 0)
        agree(shown, explore.compare("standing_band", "standing_cable_diagonal"))
        opened.close()
    inside = ("data:", "blob:", address, address.replace("http", "ws"))
    assert [one for one in asked_for if not one.startswith(inside)] == []
    assert asked_for and not tried.exists(), tried.exists() and tried.read_text()


def test_a_lesson_that_is_not_trusted_can_be_read(folder, window):  # noqa: F811
    page = window
    with served(folder / "course", folder / "settings") as (address, _):
        open_notebook(page, address, PRIME, run=False)
        shown = page.evaluate(UNTRUSTED)
        assert shown["trusted"] is False, "the notebook is trusted, so nothing is tested"
        seen = shown["text"]
    for word in ("Loading widget", "Error displaying widget", "model not found", "Traceback", "AnyWidget"):
        assert word not in seen
    assert "To answer on this page, choose Run, then Run All Cells." in seen
    assert "The table behind the picture" in seen and "Predict first" in seen
    assert shown["pictures"] >= 3 and shown["small"] == []
    assert page.complaints == []


# Lays the whole notebook out; cells come one after another, so it waits for each, and until no output grows.
LAID_OUT = """async () => {
  const { content } = jupyterapp.shell.currentWidget;
  content.notebookConfig = { ...content.notebookConfig, windowingMode: 'none' };
  const parts = () => content.node.querySelectorAll('.jp-OutputArea-output, .jp-OutputArea-output *').length;
  const grows = before => before !== parts() || content.widgets.some(one => one.isPlaceholder());
  for (let before = -1, looks = 0; looks < 40 && grows(before); looks += 1) {
    before = parts();
    await new Promise(done => setTimeout(done, 1500));
  }
  const outputs = [...content.node.querySelectorAll('.jp-OutputArea-output')];
"""

# Gathers what a reader sees, with every fold open.
UNTRUSTED = (
    LAID_OUT
    + """
  outputs.forEach(one => one.querySelectorAll('details').forEach(fold => (fold.open = true)));
  const pictures = outputs.flatMap(one => [...one.querySelectorAll('img')]);
  await Promise.all(pictures.map(one => one.decode()));
  const codes = content.widgets.filter(one => one.model.type === 'code');
  return {
    trusted: codes.every(one => one.model.trusted),
    text: outputs.map(one => one.innerText).join('\\n'),
    pictures: pictures.length,
    small: pictures.filter(one => one.naturalWidth < 200 || !one.alt).map(one => one.alt),
  };
}"""
)


def test_a_lesson_that_may_not_be_written_runs_and_keeps_the_answers(folder, window, monkeypatch):  # noqa: F811
    page = window
    (folder / "readonly.py").write_text(READ_ONLY)
    before = (folder / "course" / PRIME).read_bytes()
    for path in (folder / "course").iterdir():
        path.chmod(0o444)
    (folder / "course").chmod(0o555)
    paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    settings = folder / "settings"
    config = {"ServerApp": {"contents_manager_class": "readonly.ReadOnly"}}
    (settings / "jupyter_server_config.json").write_text(json.dumps(config))
    own = {"PYTHONPATH": paths, "JUPYTER_CONFIG_PATH": str(settings), "KICKBACK_INSTRUCTOR": "1"}
    try:
        with served(folder / "course", settings, **own) as (address, _):
            open_notebook(page, address, PRIME)
            shown = panel(page)
            choose(shown, "Band kickback, standing", 0)
            agree(shown, explore.compare("standing_band", "standing_cable_diagonal"))
            part = asked(page, "02-count")
            give(part, 3)
            expect(part).to_contain_text("Your prediction is saved", timeout=20_000)
    finally:
        (folder / "course").chmod(0o755)
    with sqlite3.connect(settings / "progress.sqlite") as store:
        (count,) = store.execute("select count(*) from answers where question = '02-count'").fetchone()
    assert count == 1
    assert (folder / "course" / PRIME).read_bytes() == before


def outputs(book) -> list:
    """What every cell gave, text and HTML, without what differs from run to run."""
    kept = ("text/plain", "text/html")
    return [
        [{key: out.data[key] for key in kept if key in out.data} for out in cell.outputs if "data" in out]
        for cell in book.cells
        if cell.cell_type == "code"
    ]


def test_run_from_another_folder_and_run_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "own" / "progress.sqlite"))
    book = nbformat.read(ROOT / "notebooks" / PRIME, as_version=4)
    stored = outputs(book)
    client = NotebookClient(book, resources={"metadata": {"path": str(tmp_path)}})
    with client.setup_kernel():
        for time in ("first", "second"):
            for place, cell in enumerate(book.cells):
                client.execute_cell(cell, place)
            assert outputs(book) == stored, f"the {time} run differs"
    kinds = {out.output_type for cell in book.cells for out in cell.get("outputs", [])}
    assert kinds <= {"execute_result", "display_data"}


def test_a_cell_that_runs_before_the_first_one_is_answered_with_a_sentence(folder, window):  # noqa: F811
    page = window
    with served(folder / "course", folder / "settings") as (address, _):
        open_notebook(page, address, PRIME, run=False)
        # The cell that holds the vote stands far below the first; a reader runs it alone.
        page.evaluate(RUN_ONE, "ask.vote(")
        said = page.locator(".jp-OutputArea-output:has-text('is not there yet')").first
        expect(said).to_be_visible()
        text = said.inner_text()
    assert text.startswith("ask is not there yet: the cell that makes it has not run")
    assert "Choose Run, then Run All Cells." in text
    assert "Traceback" not in text and "NameError" not in text


RUN_ONE = """words => {
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = content.widgets.findIndex(one => one.model.sharedModel.source.includes(words));
  content.deselectAll();
  return jupyterapp.commands.execute('notebook:run-cell');
}"""


def test_a_panel_outlives_its_kernel(folder, window):  # noqa: F811
    page = window
    with served(folder / "course", folder / "settings", KICKBACK_INSTRUCTOR="1") as (address, _):
        open_notebook(page, address, PRIME)
        shown = panel(page)
        panels = page.locator(".kickback-sentence")
        expect(panels).to_have_count(3)
        page.click(".lm-MenuBar-itemLabel:text-is('Kernel')")
        page.click(".lm-Menu-itemLabel:has-text('Restart Kernel…')")
        page.click(".jp-Dialog button:has-text('Restart')")
        page.wait_for_selector("text=/ipykernel.\\s*\\|\\s*Idle/", timeout=60_000)
        # No Python stands behind the panel now; its picture follows and its words say that they do not.
        choose(shown, "Cable kickback, bent knee", 0)
        expect(shown.locator(".kickback-moving").first).to_contain_text("bent knee")
        expect(shown.locator(".kickback-sentence")).to_be_hidden()
        expect(shown.locator(".kickback-status")).to_contain_text("Run All Cells", timeout=8_000)
        page.click(".lm-MenuBar-itemLabel:text-is('Run')")
        page.click("li[data-command='runmenu:run-all']")
        expect(panel(page).locator(".kickback-sentence")).to_be_visible(timeout=60_000)
        page.wait_for_selector("text=/ipykernel.\\s*\\|\\s*Idle/", timeout=60_000)
        shown = panel(page)
        choose(shown, "Band kickback, standing", 0)
        agree(shown, explore.compare("standing_band", "standing_cable_diagonal"))
        expect(panels).to_have_count(3)


def test_hostile_names_are_shown_as_text(folder, window):  # noqa: F811
    page = window
    cells(folder / "course", "hostile.ipynb", *HOSTILE_CELLS)
    with served(folder / "course", folder / "settings") as (address, _):
        open_notebook(page, address, "hostile.ipynb")
        expect(page.locator(".kickback-sentence")).to_have_count(5, timeout=60_000)
        found = page.evaluate(HURT)
    assert found["hurt"] is None, "a name was run as a script"
    assert found["made"] == [], "a name became an element of the page"
    assert found["errors"] == []
    for one in ("<script>window.hurt = 1</script>", "😀", "مرحبا بالعالم"):
        assert found["text"].count(one) >= 5, one
    assert found["wide"] == [], "a name breaks the page"
    assert page.complaints == []


HURT = (
    LAID_OUT
    + """
  const inside = one => [...one.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean);
  const roots = outputs.flatMap(one => [one, ...inside(one)]);
  const all = name => roots.flatMap(root => [...root.querySelectorAll(name)]);
  return {
    hurt: window.hurt ?? null,
    made: all("script, [onerror], img[src='x']").map(one => one.outerHTML.slice(0, 100)),
    errors: all("[data-mime-type*='stderr'], [data-mime-type*='error']").map(one => one.innerText),
    text: roots.map(root => root.textContent).join(' '),
    wide: outputs.map(one => one.getBoundingClientRect().right).filter(right => right > innerWidth + 1),
  };
}"""
)


# Says what each kind of panel says, as JSON, and treats what a later pandas forbids as a fault.
SAYS = """
import json, sys, warnings
warnings.simplefilter("error", FutureWarning)
from lessons import ask, capstone, explore, load
pair = ("quadruped_straight_knee", "standing_cable_diagonal")
panels = [explore.compare(*pair, lens=lens) for lens in ("roles", "measured", "mechanics")]
panels += [explore.muscle("gluteus_medius", lens=lens) for lens in ("roles", "measured")]
panels += [explore.overview(), explore.databases("quadruped_bent_knee"), explore.model()]
panels += [explore.moments("leg"), explore.moments("arm"), explore.claim("C06")]
said = [repr(panel) for panel in panels] + [repr(ask.recall("02")), repr(ask.check("02-rest"))]
said += [panel.table.to_csv(index=False) for panel in panels if hasattr(panel, "table")]
said += [sorted(one.picture.spec) for one in panels if hasattr(one, "picture")]
print(json.dumps(said))
"""


def interpreter(version: str) -> str | None:
    """Return a Python of this version, from the path or from pyenv, if one runs here."""
    found = [
        shutil.which(f"python{version}"),
        *map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")),
    ]
    for path in filter(None, found):
        if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return path
    return None


@pytest.mark.parametrize(
    ("version", "pandas"), [("3.12", ""), ("3.13", ""), ("3.11", "2.2.3")], ids=["3.12", "3.13", "pandas 2.2"]
)
def test_the_panels_say_the_same_elsewhere(version, pandas, tmp_path, store):
    path = interpreter(version)
    if path is None:
        pytest.skip(f"There is no Python {version} here.")
    wanted = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    names = ("anywidget", "ipywidgets", "matplotlib", "pandas", "platformdirs")
    wanted = [line for line in wanted if line.startswith(names)]
    if pandas:
        wanted = [f"pandas=={pandas}" if line.startswith("pandas") else line for line in wanted]
    subprocess.run([path, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    other = tmp_path / "v" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-build", "--python", other]
    installed = subprocess.run([*install, *wanted], capture_output=True, text=True)
    if installed.returncode and not os.environ.get("CI"):
        pytest.skip(f"The packages could not be installed: {installed.stderr.strip()[-200:]}")
    assert installed.returncode == 0, installed.stderr
    assert said(other) == said(sys.executable)


@functools.cache
def said(python) -> list:
    """Return what the panels say under some Python."""
    done = subprocess.run([python, "-c", SAYS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_lesson_in_firefox(folder):
    if not firefox.find():
        if os.environ.get("CI"):
            pytest.fail("Firefox is not installed, so nothing was looked at in it.")
        pytest.skip("Firefox is not installed.")
    (folder / "profile").mkdir()
    with (
        served(folder / "course", folder / "settings", KICKBACK_INSTRUCTOR="1") as (address, _),
        firefox.Firefox(folder / "profile") as page,
    ):
        page.go(f"{address}/lab/tree/{PRIME}?token=kick&reset")
        page.wait(OPENED)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait("document.querySelector('.kickback-sentence')?.textContent.length > 20")
        page.evaluate(FIREFOX)
        page.wait("kick.sentence().startsWith('From band kickback')")
        expected = explore.compare("standing_band", "standing_cable_diagonal")
        assert page.evaluate("kick.sentence()") == expected.sentence
        bars = page.evaluate("kick.bars()")
        assert len(bars) >= 10
        # The picture follows at once; the sentence comes after it from Python.
        page.evaluate("kick.choose(0, 'Cable kickback, bent knee')")
        page.wait("kick.picture().includes('bent knee')")
        assert page.evaluate("kick.bars()") != bars
        page.wait("kick.sentence().startsWith('From cable kickback (bent knee)')")

        page.evaluate("kick.answer('02-count', 3)")
        page.wait("kick.question('02-count').textContent.includes('Your prediction is saved')")
        page.screenshot(folder / "firefox.png")
    assert (folder / "firefox.png").stat().st_size > 20_000


# JupyterLab's commands go to the notebook that has the focus, and a Firefox without a window gives none.
OPENED = """(() => {
  const book = [...(window.jupyterapp?.shell.widgets('main') ?? [])].find(one => one.sessionContext);
  if (book?.sessionContext.session?.kernel?.status !== 'idle') return false;
  book.node.dispatchEvent(new FocusEvent('focus'));
  return jupyterapp.shell.currentWidget === book;
})()"""

# What a person does in the comparison and in a question, for a browser that Playwright does not drive.
FIREFOX = """(window.kick = (() => {
  const output = () => document.querySelector('.jp-OutputArea-output:has(.kickback-sentence)');
  const drawn = () => output().querySelector('.kickback-moving').shadowRoot;
  const change = node => node.dispatchEvent(new Event('change', { bubbles: true }));
  const self = {
    sentence: () => output().querySelector('.kickback-sentence').textContent,
    picture: () => drawn().textContent,
    bars: () => [...drawn().querySelectorAll('g > [id^=b]')].map(e => e.getBoundingClientRect().width),
    choose: (place, label) => {
      const menu = output().querySelectorAll('select')[place];
      menu.value = [...menu.options].find(one => one.text.replaceAll('\\xa0', ' ') === label).value;
      change(menu);
    },
    question: id => document.querySelector(`.kickback-question[data-question='${id}']`),
    answer: (id, place) => {
      const box = self.question(id).querySelectorAll('input')[place];
      box.checked = true;
      change(box);
      self.question(id).querySelector('.kickback-actions button').click();
    },
  };
  output().scrollIntoView();
  self.choose(0, 'Band kickback, standing');
  return self;
})(), true)"""
