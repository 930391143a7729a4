"""Turn a lesson's notebook, with its stored outputs, into a handout to read and a worksheet to print."""

import ast
import itertools
import json
import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
from pack_page import Fault, markdown, page, soup

from lessons import bank

DESK = "desk"  # the tag of a cell for a reader at a computer; stage.js leaves it out too
_MODULES = {"ask", "explore", "capstone", "tempo"}
# Panels of a student's own answers: on paper there are none.
_OWN = {"progress", "export", "class_report"}
# What shows the evidence's verdict: closed in a handout, left out of a worksheet.
_VERDICTS = {"claim", "claims", "scoreboard"}
_FORMS = {"plan", "rubric"}  # of the capstone: printed, they can be filled in
_UNANSWERED = {"recall", "predict", "check", "vote", "verdicts", "scoreboard", "test"}
_NEEDS_THE_PANEL = re.compile(r"\b(Try|Use|Choose|[Ss]et [A-Z]\w*|[Mm]ove [A-Z]\w*)\b")
_TO_OBSERVE = re.compile(r"^(?:- (\*.*\?.*)|(\*[^*\n]*\?[^*\n]*\*.*))$", re.MULTILINE)
_NO_QUESTIONS = ("What this does not show", "Sources", "Hand in", "Go on")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook: what is written, what it shows, which functions it calls with which words.

    `for_desk` tells that it speaks to a reader at a computer, and says nothing to a class or on paper.
    """

    kind: str
    source: str
    html: str
    calls: tuple[tuple[str, tuple[str, ...]], ...]
    for_desk: bool = False

    def names(self) -> set[str]:
        """Return the names of the functions that the cell calls."""
        return {name for name, _ in self.calls}


@dataclass(frozen=True)
class Block:
    """One part of a worksheet: a heading, a question, something to observe, or a picture or table.

    `about` names the questions that are asked in it, or that a picture answers.
    """

    kind: str
    html: str
    about: tuple[str, ...] = ()


def read(path: Path) -> list[Cell]:
    """Return the cells of a notebook. Raises Fault for a cell whose output is not stored.

    A panel whose still picture stands above it is left out: without Python it says the same again.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = [_cell(cell, f"{path.name}, cell {place}") for place, cell in enumerate(cells, 1)]
    drawn = {image["alt"] for cell in found for image in soup(cell.html)("img", alt=True)}
    return [cell for cell in found if _sentence(cell.html) not in drawn]


def _sentence(html: str) -> str:
    """Return the first sentence of an output without a picture; with one, nothing."""
    tree = soup(html)
    return "" if tree("img") or not tree.p else tree.p.get_text()


def file_name(notebook: str) -> str:
    """Return the name of a lesson's page: 04_reading_emg becomes 04-reading-emg.html."""
    return notebook.replace("_", "-") + ".html"


def title(cells: Sequence[Cell], name: str) -> str:
    """Return the main heading of a notebook, as plain text; `name` is said in the Fault when it has none."""
    text = next((cell.source for cell in cells if cell.kind == "markdown"), "")
    found = re.match(r"# (.+)", text)
    if not found:
        raise Fault(f"{name}.ipynb has no title: a notebook begins with # and its title.")
    return found[1].replace("*", "").replace("`", "").strip()


def _cell(cell: dict, where: str) -> Cell:
    source = "".join(cell["source"])
    for_desk = DESK in cell.get("metadata", {}).get("tags", [])
    if cell["cell_type"] != "code":
        return Cell("markdown", source, "", (), for_desk)
    if source.strip() and not cell["outputs"]:
        raise Fault(f"{where} has no stored output: python3 course.py refresh stores it.")
    html = "\n".join(_output(output, where) for output in cell["outputs"])
    return Cell("code", source, html, tuple(_calls(source)), for_desk)


def _output(output: dict, where: str) -> str:
    data = output.get("data", {"text/plain": output.get("text", "")})
    if "text/html" in data:
        return "".join(data["text/html"])
    if any(kind.startswith("image/") for kind in data):
        raise Fault(f"{where} shows a picture without alt text; explore and ask give one with it.")
    return f"<pre>{escape(''.join(data['text/plain']))}</pre>"


def _calls(source: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the course's functions that a cell calls, with their words, the outermost first."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES:
            words = [one.value for one in node.args if isinstance(one, ast.Constant)]
            name = "without_verdict" if "verdict" in {one.arg for one in node.keywords} else node.func.attr
            yield name, tuple(word for word in words if isinstance(word, str))


def handout(path: Path, known: set[str]) -> str:
    """Return a lesson as one page to read: prose, pictures, tables; code and answers closed.

    `known` holds the notebooks that have a handout. Raises Fault for a link to any other.
    """
    cells = read(path)
    name = path.stem
    body = "\n".join(_handout_cell(cell) for cell in cells)
    tree = soup(body)
    _lead_to_handouts(tree, known, path.name)
    _drop_empty_sections(tree)
    note = tree.new_tag("p", attrs={"class": "note"})
    note.string = (
        f"A page to read: the pictures stand still. The same page with panels to move and questions that "
        f"answer is notebooks/{name}.ipynb, in JupyterLab."
    )
    tree.h1.insert_after(note)
    return page(title(cells, path.stem), str(tree), kind="handout", home="../index.html")


def _handout_cell(cell: Cell) -> str:
    if cell.for_desk:
        return ""
    if cell.kind == "markdown":
        return markdown(cell.source)
    if not cell.source.strip() or cell.names() & _OWN:
        return ""
    return f"{_shown(cell)}\n{_code(cell.source)}"


def _shown(cell: Cell) -> str:
    html = str(_without_buttons(cell.html)).strip()
    if cell.names() & _UNANSWERED:
        return f'<div class="ask">\n{html}\n</div>'
    if cell.names() & _VERDICTS and "reveal" not in cell.names():
        return f"<details><summary>Judge first. Then open: the evidence</summary>\n{html}\n</details>"
    return html


def _without_buttons(html: str):
    """Return a stored output as a tree, without the line that says how to answer on a screen."""
    tree = soup(html)
    for paragraph in tree("p"):
        if paragraph.find(class_="kickback-run-all"):
            paragraph.decompose()
    return tree


def _code(source: str) -> str:
    lines = escape(source.strip())
    return f'<details class="code"><summary>Code</summary><pre><code>{lines}</code></pre></details>'


def _lead_to_handouts(tree, known: set[str], where: str) -> None:
    for link in tree("a"):
        address = link.get("href", "")
        target, _, part = address.partition("#")
        if target.endswith(".ipynb"):
            name = target.removeprefix("./").removesuffix(".ipynb")
            if name not in known:
                raise Fault(f"{where} links to {target}, and there is no such notebook beside it.")
            link["href"] = file_name(name)
        elif address and not part and not re.match(r"[a-z]+:", address):
            link.replace_with(f"{link.get_text()} ({address.lstrip('./')})")


def _drop_empty_sections(tree) -> None:
    """Take away a heading under which nothing is left."""
    for heading in tree("h2"):
        below = heading.find_next_sibling()
        if below is None or below.name == "h2":
            heading.decompose()


def worksheet(path: Path, claims: pd.DataFrame) -> str:
    """Return a lesson as a page to print and fill in: aims, questions, the pictures that they are about.

    The picture of a reveal stands on a later page than its prediction. No answers. `claims` holds
    `claim_id, statement`.
    """
    cells = read(path)
    blocks = _on_later_pages(_drop_bare_headings(list(_blocks(cells, path.stem, claims))))
    head = (
        f"<h1>{escape(title(cells, path.stem))}</h1>\n<p>Name: <span class='short'></span> "
        f"Date: <span class='short'></span></p>\n{_aims(path.stem)}\n"
        "<p class='note'>Answer a prediction before you turn to the page with its picture. A question that "
        "the picture leaves open needs the panel: leave it for the screen. "
        f"To read: handouts/{file_name(path.stem)}.</p>"
    )
    body = "\n".join(block.html for block in blocks)
    return page(
        f"Worksheet: {title(cells, path.stem)}", f"{head}\n{body}", kind="worksheet", home="../index.html"
    )


def _aims(lesson: str) -> str:
    listed = "".join(f"<li>{escape(text)}</li>" for text in bank.aims(lesson[:2]).values())
    return f"<p>After this lesson you can</p><ul>{listed}</ul>"


def _blocks(cells: Sequence[Cell], lesson: str, claims: pd.DataFrame) -> Iterator[Block]:
    heading, observed = "", False
    for cell in cells:
        if cell.for_desk:
            continue
        if cell.kind == "markdown":
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                found = re.match(r"## (.+)", part)
                if found:
                    heading, observed = found[1], False
                    yield Block("heading", markdown(f"## {heading.replace(' ●', '')}"))
                if heading.startswith(_NO_QUESTIONS):
                    continue
                for question in _to_observe(part):
                    observed = True
                    yield Block("observe", question)
        elif not heading.startswith(_NO_QUESTIONS):
            yield from _asked(cell, lesson, claims)
            if "reveal" in cell.names():
                question = next(words[0] for name, words in cell.calls if name == "reveal" and words)
                answers = ("verdicts",) if cell.names() & _VERDICTS else ()
                yield Block("picture", _still(cell.html), (question, *answers))
            elif _is_needed(cell, observed):
                yield Block("picture", _still(cell.html))


def _is_needed(cell: Cell, observed: bool) -> bool:
    """Tell whether a picture or table without a prediction is needed to answer what stands above it."""
    if cell.names() & (_UNANSWERED | _VERDICTS | _OWN):
        return False
    return bool(cell.names() & _FORMS) or (observed and "<" in cell.html)


def _to_observe(text: str) -> Iterator[str]:
    """Return the questions on a picture that can be answered on paper, each with a line to write on."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    for line in map("".join, _TO_OBSERVE.findall(text)):
        if not _NEEDS_THE_PANEL.search(line):
            yield f'<div class="keep observe">{markdown(line)}<div class="line"></div></div>'


def _still(html: str) -> str:
    """Return a stored picture with its sentence, or a table, opened and without what is behind it.

    A picture too tall for a page gives way to the table behind it.
    """
    tree = _without_buttons(html)
    outer = tree.find("details")
    if outer and outer.parent is tree and "Predict first" in outer.summary.get_text():
        outer.summary.decompose()
        outer.unwrap()
    is_clear = _is_clear(tree)
    for inner in tree("details"):
        if is_clear or not inner("table"):
            inner.decompose()
        else:
            inner.summary.decompose()
            inner.unwrap()
    if not is_clear and tree("table"):
        for picture in tree("img"):
            picture.decompose()
    return f'<div class="still">{tree}</div>'


def _is_clear(tree) -> bool:
    """Tell whether there is a picture that can be read on one printed page."""
    picture = tree.find("img")
    if not picture:
        return False
    kind, _, data = picture["src"].partition(",")
    drawn = b64decode(data) if kind.endswith("svg+xml;base64") else b""
    size = re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    return size is None or float(size[2]) < 1.5 * float(size[1])


def _asked(cell: Cell, lesson: str, claims: pd.DataFrame) -> Iterator[Block]:
    for name, words in cell.calls:
        if name in ("predict", "check", "vote"):
            for question_id in words:
                yield Block(name, to_fill_in(bank.question(question_id), name), (question_id,))
        elif name == "recall":
            for question_id in bank.first_recall(lesson[:2]):
                yield Block("recall", to_fill_in(bank.question(question_id), name), (question_id,))
        elif name == "test":
            for one in bank.questions():
                if one.use == words[0]:
                    yield Block("test", to_fill_in(one, name), (one.id,))
        elif name in ("verdicts", "scoreboard"):
            yield Block("verdicts", _judging(words, claims), ("verdicts",))


def _judging(ids: Sequence[str], claims: pd.DataFrame) -> str:
    chosen = claims[claims["claim_id"].isin(ids)] if ids else claims
    statements = dict(zip(chosen["claim_id"], chosen["statement"], strict=True))
    rows = [(f"{one}: {statements[one]}", "") for one in (ids or statements)]
    table = _lines_table("Your verdict on each claim", "claim", "your verdict", rows, bank.VERDICTS)
    return f'<div class="question keep">{table}</div>'


def _drop_bare_headings(blocks: list[Block]) -> list[Block]:
    pairs = itertools.pairwise([*blocks, Block("heading", "")])
    return [block for block, after in pairs if block.kind != "heading" or after.kind != "heading"]


def _on_later_pages(blocks: list[Block]) -> list[Block]:
    """Begin a new page before a picture, with the heading and questions above it, if it answers this page."""
    placed: list[Block] = []
    asked: set[str] = set()
    for block in blocks:
        if block.kind in ("predict", "verdicts"):
            asked.update(block.about)
        if block.kind == "picture" and asked.intersection(block.about):
            start = len(placed)
            while placed[start - 1].kind in ("heading", "observe"):
                start -= 1
            placed.insert(start, Block("page", '<div class="page"></div>'))
            asked = set()
        placed.append(block)
    return placed


def to_fill_in(one: bank.Question, use: str) -> str:
    """Return a question as it is answered with a pen, without its key."""
    prompt = f"<p>{escape(one.prompt)}</p>"
    if use == "vote":
        body = _vote_table(one)
    elif one.kind in ("choose_one", "choose_several"):
        body = _boxes(one)
    elif one.kind == "number":
        body = f"<p><span class='short'></span> {escape(one.about['unit'])}</p>"
    else:
        rows = [
            (option.text, f"{option.key}: {option.explanation}" if option.given else "")
            for option in (one.options[place] for place in one.shown_order)
        ]
        heads = {"order": "place"}.get(one.kind, "your answer")
        body = _lines_table(f"Answer: {one.id}", "line", heads, rows, one.choices)
    reason = '<p>Why do you think so?</p><div class="line"></div>' if use == "predict" else ""
    return f'<div class="question keep">{prompt}{body}{reason}</div>'


def _boxes(one: bank.Question) -> str:
    items = "".join(
        f'<li><span class="box"></span><span>{escape(option.text)}</span></li>' for option in one.options
    )
    several = "<p>Tick all that fit.</p>" if one.kind == "choose_several" else ""
    return f'{several}<ul class="boxes">{items}</ul>'


def _vote_table(one: bank.Question) -> str:
    rows = "".join(
        f'<tr><td>{escape(option.text)}</td><td class="tick"><span class="box"></span></td>'
        '<td class="tick"><span class="box"></span></td></tr>'
        for option in one.options
    )
    heads = "<tr><th>Tick one</th><th>before talking</th><th>after talking</th></tr>"
    return _table(f"Vote: {one.id}", heads, rows)


def _lines_table(name: str, first: str, second: str, rows: Sequence[tuple[str, str]], words: Sequence) -> str:
    lines = "".join(
        f'<tr><td>{escape(text)}</td><td class="blank">{escape(filled)}</td></tr>' for text, filled in rows
    )
    heads = f"<tr><th>{escape(first)}</th><th>{escape(second)}</th></tr>"
    return f"<p>Choose from: {escape('; '.join(words))}.</p>" + _table(name, heads, lines)


def _table(name: str, heads: str, rows: str) -> str:
    table = f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>"
    return f'<div class="kickback-table" aria-label="{escape(name)}">{table}</div>'
