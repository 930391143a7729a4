"""The text of a widget's module: what all widgets share in the browser, then its own."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def script(*names: str) -> str:
    """Return the module of one widget, whole, as the browser takes it: "ask.js", what it needs before it."""
    return "\n".join((_HERE / part).read_text(encoding="utf-8") for part in ("page.js", *names))
