"""A cell that runs again: what it showed before is closed, with all its parts; what others show stays."""

import os
from contextlib import suppress

import pytest
from jupyter_client.manager import start_new_kernel

SETUP = """
from ipywidgets import VBox, Widget
from ipywidgets.widgets.widget import _instances as living
from lessons import ask, capstone, explore, load, tempo
def count(): return len(living)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run code as JupyterLab runs the cell of that name; return what it prints, or the output it shows."""
    os.environ["KICKBACK_PROGRESS"] = str(tmp_path_factory.mktemp("answers") / "progress.sqlite")
    manager, client = start_new_kernel()

    def execute(code, cell=None):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        metadata = {"cellId": cell} if cell else {}
        sent = client.session.msg("execute_request", content, metadata=metadata)
        client.shell_channel.send(sent)
        shown = None
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != sent["header"]["msg_id"]:
                continue
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", content
            if kind == "stream":
                shown = (shown or "") + content["text"]
            elif kind in ("execute_result", "display_data"):
                shown = content["data"]
            elif kind == "status" and content["execution_state"] == "idle":
                return shown

    execute(SETUP)
    yield execute
    client.stop_channels()
    with suppress(RuntimeError):
        manager.shutdown_kernel(now=True)


@pytest.fixture
def living(run):
    """Tell how many widgets the kernel holds."""
    return lambda: int(run("print(count())"))


@pytest.mark.parametrize(
    "code",
    [
        'explore.compare("standing_band", "standing_cable_diagonal")',
        'explore.moments("leg")',
        "tempo.timeline()",
        'ask.predict("02-diagonal")',
        'ask.reveal("02-diagonal", explore.moments("leg"))',
        'ask.reveal("02-count", explore.moments("leg"), instructor=True)',
        'ask.check("02-parts", "02-minimus")',
        'ask.vote("02-vote", instructor=True)',
        "ask.scoreboard()",
        'ask.verdicts("C02", "C03")',
        'ask.progress("02")',
        'ask.test("post")',
        "ask.export()",
        "capstone.plan()",
    ],
)
def test_a_cell_that_runs_again_leaves_no_more_widgets_than_once(code, run, living):
    before = living()
    run(code, "again")
    once = living()
    run(code, "again")
    assert before < once == living()
    run("1", "again")
    assert living() == before and run("len(ask._listening)")["text/plain"] == "0"


def test_a_panel_stays_while_another_cell_shows_it(run, living):
    before = living()
    run('panel = explore.moments("leg")', "made")
    alone = living()
    run('shown = ask.reveal("02-diagonal", panel, instructor=True)\nshown', "reveal")
    run("panel", "shown")
    both = living()
    run('panel = explore.moments("leg")', "made")
    assert living() == both + alone - before  # the old one is still on the page
    run("1", "shown")
    assert living() == both + alone - before
    run('shown = ask.reveal("02-diagonal", panel, instructor=True)', "reveal")
    assert living() == both and run("panel.comm is None")["text/plain"] == "False"
    run("1", "made")
    run("1", "reveal")
    assert living() == before


def test_what_stands_in_a_box_of_the_reader_is_not_closed_under_it(run):
    run('panel = old = explore.moments("arm")', "inside")
    run("box = VBox([panel])", "box")
    run('panel = explore.moments("arm")', "inside")
    assert run("old.comm is None")["text/plain"] == "False"


def test_a_closed_panel_still_tells_what_it_showed(run):
    run('panel = old = explore.moments("arm")', "first")
    run("1", "first")
    shown = run("old")
    assert "<img" in run("old", "second")["text/html"] and "<table" in shown["text/html"]
    assert not any("widget" in kind for kind in shown)


def test_without_cells_that_have_names_nothing_is_closed(run, living):
    before = living()
    run('explore.moments("leg")')
    once = living() - before
    run('explore.moments("leg")')
    assert living() == before + 2 * once
