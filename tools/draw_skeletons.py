"""Draw every posed skeleton once, so that a panel need not: `data/skeletons.json` from `data/poses.json`.

Run it after a change of the postures, of their outlines or of how they are drawn. Run again it changes
nothing.
"""

import json
from pathlib import Path

from lessons import anatomy
from lessons.live import svg
from lessons.tables import DATA


def drawings() -> dict[str, str]:
    """Return the grey drawing of every posture and view as SVG, by "exercise_id view"."""
    every = [(exercise, view) for exercise in anatomy.drawn() for view in anatomy.VIEWS]
    return {f"{exercise} {view}": svg(anatomy.pose(exercise, view)) for exercise, view in every}


def write(folder: Path = DATA) -> None:
    """Write the drawings, one line each."""
    text = json.dumps(drawings(), indent=0, ensure_ascii=False)
    (folder / "skeletons.json").write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
    print("Written: data/skeletons.json.")
