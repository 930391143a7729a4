"""Read the posed outlines and drawings of `data/`, and check that they can be drawn."""

from collections.abc import Collection
from pathlib import Path

from lessons.reading import DataFault, listed, one_of, read_json

VIEWS = ("side", "back")
_KINDS = (
    *("floor", "post", "bench", "bench leg", "pad", "lever"),
    *("pulley", "anchor", "cable", "band", "dumbbell"),
)


def read_poses(folder: Path, exercises: Collection[str], muscles: Collection[str]) -> dict:
    """Return the outlines of `poses.json` by exercise and view; it may name these exercises and muscles only.

    Raises DataFault with what is wrong in the file, and where.
    """
    poses = read_json(folder, "poses.json", {str: dict.fromkeys(VIEWS, _VIEW)})
    drawn = {part["muscle_id"] for pose in poses.values() for view in VIEWS for part in pose[view]["muscles"]}
    faults = [
        f"poses.json: {listed(sorted(strange))} stands in no row of {table}.csv."
        for table, strange in (("postures", set(poses) - {*exercises}), ("muscles", drawn - {*muscles}))
        if strange
    ]
    if faults:
        raise DataFault(faults, folder, "files")
    return poses


def read_drawings(folder: Path) -> dict[str, str]:
    """Return the SVG texts of `skeletons.json`. Raises DataFault with what is wrong in the file."""
    return read_json(folder, "skeletons.json", {str: _drawing})


def _drawing(value: object) -> str:
    return "" if isinstance(value, str) and value.startswith("<svg") else "a drawing, <svg …, must stand"


def _path(value: object) -> str:
    # Tens of thousands of numbers: they are looked at here and not one by one as values of a shape.
    pairs = isinstance(value, list) and len(value) >= 2 and len(value) % 2 == 0
    fits = pairs and all(type(one) in (int, float) and abs(one) < 1e6 for one in value)
    return "" if fits else "a list of places, two numbers each, must stand"


def _place(value: object) -> str:
    return _path(value) if not isinstance(value, list) or len(value) == 2 else "two numbers must stand"


_VIEW = {
    "seen": str,
    "bones": [{"name": str, "near": int, "depth": float, "rings": [_path]}],
    "muscles": [{"muscle_id": str, "force_n": float, "depth": float, "path": _path}],
    "around": [{"kind": one_of(*_KINDS), "path": _path}],
    "joints": {str: _place},
    "load": {"at": _place, "towards": _place},
}
