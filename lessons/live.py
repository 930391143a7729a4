"""Put a figure on the page: still (`<img alt>` with its table) or live (moved in the browser)."""

import base64
import io
import json
import re
import weakref
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import anywidget
import pandas as pd
import traitlets
from ipywidgets import Dropdown, HBox, IntSlider, Layout, ToggleButtons, VBox, Widget, jslink
from matplotlib.figure import Figure

from lessons import charts, ink, lifetime
from lessons.scripts import script

_HERE = Path(__file__).parent
# The style sheet draws in a font that matplotlib ships; pages use the reader's own, which is narrower.
_PAGE_FONTS = "Arial, 'Liberation Sans', Helvetica, sans-serif"
_MOST_CONTROLS = 6
_SVG = "http://www.w3.org/2000/svg"
_texts: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Words:
    """What is said about one choice: a sentence, its table, the sources, and a picture if Python draws it."""

    sentence: str
    table: pd.DataFrame
    sources: pd.DataFrame
    caption: str
    figure: Figure | None = None


lifetime.watch()


def _packed(spec: dict, _widget=None) -> bytes:
    """Return a spec as it is sent and saved: drawings repeat themselves, and shrink to a fifth."""
    return zlib.compress(json.dumps(spec, separators=(",", ":")).encode(), 9)


def _unpacked(spec: bytes, _widget=None) -> dict:
    return json.loads(zlib.decompress(spec))


class Picture(anywidget.AnyWidget):
    """A picture that follows up to six controls in the browser, with the words about it below.

    `spec` holds the controls (name, number of the first choice, step) and how many choices each has
    (`sizes`); the `pictures`, each with its SVG, tracks and stack (see `charts.Moving`) and the choices it is
    `shown` for; `still`, pairs of control and choice for which the picture is drawn in Python; and `poses`,
    if there are any. `words` holds what is said and the choice it was made for.
    """

    _esm = script("live.js")
    _css = _HERE / "live.css"
    spec = traitlets.Dict().tag(sync=True, to_json=_packed, from_json=_unpacked)
    words = traitlets.Dict().tag(sync=True)
    c0 = traitlets.Int().tag(sync=True)
    c1 = traitlets.Int().tag(sync=True)
    c2 = traitlets.Int().tag(sync=True)
    c3 = traitlets.Int().tag(sync=True)
    c4 = traitlets.Int().tag(sync=True)
    c5 = traitlets.Int().tag(sync=True)


class Number(anywidget.AnyWidget):
    """A box for the number of a slider: what is typed becomes the slider's nearest step before it is sent."""

    _esm = script("number.js")
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Int().tag(sync=True)
    min = traitlets.Int().tag(sync=True)
    max = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)


class Still:
    """A picture with its alt sentence, table and sources, readable without a kernel and when untrusted.

    The picture is the words' figure, or an SVG text in its place.
    """

    def __init__(self, words: Words, picture: str = ""):
        self.words, self.picture = words, picture or svg(words.figure)

    def __repr__(self) -> str:
        return self.words.sentence

    def _repr_mimebundle_(self, **_) -> dict:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        words = self.words
        return (
            f"{_image(self.picture, words.sentence)}\n"
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


@dataclass(frozen=True)
class Poses:
    """Posed skeletons above the picture, one in each slot, sent once and coloured in the browser.

    `svgs` are the drawings; a slot is `{"pose", "name", "tracks"}`: tracks that pick the drawing, its alt
    text, and the colours and words of its parts.
    """

    svgs: Sequence[str]
    slots: Sequence[dict]


def slider(label: str, value: int, allowed: range, unit: str = "") -> IntSlider:
    """Return a slider over whole numbers, named with its unit; a ValueError says what it may be."""
    if value not in allowed:
        last = f"{allowed[-1]} {unit}".strip()
        raise ValueError(
            f"{label} is {value!r}; it may be {allowed[0]} to {last} in steps of {allowed.step}."
        )
    return IntSlider(
        description=f"{label}, {unit}" if unit else label,
        value=value,
        min=allowed[0],
        max=allowed[-1],
        step=allowed.step,
        readout=False,
        style={"description_width": "initial"},
        layout=Layout(width="290px", max_width="98%"),
    )


def _with_number(control: IntSlider) -> HBox:
    """Return a slider with its number box, linked in the browser."""
    ends = {name: getattr(control, name) for name in ("value", "min", "max", "step")}
    number = Number(label=control.description, **ends)
    line = HBox([control, number], layout=Layout(flex_flow="row wrap", max_width="100%"))
    line._links = (jslink((control, "value"), (number, "value")),)
    line.add_class("kickback-slide")
    return line


class Panel(lifetime.ClosedOnRerun, VBox):
    """Controls, a picture that follows them, and the words about it.

    Each control is an attribute (`panel.first`), an ipywidgets list of choices or an `IntSlider`. `sentence`
    (text), `table` and `sources` (DataFrames) follow them; the repr is the sentence. `describe` is called
    with the controls' values by name and returns `Words`; `still` names the choices whose picture it draws.
    `moving` returns one picture or several, each with the choices of the controls, by name, that it is shown
    for; `poses` returns the skeletons. Both are called when the panel is first put on a page, because a panel
    that waits behind a prediction need not be drawn yet.
    """

    _is_made = False

    def __init__(
        self,
        controls: Mapping[str, Widget],
        describe: Callable[..., Words],
        moving: Callable[[], charts.Moving | Sequence[tuple[charts.Moving, dict]]] | None = None,
        still: Sequence[tuple[str, str]] = (),
        draw: Callable[..., Words] | None = None,
        poses: Callable[[], Poses] | None = None,
    ):
        if len(controls) > _MOST_CONTROLS:
            raise ValueError(f"A panel has at most {_MOST_CONTROLS} controls; {len(controls)} were given.")
        self._controls = dict(controls)
        self._describe, self._draw = describe, draw or describe
        names = list(self._controls)
        self._moving, self._still, self._poses = moving, still, poses
        self._picture = Picture()
        for number, name in enumerate(names):
            control = self._controls[name]
            setattr(self, name, control)
            trait = _trait(control)
            setattr(self._picture, f"c{number}", getattr(control, trait))
            self._links += (jslink((control, trait), (self._picture, f"c{number}")),)
            control.observe(self._tell, names=trait)
        self._tell()
        kinds = (Dropdown, ToggleButtons, IntSlider)
        sorted_ = [[one for one in self._controls.values() if isinstance(one, kind)] for kind in kinds]
        sorted_[-1] = [_with_number(one) for one in sorted_[-1]]
        lines = [HBox(line, layout=Layout(flex_flow="row wrap")) for line in sorted_ if line]
        super().__init__([*lines, self._picture])
        self.add_class("kickback-panel")
        self._is_made = True

    @property
    def model_id(self) -> str:
        """The id by which another widget puts this panel on the page."""
        if self._is_made:
            self._draw_moving()
        return super().model_id

    def close(self) -> None:
        """Take the panel off its page, undrawn if nobody saw it: closing asks for its id."""
        self._is_made = False
        super().close()

    @property
    def picture(self) -> Picture:
        """The picture with everything that moves in it."""
        self._draw_moving()
        return self._picture

    @ink.one_at_a_time
    def _draw_moving(self) -> None:
        if not self._picture.spec:
            self._picture.spec = self._spec()

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

    @ink.one_at_a_time
    def static(self) -> Still:
        """Return this choice as a still picture with its alt sentence, table and sources."""
        words = self._draw(**self.choice)
        if words.figure is not None:
            return Still(words)
        return Still(words, _stilled(self.picture.spec, self.picture.words["choice"]))

    def __repr__(self) -> str:
        return self.sentence

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """Offer the controls and, where they cannot run, the picture, the sentence and the table.

        The picture only in a reader's own notebook, which may lose its Python. Those of the course, which are
        stored by a program that names no cell, have a still picture before each panel and stay small.
        """
        self._draw_moving()
        bundle = super()._repr_mimebundle_(**kwargs)
        said = f"<p>{escape(self.sentence)}</p>\n{_tables(self._words)}"
        if lifetime.cell():
            said = f"{_image(self.static().picture, self.sentence)}\n{said}"
        return bundle | {"text/plain": self.sentence, "text/html": said}

    def _spec(self) -> dict:
        moving = self._moving() if self._moving else []
        moving = [(moving, {})] if isinstance(moving, charts.Moving) else moving
        names = list(self._controls)
        choices = {name: _choices(control) for name, control in self._controls.items()}
        starts = [_start(control) for control in self._controls.values()]
        sizes = [len(choices[name]) for name in names]
        always = [[0, choice] for choice in range(sizes[0])]
        spec = {
            "controls": [[name, *start] for name, start in zip(names, starts, strict=True)],
            "sizes": sizes,
            "still": [[names.index(name), choices[name].index(value)] for name, value in self._still],
            "pictures": [
                {
                    "svg": _drawn(one.figure),
                    "tracks": one.tracks,
                    "stack": one.stack,
                    "shown": {
                        names.index(k): [choices[k].index(value) for value in v] for k, v in shown.items()
                    },
                }
                for one, shown in moving
            ],
        }
        if not moving:
            spec["still"] = always
        if self._poses:
            poses = self._poses()
            spec["poses"] = {"svgs": list(poses.svgs), "slots": list(poses.slots)}
        return spec

    @ink.one_at_a_time
    def _tell(self, _change=None) -> None:
        words = self._describe(**self.choice)
        self._words = words
        self._picture.words = {
            "choice": [_index(control) for control in self._controls.values()],
            "sentence": words.sentence,
            "html": _tables(words),
            "svg": svg(words.figure) if words.figure is not None else "",
        }


@ink.one_at_a_time
def _stilled(spec: dict, choice: list[int]) -> str:
    """Return the picture of a choice with its tracks carried out, as the browser would."""
    (picture,) = [
        one for one in spec["pictures"] if all(choice[int(c)] in v for c, v in one["shown"].items())
    ]
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(picture["svg"])
    parts = {part.get("id"): part for part in root.iter() if part.get("id")}
    for track in picture["tracks"]:
        place = 0
        for control in track["follows"]:
            place = place * spec["sizes"][control] + choice[control]
        value = track["of"][ord(track["pick"][place]) - 48]
        part = parts[track["part"]]
        if track["set"] == "text":
            next(part.iter(f"{{{_SVG}}}text")).text = value
        elif track["set"] == "path":
            next(part.iter(f"{{{_SVG}}}path")).set("d", value)
        elif track["set"] == "place":
            part.set("transform", f"translate({value})")
        elif track["set"] == "show":
            part.set("visibility", "visible" if value else "hidden")
        else:
            raise ValueError(f"A still picture cannot carry out a track that sets {track['set']!r}.")
    return ElementTree.tostring(root, encoding="unicode")


def _trait(control: Widget) -> str:
    return "value" if isinstance(control, IntSlider) else "index"


def _start(control: Widget) -> tuple[int, int]:
    """Return the number that a control sends for its first choice, and the step to the next."""
    return (control.min, control.step) if isinstance(control, IntSlider) else (0, 1)


def _choices(control: Widget) -> list:
    if isinstance(control, IntSlider):
        return list(range(control.min, control.max + 1, control.step))
    return [value for _, value in control.options]


def _index(control: Widget) -> int:
    start, step = _start(control)
    return (getattr(control, _trait(control)) - start) // step


@ink.one_at_a_time
def _drawn(figure: Figure) -> str:
    """Return the SVG text of a figure that several panels share; its parts, no longer needed, are let go."""
    if figure not in _texts:
        _texts[figure] = svg(figure)
        figure.clear()
    return _texts[figure]


def svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same bytes every time, with its text as text.

    The XML header and matplotlib's metadata are left out; fonts are those of a page.
    """
    page = io.StringIO()
    with ink.style():
        for sheet in figure.axes:
            for part in (*sheet.patches, *sheet.lines, *sheet.texts):
                part.set_clip_on(False)
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


def _image(picture: str, sentence: str) -> str:
    data = base64.b64encode(picture.encode()).decode()
    alt = escape(sentence, quote=True)
    return f'<img alt="{alt}" style="max-width: 100%" src="data:image/svg+xml;base64,{data}">'


def _table(frame: pd.DataFrame, caption: str) -> str:
    # Written here and not by pandas, whose many display options are the reader's to set.
    heads, columns = [], []
    for name, column in frame.items():
        cells = _cell_texts(column)
        # JupyterLab sets cells to the right, and an untrusted page has no style sheet of ours.
        # Sentences keep a readable width beside short columns; where there is no room the table scrolls.
        longest = max(map(len, cells), default=0)
        wide = f";min-width:{15 if longest < 300 else 24}em" if longest > 100 else ""
        heads.append(f"<th style='text-align:left{wide}'>{_shown(str(name).replace('_', ' '))}</th>")
        columns.append([f"<td style='text-align:left'>{_shown(cell)}</td>" for cell in cells])
    rows = "".join(f"<tr>\n{''.join(row)}\n</tr>\n" for row in zip(*columns, strict=True))
    region = f'role="region" aria-label="{escape(caption, quote=True)}" tabindex="0"'
    return (
        f'<div class="kickback-table" style="overflow-x: auto" {region}><table class="dataframe">\n'
        f"<caption style='text-align:left'>{escape(caption)}</caption>\n"
        f"<thead>\n<tr>\n{''.join(heads)}\n</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table></div>"
    )


def _shown(text: str) -> str:
    return escape(text.strip(), quote=False)


def _cell_texts(column: pd.Series) -> list[str]:
    """Write the cells of a column: a missing one is empty, and long lists can wrap after each ";"."""
    numbers = pd.api.types.is_float_dtype(column)
    texts = [f"{cell:g}" if numbers else str(cell) for cell in column.astype(object)]
    if not pd.api.types.is_numeric_dtype(column):
        texts = [re.sub(r";(?=\S)", "; ", text) for text in texts]
    return ["" if missing else text for text, missing in zip(texts, column.isna(), strict=True)]


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
