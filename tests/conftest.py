"""What several tests share: the course's tables, read once; an empty store; a small question bank."""

import json
from contextlib import suppress

import pytest

from lessons import bank, load, progress

MINIMUS = {
    "id": "01-minimus",
    "use": "check",
    "kind": "choose_one",
    "aim": "01-a",
    "prompt": "Which muscle drives the leg straight back?",
    "options": [
        {
            "text": "Gluteus minimus",
            "explanation": "Not so. It abducts.",
            "misconception": "minimus_drives_leg_back",
        },
        {"text": "Gluteus maximus", "right": True, "explanation": "Right. It extends the hip."},
    ],
    "sources": ["article"],
}
HOLDERS = {
    "id": "01-holders",
    "use": "check",
    "kind": "choose_several",
    "aim": "01-a",
    "prompt": "Which hold the trunk?",
    "options": [
        {"text": "Erector spinae", "right": True, "explanation": "Right. Along the back."},
        {"text": "Soleus", "explanation": "Not so. It is in the calf."},
        {"text": "External oblique", "right": True, "explanation": "Right. At the side."},
    ],
    "sources": ["article"],
}
PERCENT = {
    "id": "01-percent",
    "use": "predict",
    "kind": "number",
    "aim": "01-b",
    "prompt": "How much was it?",
    "answer": 24,
    "tolerance": 2,
    "unit": "%MVIC",
    "data": {"table": "emg", "id": "V010", "column": "value"},
    "options": [
        {"text": "about 24", "when": "right", "explanation": "Right. So the study says."},
        {"text": "less", "when": "less", "explanation": "Not so. It was more."},
        {
            "text": "more",
            "when": "more",
            "explanation": "Not so. It was less.",
            "misconception": "more_emg_more_growth",
        },
    ],
    "sources": ["oh2007"],
}
TABLE = {
    "id": "02-table",
    "use": "check",
    "kind": "role_table",
    "aim": "02-a",
    "prompt": "Fill in the diagonal kick.",
    "exercise": "standing_cable_diagonal",
    "limb": "working",
    "options": [
        {"text": "Gluteus medius", "given": True, "explanation": "It abducts, and out is abduction."},
        {"text": "Gluteus maximus", "explanation": "It extends the hip."},
        {"text": "Soleus", "explanation": "It does not cross the hip."},
    ],
    "sources": ["article"],
}
VOTE = MINIMUS | {"id": "02-vote", "use": "vote", "aim": "02-a", "prompt": "Vote: who drives the leg?"}
PRE = MINIMUS | {"id": "00-pre-01", "use": "pre", "aim": "00-a", "parallel": "09-post-01"}
POST = PRE | {
    "id": "09-post-01",
    "use": "post",
    "parallel": "00-pre-01",
    "aim": "09-a",
    "prompt": "Again: who?",
}
BOOKS = {
    "00_start_here": [PRE],
    "01_one_word_two_exercises": [MINIMUS, HOLDERS, PERCENT],
    "02_prime_movers": [TABLE, VOTE],
    "09_capstone": [POST],
}


@pytest.fixture(scope="session")
def tables():
    return load()


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The path of an empty store that only this test uses."""
    path = tmp_path / "answers" / "progress.sqlite"
    monkeypatch.setenv("KICKBACK_PROGRESS", str(path))
    monkeypatch.setattr(progress, "_waiting", [])
    monkeypatch.setattr(progress, "_said", [])
    monkeypatch.setattr(progress, "_told", set())
    return path


@pytest.fixture
def small_bank(tmp_path, monkeypatch):
    """A bank of eight questions in place of the course's own."""
    folder = tmp_path / "questions"
    folder.mkdir()
    for lesson, questions in BOOKS.items():
        aims = {one["aim"]: f"do what {one['aim']} says" for one in questions}
        recall = ["01-minimus", "01-holders"] if lesson > "02" else ["00-pre-01", "00-pre-01"]
        book = {"lesson": lesson, "aims": aims, "recall": recall, "questions": questions}
        (folder / f"{lesson.replace('_', '-')}.json").write_text(json.dumps(book), encoding="utf-8")
    text = (bank.FOLDER / "misconceptions.json").read_text(encoding="utf-8")
    (folder / "misconceptions.json").write_text(text, encoding="utf-8")
    caches = (bank._books, bank._all, bank.misconceptions)
    monkeypatch.setattr(bank, "FOLDER", folder)
    for cache in caches:
        cache.cache_clear()
    yield bank
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Print with a failed browser test what its page showed."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if page and report.when == "call" and report.failed:
        with suppress(Exception):
            report.sections.append(("What the page showed", page.inner_text("body", timeout=2000)[:4000]))
    return report
