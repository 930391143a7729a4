"""The text of a widget's module: what all widgets share in the browser, then its own."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def script(*names: str) -> str:
    """Return the module of one widget, whole, as the browser takes it: "ask.js", what it needs before it.

    Without indents and lines of comment: a saved notebook holds it once for each widget.
    """
    text = "\n".join((_HERE / part).read_text(encoding="utf-8") for part in ("page.js", *names))
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
