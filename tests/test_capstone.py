"""The student's plan: nothing typed is lost, what is missing is named, and the page shows text as text."""

import json
import re
import shutil
import sqlite3

import pytest
from bs4 import BeautifulSoup

from lessons import capstone, emphasis, progress

WHOLE = {
    "name": "Ada",
    "goal": capstone.GOALS[1],
    "goal_own": "",
    "client": "",
    "client_own": "A dancer",
    "choices": [
        {
            "exercise": "standing_cable_diagonal",
            "reason": "It goes outward.",
            "claim": "C06",
            "evidence": "finding F02 against",
        },
        {
            "exercise": "dumbbell_bent_over",
            "reason": "For the arms.",
            "claim": "C12",
            "evidence": "emg V110 qualifies",
        },
    ],
    "aside": [],
    "unknown": "How active medius is.",
    "observation": "Medius in both kicks, in the same people.",
}
AWKWARD = [
    "<script>alert(1)</script>",
    "say \"hi\" & 'bye' &amp; <b>bold</b>",
    "squeeze 😀 glutes",
    "عضلة الألوية الكبرى",
    "a" * 320,
    "first line\nsecond line",
    "</textarea></style><img src=x onerror=alert(1)>",
]


def changed(**parts):
    return WHOLE | parts


def second(**parts):
    return changed(choices=[WHOLE["choices"][0], WHOLE["choices"][1] | parts])


def read(plan, tables):
    return BeautifulSoup(capstone.page(plan, tables), "html.parser")


def test_a_whole_plan_lacks_nothing(tables):
    assert capstone.missing(WHOLE, tables) == []
    assert "Every part of this plan is filled in." in read(WHOLE, tables).text


def test_an_empty_plan_lacks_every_part_and_still_makes_a_page(tables):
    assert capstone.missing({}, tables) == [
        "Name: type it.",
        "Goal: choose one or write it in your own words.",
        "Client: choose one or write it in your own words.",
        "Number of kickbacks: choose 2 to 4; 0 are chosen.",
        "Kickback 1: choose a variation.",
        "Kickback 2: choose a variation.",
        "The unknown: name one thing that is unknown.",
        "The observation: say what you would have to see to change the plan.",
    ]
    page = read({}, tables)
    listed = [item.text for item in page.find("h2", string="Completeness").parent.find_all("li")]
    assert listed == capstone.missing({}, tables)
    assert "No name given." in page.text and "None is chosen yet." in page.text


@pytest.mark.parametrize(
    ("plan", "lacks"),
    [
        (changed(name=" \n"), "Name: type it."),
        (changed(goal=""), "Goal: choose one or write it in your own words."),
        (changed(client_own=""), "Client: choose one or write it in your own words."),
        (changed(unknown=""), "The unknown: name one thing that is unknown."),
        (changed(observation=""), "The observation: say what you would have to see to change the plan."),
        (second(reason="  "), "Kickback 2: give a reason."),
        (second(evidence=""), "Kickback 2: choose one piece of evidence."),
        (second(claim=""), "Kickback 2: choose a claim; choose one piece of evidence."),
        (
            second(exercise="standing_cable_diagonal"),
            "Number of kickbacks: one is chosen twice; choose another.",
        ),
        (
            changed(choices=[*WHOLE["choices"], {}]),
            "Kickback 3: choose a variation, or remove it.",
        ),
    ],
)
def test_what_is_missing_is_named(plan, lacks, tables):
    assert capstone.missing(plan, tables) == [lacks]
    assert lacks in read(plan, tables).text


def test_one_kickback_is_too_few(tables):
    plan = changed(choices=WHOLE["choices"][:1])
    assert capstone.missing(plan, tables) == [
        "Number of kickbacks: choose 2 to 4; 1 is chosen.",
        "Kickback 2: choose a variation.",
    ]


def test_a_doubtful_claim_evidence_against_and_evidence_from_elsewhere_are_to_be_spoken_to(tables):
    assert capstone.cautions(WHOLE, tables) == [
        "Kickback 1: claim C06 is contested. Say in the reason why you build on it all the same.",
        "Kickback 1: the evidence speaks against claim C06. Speak to that in the reason.",
        "Kickback 1: the evidence comes from prone hip extension (bent knee), not from this kickback. "
        "Say what differs.",
        "Kickback 2: claim C12 is contested. Say in the reason why you build on it all the same.",
    ]
    first = read(WHOLE, tables).find("h2", string=re.compile("^Kickback 1:")).parent.text
    assert "Claim C06 is contested." in first and "The evidence speaks against claim C06." in first


def test_an_untested_claim_is_to_be_spoken_to_and_a_firm_one_is_not(tables):
    untested = second(claim="C10", evidence="anatomy soleus")
    assert capstone.cautions(untested, tables)[3:] == [
        "Kickback 2: claim C10 is not tested. Say in the reason why you build on it all the same."
    ]
    assert capstone.cautions(second(claim="C11", evidence="anatomy triceps_long"), tables)[3:] == []


def test_every_piece_of_evidence_that_is_offered_can_be_chosen_and_is_shown_with_its_source(tables):
    offered = capstone.Form(tables).about["claims"]
    assert [claim["id"] for claim in offered] == list(tables.claims["claim_id"])
    count = 0
    for claim in offered:
        for piece in claim["evidence"]:
            choice = {"exercise": "", "reason": "", "claim": claim["id"], "evidence": piece["key"]}
            shown = BeautifulSoup(capstone._evidence(choice, tables), "html.parser").text
            assert piece["text"] in shown and piece["note"] in shown
            named = shown.partition("Source: ")[2]
            assert any(named.startswith(citation) for citation in tables.sources["citation"]), piece
            count += 1
    assert count == len(tables.claim_evidence)


def test_an_answer_of_a_model_is_cited_with_the_model_that_gave_it(tables):
    cited = tables.sources.set_index("source_id")["citation"]
    leg = read(second(claim="C06", evidence="mechanics m01 for"), tables).text
    elbow = read(second(claim="C12", evidence="mechanics m13 qualifies"), tables).text
    assert cited["rajagopal2016"] in leg and cited["holzbaur2005"] not in leg
    assert cited["holzbaur2005"] in elbow and cited["rajagopal2016"] not in elbow


def test_the_page_holds_the_claim_its_verdict_the_number_and_the_sources(tables):
    text = re.sub(r"\s+", " ", read(WHOLE, tables).text)
    claims = tables.claims.set_index("claim_id")
    for claim in ("C06", "C12"):
        assert claims.loc[claim, "statement"] in text and claims.loc[claim, "reason"] in text
    assert text.count("Verdict: contested.") == 2
    assert "88 % of triangle push-up (SD 33), mean, n = 15, boehler2011" in text
    sources = text.rpartition("Sources")[2]
    for source in ("cho2018", "boehler2011", "article", "exrx"):
        assert tables.sources.set_index("source_id").loc[source, "citation"] in sources


@pytest.mark.parametrize("exercise", ["machine_kickback", "quadruped_bent_knee", "cable_bent_over"])
def test_the_page_gives_every_muscle_its_part_in_the_words_of_the_course(exercise, tables):
    page = read(second(exercise=exercise), tables)
    rows = [[cell.text for cell in row.find_all("td")] for row in page.find_all("table")[1].find_all("tr")]
    facts = emphasis.cells(tables).query("exercise_id == @exercise")
    names = tables.muscles.set_index("muscle_id")["name"]
    wanted = [
        [
            names[one.muscle_id],
            emphasis.LIMB_WORDS[one.limb],
            one.word,
            emphasis.ROLE_WORDS[one.role],
            one.basis,
        ]
        for one in facts.itertuples()
    ]
    assert sorted(rows[1:]) == sorted(wanted) and len(wanted) > 5


@pytest.mark.parametrize("awkward", AWKWARD)
def test_whatever_is_typed_is_shown_as_text(awkward, tables):
    plan = changed(
        name=awkward,
        goal=awkward,
        goal_own=awkward,
        client_own=awkward,
        unknown=awkward,
        observation=awkward,
        choices=[choice | {"reason": awkward} for choice in WHOLE["choices"]],
    )
    page = read(plan, tables)
    assert page.find(["script", "img", "b", "textarea", "link", "iframe"]) is None
    assert [part.text for part in page.find_all(class_="typed")] == [awkward] * 8
    assert all(part["dir"] == "auto" for part in page.find_all(class_="typed"))
    assert page.title.text == f"Kickback plan, {awkward}"


def test_the_page_runs_nothing_and_asks_for_nothing_outside(tables):
    html = capstone.page(WHOLE, tables)
    assert not re.search(r"<script|<link|@import|url\(|\b(?:src|href|on\w+)=", html, re.IGNORECASE)
    policy = BeautifulSoup(html, "html.parser").find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'")
    assert html == capstone.page(WHOLE, tables)


def test_the_rubric_on_the_page_can_be_ticked_and_is_the_rubric_of_the_lesson(tables):
    frame = capstone.rubric().frame
    part = read(WHOLE, tables).find("h2", string="Rubric").parent
    rows = [[cell.text.strip() for cell in row.find_all(["th", "td"])] for row in part.find_all("tr")][1:]
    assert rows == frame.to_numpy().tolist()
    assert frame.shape == (6, 4) and frame.map(len).min().min() > 4
    boxes = part.find_all("input")
    assert len(boxes) == 18 and all(box.parent.name == "label" for box in boxes)


def test_a_plan_is_kept_at_once_and_comes_back(store, tables):
    form = capstone.plan(tables=tables)
    form.hear({"plan": WHOLE, "number": "7"})
    assert form.told["number"] == "7" and form.told["note"] == ""
    assert capstone.plan(tables=tables).plan == WHOLE
    form.save(changed(unknown="Something else."))
    assert capstone.plan(tables=tables).plan["unknown"] == "Something else."
    assert progress.kept("capstone")["name"] == "Ada"


def test_two_pages_that_change_different_fields_of_one_plan_keep_both(store, tables):
    progress.keep("capstone", WHOLE)
    first, second = capstone.plan(tables=tables), capstone.plan(tables=tables)
    first.hear({"plan": changed(unknown="U"), "base": WHOLE, "number": "1"})
    second.hear({"plan": changed(observation="O"), "base": WHOLE, "number": "2"})
    assert second.plan == changed(unknown="U", observation="O") == progress.kept("capstone")
    second.hear({"plan": changed(unknown="V"), "base": changed(), "number": "3"})
    first.save(first.plan | {"name": "Cy"})
    both = changed(unknown="V", observation="O", name="Cy")
    assert first.plan == both, "from Python, a form begins with its own plan"
    with sqlite3.connect(store) as opened:
        drafts = [json.loads(value) for (value,) in opened.execute("select value from drafts order by rowid")]
    assert changed(unknown="U") in drafts, "what was typed over stays in the history"


def test_a_plan_that_could_not_be_read_at_first_is_not_written_over(store, tables, monkeypatch):
    monkeypatch.setattr(progress, "_WAIT", 0.1)
    capstone.plan(tables=tables).save(WHOLE)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("begin exclusive")
    form = capstone.plan(tables=tables)
    assert form.plan["name"] == "" and "Earlier answers cannot be read" in form.told["note"]
    empty = form.plan
    form.hear({"plan": empty | {"unknown": "typed meanwhile"}, "base": empty, "number": "1"})
    assert form.told["note"].startswith("Not saved yet") and form.plan["unknown"] == "typed meanwhile"
    other.close()
    form.hear({"plan": form.plan | {"observation": "and later"}, "base": form.plan, "number": "2"})
    assert form.told["note"] == ""
    assert form.plan == changed(unknown="typed meanwhile", observation="and later")


def test_a_plan_on_the_page_outlives_the_file_it_was_saved_in(store, tables):
    form = capstone.plan(tables=tables)
    form.save(WHOLE)
    store.write_bytes(b"no database " * 99)
    form.hear({"plan": changed(unknown="more"), "base": WHOLE, "number": "1"})
    assert form.plan == changed(unknown="more") and "was damaged" in form.told["note"]


@pytest.mark.parametrize(
    "odd",
    [None, 10**400, "plan", [[]], {"name": {}, "choices": {"a": 1}}, {"choices": [7, None], "aside": 1}],
)
def test_a_message_or_a_stored_plan_of_any_shape_is_taken_for_what_it_holds(store, tables, odd):
    progress.keep("capstone", odd)
    form = capstone.plan(tables=tables)
    assert form.plan["name"] == ""
    for message in (odd, {"plan": odd}, {"plan": WHOLE, "base": odd, "number": odd, "write": False}):
        form.hear(message)
    assert form.plan["name"] == "Ada"


def test_the_page_is_told_what_is_done_and_what_is_missing(store, tables):
    form = capstone.plan(tables=tables)
    form.save(second(reason=""))
    assert form.told["steps"] == [list(step) for step in capstone.steps(second(reason=""), tables)]
    assert ["Kickback 2", "give a reason"] in form.told["steps"] and ["Goal", ""] in form.told["steps"]
    assert form.told["cautions"] == capstone.cautions(WHOLE, tables)


def test_what_cannot_be_saved_is_said_and_stays_in_the_form(tmp_path, monkeypatch, store, tables):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "file" / "progress.sqlite"))
    form = capstone.plan(tables=tables)
    note = form.save(WHOLE)
    assert note.startswith("Not saved yet") and form.told["note"] == note
    assert form.plan == WHOLE


def test_half_an_emoji_and_control_characters_do_not_stop_a_plan_from_being_kept(store, tables):
    form = capstone.plan(tables=tables)
    form.save(changed(unknown="squeeze \ud83d!\x00\x07", name="😀"))
    assert capstone.plan(tables=tables).plan["unknown"] == "squeeze \ufffd!"
    assert capstone.page(form.plan, tables).encode()


def test_what_the_tables_do_not_know_is_left_out_and_nothing_typed_is_lost(store, tables):
    many = [{"reason": f"reason {n}", "exercise": "hip_thrust"} for n in range(6)]
    form = capstone.plan(tables=tables)
    form.save({"name": 3, "choices": [*many, "no choice"], "aside": [{"reason": "put aside"}], "other": 1})
    assert [choice["reason"] for choice in form.plan["choices"]] == [f"reason {n}" for n in range(4)]
    assert [choice["reason"] for choice in form.plan["aside"]] == ["reason 4", "reason 5", "put aside"]
    assert {choice["exercise"] for choice in form.plan["choices"]} == {""} and form.plan["name"] == ""
    form.save(second(claim="C05", evidence="finding F03"))
    assert form.plan["choices"][1]["evidence"] == "", "a piece of evidence on another claim"
    form.hear({"plan": "no plan"})
    form.hear({})


def test_the_button_writes_a_page_and_never_over_another(store, tmp_path, tables):
    form = capstone.plan(tmp_path, tables=tables)
    form.hear({"plan": WHOLE, "number": "1", "write": True})
    path = tmp_path / "kickback-plan-Ada.html"
    said = f"Written: kickback-plan-Ada.html, in {tmp_path}. It is complete. Hand in this file."
    assert form.told["written"] == said and form.told["number"] == "1"
    assert path.read_text(encoding="utf-8") == capstone.page(WHOLE, tables)
    assert form.write(WHOLE) == said, "the same page again needs no second file"
    other = second(reason="")
    assert (
        form.write(other)
        == f"Written: kickback-plan-Ada-2.html, in {tmp_path}. It says that 1 part is missing."
    )
    assert path.read_text(encoding="utf-8") == capstone.page(WHOLE, tables)
    assert len(list(tmp_path.glob("*.html"))) == 2
    assert capstone.plan(tables=tables).plan == other, "what was written is kept as well"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/Ada Lovelace", "kickback-plan-etc-Ada-Lovelace.html"),
        ("<b>😀</b>", "kickback-plan-b-b.html"),
        ("😀", "kickback-plan-no-name.html"),
        ("", "kickback-plan-no-name.html"),
        ("عائشة", "kickback-plan-عائشة.html"),
        ("𠮷" * 300, f"kickback-plan-{'𠮷' * 37}.html"),
    ],
)
def test_the_file_is_named_after_the_student_and_stays_in_the_folder(name, file, tmp_path, tables):
    assert capstone.write(changed(name=name), tables, tmp_path) == tmp_path / file
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_a_folder_that_cannot_be_written_to_is_named_and_the_plan_is_kept(store, tmp_path, tables):
    form = capstone.plan(tmp_path / "no such folder", tables=tables)
    assert form.write(WHOLE) == "Not written: No such file or directory. The plan stays in this form."
    assert form.told["file"]["name"] == "kickback-plan-Ada.html" and "<h1>" in form.told["file"]["text"]
    assert form.told["written"].startswith("Not written") and capstone.plan(tables=tables).plan == WHOLE


def test_without_a_kernel_the_form_is_what_was_written_and_a_worksheet_that_never_changes(store, tables):
    form = capstone.plan(tables=tables)
    first = form._repr_mimebundle_()
    form.save(WHOLE | {"unknown": "Who <b>measured</b> it?"})
    again = capstone.plan(tables=tables)._repr_mimebundle_()
    assert again["text/html"].endswith("\n" + first["text/html"])
    assert again["text/plain"] == first["text/plain"]
    assert "Who &lt;b&gt;measured&lt;/b&gt; it?" in again["text/html"]
    assert first["text/plain"] == repr(form) and first["text/plain"].endswith(".")
    text = BeautifulSoup(first["text/html"], "html.parser").text
    for wanted in (*capstone.GOALS, *capstone.CLIENTS, *tables.claims["statement"], "____"):
        assert wanted in text
    assert all(name in text for name in tables.exercises.loc[tables.exercises["is_kickback"], "name"])
    assert "application/vnd.jupyter.widget-view+json" in first


# From here on: the form in a browser, with the real Python behind it and no JupyterLab between them.
PAGE = (
    """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>form</title><div id="el"></div></html>"""
)
START = """async ([source, state]) => {
  const part = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  const heard = [];
  window.told = 0;
  const model = {
    get: (name) => state[name],
    on: (name, act) => heard.push([name, act]),
    off: () => {},
    send: async (message) => {
      if (window.away) return;
      Object.assign(state, await window.python(message));
      heard.forEach(([, act]) => act());
      window.told += 1;
    },
  };
  window.again = () => {
    document.getElementById('el').replaceChildren();
    part.default.render({ model, el: document.getElementById('el') });
  };
  window.again();
}"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser, store, tmp_path, tables):
    """Show the form in Chromium; `page.form` is the Python behind it."""
    form = capstone.plan(tmp_path, tables=tables)

    def python(message):
        form.hear(message)
        return {"plan": form.plan, "told": form.told}

    shown = browser.new_page(viewport={"width": 800, "height": 900})
    shown.route("**/*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    shown.goto("http://form.test/")
    shown.expose_function("python", python)
    shown.add_style_tag(content=str(capstone.Form._css))
    shown.form = form
    shown.evaluate(
        START, [str(capstone.Form._esm), {"about": form.about, "plan": form.plan, "told": form.told}]
    )
    yield shown
    shown.close()


def saved(page):
    """Wait until Python has answered what was typed last."""
    page.wait_for_function("document.querySelector('.kickback-notice').textContent === 'Saved.'")
    page.wait_for_timeout(700)


@pytest.mark.browser
def test_a_student_fills_in_the_form_and_python_keeps_it(page, tmp_path):
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Goal", exact=True).select_option(capstone.GOALS[1])
    page.get_by_label("Client in your own words").fill("A dancer")
    for place, choice in enumerate(WHOLE["choices"]):
        part = page.locator(".kickback-choice").nth(place)
        part.get_by_label("Variation").select_option(choice["exercise"])
        part.get_by_label("Why it is in the plan").fill(choice["reason"])
        assert part.locator("input[type=radio]").count() == 0, "evidence before there is a claim"
        part.get_by_label("Claim").select_option(choice["claim"])
        part.locator(f"input[value='{choice['evidence']}']").check()
    page.get_by_label("One thing about this plan").fill(WHOLE["unknown"])
    page.get_by_label("What observation").fill(WHOLE["observation"])
    saved(page)
    assert page.form.plan == WHOLE
    lines = page.locator(".kickback-steps").nth(0).locator("li").all_inner_texts()
    assert len(lines) == 8 and all("Done. " in line for line in lines)
    assert "8 of 8 parts are done." in page.locator("#el").inner_text()
    assert "claim C06 is contested" in page.locator(".kickback-steps").nth(1).inner_text()
    page.get_by_role("button", name="Write the page").click()
    page.get_by_text("Written: kickback-plan-Ada.html").wait_for()
    written = (tmp_path / "kickback-plan-Ada.html").read_bytes()
    link = page.get_by_role("link", name="Download kickback-plan-Ada.html")
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes() == written
    page.get_by_label("One thing about this plan").fill("Something else")
    page.get_by_text("The plan was changed since its page was written.").wait_for()
    assert link.count() == 0, "nobody hands in an older page by mistake"


@pytest.mark.browser
def test_a_kickback_can_be_added_moved_removed_and_put_back_by_keyboard(page):
    def reasons():
        return [part.input_value() for part in page.get_by_label("Why it is in the plan").all()]

    for place, text in enumerate(("one", "two")):
        page.get_by_label("Why it is in the plan").nth(place).fill(text)
    page.get_by_role("button", name="Add a kickback").press("Enter")
    page.get_by_label("Why it is in the plan").nth(2).fill("three")
    page.get_by_role("button", name="Earlier: kickback 3").press("Enter")
    assert reasons() == ["one", "three", "two"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Earlier: kickback 2"
    page.keyboard.press("Enter")
    assert reasons() == ["three", "one", "two"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Later: kickback 1"
    page.get_by_role("button", name="Remove: kickback 2").press("Enter")
    assert reasons() == ["three", "two"]
    assert page.get_by_role("button", name="Remove: kickback 1").is_disabled()
    saved(page)
    assert [choice["reason"] for choice in page.form.plan["aside"]] == ["one"]
    page.get_by_role("button", name="Put back").press("Enter")
    page.get_by_role("button", name="Add a kickback").press("Enter")
    assert not page.get_by_role("button", name="Add a kickback").is_visible()
    saved(page)
    assert reasons() == ["three", "two", "one", ""] and page.form.plan["aside"] == []


@pytest.mark.browser
def test_trying_another_claim_does_not_lose_the_evidence_chosen_for_the_first(page):
    part = page.locator(".kickback-choice").nth(0)
    claim = part.get_by_label("Claim")
    claim.select_option("C06")
    part.locator("input[value='finding F02 against']").check()
    claim.select_option("C10")
    assert part.locator("input:checked").count() == 0
    claim.select_option("C06")
    assert part.locator("input:checked").input_value() == "finding F02 against"
    saved(page)
    assert page.form.plan["choices"][0]["evidence"] == "finding F02 against"


@pytest.mark.browser
def test_what_is_typed_while_python_is_away_stays_and_is_saved_later(page):
    page.evaluate("window.away = true")
    page.get_by_label("One thing about this plan").fill("typed while away")
    page.get_by_text("Not saved yet: Python is busy or stopped.").wait_for(timeout=8000)
    page.get_by_role("button", name="Write the page").click()
    page.get_by_text("Not written: Python is busy or stopped.").wait_for(timeout=8000)
    assert page.get_by_label("One thing about this plan").input_value() == "typed while away"
    assert page.form.plan["unknown"] == ""
    page.evaluate("window.away = false; window.again()")
    assert page.get_by_label("One thing about this plan").input_value() == "typed while away"
    saved(page)
    assert page.form.plan["unknown"] == "typed while away"


@pytest.mark.browser
def test_what_another_page_saves_comes_here_and_never_over_what_is_typed(page, tables):
    other = capstone.plan(tables=tables)
    page.get_by_label("One thing about this plan").fill("typed here")
    saved(page)
    other.hear({"plan": other.plan | {"observation": "saved there"}, "base": other.plan, "number": "1"})
    page.get_by_label("Why it is in the plan").nth(0).fill("a reason from here")
    saved(page)
    both = {"unknown": "typed here", "observation": "saved there"}
    assert page.form.plan.items() >= both.items()
    assert page.get_by_label("What observation").input_value() == "saved there"
    choices = [page.form.plan["choices"][0] | {"exercise": "machine_kickback"}, *WHOLE["choices"]]
    other.hear({"plan": page.form.plan | {"choices": choices}, "base": page.form.plan, "number": "2"})
    page.get_by_label("Why it is in the plan").nth(0).press_sequentially(", and more")
    saved(page)
    assert [choice["exercise"] for choice in page.form.plan["choices"]] == [
        *("machine_kickback", "standing_cable_diagonal", "dumbbell_bent_over")
    ]
    assert page.form.plan["choices"][0]["reason"] == "a reason from here, and more"
    assert page.locator(".kickback-choice").count() == 3 and page.form.plan.items() >= both.items()


@pytest.mark.browser
def test_presses_before_the_reply_write_one_page(page):
    asked, write = [], page.form.write
    page.form.write = lambda *given: asked.append(given) or write(*given)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Write the page").evaluate("e => [1, 2, 3].forEach(() => e.click())")
    page.get_by_text("Written: kickback-plan-Ada.html").wait_for()
    assert len(asked) == 1


@pytest.mark.browser
def test_a_save_that_failed_is_said_on_the_page(page, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "file" / "progress.sqlite"))
    page.get_by_label("Your name").fill("Ada")
    page.get_by_text("Not saved yet: the folder").wait_for()
    assert page.get_by_label("Your name").input_value() == "Ada"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 800, 320])
def test_every_field_has_a_name_shows_its_focus_and_fits_the_page(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.locator(".kickback-choice").nth(0).get_by_label("Claim").select_option("C06")
    page.get_by_label("Why it is in the plan").nth(0).fill("a" * 320)
    saved(page)
    unnamed = """() => [...document.querySelectorAll('#el input, #el select, #el textarea')].filter(
      (node) => !node.labels.length || !node.labels[0].textContent.trim()
        || !node.closest('fieldset').querySelector(':scope > legend').textContent
    ).length"""
    assert page.evaluate(unnamed) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Your name").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        looks = page.evaluate(
            "() => { const at = document.activeElement; "
            "return [getComputedStyle(at).outlineStyle, at.getAttribute('data-lm-suppress-shortcuts')]; }"
        )
        assert looks == ["solid", "true"]
    lists = page.locator(".kickback-steps")
    assert [lists.nth(n).get_attribute("aria-live") for n in range(2)] == ["polite", "polite"]
