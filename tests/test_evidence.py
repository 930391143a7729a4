"""Published EMG: which values may stand side by side, what is said where there is none, and the claims."""

import dataclasses

import pandas as pd
import pytest

from lessons import evidence


def emg(*rows):
    """EMG rows: exercise, muscle, value, unit, reference, statistic."""
    columns = ["exercise_id", "muscle_id", "value", "unit", "reference", "statistic"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(
        measurement_id=[f"T{number}" for number in range(len(rows))],
        study_id="oh2007",
        exercise_as_worded="",
        condition="",
        segment="",
        sd=float("nan"),
        low=float("nan"),
        high=float("nan"),
        n=20.0,
    )


def with_emg(tables, *rows):
    return dataclasses.replace(tables, emg=emg(*rows))


MAXIMUS = ("hip_thrust", "gluteus_maximus")


def test_values_share_an_axis_only_where_unit_and_reference_agree(tables):
    found = evidence.measured(
        with_emg(
            tables,
            (*MAXIMUS, 40, "%MVIC", "MVIC", "mean"),
            (*MAXIMUS, 50, "%MVIC", "MVIC", "median"),
            (*MAXIMUS, 60, "%MVC", "MVC", "mean"),
            (*MAXIMUS, 70, "%MVIC", "the higher of two MVICs", "mean"),
        )
    )
    axes = [(unit, reference, list(rows["value"])) for unit, reference, rows in evidence.axes(found)]
    assert axes == [
        ("%MVIC", "MVIC", [40, 50]),
        ("%MVC", "MVC", [60]),
        ("%MVIC", "the higher of two MVICs", [70]),
    ]


def test_values_in_different_units_are_refused_with_a_sentence(tables):
    found = evidence.measured(tables, muscle="gluteus_maximus")
    with pytest.raises(ValueError) as caught:
        evidence.together(found)
    assert "cannot stand on one axis" in str(caught.value)
    for unit, reference in found[["unit", "reference"]].astype(str).drop_duplicates().to_numpy():
        assert f"{unit} of {reference}" in str(caught.value)


def test_values_of_one_unit_and_reference_pass_unchanged(tables):
    found = evidence.measured(tables, muscle="gluteus_minimus")
    assert len(found) > 1
    pd.testing.assert_frame_equal(evidence.together(found), found)


def test_a_muscle_is_found_with_its_parts_and_the_groups_it_was_measured_in(tables):
    small = with_emg(
        tables,
        ("deadlift", "hamstrings", 1, "%MVIC", "MVIC", "mean"),
        ("deadlift", "medial_hamstrings", 2, "%MVIC", "MVIC", "mean"),
        ("deadlift", "biceps_femoris", 3, "%MVIC", "MVIC", "mean"),
        ("deadlift", "gluteus_maximus", 4, "%MVIC", "MVIC", "mean"),
    )
    assert set(evidence.measured(small, muscle="hamstrings")["value"]) == {1, 2, 3}
    assert set(evidence.measured(small, muscle="semitendinosus")["value"]) == {1, 2}


def test_a_sentence_about_one_muscle_names_whose_values_are_shown(tables):
    found = evidence.measured(tables, muscle="semitendinosus")
    said = evidence.muscle_sentence(found, "Semitendinosus", "")
    assert "Semitendinosus" not in set(found["muscle"])
    assert all(muscle in said for muscle in found["muscle"])


def test_the_limb_parts_measured_muscles_and_the_standing_limb_has_none(tables):
    parts = {limb: evidence.measured(tables, limb=limb) for limb in ("working", "standing", "trunk", "all")}
    assert len(parts["working"]) + len(parts["trunk"]) == len(parts["all"]) == len(tables.emg)
    assert set(parts["trunk"]["group"]) == {"core"}
    assert parts["standing"].empty


def test_an_exercise_without_a_value_shows_its_nearest_under_their_own_names_with_what_differs(tables):
    for exercise in tables.exercises.query("is_kickback")["exercise_id"]:
        shown, own = evidence.beside(tables, exercise), evidence.measured(tables, exercise)
        assert (shown["exercise_id"] == exercise).all() == bool(len(own))
        if own.empty:
            near = evidence.nearest(tables, exercise)
            pairs = set(map(tuple, shown[["exercise", "differs"]].to_numpy()))
            assert pairs == set(map(tuple, near[["exercise", "differs"]].to_numpy()))
            assert "" not in set(near["differs"])
        else:
            assert set(shown["differs"]) == {""}


def test_the_measured_sentence_says_no_value_and_marks_the_nearest_as_not_this_exercise(tables):
    found = {"standing_cable_diagonal": evidence.beside(tables, "standing_cable_diagonal")}
    said = evidence.measured_sentence(found, {"standing_cable_diagonal": "Cable kickback, diagonal"})
    assert "no published value seen" in said
    assert "Nearest measured, not this exercise: Resisted hip abduction-extension (" in said


def test_the_largest_difference_comes_first_among_values_that_may_be_compared(tables):
    small = with_emg(
        tables,
        ("hip_thrust", "gluteus_maximus", 50, "%MVIC", "MVIC", "mean"),
        ("hip_thrust", "hamstrings", 90, "%MVC", "MVC", "mean"),
        ("hip_thrust", "biceps_femoris", 40, "%MVIC", "MVIC", "mean"),
        ("back_squat", "gluteus_maximus", 45, "%MVIC", "MVIC", "mean"),
        ("back_squat", "hamstrings", 10, "%MVIC", "MVIC", "mean"),
        ("back_squat", "biceps_femoris", 10, "%MVIC", "MVIC", "mean"),
    )
    found = {exercise: evidence.measured(small, exercise) for exercise in ("hip_thrust", "back_squat")}
    for rows in evidence.by_difference(found).values():
        assert list(rows["muscle_id"]) == ["biceps_femoris", "gluteus_maximus", "hamstrings"]


def row(**cells):
    blank = {
        "value": 21.0,
        "sd": float("nan"),
        "low": 21.0,
        "high": 56.0,
        "statistic": "mean",
        "unit": "%MVIC",
    }
    return pd.Series(blank | cells)


def test_an_amount_is_written_with_its_unit_spread_and_kind():
    assert evidence.amount(row(value=100.7, sd=14.5)) == "100.7 %MVIC (SD 14.5)"
    assert evidence.amount(row(value=91.0)) == "91 %MVIC"
    assert evidence.amount(row(statistic="range", value=float("nan"))) == "21 to 56 %MVIC"
    assert evidence.amount(row(statistic="upper_bound", value=35.0, unit="%MVC")) == "at most 35 %MVC"
    assert [evidence.people(n) for n in (13.0, float("nan"))] == ["n = 13", "n not stated"]


def test_the_listing_gives_every_published_value_its_statistic_reference_people_and_study(tables):
    listing = evidence.listing(evidence.measured(tables))
    assert len(listing) == len(tables.emg)
    assert (listing.drop(columns="condition") != "").all().all()
    assert set(listing["study"]) == set(evidence.citations(tables, listing["study"])["source_id"])


def test_every_claim_counts_as_many_pieces_of_evidence_as_it_lists(tables):
    counted = evidence.claims(tables).set_index("claim_id")
    for claim_id in counted.index:
        listed = evidence.for_claim(tables, claim_id)
        for direction in ("for", "against", "qualifies"):
            assert counted.loc[claim_id, direction] == (listed["direction"] == direction).sum()
        assert listed["direction"].tolist() == sorted(
            listed["direction"], key=["for", "against", "qualifies"].index
        )


def test_a_piece_of_evidence_is_told_with_its_number_and_its_study(tables):
    listed = pd.concat([evidence.for_claim(tables, claim_id) for claim_id in tables.claims["claim_id"]])
    measured = tables.emg.set_index("measurement_id")
    for line in listed[listed["kind"] == "emg"].itertuples():
        value = measured.loc[line.id]
        assert evidence.amount(value) in line.evidence
        assert line.evidence.endswith(value["study_id"])
    assert listed["evidence"].str.len().min() > 20
