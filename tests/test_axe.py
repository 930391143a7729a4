"""No fault that axe can find, in the outputs of any lesson after Run All or in a handout of the pack."""

import json
import shutil
import sys

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from test_browser import ROOT, browser, open_notebook, playwright, served, stop_kernels  # noqa: F401 (browser: a fixture)

from lessons import load

sys.path.insert(0, str(ROOT / "tools"))

import listing  # noqa: E402
import pack  # noqa: E402

pytestmark = pytest.mark.browser
LESSONS = [path.name for path in listing.parted(ROOT / "notebooks")[0]]
# Theme, width and height in CSS pixels, device pixels for each of them. A theme changes colours and a window
# sizes, so each is looked at once.
WINDOWS = [("JupyterLab Light", 640, 450, 2), ("JupyterLab Dark", 320, 900, 1)]
WIDGETS = ".kickback, .kickback-ask, .kickback-capstone, .kickback-panel"

# What reaches past the right edge of its widget with nothing around it that scrolls.
CUT_OFF = """names => [...document.querySelectorAll(names)].flatMap(widget => {
  const edge = widget.getBoundingClientRect().right + 1;
  return [...widget.querySelectorAll('*')].filter(part => {
    const box = part.getBoundingClientRect();
    if (box.right <= edge || !box.width || !part.checkVisibility()) return false;
    for (let at = part.parentElement; at !== widget; at = at.parentElement) {
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return false;
    }
    return true;
  }).map(part => `${part.outerHTML.slice(0, 120)} ends at ${part.getBoundingClientRect().right}`);
})"""

AXE = """include => axe.run(include ? {include: [[include]]} : document, {resultTypes: ['violations']})
  .then(found => ({
    looked: found.passes.length,
    faults: found.violations.flatMap(one => one.nodes.map(node => [
      one.id, node.html.slice(0, 200), node.failureSummary.slice(0, 300),
    ])),
  }))"""


def faults(page, include: str | None) -> list:
    """Run axe over a part of the page, or all of it; return each fault it finds."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(AXE, include)
    assert found["looked"], "axe looked at nothing"
    return found["faults"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Serve copies of the notebooks with every panel open and every cell laid out."""
    folder, settings = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("settings")
    for name in LESSONS:
        shutil.copy(ROOT / "notebooks" / name, folder)
    path = settings / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"windowingMode": "none"}), encoding="utf-8")
    with served(folder, settings, KICKBACK_INSTRUCTOR="1") as (address, _):
        yield address


def change_theme(page, name: str) -> None:
    """Choose a theme from JupyterLab's menu, as a reader does."""
    if page.evaluate("document.body.dataset.jpThemeName") == name:
        return
    page.click(".lm-MenuBar-itemLabel:text-is('Settings')")
    page.hover(".lm-Menu-itemLabel:text-is('Theme')")
    page.click(f".lm-Menu-itemLabel:text-is('{name}')")
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_outputs_of_a_lesson_are_clean_under_axe(course, browser, lesson):  # noqa: F811
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    try:
        open_notebook(page, course, lesson)
        # The list of files would leave a narrow window no room.
        page.keyboard.press("Control+b")
        playwright.expect(page.locator("#filebrowser")).to_be_hidden()
        sliders = page.locator(".noUi-handle")
        playwright.expect(page.locator(".noUi-handle[aria-label]")).to_have_count(sliders.count())
        screen = context.new_cdp_session(page)
        found = [("wide", "cut off", part) for part in page.evaluate(CUT_OFF, WIDGETS)]
        for theme, width, height, scale in WINDOWS:
            change_theme(page, theme)
            size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
            screen.send("Emulation.setDeviceMetricsOverride", size)
            page.wait_for_function(f"innerWidth === {width} && devicePixelRatio === {scale}")
            found += [(theme, width, *fault) for fault in faults(page, ".jp-OutputArea")]
            found += [(theme, width, "cut off", part) for part in page.evaluate(CUT_OFF, WIDGETS)]
            screen.send("Emulation.clearDeviceMetricsOverride")
            page.wait_for_function("innerWidth === 1280")
        assert found == [], "\n".join(map(str, found[:20]))
    finally:
        context.close()
        # A dozen kernels at once would be too much for a small machine.
        stop_kernels(course)


def test_the_handouts_are_clean_under_axe(tmp_path, browser):  # noqa: F811
    folder = tmp_path / "pack"
    pack.build(folder, ROOT / "notebooks", ROOT / "lessons" / "plans", load())
    handouts = sorted((folder / "handouts").glob("*.html"))
    assert len(handouts) >= 10
    found = []
    # The pages forbid every script, and axe is one.
    context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 900})
    page = context.new_page()
    for path in handouts:
        page.goto(path.as_uri())
        found += [(path.name, *fault) for fault in faults(page, None)]
    context.close()
    assert found == []
