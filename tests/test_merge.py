"""Two versions of a plan: what one page changed is not undone by another."""

import pytest

from lessons import merge

CABLE = {"exercise": "cable", "reason": "outward", "claim": "C06", "evidence": "F02"}
ARMS = {"exercise": "dumbbell", "reason": "arms", "claim": "C12", "evidence": "V110"}
BAND = {"exercise": "band", "reason": "third", "claim": "", "evidence": ""}
PLAN = {"name": "Ada", "unknown": "one", "observation": "two", "choices": [CABLE, ARMS], "aside": []}
WHY = {"reason": "changed"}


def choices(first=(), second=()):
    return {"choices": [CABLE | dict(first), ARMS | dict(second)]}


def turned(lines):
    return {"choices": lines["choices"][::-1]}


@pytest.mark.parametrize(
    ("stored", "typed", "both"),
    [
        ({}, {"unknown": "U"}, {"unknown": "U"}),
        ({"unknown": "U"}, {}, {"unknown": "U"}),
        ({"unknown": "U"}, {"observation": "O"}, {"unknown": "U", "observation": "O"}),
        ({"unknown": "U"}, {"unknown": "V"}, {"unknown": "V"}),
        ({"unknown": ""}, {"observation": "O"}, {"unknown": "", "observation": "O"}),
        (choices(WHY), choices({}, WHY), choices(WHY, WHY)),
        (choices(WHY), choices({"exercise": "band"}), choices(WHY | {"exercise": "band"})),
        (
            choices({"claim": "C01", "evidence": "F09"}),
            choices(WHY),
            choices(WHY | {"claim": "C01", "evidence": "F09"}),
        ),
        (
            choices({"evidence": "F09"}),
            choices({"claim": "C01", "evidence": ""}),
            choices({"claim": "C01", "evidence": ""}),
        ),
        (choices(WHY), turned(choices()), turned(choices(WHY))),
        (turned(choices()), choices(WHY), turned(choices(WHY))),
        (choices(WHY), {"choices": [CABLE, ARMS, BAND]}, {"choices": [CABLE | WHY, ARMS, BAND]}),
        ({"choices": [CABLE, ARMS, BAND]}, choices(WHY), {"choices": [CABLE | WHY, ARMS, BAND]}),
        (
            choices(WHY),
            {"choices": [ARMS], "aside": [CABLE]},
            {"choices": [ARMS], "aside": [CABLE, CABLE | WHY]},
        ),
        ({"aside": [BAND]}, {"aside": [CABLE]}, {"aside": [BAND, CABLE]}),
    ],
)
def test_what_was_not_touched_stays_and_what_was_typed_last_counts(stored, typed, both):
    before = [PLAN | stored, PLAN | typed]
    assert merge.plans(before[0], PLAN, before[1]) == PLAN | both
    assert before == [PLAN | stored, PLAN | typed], "neither version is changed"
