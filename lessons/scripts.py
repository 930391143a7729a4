"""The text of a widget's module: what all widgets share in the browser, then its own."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def script(name: str) -> str:
    """Return the module of one widget ("ask.js"), whole, as the browser takes it."""
    return "\n".join((_HERE / part).read_text(encoding="utf-8") for part in ("page.js", name))
