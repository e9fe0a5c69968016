"""Calls on simulated screens with a known truth, and what a table's order may not change."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from tests.effects.simulated import screen, trajectories

from phenolens.effects.calling import answers_by_growth, answers_by_shape
from phenolens.effects.matched import Matched
from phenolens.profiling.effect_classes import EffectClasses
from phenolens.profiling.growth_rates import GrowthRates

ONE = Matched(np.array([-1, -1, -1, 0, 0, 1]), np.zeros(6, np.int64), 2, 1)
NONE = np.full(6, np.nan)


def test_growth_is_relative_to_the_curves_own_controls() -> None:
    """Two plates: half of the growth of each plate's controls is half, though rates differ."""
    matched = Matched(np.array([-1, -1, 0, -1, -1, 0]), np.array([0, 0, 0, 1, 1, 1]), 1, 2)
    growth = np.array([0.02, 0.02, 0.01, 0.06, 0.06, 0.03])
    (answer,) = answers_by_growth(matched, growth, NONE, 50, 0)
    assert answer.call.effect == "cytostatic"
    assert answer.call.confidence == pytest.approx(50 / 51)
    assert answer.evidence.startswith("grows at 0.50 of the controls' rate; no death marker")
    assert answer.evidence.endswith("2 curves, 2 controls")


def test_a_rival_class_lowers_the_confidence() -> None:
    """One replicate dies, one is stopped: the mean is between, and redraws go either way."""
    growth = np.array([0.03, 0.031, 0.029, -0.03, 0.01, 0.03])
    split, none = answers_by_growth(ONE, growth, NONE, 400, 0)
    assert split.call.first == "cytotoxic"
    # Two curves at -1 and 1/3: a Cauchy of scale 2/3 around -1/3, cut at -0.1.
    assert split.call.confidence == pytest.approx(0.5 + np.arctan(0.35) / np.pi, abs=0.05)
    assert split.call.rival in {"cytostatic", "none"}
    assert none.call.effect == "none"


def test_controls_that_do_not_grow_compare_with_nothing() -> None:
    growth = np.array([-0.01, 0.0, -0.01, 0.01, 0.02, 0.03])
    for answer in answers_by_growth(ONE, growth, NONE, 10, 0):
        assert answer.call.effect == "cannot tell"
        assert "controls that do not grow" in answer.evidence


def test_one_curve_and_one_control_have_no_confidence() -> None:
    matched = Matched(np.array([-1, 0]), np.zeros(2, np.int64), 1, 1)
    (answer,) = answers_by_growth(matched, np.array([0.03, 0.01]), NONE[:2], 50, 0)
    assert answer.call.effect == "cytostatic"
    assert math.isnan(answer.call.confidence)
    assert "one control, so how far controls differ is not known" in answer.evidence


def test_many_curves_of_one_treatment_need_no_memory_for_each_redraw() -> None:
    """500 curves x 100 redraws x 20 times would be 8 MB for one array of them."""
    time, n = np.arange(0.0, 40, 2), 500
    far = np.random.default_rng(0).random((n + 6, 20)) + 1
    matched = Matched(np.r_[[-1] * 6, [0] * n], np.zeros(n + 6, np.int64), 1, 1)
    tracemalloc.start()
    (answer,) = answers_by_shape(matched, time, far, 100, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.call.effect == "none"
    assert peak < 4e6


def test_few_times_or_controls_have_no_shape() -> None:
    time = np.arange(0.0, 30, 3)
    far = np.random.default_rng(0).random((6, 10)) + 1
    few = answers_by_shape(ONE, time[:5], far[:, :5], 10, 0)
    assert few[0].evidence == "only 5 times after the drug, with controls"
    lone = Matched(np.array([-1, 0, 0, 0, 0, 1]), np.zeros(6, np.int64), 2, 1)
    (answer, _) = answers_by_shape(lone, time, far, 10, 0)
    assert (answer.call.effect, answer.evidence) == (
        "cannot tell",
        "fewer than 3 control curves per plate: their spread is not known",
    )
    before = answers_by_shape(ONE, time - 30, far, 10, 0)
    assert before[0].call.effect == "cannot tell", "times before the drug have no effect"


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("curves", "share"), [(2, 0.5), (3, 0.7)])
def test_calls_are_right_as_often_as_their_confidence_says(curves: int, share: float) -> None:
    """Drugs of known effect, each with few curves and as few controls that differ by 15 %.

    The bootstrap of two curves and two controls was certain (0.99) where 92 % were right, and for
    5 % of the drugs without an effect it was above 0.9 for one.
    """
    rng = np.random.default_rng(11)
    few = Matched(np.repeat([-1, 0], curves), np.zeros(2 * curves, np.int64), 1, 1)
    right, sure, false = [], [], []
    for true in np.repeat([1.0, 0.9, 0.7, 0.5, 0.0, -0.05, -0.2, -0.5], 60).tolist():
        growth = np.repeat([1.0, true], curves) + 0.15 * rng.normal(size=2 * curves)
        (answer,) = answers_by_growth(few, growth, np.full(2 * curves, math.nan), 200, 0)
        effect = "none" if true > 0.8 else "cytostatic" if true > -0.1 else "cytotoxic"
        if answer.call.effect != "cannot tell":
            right.append(answer.call.effect == effect)
            sure.append(answer.call.confidence)
        if effect == "none":
            false.append(answer.call.effect in {"cytostatic", "cytotoxic"} and sure[-1] > 0.9)
    high = np.array(sure) > 0.8
    assert np.mean(right) >= np.mean(sure)
    assert np.array(right)[high].mean() >= np.array(sure)[high].mean()
    assert np.mean(false) < 0.02
    assert len(sure) / 480 > share, "it is not cautious beyond use"


@pytest.mark.usefixtures("unchecked")
def test_two_controls_per_plate_show_no_spread_of_trajectories() -> None:
    """Each is compared with the other: both have one distance, however far apart they are."""
    rng = np.random.default_rng(0)
    matched = Matched(np.tile([-1, -1, 0, 0], 3), np.repeat(np.arange(3), 4), 1, 3)
    far = np.abs(rng.normal(size=(12, 10))).cumsum(axis=1)
    far[1::4] = far[::4]  # of two controls
    (answer,) = answers_by_shape(matched, np.arange(0.0, 30, 3), far, 50, 0)
    assert answer.call.effect == "cannot tell"
    assert answer.evidence.startswith("fewer than 3 control curves per plate")


@pytest.mark.usefixtures("unchecked")
def test_seeds_that_fixed_nothing_are_called_right() -> None:
    """Of 100 drugs (five of each class per seed) 98 by growth and death, and 74 by the shape."""
    tables = []
    for seed in range(5, 10):
        long = screen(seed, drugs=2)
        rates = EffectClasses(redraws=10)(trajectories(GrowthRates(death=("dead",))(long))).meta
        shapes = EffectClasses(redraws=10, basis="shape")(trajectories(long)).meta
        both = rates.assign(by_shape=shapes["effect_called"])
        tables.append(both[~both["control"]].drop_duplicates("compound"))
    found = pd.concat(tables)
    assert (found["effect"] == found["effect_called"]).mean() > 0.9
    assert (found["effect"] == found["by_shape"]).mean() > 0.65
    assert set(found.loc[found["effect"] == "none", "by_shape"]) == {"none"}
