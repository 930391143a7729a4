"""Bring two versions of a plan together that were written from a third, so that neither undoes the other."""

from collections.abc import Sequence

# What is chosen together: a piece of evidence belongs to its claim.
_UNITS = (("exercise",), ("reason",), ("claim", "evidence"))


def plans(stored: dict, base: dict, typed: dict) -> dict:
    """Return the plan that is stored, changed where `typed` differs from the `base` it was written from.

    All three have the same fields, as `capstone.Form` cleans them. Where both changed a field, what was typed
    counts. Kickbacks that would be lost by that are put aside.
    """
    fields = [field for field in typed if field not in ("choices", "aside")]
    merged = {field: stored[field] if typed[field] == base[field] else typed[field] for field in fields}
    choices = _choices(stored["choices"], base["choices"], typed["choices"])
    aside = _lines(stored["aside"], base["aside"], typed["aside"])
    shown = [*choices, *aside]
    added = [line for line in stored["choices"] if line not in base["choices"] and any(line.values())]
    lost = [line for line in added if len(choices) != len(stored["choices"]) and line not in shown]
    return merged | {"choices": choices, "aside": aside + lost}


def _choices(stored: list[dict], base: list[dict], typed: list[dict]) -> list[dict]:
    if typed == base:
        return stored
    if stored == base:
        return typed
    count = len(base)
    if len(stored) == len(typed) == count:
        if _is_moved(typed, base):
            return [stored[base.index(line)] for line in typed]
        if _is_moved(stored, base):
            return [typed[base.index(line)] for line in stored]
        return [_choice(*three) for three in zip(stored, base, typed, strict=True)]
    if count == min(len(stored), len(typed)):  # some were added at the end
        both = [_choice(*three) for three in zip(stored, base, typed, strict=False)]
        return both + max(stored, typed, key=len)[count:]
    return typed


def _is_moved(lines: list[dict], base: list[dict]) -> bool:
    """Tell whether lines are those of the base in another order, each of them once."""
    return all(lines.count(line) == base.count(line) == 1 for line in base)


def _choice(stored: dict, base: dict, typed: dict) -> dict:
    merged = {}
    for unit in _UNITS:
        kept = all(typed[field] == base[field] for field in unit)
        merged |= {field: (stored if kept else typed)[field] for field in unit}
    return merged


def _lines(stored: Sequence[dict], base: Sequence[dict], typed: Sequence[dict]) -> list[dict]:
    """Return the lines that both hold or that one has added; what one has taken out is out."""
    kept = [line for line in stored if line in typed or line not in base]
    return kept + [line for line in typed if line not in base and line not in stored]
