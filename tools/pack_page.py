"""Make one HTML page that opens offline, can be heard and prints: its frame, its checks, Markdown."""

import re
from collections import Counter
from html import escape
from pathlib import Path

import mistune
from bs4 import BeautifulSoup

CSS = (Path(__file__).parent / "pack.css").read_text(encoding="utf-8")
LICENCE = "Kickback Lab. Text and figures: CC BY 4.0."
# The browser itself then refuses every script and every request.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_to_html = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


class Fault(Exception):
    """Ends the build with words for the maintainer: which file, what is wrong, what is right."""


def markdown(text: str) -> str:
    """Return Markdown as HTML; HTML in it stays."""
    return str(_to_html(text))


def soup(html: str) -> BeautifulSoup:
    """Return HTML as a tree."""
    return BeautifulSoup(html, "html.parser")


def page(title: str, body: str, *, kind: str, home: str = "index.html") -> str:
    """Return a whole page with one main heading.

    `kind` is the class of the page, for the style sheet; `home` the way to the list of all files. Raises
    Fault for a picture without words, or a page without a main heading of its own.
    """
    tree = soup(body)
    _tidy(tree, title)
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)} · Kickback Lab</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<style>\n{CSS}</style>\n</head>\n"
        f'<body class="{kind}">\n<a class="skip" href="#content">Skip to the content</a>\n'
        f'<nav aria-label="This pack"><a href="{home}">All files</a></nav>\n'
        f'<main id="content">\n{str(tree).strip()}\n</main>\n<footer>{LICENCE}</footer>\n</body>\n</html>\n'
    )


def _tidy(tree: BeautifulSoup, title: str) -> None:
    for element in tree(["script", "style", "iframe", "link", "object", "embed", "form"]):
        element.decompose()
    for image in tree("img"):
        if not image.get("alt") or not image.get("src", "").startswith("data:"):
            raise Fault(f"{title}: a picture has no alt text, or does not stand in the page itself.")
    _say_addresses(tree)
    _order_headings(tree, title)
    _name_headings(tree)
    _wrap_tables(tree)


def _say_addresses(tree: BeautifulSoup) -> None:
    # Off line and on paper a link leads nowhere; its address in words does.
    for link in tree("a"):
        address = link.get("href", "")
        if re.match(r"[a-z]+:", address):
            label = link.get_text()
            link.replace_with(label if label == address else f"{label} ({address})")


def _order_headings(tree: BeautifulSoup, title: str) -> None:
    found = tree(_HEADINGS)
    if [heading.name for heading in found].count("h1") != 1 or found[0].name != "h1":
        raise Fault(f"{title}: a page begins with its one main heading (# in Markdown).")
    level = 1
    for heading in found:
        level = min(int(heading.name[1]), level + 1)
        heading.name = f"h{level}"


def _name_headings(tree: BeautifulSoup) -> None:
    """Give each heading an id to link to; no id stands twice."""
    taken = Counter({"content": 1})
    for element in tree(True):
        wanted = element.get("id") or (slug(element.get_text()) if element.name in _HEADINGS else "")
        if not wanted:
            continue
        taken[wanted] += 1
        element["id"] = wanted if taken[wanted] == 1 else f"{wanted}-{taken[wanted]}"


def slug(text: str) -> str:
    """Return text as an id: "Two questions" becomes "two-questions"."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "part"


def _wrap_tables(tree: BeautifulSoup) -> None:
    """Put every table into a region of its own name that scrolls, also by keyboard."""
    for table in tree("table"):
        if "kickback-table" not in (table.parent.get("class") or []):
            table.wrap(tree.new_tag("div", attrs={"class": "kickback-table"}))
        region, heading = table.parent, table.find_previous(_HEADINGS)
        caption = table.find("caption")
        name = caption.get_text() if caption else f"Table: {heading.get_text()}"
        region.attrs.pop("style", None)
        region.attrs.update(role="region", tabindex="0")
        region["aria-label"] = region.get("aria-label") or name
    used: Counter = Counter()
    for region in tree("div", class_="kickback-table"):
        name = region["aria-label"]
        for cell in region("th"):
            if not cell.get_text(strip=True):
                cell.name = "td"  # a heading without words is none
        used[name] += 1
        if used[name] > 1:
            region["aria-label"] = f"{name} ({used[name]})"
