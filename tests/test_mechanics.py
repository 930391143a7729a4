import numpy as np
import pandas as pd
import pytest
import quadprog

from lessons import mechanics
from lessons.mechanics import Arm, Leg, Load, band, capacity, joint_moments, moment_arms, options, predict

HAMSTRINGS = ["biceps_femoris_long", "semitendinosus", "semimembranosus"]


def random_legs(number, seed=1):
    rng = np.random.default_rng(seed)
    return Leg(
        rng.uniform(0, 90, number),
        rng.uniform(0, 20, number),
        rng.uniform(0, 45, number),
        rng.uniform(0, 90, number),
    )


def one(leg, number):
    return Leg(
        *(getattr(leg, name)[number] for name in ("lean_deg", "hip_extension_deg", "outward_deg", "knee_deg"))
    )


def test_a_thigh_that_goes_straight_back_is_hip_extension_and_nothing_else():
    for lean in (0, 45, 90):
        hip, out = Leg(lean, 15, 0, 0).hip()
        assert hip == pytest.approx(-15) and out == pytest.approx(0)


def test_on_all_fours_a_level_thigh_turned_outward_is_abducted_by_that_angle():
    hip, out = Leg(90, 0, np.array([0, 30, 45]), 0).hip()
    assert hip == pytest.approx([0, 0, 0]) and out == pytest.approx([0, 30, 45])


def test_the_hip_moment_of_a_level_leg_is_weight_times_lever(tables):
    own = joint_moments(tables, Leg(90, 0, 0, 0), Load(5)).iloc[0]
    by_hand = 9.81 * (8.4 * 0.195 + 3.8 * (0.404 + 0.175) + (1.203 + 5) * (0.404 + 0.4))
    assert own["hip_flexion"] == pytest.approx(-by_hand)
    assert own["hip_adduction"] == pytest.approx(0) and own["hip_rotation"] == pytest.approx(0)
    assert own["knee_flexion"] == pytest.approx(9.81 * (3.8 * 0.175 + 6.203 * 0.4), rel=0.01)


def test_gravity_asks_a_level_pelvis_for_no_abduction_at_any_outward_angle(tables):
    found = joint_moments(tables, Leg(90, 0, np.array([0, 15, 30, 45]), 0), Load(5))
    assert found["hip_adduction"].abs().max() < 1e-9
    assert list(found["hip_flexion"].round()) == [-87, -84, -75, -61]


def test_a_cable_along_a_diagonal_kick_asks_for_abduction_and_one_facing_the_machine_does_not(tables):
    leg = Leg(0, 15, 30, 0)
    along = joint_moments(tables, leg, Load(10, "along")).iloc[0]
    facing = joint_moments(tables, leg, Load(10, "facing")).iloc[0]
    assert along["hip_adduction"] < -30
    assert abs(facing["hip_adduction"]) < 15 < abs(along["hip_adduction"])


def test_a_cable_level_in_front_pulls_with_the_height_of_the_hip_above_the_ankle(tables):
    limb = joint_moments(tables, Leg(0, 15, 0, 0), Load(0)).iloc[0]["hip_flexion"]
    whole = joint_moments(tables, Leg(0, 15, 0, 0), Load(10, "along")).iloc[0]["hip_flexion"]
    assert whole - limb == pytest.approx(-98.1 * 0.804 * np.cos(np.radians(15)))


def test_a_lever_behind_the_thigh_pushes_square_to_it(tables):
    limb, whole = (joint_moments(tables, Leg(0, 15, 0, 0), Load(kg, "square", "thigh")) for kg in (0, 10))
    assert (whole - limb).iloc[0]["hip_flexion"] == pytest.approx(-98.1 * 0.404)
    assert (whole - limb).iloc[0]["knee_flexion"] == pytest.approx(0)


def test_a_band_pulls_more_the_further_the_foot_goes(tables):
    leg = Leg(0, np.array([0, 10, 20]), 0, 0)
    cable, stretched = (
        -joint_moments(tables, leg, Load(5, "along", kg_per_m=more))["hip_flexion"] for more in (0, 20)
    )
    travelled = 0.804 * np.sin(np.radians(leg.hip_extension_deg))
    lever = 0.804 * np.cos(np.radians(leg.hip_extension_deg))
    assert list(stretched - cable) == pytest.approx(9.81 * 20 * travelled * lever)


def test_a_dumbbell_has_a_dead_spot_and_a_cable_has_none(tables):
    arm = Arm(np.array([90, 45, 0]))
    dumbbell, pulley, square = (
        joint_moments(tables, arm, Load(4, pull, "hand"))["elbow_extension"]
        for pull in ("gravity", "pulley", "square")
    )
    assert dumbbell.iloc[0] == pytest.approx(0)
    assert dumbbell.iloc[2] == pytest.approx(9.81 * (4 * 0.307 + 1.534 * 0.181), rel=1e-3)
    assert pulley.min() > 8 and square.min() == pytest.approx(9.81 * 4 * 0.307)


def test_an_elastic_band_at_the_hand_pulls_most_when_it_is_longest(tables):
    arm = Arm(np.array([90, 45, 0]))
    cable, stretched = (
        joint_moments(tables, arm, Load(2, "pulley", "hand", more))["elbow_extension"] for more in (0, 10)
    )
    assert (stretched - cable).iloc[0] == pytest.approx(0)
    assert (stretched - cable).iloc[1] > 1


def test_moment_arms_at_a_row_of_the_table_are_that_row(tables):
    found = moment_arms(tables, Leg(90, 0, 0, 90)).set_index("actuator").loc["semimem"]
    row = tables.moment_arms_leg.query(
        "actuator == 'semimem' and hip_flexion_deg == 0 and hip_abduction_deg == 0 and knee_flexion_deg == 90"
    ).iloc[0]
    for joint in mechanics.LEG_JOINTS:
        assert found[joint] == pytest.approx(row[f"{joint}_arm_mm"] / 1000)
    assert found["force_n"] == row["force_n"]


def test_moment_arms_between_rows_lie_between_them(tables):
    low, mid, high = (
        moment_arms(tables, Arm(angle)).set_index("actuator").loc["TRIlat", "force_n"]
        for angle in (20, 22.5, 25)
    )
    assert mid == pytest.approx((low + high) / 2) and low < mid < high


@pytest.mark.parametrize(
    ("position", "said"),
    [
        (Leg(0, 40, 0, 0), "Hip flexion is -40 degrees; the table goes from -30 to 90."),
        (Leg(90, 0, 50, 0), "Hip abduction is 50 degrees; the table goes from 0 to 45."),
        (Leg(0, 0, 0, 95), "Knee flexion is 95 degrees; the table goes from 0 to 90."),
        (Arm(131), "Elbow flexion is 131 degrees; the table goes from 0 to 130."),
        (Leg(0, 0, 0, float("nan")), "Knee flexion is nan degrees; the table goes from 0 to 90."),
    ],
)
def test_an_angle_outside_the_table_is_named_with_the_tables_range(tables, position, said):
    with pytest.raises(ValueError) as error:
        moment_arms(tables, position)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("position", "load", "said"),
    [
        (
            Leg(),
            Load(5, "pulley"),
            "The load's pull is 'pulley'; here it may be gravity, along, facing, square.",
        ),
        (Leg(), Load(5, "square", "ankle"), "The load's point is 'ankle'; here it may be thigh."),
        (Arm(), Load(5), "The load's point is 'ankle'; here it may be hand."),
    ],
)
def test_a_load_that_a_limb_cannot_have_is_named(tables, position, load, said):
    with pytest.raises(ValueError) as error:
        joint_moments(tables, position, load)
    assert str(error.value) == said


def test_bending_the_knee_takes_the_hamstrings_strength_at_the_hip_and_leaves_the_gluteus(tables):
    straight, bent = (
        capacity(tables, Leg(0, 0, 0, knee)).set_index("muscle_id")["hip_flexion"] for knee in (0, 90)
    )
    assert straight["gluteus_maximus"] == pytest.approx(bent["gluteus_maximus"])
    assert bent[HAMSTRINGS].sum() > 0.4 * straight[HAMSTRINGS].sum()
    assert -bent[HAMSTRINGS].sum() < 0.4 * -straight[HAMSTRINGS].sum()


def by_quadprog(tables, leg, load, rotation):
    """The same problem for another solver, the vasti as a knee moment that may be exceeded."""
    arms = moment_arms(tables, leg)
    moments = arms[list(mechanics.LEG_JOINTS)].mul(arms["force_n"], axis=0).to_numpy().T
    need = joint_moments(tables, leg, load).to_numpy()[0]
    rows = [0, 1, 2, 3] if rotation else [0, 1, 3]
    moments, need = moments[rows], need[rows]
    count = moments.shape[1]
    sides = np.vstack([moments, np.eye(count), -np.eye(count)]).T
    limits = np.concatenate([need, np.zeros(count), -np.ones(count)])
    return quadprog.solve_qp(np.eye(count), np.zeros(count), sides, limits, meq=len(need) - 1)[0]


def test_shares_are_those_of_an_independent_solver_in_200_poses(tables):
    legs, load = random_legs(400), Load(5)
    worst, compared = 0.0, 0
    for rotation in (True, False):
        found = predict(tables, legs, load, rotation=rotation)
        for number in np.flatnonzero(found.feasible)[:130]:
            try:
                other = by_quadprog(tables, one(legs, number), load, rotation)
            except ValueError:  # on the edge of what is feasible
                assert found.residual[number] > 1e-4
                continue
            worst = max(worst, np.abs(found.activations.to_numpy()[number] - other).max())
            compared += 1
    print(f"{compared} poses, largest difference {worst:.1e}")
    assert compared >= 200
    assert worst < 1e-3


def test_a_pose_that_the_other_solver_finds_not_feasible_is_not_feasible_here(tables):
    legs, load = random_legs(150, seed=4), Load(10)
    found = predict(tables, legs, load)
    assert 20 < (~found.feasible).sum() < 130
    for number in np.flatnonzero(~found.feasible):
        with pytest.raises(ValueError):
            by_quadprog(tables, one(legs, number), load, True)


def test_a_pose_that_is_not_feasible_has_no_shares_and_says_what_is_missing(tables):
    found = predict(tables, Leg(90, 15, 0, 0), Load(40))
    assert not found.feasible[0]
    assert found.shares.isna().all(axis=None)
    assert found.residual[0] > 50


def test_a_whole_grid_gives_what_its_poses_give_one_by_one(tables):
    legs, load = random_legs(40), Load(5)
    for chosen in options(legs):
        whole = predict(tables, legs, load, **chosen).shares.to_numpy()
        single = [
            predict(tables, one(legs, number), load, **chosen).shares.to_numpy()[0] for number in range(40)
        ]
        assert np.allclose(whole, single, atol=1e-3, equal_nan=True)


@pytest.mark.parametrize("position", [random_legs(5), Arm(np.array([10.0, 80]))], ids=["leg", "arm"])
def test_options_solved_together_give_what_each_gives_alone(tables, position):
    load = Load(5, "gravity", "hand" if isinstance(position, Arm) else "ankle")
    chosen = options(position)[::-1]
    each = mechanics.predict_each(tables, position, load, chosen)
    for one_of, found in zip(chosen, each, strict=True):
        alone = predict(tables, position, load, **one_of)
        pd.testing.assert_frame_equal(found.shares, alone.shares, check_exact=True)
        pd.testing.assert_frame_equal(found.activations, alone.activations, check_exact=True)
        assert (found.residual == alone.residual).all() and (found.vasti == alone.vasti).all()


def test_shares_stay_between_nothing_and_everything_and_hold_the_load(tables):
    legs = random_legs(300, seed=9)
    for chosen in options(legs):
        found = predict(tables, legs, Load(8, "along"), **chosen)
        shares = found.activations.to_numpy()[found.feasible]
        assert shares.min() >= 0 and shares.max() <= 1
        assert found.residual[found.feasible].max() <= 0.05


def test_a_cubed_sum_is_no_larger_than_that_of_any_nearby_sharing(tables):
    leg, load = Leg(90, 5, 10, 30), Load(5)
    found = predict(tables, leg, load, exponent=3)
    arms = moment_arms(tables, leg)
    moments = arms[list(mechanics.LEG_JOINTS)].mul(arms["force_n"], axis=0).to_numpy().T
    moments = np.column_stack([moments, [0, 0, 0, mechanics._VASTI]])
    own = np.append(found.activations.to_numpy()[0], found.vasti[0] / 1000)
    rng = np.random.default_rng(0)
    null = np.linalg.svd(moments)[2][4:]
    tried = 0
    for _ in range(400):
        other = own + null.T @ rng.normal(0, 0.02, len(null))
        other = np.clip(other, 0, 1)
        if np.abs(moments @ (other - own)).max() < 0.05:
            tried += 1
            assert (other[:-1] ** 3).sum() > (own[:-1] ** 3).sum() - 1e-6
    squares = predict(tables, leg, load).activations.to_numpy()[0]
    assert (own[:-1] ** 3).sum() < (squares**3).sum()
    assert (squares**2).sum() < (own[:-1] ** 2).sum()


def test_with_one_joint_and_equal_arms_the_strongest_head_has_the_largest_share(tables):
    arm = Arm(90)
    found = predict(tables, arm, Load(4, "square", "hand"), force_length=False).shares.iloc[0]
    strongest = tables.moment_arms_elbow.groupby("muscle_id")["max_force_n"].max()
    assert list(found.sort_values().index) == list(strongest.sort_values().index)


def test_leaving_hip_rotation_free_switches_gluteus_maximus_on(tables):
    held, free = (
        predict(tables, Leg(0, 10, 0, 0), Load(10, "along"), rotation=turn).shares["gluteus_maximus"][0]
        for turn in (True, False)
    )
    assert held < 0.05 and free > 0.2


def test_the_band_spans_every_option_and_counts_the_feasible_ones(tables):
    leg, load = Leg(0, 10, np.array([0.0, 30.0]), 0), Load(10, "along")
    found = band(tables, leg, load).set_index(["pose", "muscle_id"])
    every = np.stack(
        [predict(tables, leg, load, **chosen).shares["gluteus_medius"] for chosen in options(leg)]
    )
    for pose in (0, 1):
        row = found.loc[(pose, "gluteus_medius")]
        assert row["low"] == pytest.approx(np.nanmin(every[:, pose]))
        assert row["high"] == pytest.approx(np.nanmax(every[:, pose]))
        assert row["options"] == np.isfinite(every[:, pose]).sum()
    assert len(options(leg)) == 8 and len(options(Arm())) == 4


def test_a_band_of_options_none_of_which_is_feasible_is_empty(tables):
    found = band(tables, Leg(90, 15, 0, 0), Load(60))
    assert found[["low", "high"]].isna().all(axis=None) and (found["options"] == 0).all()


def test_two_kickbacks_are_compared_option_by_option(tables):
    lines = mechanics.compare(tables, "standing_cable_straight_knee", "standing_cable_diagonal")
    medius = lines.set_index("muscle_id").loc["gluteus_medius"]
    assert (medius["more"], medius["less"], medius["options"]) == (8, 0, 8)
    each = mechanics.kickbacks(tables).query("muscle_id == 'gluteus_medius'")
    own = 100 * each[each["exercise_id"] == "standing_cable_diagonal"]["share"]
    assert (medius["second_low"], medius["second_high"]) == pytest.approx((own.min(), own.max()))
    apart = mechanics.compare(tables, "dumbbell_two_arm", "standing_band").set_index("muscle_id")
    assert apart.loc["triceps_long", "second_low":"second_high"].isna().all()
    assert (
        apart.loc["gluteus_maximus", "first_low":"first_high"].isna().all() and apart["options"].eq(0).all()
    )


def test_every_kickback_has_a_posture_that_can_be_held_and_no_other_exercise_has_one(tables):
    kicks = tables.exercises[tables.exercises["is_kickback"]]["exercise_id"]
    assert list(tables.postures["exercise_id"]) == list(kicks)
    for exercise in kicks:
        position, load = mechanics.posture(tables, exercise)
        held = [predict(tables, position, load, **chosen).feasible[0] for chosen in options(position)]
        assert held[0] and all(held), exercise
    with pytest.raises(
        ValueError, match="There is no posture for 'back_squat': only the kickbacks have one."
    ):
        mechanics.posture(tables, "back_squat")


def test_a_posture_says_what_the_exercise_says(tables):
    told = tables.exercises.set_index("exercise_id")
    for row in tables.postures.itertuples():
        for name in ("outward_deg", "knee_deg"):
            said = told.loc[row.exercise_id, name]
            assert pd.isna(said) or said == getattr(row, name), (row.exercise_id, name)


def test_the_models_answers_are_what_the_tables_give_today(tables):
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
    import model_results

    fresh = model_results.answers(tables)
    stored = tables.model_results
    for column in fresh.columns:
        old = [
            ("" if pd.isna(cell) else f"{cell:g}") if isinstance(cell, float) else str(cell)
            for cell in stored[column]
        ]
        assert old == [str(cell) for cell in fresh[column]], column
    cited = tables.claim_evidence[tables.claim_evidence["kind"] == "mechanics"]
    rows = [
        [row.claim_id, "mechanics", row.ref_id, str(row.direction), row.note] for row in cited.itertuples()
    ]
    assert sorted(rows) == sorted(model_results.evidence_rows(fresh))
