"""A lesson that was run, exported, and opened without Python and network: everything still stands there."""

import base64
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from ipywidgets import IntSlider, Widget
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from traitlets.config import Config

from lessons import ask, bank, capstone, explore, lifetime, printed

ROOT = Path(__file__).parent.parent
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def saved(*shown, state=True):
    """Return a notebook as JupyterLab saves it after these were shown, with or without their models."""
    cells = [
        new_code_cell("shown", outputs=[new_output("display_data", one._repr_mimebundle_())]) for one in shown
    ]
    book = new_notebook(cells=cells)
    book.metadata["widgets"] = {STATE: Widget.get_manager_state() if state else {"state": {}}}
    return book


def outputs(book) -> list:
    """Export a notebook; return what stands in the page for each output."""
    config = Config({"HTMLExporter": {"preprocessors": ["lessons.stored_page.StoredPage"]}})
    text, _ = HTMLExporter(config=config).from_notebook_node(book)
    page = BeautifulSoup(text, "html.parser")
    assert VIEW not in text and STATE not in text
    return page.select(".jp-OutputArea-output")


def test_an_exported_page_holds_pictures_tables_and_the_answers(store, monkeypatch):
    monkeypatch.setattr(lifetime, "cell", lambda: "cell-01")  # as in JupyterLab
    recalled, predicted, panel = ask.recall("02"), ask.predict("02-count"), explore.moments("leg")
    opened, told = ask.reveal("02-count", explore.moments("leg")), ask.progress("02")
    book = saved(recalled, predicted, panel, opened, told)
    assert not outputs(book)[3].select("details[open]")
    asked = bank.question("02-count")
    predicted.commit("02-count", 3)
    first, second, third, fourth, fifth = outputs(saved(recalled, predicted, panel, opened, told))
    assert first.text.split()
    assert "Your answer: D. None" in second.text and "Your prediction is saved." in second.text
    for part in (third, fourth):
        assert base64.b64decode(part.img["src"].partition(",")[2]).startswith(b"<svg")
        assert panel.sentence in part.text and part.select("table")
    assert fourth.find("details", open=True).img and "Your prediction beside the data" in fourth.text
    assert asked.prompt in second.text and "1 of" in fifth.text and fifth.img


def test_what_a_page_showed_when_it_ran_is_there_when_its_models_are_not(store):
    asked = bank.question("02-vote")
    form = ask.vote("02-vote")
    form.commit("02-vote", 1)
    (part,) = outputs(saved(ask.vote("02-vote"), state=False))
    assert f"Your answer: B. {asked.options[1].text}" in part.text


def test_a_widget_of_the_reader_is_left_as_it_is(store):
    book = new_notebook(
        cells=[new_code_cell("1", outputs=[new_output("display_data", {VIEW: {"model_id": "0"}})])]
    )
    book.metadata["widgets"] = {STATE: {"state": {}}}
    text, _ = HTMLExporter(preprocessors=["lessons.stored_page.StoredPage"]).from_notebook_node(book)
    assert VIEW in text and IntSlider().model_id not in text


def test_what_a_student_typed_is_printed_as_text(store, tables):
    shown = {
        "id": "t",
        "kind": "text",
        "prompt": "Why?",
        "options": [],
        "shown": [],
        "choices": [],
        "unit": "",
    }
    state = {"answer": "<script>1</script>\n& more", "told": {"head": "<i>", "said": []}}
    text = printed.question(shown, state)
    assert "&lt;script&gt;1&lt;/script&gt;<br>&amp; more" in text and "&lt;i&gt;" in text
    form = capstone.plan(tables=tables)
    form.save(form.plan | {"unknown": "<b>bold</b>", "name": "Ann"})
    (part,) = outputs(saved(form))
    assert "<b>bold</b>" in part.text and "Ann" in part.text


@pytest.mark.parametrize("kind", ["choose_several", "role_table", "number"])
def test_every_kind_of_answer_is_printed(kind):
    asked = next(one for one in bank.questions() if one.kind == kind)
    shown, key = ask._shown(asked), bank.key(asked)
    text = printed.question(shown, {"answer": key, "told": {}})
    words = (
        [f"{key:g}"] if kind == "number" else key if kind == "role_table" else [asked.options[key[0]].text]
    )
    assert all(str(word) in text for word in words) and text != printed.question(shown)


def test_the_command_and_the_server_know_how_to_export(tmp_path):
    from lessons import server

    (tmp_path / "a.ipynb").write_text(nbformat.writes(saved(ask.predict("02-count"), state=False)))
    config = ROOT / "labextension" / "etc" / "jupyter" / "jupyter_nbconvert_config.json"
    command = [sys.executable, "-m", "nbconvert", "--to", "html", f"--config={config}", "a.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert bank.question("02-count").prompt in (tmp_path / "a.html").read_text()

    class Web:
        settings = {"config": Config()}

    class Server:
        web_app = Web

    server._load_jupyter_server_extension(Server)
    exporter = HTMLExporter(config=Web.settings["config"])
    assert "StoredPage" in [type(one).__name__ for one in exporter._preprocessors]
