"""Turn the lesson plans into one page to print, and all keys into another."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd
from pack_page import Fault, markdown, page, slug

from lessons import bank

KEY = "Answer key"
# Stands in the section of a plan that holds its key. JupyterLab's notes look for it too.
KEY_MARK = "<!-- key -->"
HEADINGS = [
    "For whom and what for",
    "Minutes",
    "Before each panel",
    "Likely answers, and what to reply",
    "Vote",
    "Misconceptions to listen for",
    KEY,
    "When time is short",
]


def read(folder: Path, lessons: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the plan of each lesson as its sections by heading, "" for the title, in order.

    Raises Fault for a plan that is missing or lacks a heading, and names both.
    """
    return {lesson: read_one(folder / f"{lesson.replace('_', '-')}.md") for lesson in lessons}


def read_one(path: Path) -> dict[str, str]:
    """Return one plan as its sections by heading; see `read`."""
    if not path.exists():
        raise Fault(f"{path.name} is missing in {path.parent}: every lesson has a plan.")
    title, *parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if not title.startswith("# "):
        raise Fault(f"{path.name} begins with its title: # NN Title.")
    sections = {"": title[2:].strip()}
    for part in parts:
        heading, _, text = part.partition("\n")
        sections[heading.strip()] = text.strip()
    for heading in HEADINGS:
        if heading not in sections:
            raise Fault(f"{path.name} lacks the heading: ## {heading}.")
    return sections


def without_key(sections: dict[str, str]) -> dict[str, str]:
    """Return the sections of a plan without the title and whatever holds its key."""
    return {
        heading: text
        for heading, text in sections.items()
        if heading not in ("", KEY) and KEY_MARK not in text
    }


def plans_page(plans: dict[str, dict[str, str]]) -> str:
    """Return all plans without their keys, with a list of contents, each on a page of its own."""
    contents, bodies = [], []
    for lesson, sections in plans.items():
        ident = f"plan-{lesson[:2]}"
        contents.append(f'<li><a href="#{ident}">{escape(sections[""])}</a></li>')
        parts = [f'<h2 id="{ident}">{escape(sections[""])}</h2>']
        for heading, text in without_key(sections).items():
            parts.append(f'<h3 id="{ident}-{slug(heading)}">{escape(heading)}</h3>')
            parts.append(_lowered(markdown(text)))
        bodies.append(f'<div class="plan">{"".join(parts)}</div>')
    apart = '<p>The keys stand apart, in <a href="answer-key.html">answer-key.html</a>.</p>'
    body = f"<h1>Lesson plans</h1>\n{apart}\n{_contents(contents)}\n" + "\n".join(bodies)
    return page("Lesson plans", body, kind="plans")


def _contents(items: Sequence[str]) -> str:
    return f'<p><strong>Contents</strong></p>\n<ul class="contents">{"".join(items)}</ul>'


def _lowered(html: str) -> str:
    """Return HTML with its headings two steps lower, below those of the page."""
    return re.sub(r"<(/?)h([1-4])\b", lambda found: f"<{found[1]}h{int(found[2]) + 2}", html)


def key_page(plans: dict[str, dict[str, str]], asked: Sequence[bank.Question], claims: pd.DataFrame) -> str:
    """Return every question with its right answer and all explanations, and the verdict on every claim.

    `claims` holds `claim_id, statement, verdict, reason`.
    """
    contents, bodies = [], []
    for lesson, sections in plans.items():
        ident, name = f"key-{lesson[:2]}", escape(sections[""])
        contents.append(f'<li><a href="#{ident}">{name}</a></li>')
        own = "".join(_key(one) for one in asked if one.lesson == lesson)
        bodies.append(
            f'<div class="lesson"><h2 id="{ident}">{name}</h2>\n'
            f'<h3 id="{ident}-glance">At a glance</h3>\n{_lowered(markdown(sections[KEY]))}\n'
            f'<h3 id="{ident}-all">Every question, with all explanations</h3>\n{own}</div>'
        )
    contents.append('<li><a href="#verdicts">Verdicts on the claims</a></li>')
    body = f"<h1>Answer key</h1>\n<p>For instructors.</p>\n{_contents(contents)}\n" + "\n".join(bodies)
    return page("Answer key", f"{body}\n{_verdicts(claims)}", kind="key")


def _key(one: bank.Question) -> str:
    items = "".join(f"<li>{_option(one, option)}</li>" for option in one.options)
    return (
        f'<h4 id="q-{one.id}">{escape(one.id)} <span class="id">{one.use}</span></h4>\n'
        f'<p>{escape(one.prompt)}</p>{_answer(one)}<ul class="key">{items}</ul>'
    )


def _answer(one: bank.Question) -> str:
    if one.kind != "number":
        return ""
    about = one.about
    return (
        f'<p class="right">Right: {about["answer"]:g} {escape(about["unit"])}, '
        f"within {about['tolerance']:g} {escape(about['unit'])}.</p>"
    )


def _option(one: bank.Question, option: bank.Option) -> str:
    explanation = escape(option.explanation)
    if one.kind in ("choose_one", "choose_several"):
        mark = "✓" if option.key else "✗"
        text = f"<strong>{escape(option.text)}</strong>" if option.key else escape(option.text)
        return f"{mark} {text}<br>{explanation}"
    if one.kind == "number":
        when = {"right": "✓ right", "less": "✗ too small", "more": "✗ too large"}[str(option.key)]
        return f"{when}<br>{explanation}"
    given = " (filled in already)" if option.given else ""
    return f"{escape(option.text)}: <strong>{escape(str(option.key))}</strong>{given}<br>{explanation}"


def _verdicts(claims: pd.DataFrame) -> str:
    rows = "".join(
        f"<tr><td>{row.claim_id}: {escape(str(row.statement))}</td>"
        f"<td>{escape(str(row.verdict).replace('_', ' '))}</td><td>{escape(str(row.reason))}</td></tr>"
        for row in claims.itertuples()
    )
    heads = "<tr><th>claim</th><th>verdict</th><th>reason</th></tr>"
    return (
        '<div class="lesson"><h2 id="verdicts">Verdicts on the claims</h2>\n'
        f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table></div>"
    )
