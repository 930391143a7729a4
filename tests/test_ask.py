"""Asking: what a student is told, what is saved, and that no key reaches the page before an answer."""

import json
import re
import sqlite3
import time

import pandas as pd
import pytest
from ipywidgets import HTML

from lessons import ask, bank, explore, progress, report
from lessons.live import Table

pytestmark = [pytest.mark.usefixtures("store", "small_bank"), pytest.mark.filterwarnings("error:::lessons")]

SHOWN = Table(pd.DataFrame({"muscle": ["Gluteus maximus"], "value": [24]}), "What was measured")


def said(state):
    return " ".join(
        [state["told"]["head"], *(f"{one['text']} {one['explanation']}" for one in state["told"]["said"])]
    )


def text(html):
    # A menu's name is marked within its sentence: it has no space of its own.
    html = re.sub(r"</?span[^>]*>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def send(form, message):
    """Call what hears messages as ipywidgets does, which would only log an exception."""
    for hear in form._msg_callbacks.callbacks:
        hear(form, message, [])


def everything_sent(widget):
    """All that the page holds of a widget and its parts, as text."""
    parts = [{k: v for k, v in widget.get_state().items() if k not in ("_esm", "_css")}]
    for child in getattr(widget, "children", ()):
        parts.append(everything_sent(child))
    return json.dumps(parts, default=str)


def test_an_answer_is_explained_and_can_be_given_again():
    form = ask.check("01-minimus")
    wrong = form.commit("01-minimus", 0)
    assert said(wrong) == "Not yet. Gluteus minimus Not so. It abducts."
    assert not wrong["right"] and form.questions[0]["again"] == "Try again"
    right = form.commit("01-minimus", 1)
    assert said(right) == "Right. Gluteus maximus Right. It extends the hip."
    assert [one["explanation"] for one in right["told"]["others"]] == ["Not so. It abducts."]
    found = progress.answers()
    assert list(found["right"]) == [False, True]
    assert list(found["misconceptions"]) == ["minimus_drives_leg_back", ""]


def test_the_page_hears_of_the_same_answer_given_twice():
    form, heard = ask.check("01-minimus"), []
    form.observe(heard.append, names="states")
    for _ in range(2):
        form.commit("01-minimus", 0)
    assert len(heard) == 2 and len(progress.answers()) == 2


def test_a_choice_of_several_says_what_is_still_missing():
    form = ask.check("01-holders")
    assert "So far right. 1 more to find." in said(form.commit("01-holders", [0]))
    assert "Not so. It is in the calf." in said(form.commit("01-holders", [0, 1]))
    assert form.commit("01-holders", [2, 0])["right"]


def test_a_role_table_is_marked_from_the_tables_and_keeps_what_was_given():
    form = ask.check("02-table")
    assert form.questions[0]["options"][0] == {
        "text": "Gluteus medius",
        "given": "main target",
        "why": "It abducts, and out is abduction.",
    }
    state = form.commit("02-table", ["main target", "assists", "not named"])
    assert said(state).startswith(
        "1 of 2 lines are right. Gluteus maximus: assists. Not so. It extends the hip."
    )
    assert form.commit("02-table", ["main target", "works hard", "not named"])["right"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("01-minimus", 7),
        ("01-minimus", None),
        ("01-holders", []),
        ("01-holders", "0"),
        ("02-table", ["main target", "works hard"]),
        ("02-table", ["main target", "nonsense", "assists"]),
    ],
)
def test_an_answer_that_cannot_be_one_is_refused_and_nothing_is_saved(question, answer):
    with pytest.raises(ValueError, match=f"is no answer to {question}; it takes"):
        ask.check(question).commit(question, answer)
    assert progress.answers().empty


NO_ANSWERS = [None, True, "", "7", 10**400, 10**5000, float("nan"), float("inf"), {}, [], [[0]], [1.0]]
NO_ANSWERS += [{"a": [0]}, [True], ["main target"], [["main target"]] * 3, json.loads("[" * 900 + "]" * 900)]


@pytest.mark.parametrize("sent", NO_ANSWERS, ids=lambda sent: type(sent).__name__)
def test_a_message_of_any_shape_is_refused_in_words_and_stores_nothing_bad(sent):
    forms = [
        *(ask.check(one) for one in ("01-minimus", "01-holders", "02-table")),
        *(ask.predict("01-percent"), ask.recall("09"), ask.vote("02-vote", instructor=True)),
        *(ask.verdicts("C03", "C12"), ask.scoreboard(), ask.test("pre"), ask.test("post")),
    ]
    for form in forms:
        (asked, *_) = form.asked
        odd = [
            sent,
            {"tally": sent},
            {"show": sent},
            {"finish": sent},
            {"tally": {"before": sent, "after": [sent]}},
        ]
        for message in odd:
            send(form, message)
        assert form.notice == "" and form.states == {} and json.dumps(form.tally, allow_nan=False)
        send(form, {"question": sent, "answer": 0})
        assert form.notice == "This answer belongs to no question of this form. It was not saved."
        send(form, {"question": asked, "answer": sent})
        assert f"is no answer to {asked}; it takes" in form.notice and form.states == {}
    assert progress.answers().empty


BAD = [7, "no option", [0, 9], None, {"a": 1}, True, 1e300, ["nonsense"] * 3, [["main target"]]]


@pytest.mark.parametrize("bad", BAD)
def test_a_stored_answer_that_does_not_fit_the_question_is_left_out_and_named_once(bad):
    given = {
        "check": ("01-minimus", "01-holders", "02-table"),
        "predict": ["01-percent"],
        "recall 09": ["01-minimus"],
        "vote": ["02-vote"],
        "pre": ["00-pre-01"],
        "post": ["09-post-01"],
        "verdict": ["verdict-C03", "verdict-C12"],
    }
    for place, questions in given.items():
        for question in questions:
            progress.save(question, place, bad, False)
    reveals = [ask.reveal("01-percent", SHOWN), ask.reveal("C03", SHOWN)]
    forms = [
        *(ask.check("01-minimus", "01-holders", "02-table"), ask.check("01-minimus")),
        *(ask.predict("01-percent"), ask.recall("09"), ask.vote("02-vote")),
        *(ask.verdicts("C03", "C12"), ask.scoreboard(), ask.test("pre"), ask.test("post")),
    ]
    fits = bad in (7, 1e300) and bad is not True  # an answer to what asks for a number
    assert reveals[0].is_open == fits and not reveals[1].is_open
    assert [form for form in forms if form.states and not (fits and form is forms[2])] == []
    said = " ".join(form.notice for form in forms)
    assert said.count("An earlier answer to 01-minimus does not fit") == 1 and "stays in the file" in said
    ask.progress(), ask.by_aim()
    assert forms[0].commit("01-minimus", 1)["right"] and len(progress.answers()) == 11


def test_an_older_answer_that_fits_stands_where_the_newest_does_not():
    progress.save("01-minimus", "check", 1, True)
    progress.save("01-minimus", "check", 7, False)
    assert ask.check("01-minimus").states["01-minimus"]["answer"] == 1


@pytest.mark.parametrize(
    "stored",
    [
        *("text", 7, [], True, {"round": "two"}, {"round": 10**30, "ids": [], "at": ""}),
        *({"round": 1, "ids": ids, "at": "2026-01-01"} for ids in ([], [["x"]], ["gone", "01-minimus"], "x")),
        *({"round": 1, "ids": ["01-minimus"], "at": at} for at in (None, 7, "noon", "2026-01-01T00:00:00")),
        {"before": "many", "after": {"a": 1}},
        {"before": [10**400, -3, None], "after": [[1]]},
    ],
)
def test_a_stored_round_or_tally_of_any_shape_gives_way(stored):
    progress.save("01-minimus", "check", 1, True)
    for name in ("recall 09", "tally 02-vote", "test after the course"):
        progress.keep(name, stored)
    assert ask.recall("09").asked.keys() <= {"01-minimus", "01-holders"}
    tally = ask.vote("02-vote").tally
    assert tally in ({}, {"before": [0, 0], "after": [0, 0]}) and not ask.test("post").closed


def test_a_round_that_a_wrong_clock_dated_in_the_future_does_not_stay_for_ever(monkeypatch):
    future = report.now() + pd.Timedelta(days=400)
    now = report.now
    monkeypatch.setattr(report, "now", lambda: future)
    ask.check("01-holders").commit("01-holders", [1])
    for one, answer in (("01-holders", [1]), ("01-minimus", 1)):
        ask.recall("09").commit(one, answer)
    assert ask.recall("09").states, "the round stands for half a day"
    monkeypatch.setattr(report, "now", now)
    assert ask.recall("09").states == {}


@pytest.mark.parametrize("place", ["check", "predict", "recall", "vote", "pre", "post"])
def test_no_key_reaches_the_page_before_an_answer(place):
    make = {
        "check": lambda: ask.check("01-minimus", "01-holders", "02-table"),
        "predict": lambda: ask.predict("01-percent"),
        "recall": lambda: ask.recall("09"),
        "vote": lambda: ask.vote("02-vote"),
        "pre": lambda: ask.test("pre"),
        "post": lambda: ask.test("post"),
    }
    form = make[place]()
    assert {name for shown in form.questions for name in shown} == {
        *("id", "kind", "prompt", "options", "shown", "choices", "unit"),  # what is asked
        *("button", "again", "at_once", "partial", "label"),  # and how
    }
    page = everything_sent(form) + form._repr_mimebundle_()["text/html"] + repr(form)
    for shown in form.questions:
        asked = form.asked[shown["id"]]
        assert all(set(option) <= {"text", "given", "why"} for option in shown["options"])
        hidden = [option.explanation for option in asked.options if not option.given]
        assert [explanation for explanation in hidden if explanation in page] == []


def test_a_prediction_opens_what_it_is_about_and_shows_both_side_by_side():
    form, reveal = ask.predict("01-percent"), ask.reveal("01-percent", SHOWN)
    assert not reveal.is_open and "Commit to a prediction" in reveal.children[0].value
    assert "Gluteus maximus" not in everything_sent(reveal)
    state = form.commit("01-percent", 60)
    assert state["told"]["head"].startswith("Your prediction is saved.")
    assert reveal.is_open
    beside = text(reveal.children[0].value)
    assert "60 %MVIC" in beside and "24 %MVIC" in beside and "≠ differs" in beside
    assert "It was less." in beside and "What it shows: So the study says." in beside
    assert "Right." not in beside and "Not so." not in beside, "a prediction is not marked"
    assert "Gluteus maximus" in reveal.children[1].value


def test_a_prediction_of_an_earlier_session_opens_at_once():
    progress.save("01-percent", "predict", 25, True)
    assert ask.reveal("01-percent", SHOWN).is_open
    assert ask.predict("01-percent").states["01-percent"]["answer"] == 25
    assert "✓ same" in ask.reveal("01-percent", SHOWN).children[0].value


def test_what_a_verdict_opens_stays_closed_until_each_claim_is_judged():
    reveal = ask.reveal("C03", "C12", SHOWN)
    assert "Commit to your verdict" in reveal.children[0].value
    stored = reveal._repr_mimebundle_()["text/html"]
    assert stored.startswith("<details><summary>Judge first: C03 and C12. Then open.</summary>")
    ask.verdicts("C03").commit("verdict", ["contested"])
    assert not reveal.is_open
    ask.verdicts("C12").commit("verdict", ["contested"])
    assert reveal.is_open and "Gluteus maximus" in reveal.children[-1].value
    both = ask.reveal("01-percent", "C03", SHOWN)
    assert not both.is_open
    ask.predict("01-percent").commit("01-percent", 24)
    assert both.is_open
    with pytest.raises(ValueError, match="Name one prediction or some claims, then what is shown"):
        ask.reveal("01-percent")


def test_an_instructor_sees_it_without_predicting(monkeypatch):
    assert ask.reveal("01-percent", SHOWN, instructor=True).is_open
    monkeypatch.setenv("KICKBACK_INSTRUCTOR", "1")
    assert ask.reveal("01-percent", SHOWN).is_open
    assert not ask.reveal("01-percent", SHOWN, instructor=False).is_open


def test_a_panel_behind_a_prediction_is_the_live_one_and_its_stored_page_is_closed():
    panel = explore.compare("donkey kick", "dumbbell kickback")
    reveal = ask.reveal("01-percent", panel)
    stored = reveal._repr_mimebundle_()
    assert stored["text/html"].startswith("<details><summary>Predict first: How much was it? Then open.")
    assert "data:image/svg+xml;base64," in stored["text/html"] and stored["text/plain"] == panel.sentence
    ask.predict("01-percent").commit("01-percent", 24)
    assert reveal.children[1] is panel


def test_what_was_answered_is_there_when_the_notebook_is_opened_again():
    ask.check("01-minimus", "01-holders").commit("01-minimus", 0)
    again = ask.check("01-minimus", "01-holders")
    assert again.states["01-minimus"]["answer"] == 0
    assert said(again.states["01-minimus"]) == "Not yet. Gluteus minimus Not so. It abducts."
    assert "01-holders" not in again.states


def test_an_empty_store_recalls_two_fixed_questions():
    first = ask.recall("09")
    assert list(first.asked) == ["01-minimus", "01-holders"] == list(ask.recall("09").asked)
    assert [shown["label"] for shown in first.questions] == ["From lesson 01", "From lesson 01"]
    assert not progress.path().exists()


def test_the_first_two_stay_in_their_places_once_they_are_answered():
    form = ask.recall("09")
    form.commit("01-holders", [1])
    form.commit("01-minimus", 1)
    again = ask.recall("09")
    assert list(again.asked) == list(form.asked) == list(again.states)


def test_recall_brings_back_what_was_missed_and_the_round_stays_until_it_is_answered():
    ask.check("01-holders").commit("01-holders", [1])
    ask.vote("02-vote").commit("02-vote", 0)
    form = ask.recall("09")
    assert list(form.asked) == ["01-holders", "02-vote"]
    form.commit("01-holders", [0, 2])
    again = ask.recall("09")
    assert list(again.asked) == ["01-holders", "02-vote"] and again.states["01-holders"]["right"]


def test_a_later_round_asks_anew(monkeypatch):
    ask.check("01-holders").commit("01-holders", [1])
    form = ask.recall("09")
    for one, answer in (("01-holders", [1]), ("01-minimus", 0)):
        form.commit(one, answer)
    later = report.now() + pd.Timedelta(days=40)
    monkeypatch.setattr(report, "now", lambda: later)
    again = ask.recall("09")
    assert list(again.asked) == ["01-holders", "01-minimus"] and again.states == {}


def test_only_the_second_vote_is_explained():
    form = ask.vote("02-vote")
    first = form.commit("02-vote", 0)
    assert first["told"]["head"] == "Your first vote is saved." and "It abducts." not in str(first)
    assert ask.vote("02-vote").states["02-vote"]["told"] == first["told"]
    assert said(form.commit("02-vote", 1)) == "Right. Gluteus maximus Right. It extends the hip."
    assert ask.vote("02-vote").states["02-vote"]["right"]
    assert list(progress.answers()["attempt"]) == [1, 2]


def test_a_vote_keeps_its_tallies_and_shows_the_answer_only_while_asked():
    form = ask.vote("02-vote")
    form._handle_custom_msg({"tally": {"before": [5, 15], "after": [2, 18, 99, "x"]}}, [])
    assert form.tally == {"before": [5, 15], "after": [2, 18]}
    assert ask.vote("02-vote").tally == {"before": [5, 15], "after": [2, 18]}
    form._handle_custom_msg({"show": True}, [])
    assert form.tally["key"] == 1 and form.tally["explanation"] == "Right. It extends the hip."
    form._handle_custom_msg({"show": False}, [])
    assert "key" not in form.tally


def test_verdicts_are_kept_claim_by_claim_and_stand_on_the_scoreboard():
    form = ask.verdicts("C03", "C12")
    state = form.commit("verdict", ["supported", "supported"])
    assert state["told"]["head"] == "You and the evidence agree on 1 of the 2 claims that you judged."
    assert [one["mark"] for one in state["told"]["said"]] == ["✓", "≠"]
    assert state["told"]["said"][1]["text"] == "C12. You: supported. The evidence: contested."
    board = ask.scoreboard()
    assert len(board.questions[0]["options"]) == 18
    shown = text(board.closing)
    assert shown.count("judge first") == 16 and "supported contested ≠ differs" in shown
    assert ask.verdicts("C03", "C12").states["verdict"]["answer"] == ["supported", "supported"]
    ask.verdicts("C12").commit("verdict", ["contested"])
    assert "contested contested ✓ same" in text(board.closing), "it follows what is judged elsewhere"
    with pytest.raises(ValueError, match="There is no claim 'C99'; claims run from C01 to C18"):
        ask.verdicts("C99")


def test_the_scoreboard_hides_every_verdict_that_was_not_earned():
    board = ask.scoreboard()
    assert board.closing == "" and board.states == {}
    words = ["supported"] + [""] * 17
    board.commit("verdict", words)
    assert text(board.closing).count("judge first") == 17
    with pytest.raises(ValueError, match="it takes a list of 2 words"):
        ask.verdicts("C03", "C12").commit("verdict", ["supported", ""])


def test_the_first_test_explains_nothing_and_the_last_compares_both():
    first = ask.test("pre")
    state = first.commit("00-pre-01", 0)
    assert state["told"] == {"head": "Saved.", "note": ""} and not first.can_finish
    last = ask.test("post")
    assert not last.can_finish
    last.commit("09-post-01", 1)
    assert last.can_finish and last.closing == ""
    last._handle_custom_msg({"finish": True}, [])
    shown = text(last.closing)
    assert "Right before: 0 of 1 answered. Right now: 1 of 1." in shown
    assert "✗ not right ✓ right" in shown and "1. You chose: Gluteus maximus. Right. It extends" in shown
    last._handle_custom_msg({"question": "09-post-01", "answer": 0}, [])
    assert last.states["09-post-01"]["answer"] == 1, "closed once it was explained"
    again = ask.test("post")
    assert again.closed and again.closing == last.closing
    with pytest.raises(ValueError, match="There is no test 'mid'; there are pre and post."):
        ask.test("mid")


def test_progress_follows_each_answer_in_words_table_and_picture():
    panel = ask.progress()
    assert repr(panel) == "Nothing answered yet, of 5 questions."
    form = ask.check("01-minimus")
    form.commit("01-minimus", 0)
    assert panel.said.startswith(
        "You have answered 1 of 5 questions: 0 right at the first try, 0 right by now."
    )
    form.commit("01-minimus", 1)
    assert "0 right at the first try, 1 right by now" in panel.said
    assert panel.said in panel.value and "<img alt=" in panel.value
    row = panel.table.set_index("aim").loc["01-a"]
    assert (row["questions"], row["answered"], row["right_first"], row["right_now"]) == (2, 1, 0, 1)
    assert list(ask.by_aim("02")["aim"]) == ["02-a"]


def test_an_answer_that_could_not_be_saved_says_so_and_stays_on_the_page(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "file" / "progress.sqlite"))
    form = ask.check("01-minimus")
    state = form.commit("01-minimus", 1)
    assert state["told"]["note"].startswith("Not saved yet: ") and state["right"]
    assert ask.check("01-minimus").states["01-minimus"]["answer"] == 1


def test_handing_in_writes_one_file_that_a_class_report_reads(tmp_path):
    ask.check("01-minimus").commit("01-minimus", 0)
    form = ask.export(folder=tmp_path)
    assert "Type your name" in form.commit("name", "  ")["told"]["head"]
    head = form.commit("name", "Ada Lovelace")["told"]["head"]
    assert head == "Written: kickback-answers-Ada-Lovelace.csv, with 1 answers."
    shown = ask.class_report(tmp_path)
    assert repr(shown) == (
        "One student handed in 1 answers. The commonest misconception at a first try: gluteus minimus drives "
        "the leg back (shown by 1 of the 1 who were asked)."
    )
    html = shown._repr_mimebundle_()["text/html"]
    assert "Gluteus minimus (1)" in html and "tests before and after" in html


def test_an_instructor_sees_how_the_class_answered(tmp_path, monkeypatch):
    ask.check("01-minimus").commit("01-minimus", 0)
    ask.export("Ada", tmp_path)
    monkeypatch.setenv("KICKBACK_CLASS", str(tmp_path))
    shown = text(ask.check("01-minimus", instructor=True).class_answers)
    assert "First answers of this class, n = 1" in shown and "minimus_drives_leg_back" in shown
    assert ask.check("01-minimus").class_answers == ""


def test_a_form_without_a_kernel_is_a_page_to_read_and_print():
    html = ask.check("01-minimus", "01-holders", "02-table")._repr_mimebundle_()["text/html"]
    shown = text(html)
    assert "Which muscle drives the leg straight back? Gluteus minimus Gluteus maximus" in shown
    assert (
        "Gluteus medius main target It abducts, and out is abduction. Gluteus maximus ____________" in shown
    )
    assert "choose Run, then Run All Cells" in shown


def test_text_from_the_bank_and_from_students_is_shown_as_text(small_bank, tmp_path):
    nasty = "<script>alert('x')</script> \"quoted\" 🦵 مرحبا " + "long " * 60
    path = small_bank.FOLDER / "01-one-word-two-exercises.json"
    book = json.loads(path.read_text(encoding="utf-8"))
    book["questions"][0]["prompt"] = nasty
    path.write_text(json.dumps(book), encoding="utf-8")
    for cache in (bank._books, bank._all):
        cache.cache_clear()
    html = ask.check("01-minimus")._repr_mimebundle_()["text/html"]
    assert "<script" not in html and "&lt;script&gt;" in html and "🦵 مرحبا" in html
    ask.check("01-minimus").commit("01-minimus", 0)
    path = ask.export("=cmd|'/c calc'!A1 🦵", tmp_path)
    assert "'=cmd" in path.read_text(encoding="utf-8") and path.parent == tmp_path


def test_a_reveal_shows_what_has_no_widget_as_a_page_part():
    progress.save("01-percent", "predict", 24, True)
    assert isinstance(ask.reveal("01-percent", SHOWN).children[1], HTML)


def test_a_lesson_whose_store_is_locked_opens_after_one_wait_and_saves_once_it_is_free(store, monkeypatch):
    """As in a network home that cannot lock: every form of the lesson opens the store."""
    monkeypatch.setattr(progress, "_WAIT", 1)
    ask.check("01-minimus").commit("01-minimus", 1)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("begin exclusive")
    begun = time.monotonic()
    forms = [
        *(ask.recall("02"), ask.check("01-minimus", "01-holders", "02-table"), ask.predict("01-percent")),
        *(ask.vote("02-vote"), ask.verdicts("C03", "C12"), ask.scoreboard(), ask.test("pre")),
    ]
    ask.reveal("C03", SHOWN), ask.progress()
    note = forms[1].commit("01-holders", [0, 2])["told"]["note"]
    assert time.monotonic() - begun < 10
    said = [form.notice for form in forms if "cannot be read" in form.notice]
    assert len(said) == 1 and "network" in said[0] and "KICKBACK_PROGRESS" in said[0], "said once"
    assert note.startswith("Not saved yet: ") and len(progress.answers()) == 1
    other.close()
    assert ask.check("01-minimus", "01-holders").states.keys() == {"01-minimus", "01-holders"}
    assert list(progress.answers()["question"]) == ["01-minimus", "01-holders"]


def test_a_page_is_told_whose_answers_stand_there_and_its_stored_copy_is_not(store, monkeypatch, tmp_path):
    form, other = ask.check("01-minimus"), ask.check("01-holders")
    empty = {"answered": False, "name": "", "since": "", "path": str(store), "unread": False}
    assert form.whose == empty == other.whose
    monkeypatch.setattr(progress, "_now", lambda: "2026-11-03T12:00:00.000+00:00")
    form.commit("01-minimus", 1)
    ask.export("Ann", tmp_path)
    assert other.whose == empty | {"answered": True, "name": "Ann", "since": "3 November 2026"}
    sent = []
    monkeypatch.setattr(other, "send", sent.append)
    send(other, {"whose": True, "number": "1"})
    assert sent == [{"reply": "1", "whose": other.whose}]
    for held in (everything_sent(form), json.dumps(form._repr_mimebundle_(), default=str)):
        assert "Ann" not in held and str(store) not in held, "it would be saved with the notebook"
    monkeypatch.setenv("KICKBACK_PRESENT", "1")
    assert ask.check("01-minimus").whose == {}, "a class is not told"


def test_somebody_else_begins_anew_with_empty_forms_and_nothing_is_deleted(store):
    forms = [ask.check("01-minimus", "01-holders"), ask.predict("01-percent"), ask.vote("02-vote")]
    board, panel, after = ask.scoreboard(), ask.progress(), ask.test("post")
    reveal = ask.reveal("01-percent", SHOWN)
    for form, question, answer in (
        *((forms[0], "01-minimus", 1), (forms[1], "01-percent", 24), (forms[2], "02-vote", 1)),
        *((board, "verdict", ["supported"] + [""] * 17), (after, "09-post-01", 1)),
    ):
        form.commit(question, answer)
    send(forms[2], {"tally": {"before": [3, 4]}})
    send(after, {"finish": True})
    assert reveal.is_open and board.closing and after.closed and panel.table["answered"].sum() == 3
    before = store.read_bytes()
    send(forms[0], {"begin_anew": "yes"})
    assert forms[0].states, "no other word than the page's own"
    send(forms[0], {"begin_anew": True})
    (aside,) = store.parent.glob("progress-until-*.sqlite")
    assert aside.read_bytes() == before and str(aside) in forms[0].notice
    assert all(form.states == {} and not form.whose["answered"] for form in (*forms, board, after))
    assert (reveal.is_open, board.closing, after.closed, after.closing) == (False, "", False, "")
    assert forms[2].tally == {} and panel.said.startswith("Nothing answered yet")
    forms[0].commit("01-minimus", 0)
    assert list(progress.answers()["answer"]) == ["0"]


def test_answers_that_cannot_be_set_aside_stay_and_that_is_said(store, monkeypatch):
    form = ask.check("01-minimus")
    form.commit("01-minimus", 1)

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(store), "rename", refuse)
    send(form, {"begin_anew": True})
    assert "cannot be given another name" in form.notice and form.states
