"""What a press, a key and a number do in a form, in Chromium, with its own Python behind it."""

import json
import shutil
import sqlite3
from datetime import date, timedelta

import pytest

from lessons import ask, classroom, progress
from lessons.scripts import script

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("store", "small_bank")]
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

PAGE = """<!doctype html><meta charset='utf-8'><title>Form</title>
<body style='height: 3000px'><div id='el'></div>"""
# Stands for the front end: what Python set and sent reaches the form as in JupyterLab. `hold` keeps Python's
# replies back until `release` is called; a Python that was `stopped` throws as JupyterLab does.
START = """async ([source, start]) => {
  const part = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  let state = start;
  let heard = [];
  let kept = [];
  Object.assign(window, { hold: false, stopped: false });
  const deliver = ({ state: now, sent }) => {
    const same = (name) => JSON.stringify(now[name]) === JSON.stringify(state[name]);
    const changed = Object.keys(now).filter((name) => !same(name));
    state = now;
    heard.forEach(([name, act]) => changed.includes(name.replace('change:', '')) && act());
    sent.forEach((message) => heard.forEach(([name, act]) => name === 'msg:custom' && act(message)));
  };
  window.release = () => {
    window.hold = false;
    kept.splice(0).forEach(deliver);
  };
  window.model = {
    get: (name) => state[name],
    set: (name, value) => (state[name] = value),
    save_changes: () => {},
    on: (name, act) => heard.push([name, act]),
    off: () => {},
    send(message) {
      if (window.stopped) throw new Error('Cannot send');
      window.python(message).then((answer) => (window.hold ? kept.push(answer) : deliver(answer)));
    },
  };
  window.show = (now) => {
    [state, heard] = [now, []];
    document.getElementById('el').replaceChildren();
    part.default.render({ model: window.model, el: document.getElementById('el') });
  };
  window.show(start);
}"""


OF_ALL = ("layout", "tabbable", "tooltip")  # what a widget has that no form looks at


@pytest.fixture(scope="module")
def browser():
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    """A page that shows a widget: `page.open(widget)`, and as a new Python would: `page.again(widget)`."""
    shown = browser.new_page(viewport={"width": 800, "height": 600})
    shown.route("**/*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    shown.goto("http://form.test/")
    shown.heard = []

    def state(widget):
        return {name: getattr(widget, name) for name in widget.keys if name[0] != "_" and name not in OF_ALL}

    def attach(widget):
        shown.widget, shown.sent = widget, []
        widget.send = lambda message, buffers=None: shown.sent.append(message)

    def python(message):
        shown.heard.append(message)
        shown.widget.hear(message)
        sent, shown.sent = shown.sent, []
        return {"state": state(shown.widget), "sent": sent}

    def open_widget(widget):
        attach(widget)
        shown.expose_function("python", python)
        shown.add_style_tag(content=str(ask.Form._css))
        shown.evaluate(START, [widget._esm, state(widget)])

    def again(widget):
        attach(widget)
        shown.evaluate("state => { stopped = false; hold = false; show(state); }", state(widget))

    shown.open, shown.again = open_widget, again
    yield shown
    shown.close()


def given() -> list:
    """The saved answers, in the order of writing."""
    return [json.loads(answer) for answer in progress.answers()["answer"]]


def test_a_double_click_on_vote_is_one_vote(page):
    page.open(ask.vote("02-vote"))
    page.get_by_role("radio").nth(0).check()
    page.get_by_role("button", name="Vote", exact=True).dblclick()
    expect(page.locator(".kickback-head").first).to_have_text("Your first vote is saved.")
    assert given() == [0]
    # It did not press the button that took its place either.
    assert page.get_by_role("button", name="Vote again").is_visible()


def test_presses_before_the_reply_count_once(page):
    page.open(ask.check("01-minimus"))
    page.get_by_role("radio").nth(0).check()
    page.evaluate("hold = true")
    for _ in range(3):
        page.get_by_role("button", name="Answer").click()
    page.evaluate("release()")
    expect(page.locator(".kickback-head")).to_have_text("Not yet.")
    assert given() == [0]


def test_a_press_counts_again_once_it_was_said_that_python_is_silent(page):
    page.open(ask.check("01-minimus"))
    page.clock.install()
    page.get_by_role("radio").nth(0).check()
    page.evaluate("hold = true")
    answer = page.get_by_role("button", name="Answer")
    answer.click()
    page.clock.run_for(4100)
    expect(page.locator(".kickback-head")).to_have_text("Not saved yet: Python is busy or stopped.")
    answer.click()
    page.evaluate("release()")
    page.clock.run_for(100)
    # The first had counted: the second was given before the page showed that.
    expect(page.locator(".kickback-head")).to_have_text("Not yet.")
    assert given() == [0]


def test_the_newest_choice_counts_where_each_is_sent_at_once(page):
    page.open(ask.test("pre"))
    page.evaluate("hold = true")
    for place in (0, 1, 0, 1):
        page.get_by_role("radio").nth(place).check()
    page.evaluate("release()")
    expect(page.locator(".kickback-head")).to_have_text("Saved.")
    page.wait_for_function("model.get('states')['00-pre-01'].answer === 1")
    assert given() == [0, 1] and page.get_by_role("radio").nth(1).is_checked()


def test_enter_that_is_held_down_answers_once(page):
    page.open(ask.predict("01-percent"))
    box = page.get_by_role("textbox")
    box.fill("24")
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator(".kickback-head")).to_contain_text("Your prediction is saved.")
    assert given() == [24]


# What is typed, with the unit of the question, and what it is taken for.
TYPED = [
    *[("3.6", "", 3.6), ("3,6", "", 3.6), (" 24 ", "", 24), ("-7.5", "", -7.5), ("\u22127,5", "", -7.5)],
    *[("+.5", "", 0.5), ("0,125", "", 0.125), ("1e3", "", 1000), ("3,6 cm", "cm", 3.6), ("3.6CM", "cm", 3.6)],
    *[("24%", "%MVIC", 24), ("24 % mvic", "%MVIC", 24), ("5 Nm", "N m", 5), ("3 of 8", "of 8 options", 3)],
    *[("\uff13\uff0c\uff16", "", 3.6), ("45\u00b0", "degrees", 45), ("1234,5", "", 1234.5)],
    # Not guessed: a thousand or a decimal, two numbers, another unit, no number at all.
    *[("1,234", "", None), ("1.234,5", "", None), ("1,234.5", "", None), ("1 234", "", None)],
    *[("36 mm", "cm", None), ("5 N", "N m", None), ("3.6 cm", "", None), ("many", "", None), ("", "", None)],
    *[("1e400", "", None), ("--3", "", None), ("3..6", "", None), ("NaN", "", None), ("0x10", "", None)],
]
READ = """([source, typed]) => {
  const read = new Function('text', 'unit', `${source}; return readNumber(text, unit)`);
  return typed.map(([text, unit]) => read(text, unit)).map((value) => (Number.isNaN(value) ? null : value));
}"""


def test_a_number_is_taken_as_it_was_typed_or_not_at_all(page):
    source = script("number.js").split("function render")[0]
    read = page.evaluate(READ, [source, [[text, unit] for text, unit, _ in TYPED]])
    assert dict(zip(((t, u) for t, u, _ in TYPED), read, strict=True)) == {(t, u): v for t, u, v in TYPED}


def test_what_is_marked_is_what_was_typed(page):
    page.open(ask.predict("01-percent"))
    box = page.get_by_role("textbox")
    box.fill("1,234")
    page.get_by_role("button", name="Commit").click()
    expect(page.locator(".kickback-head")).to_have_text("Type a number, such as 3.6.")
    assert given() == [] and box.input_value() == "1,234"
    box.fill("23,6 %")
    box.press("Enter")
    expect(page.locator(".kickback-head")).to_contain_text("Your prediction is saved.")
    assert given() == [23.6] and box.input_value() == "23,6 %", "what was typed stays"


def test_scrolling_over_a_number_scrolls(page):
    page.open(ask.vote("02-vote", instructor=True))
    box = page.get_by_label("votes before").first
    box.fill("12")
    box.hover()
    page.mouse.wheel(0, 120)
    page.wait_for_function("window.scrollY > 0")
    assert box.input_value() == "12"
    page.wait_for_function("document.querySelector('.kickback-share').textContent === 'before 100 %'")


def test_a_count_that_is_none_is_not_saved(page):
    page.open(ask.vote("02-vote", instructor=True))
    boxes = page.get_by_label("votes before")
    boxes.nth(0).fill("12")
    boxes.nth(1).fill("3,5")
    expect(page.get_by_text("Type each count as a whole number, such as 12.")).to_be_visible()
    assert page.widget.tally == {}
    boxes.nth(1).fill("3")
    expect(page.get_by_text("Type each count as a whole number")).to_have_count(0)
    assert page.widget.tally == {"before": [12, 3], "after": [0, 0]}


def test_an_answer_that_python_could_not_hear_is_kept_and_sent_again(page):
    page.open(ask.check("01-minimus"))
    page.evaluate("stopped = true")
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".kickback-head")).to_have_text("Not saved yet: Python was stopped.")
    expect(page.locator(".kickback-told")).to_contain_text(
        "Your answer stays here. Choose Run, then Run All Cells"
    )
    assert given() == [] and page.get_by_role("radio").nth(1).is_checked()
    page.again(ask.check("01-minimus"))
    expect(page.locator(".kickback-head")).to_have_text("Right.")
    page.again(ask.check("01-minimus"))
    assert given() == [1], "it is sent once"


def test_another_try_that_python_could_not_hear_is_sent_again_too(page):
    form = ask.check("01-minimus")
    form.commit("01-minimus", 0)
    page.open(form)
    page.evaluate("stopped = true")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".kickback-head")).to_have_text("Not saved yet: Python was stopped.")
    page.again(ask.check("01-minimus"))
    expect(page.locator(".kickback-head")).to_have_text("Right.")
    assert given() == [0, 1]


def test_a_name_that_python_could_not_hear_is_put_back_and_nothing_is_written_unasked(page, tmp_path):
    page.open(ask.export(folder=tmp_path))
    page.evaluate("stopped = true")
    page.get_by_role("textbox").fill("Ada")
    page.get_by_role("button", name="Write the file").dblclick()
    expect(page.locator(".kickback-head")).to_have_text("Not written yet: Python was stopped.")
    page.again(ask.export(folder=tmp_path))
    assert page.get_by_role("textbox").input_value() == "Ada" and not list(tmp_path.glob("*.csv"))
    page.get_by_role("button", name="Write the file").click()
    expect(page.locator(".kickback-head")).to_contain_text("Written: kickback-answers-Ada.csv")


def test_another_name_takes_a_second_press_and_the_file_can_be_downloaded(page, tmp_path):
    progress.save("01-minimus", "check", 0, False)
    progress.name_owner("Ann")
    page.open(ask.export(folder=tmp_path))
    page.get_by_label("Your name").fill("José")
    write = page.get_by_role("button", name="Write the file")
    write.dblclick()
    expect(page.locator(".kickback-note").last).to_contain_text("handed in as Ann")
    assert not list(tmp_path.glob("*.csv"))
    write.click()
    link = page.get_by_role("link", name="Download kickback-answers-José.csv")
    page.evaluate("stopped = true")  # the link needs no Python
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "kickback-answers-José.csv"
    assert download.value.path().read_bytes() == (tmp_path / "kickback-answers-José.csv").read_bytes()


def test_a_cover_says_what_python_has_done(page):
    page.open(ask.Cover("one"))
    button = page.get_by_role("button")
    button.dblclick()
    expect(button).to_have_text("Press again to show it")
    page.evaluate("stopped = true")
    button.click()
    expect(page.get_by_text("Not shown yet: Python was stopped.")).to_be_visible()
    expect(button).to_have_text("Show it to the class")
    page.evaluate("stopped = false")
    button.click()
    button.click()
    expect(button).to_have_text("Hide it again")
    assert page.widget.lifted
    page.evaluate("stopped = true")
    button.click()
    expect(page.get_by_text("Not hidden yet: Python was stopped.")).to_be_visible()
    expect(button).to_have_text("Hide it again")


def test_votes_that_python_could_not_hear_are_said_to_be_unsaved_and_sent_again(page):
    page.open(ask.vote("02-vote", instructor=True))
    page.evaluate("stopped = true")
    page.get_by_label("votes before").nth(0).fill("12")
    expect(page.get_by_text("These votes are not saved yet: Python was stopped.")).to_be_visible()
    page.get_by_role("button", name="Show the answer").click()
    page.get_by_role("button", name="Press again").click()
    expect(page.get_by_role("button", name="Show the answer")).to_be_visible()
    assert "✓" not in page.inner_text("body")
    page.again(ask.vote("02-vote", instructor=True))
    expect(page.get_by_label("votes before").nth(0)).to_have_value("12")
    expect(page.get_by_text("12 votes before, 0 after.")).to_be_visible()
    page.wait_for_function("!sessionStorage.length")
    assert page.widget.tally == {"before": [12, 0], "after": [0, 0]}


def test_a_new_class_begins_without_the_votes_of_the_last(page):
    form = ask.vote("02-vote", instructor=True)
    page.open(form)
    page.get_by_label("votes before").nth(0).fill("12")
    for name in ("Show the answer", "Press again to show it"):
        page.get_by_role("button", name=name).click()
    expect(page.locator(".is-key")).to_have_count(1)
    page.get_by_role("button", name="New class").click()
    assert form.tally["shown"], "one press does nothing"
    page.get_by_role("button", name="Press again to clear").click()
    expect(page.get_by_label("votes before").nth(0)).to_have_value("")
    expect(page.locator(".is-key")).to_have_count(0)
    expect(page.get_by_text("The votes are cleared for the next class.")).to_be_visible()
    assert form.tally == {} == ask.vote("02-vote").tally
    with sqlite3.connect(progress.path()) as kept:
        drafts = kept.execute("select value from drafts where name = 'tally 02-vote'").fetchall()
    assert '"before": [12, 0]' in str([value for (value,) in drafts]), "the last class's votes are kept"


def test_a_new_class_finds_no_answers_of_the_last_either(page, monkeypatch):
    monkeypatch.setenv("KICKBACK_PRESENT", "1")
    form, cover = ask.vote("02-vote", instructor=True), ask.Cover("one")
    page.open(form)
    cover.hear({"lift": True})
    page.get_by_role("radio").nth(0).check()
    page.get_by_role("button", name="Vote", exact=True).click()
    expect(page.locator(".kickback-head").first).to_have_text("Your first vote is saved.")
    assert ask.Cover("one").lifted, "a restart in mid-lesson keeps what is shown"
    for name in ("New class", "Press again to clear"):
        page.get_by_role("button", name=name).click()
    expect(page.get_by_role("button", name="Vote", exact=True)).to_be_visible()
    assert not page.get_by_role("radio").nth(0).is_checked() and not cover.lifted
    again = ask.vote("02-vote")
    assert again.states == {} and not ask.Cover("one").lifted
    assert again.commit("02-vote", 1)["told"]["head"] == "Your first vote is saved."
    assert given() == [0, 1], "nothing is deleted"


def test_what_was_shown_to_a_class_is_covered_the_next_day(monkeypatch):
    ask.Cover("one").hear({"lift": True})
    assert ask.Cover("one").lifted

    class Tomorrow(date):
        @classmethod
        def today(cls):
            return date.today() + timedelta(days=1)

    monkeypatch.setattr(classroom, "date", Tomorrow)
    assert not ask.Cover("one").lifted


def test_no_trait_that_is_saved_holds_what_an_instructor_sees(page, monkeypatch, tmp_path):
    ask.check("01-minimus").commit("01-minimus", 0)
    ask.export("Ada", tmp_path)
    monkeypatch.setenv("KICKBACK_CLASS", str(tmp_path))
    form = ask.vote("02-vote", instructor=True)
    form.hear({"tally": {"before": [31, 41], "after": [0, 0]}})
    form.hear({"show": True})
    assert isinstance(form.tally, dict) and "extends" in str(form.tally)
    page.open(form)
    expect(page.locator(".is-key")).to_have_count(1)
    expect(page.get_by_text("It extends the hip.")).to_be_visible()
    page.again(ask.check("01-minimus", instructor=True))
    expect(page.get_by_text("First answers of this class, n = 1")).to_be_visible()
    for widget in (form, ask.reveal("01-percent", HTML_SHOWN, instructor=True)):
        held = json.dumps(all_states(widget), default=str)
        assert "extends" not in held and "31, 41" not in held and "First answers" not in held


class _Shown:
    def _repr_mimebundle_(self):
        return {"text/html": "<p>shown</p>"}


HTML_SHOWN = _Shown()


def all_states(widget) -> list:
    """What the front end holds of a widget and its parts."""
    own = {name: value for name, value in widget.get_state().items() if name not in ("_esm", "_css")}
    return [own, *(all_states(child) for child in getattr(widget, "children", ()))]


def test_plain_keys_are_kept_from_jupyterlab_and_its_shortcuts_are_not(page):
    page.open(ask.check("01-minimus"))
    # Listens as JupyterLab does, after the window.
    page.evaluate(
        """() => {
          window.seen = {};
          document.addEventListener('keydown', (event) => {
            const keys = ['ctrlKey', 'shiftKey'].filter((name) => event[name]).map((name) => name[0]);
            const name = [...keys, event.key].join('+').toLowerCase();
            seen[name] = !event.target.hasAttribute('data-lm-suppress-shortcuts');
          }, true);
        }"""
    )
    page.get_by_role("radio").first.focus()
    own = ("d", "x", "Shift+Enter", "Control+Enter", "Control+Backspace")
    for keys in (*own, "Control+s", "Control+Shift+c"):
        page.keyboard.press(keys)
    seen = page.evaluate("seen")
    assert [seen[keys] for keys in ("d", "x", "s+enter", "c+enter", "c+backspace")] == [False] * 5
    assert seen["c+s"] and seen["c+s+c"]


def test_a_page_says_once_whose_answers_stand_there_and_somebody_else_can_begin_anew(page, store):
    page.open(ask.check("01-minimus"))
    line = page.locator(".kickback-whose")
    anew = page.get_by_role("button", name="Not you? Begin anew")
    expect(line).to_contain_text(f"No answers here yet. They will be kept in {store}. To bring answers from")
    assert not anew.is_visible()
    page.evaluate(
        """async (source) => {
          const part = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
          const el = document.body.appendChild(document.createElement('div'));
          part.default.render({ model: window.model, el });
        }""",
        ask.Form._esm,
    )
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Answer", exact=True).first.click()
    progress.name_owner("Ann")
    ask.show_whose()
    page.get_by_role("radio").nth(1).scroll_into_view_if_needed()
    expect(line.first).to_contain_text("Answers since ")
    expect(line.first).to_contain_text(f"kept in {store}.")
    assert [one.is_visible() for one in line.all()] == [True, False], "said once on a page"
    anew.first.click()
    assert len(progress.answers()) == 1, "one press only asks for a second"
    page.get_by_role("button", name="Press again").click()
    expect(line.first).to_contain_text("No answers here yet")
    expect(page.locator(".kickback-note").first).to_contain_text(
        "The answers begin anew. The earlier ones stand"
    )
    assert progress.answers().empty and list(store.parent.glob("progress-until-*"))
    assert not page.get_by_role("radio").nth(1).is_checked() and page.get_by_role("radio").nth(1).is_enabled()
    assert page.locator(".kickback-told").first.inner_text() == ""
