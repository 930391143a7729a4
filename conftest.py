"""Keep a developer's own answers, and copies of notebooks, out of every test, however pytest is started."""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))

import listing  # noqa: E402

_FOLDER = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
os.environ["KICKBACK_PROGRESS"] = str(Path(_FOLDER.name) / "progress.sqlite")
os.environ.pop("KICKBACK_INSTRUCTOR", None)
os.environ.pop("KICKBACK_CLASS", None)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out a copy of a lesson, whose outputs nobody refreshes."""
    is_other = collection_path in listing.parted(ROOT / "notebooks")[1]
    return True if is_other else None


def pytest_report_header() -> list[str]:
    """Name what is left out."""
    sentence = listing.left_out(listing.parted(ROOT / "notebooks")[1])
    return [sentence] if sentence else []
