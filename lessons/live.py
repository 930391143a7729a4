"""Put a figure on the page: still (`<img alt>` with its table) or live (moved in the browser)."""

import base64
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import anywidget
import pandas as pd
import traitlets
from ipywidgets import Dropdown, HBox, Layout, VBox, Widget, jslink
from matplotlib.figure import Figure

from lessons import charts, ink

_HERE = Path(__file__).parent
# The style sheet draws in a font that matplotlib ships; pages use the reader's own, which is narrower.
_PAGE_FONTS = "Arial, 'Liberation Sans', Helvetica, sans-serif"
_MOST_CONTROLS = 6


@dataclass(frozen=True)
class Words:
    """What is said about one choice: a sentence, its table, the sources, and a picture if Python draws it."""

    sentence: str
    table: pd.DataFrame
    sources: pd.DataFrame
    caption: str
    figure: Figure | None = None


class Picture(anywidget.AnyWidget):
    """A picture that follows up to six controls in the browser, with the words about it below.

    `spec` holds the SVG, its tracks and stack (see `charts.Moving`), the controls' names, and `still`: pairs
    of control and choice for which the picture is drawn in Python. `words` holds what is said and the
    choice it was made for.
    """

    _esm = _HERE / "live.js"
    _css = _HERE / "live.css"
    spec = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    c0 = traitlets.Int().tag(sync=True)
    c1 = traitlets.Int().tag(sync=True)
    c2 = traitlets.Int().tag(sync=True)
    c3 = traitlets.Int().tag(sync=True)
    c4 = traitlets.Int().tag(sync=True)
    c5 = traitlets.Int().tag(sync=True)


class Still:
    """A picture with its alt sentence, table and sources, readable without a kernel and when untrusted."""

    def __init__(self, words: Words):
        self.words = words

    def __repr__(self) -> str:
        return self.words.sentence

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        words = self.words
        picture = base64.b64encode(svg(words.figure).encode()).decode()
        alt = escape(words.sentence, quote=True)
        return (
            f'<img alt="{alt}" style="max-width: 100%" src="data:image/svg+xml;base64,{picture}">\n'
            f"<p>{escape(words.sentence)}</p>\n"
            f"{_folded('The table behind the picture', _table(words.table, words.caption))}\n"
            f"{_sources(words)}"
        )


class Table:
    """A table to read, whole, with its caption."""

    def __init__(self, frame: pd.DataFrame, caption: str):
        self.frame, self.caption = frame, caption

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False, na_rep='')}"

    def _repr_mimebundle_(self, **_) -> dict:
        plain = f"{self.caption}: {len(self.frame)} rows"
        return {"text/plain": plain, "text/html": _table(self.frame, self.caption)}


class Panel(VBox):
    """Controls, a picture that follows them, and the words about it.

    Each control is an attribute (`panel.first`), with an ipywidgets `index` and `value`. `sentence` (text),
    `table` and `sources` (DataFrames) follow them; the repr is the sentence. `describe` is called with
    the control's values by name and returns `Words`; `still` names the choices whose picture it draws.
    """

    def __init__(
        self,
        controls: Mapping[str, Widget],
        describe: Callable[..., Words],
        moving: charts.Moving | None = None,
        still: list[tuple[str, str]] = (),
        draw: Callable[..., Words] | None = None,
    ):
        if len(controls) > _MOST_CONTROLS:
            raise ValueError(f"A panel has at most {_MOST_CONTROLS} controls; {len(controls)} were given.")
        self._controls = dict(controls)
        self._describe, self._draw = describe, draw or describe
        names = list(self._controls)
        self.picture = Picture(spec=self._spec(moving, still))
        for number, name in enumerate(names):
            control = self._controls[name]
            setattr(self, name, control)
            setattr(self.picture, f"c{number}", control.index)
            jslink((control, "index"), (self.picture, f"c{number}"))
            control.observe(self._tell, names="index")
        self._tell()
        menus = [control for control in self._controls.values() if isinstance(control, Dropdown)]
        buttons = [control for control in self._controls.values() if control not in menus]
        lines = [HBox(line, layout=Layout(flex_flow="row wrap")) for line in (menus, buttons) if line]
        super().__init__([*lines, self.picture])

    @property
    def choice(self) -> dict:
        """The value of every control, by name."""
        return {name: control.value for name, control in self._controls.items()}

    @property
    def sentence(self) -> str:
        """What the picture shows for this choice, in words."""
        return self._words.sentence

    @property
    def table(self) -> pd.DataFrame:
        """The values behind the picture for this choice."""
        return self._words.table

    @property
    def sources(self) -> pd.DataFrame:
        """The source of every shown value: `source_id, citation, caution`."""
        return self._words.sources

    def static(self) -> Still:
        """Return this choice as a still picture with its alt sentence, table and sources."""
        return Still(self._draw(**self.choice))

    def __repr__(self) -> str:
        return self.sentence

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """Offer the controls and, where they cannot run, the sentence and the table."""
        bundle = super()._repr_mimebundle_(**kwargs)
        said = f"<p>{escape(self.sentence)}</p>\n{_tables(self._words)}"
        return bundle | {"text/plain": self.sentence, "text/html": said}

    def _spec(self, moving: charts.Moving | None, still: list[tuple[str, str]]) -> dict:
        names = list(self._controls)
        always = [[0, choice] for choice in range(len(self._controls[names[0]].options))]
        pairs = [[names.index(name), self._choices(name).index(value)] for name, value in still]
        spec = {"controls": names, "still": always if moving is None else pairs}
        if moving is not None:
            spec |= {"svg": svg(moving.figure), "tracks": moving.tracks, "stack": moving.stack}
        return spec

    def _choices(self, name: str) -> list:
        return [value for _, value in self._controls[name].options]

    def _tell(self, _change=None) -> None:
        words = self._describe(**self.choice)
        self._words = words
        self.picture.words = {
            "choice": [control.index for control in self._controls.values()],
            "sentence": words.sentence,
            "html": _tables(words),
            "svg": svg(words.figure) if words.figure is not None else "",
        }


def svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same bytes every time, with its text as text.

    The XML header and matplotlib's metadata are left out; fonts are those of a page.
    """
    for part in figure.findobj():
        part.set_clip_on(False)
    with ink.style():
        page = io.StringIO()
        figure.savefig(page, format="svg", metadata={"Date": None, "Creator": None})
    text = page.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(?<=[hw]idth=")([\d.]+)pt|(?<=height=")([\d.]+)pt', r"\1\2", text, count=2)
    text = re.sub(r"<[^>]+>", _lean, text)  # only inside tags: what is written stays as it is
    text = text.replace("<svg ", f'<svg font-family="{_PAGE_FONTS}" ', 1)
    # What every part repeats is said once; wrappers that nothing refers to go.
    text = text.replace("butt}", "butt}path{stroke-linejoin: miter}", 1)
    text = text.replace("; stroke-linejoin: miter", "")
    text = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", text)
    text = re.sub(
        r'<g id="(?:patch|text|line2d)_\d+">\s*(<(path|text)[^>]*?(?:/>|>[^<]*</text>))\s*</g>', r"\1", text
    )
    return re.sub(r"\n\s*", "\n", text)


def _lean(tag: re.Match) -> str:
    text = re.sub(r"font-family: [^;\"]*;? ?", "", tag.group())
    text = re.sub(r"font: (?:(bold|700) )?([\d.]+)px [^;\"]*", _font, text)
    return re.sub(r'(?<= d=")[^"]*', _path, text)


def _path(found: re.Match) -> str:
    places = re.sub(r"(\.\d)\d+", r"\1", found.group())
    return re.sub(r"\s+", " ", places).strip()


def _font(found: re.Match) -> str:
    weight, size = found.groups()
    return f"font-size: {size}px" + ("; font-weight: bold" if weight else "")


def _table(frame: pd.DataFrame, caption: str) -> str:
    frame = frame.rename(columns=lambda name: str(name).replace("_", " "))
    frame = frame.apply(_spaced)
    # Whole cells: pandas shortens them at 50 characters unless told otherwise.
    with pd.option_context("display.max_colwidth", None):
        table = frame.to_html(index=False, border=0, na_rep="", max_rows=None, float_format="{:g}".format)
    table = table.replace(">\n", f">\n<caption>{escape(caption)}</caption>\n", 1)
    table = re.sub(r"\n\s*", "\n", table).replace('<tr style="text-align: right;">', "<tr>")
    # JupyterLab sets cells to the right, and an untrusted page has no style sheet of ours.
    table = re.sub(r"<(td|th|caption)>", r"<\1 style='text-align:left'>", table)
    table = re.sub(r"(?<=</td>|</th>)\n(?=<td|<th)", "", table)
    region = f'role="region" aria-label="{escape(caption, quote=True)}" tabindex="0"'
    return f'<div class="kickback-table" style="overflow-x: auto" {region}>{table}</div>'


def _spaced(column: pd.Series) -> pd.Series:
    """Put a space after each ";" that parts the items of a cell, so that long lists can wrap."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.astype(object).astype(str).str.replace(r";(?=\S)", "; ", regex=True)


def _tables(words: Words) -> str:
    return f"{_table(words.table, words.caption)}\n{_sources(words)}"


def _sources(words: Words) -> str:
    if words.sources.empty:
        return ""
    items = "".join(
        f"<li>{escape(line.citation)}{f' <em>{escape(line.caution)}</em>' if line.caution else ''}</li>"
        for line in words.sources.itertuples()
    )
    return _folded(f"Sources of what is shown ({len(words.sources)})", f"<ul>{items}</ul>")


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>"
