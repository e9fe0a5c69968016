from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.kinetics import Kinetics, Response, truth_columns


@pytest.mark.parametrize(
    ("division", "death", "strength", "effect"),
    [
        (0.1, 0.05, 1.0, "cytostatic"),  # lost: 0.9 of divisions, 0.05 by death
        (0.9, 2.0, 1.0, "cytotoxic"),
        (0.2, 0.9, 1.0, "mixed"),  # 0.8 and 0.9
        (0.9, 0.05, 1.0, "none"),  # 0.15 of the growth
        (0.1, 0.05, 0.2, "none"),  # a fifth of 0.95
        (0.3, 3.0, 0.1, "cytotoxic"),  # a tenth still kills a third of an untreated cell's growth
    ],
)
def test_the_class_is_that_of_the_lost_growth(
    division: float, death: float, strength: float, effect: str
) -> None:
    assert Kinetics(division=division, death=death).effect(strength) == effect


def test_a_higher_dose_acts_earlier_and_nothing_acts_at_once() -> None:
    kinetics = Kinetics(delay=6.0)
    assert kinetics.onset(1.0) == 6.0
    assert kinetics.onset(0.25) == 12.0
    assert kinetics.onset(1.0, own=1.5) == 9.0
    assert Kinetics(delay=0.1).onset(1.0) == 0.5


def test_rates_change_after_the_onset_and_deaths_after_the_lag() -> None:
    kinetics = Kinetics(rise=4.0, division=0.2, death=2.0, lag=10.0)
    response = Response(kinetics, strength=0.5, onset=6.0)
    hours = np.array([-4.0, 6.0, 8.0, 10.0, 16.0, 20.0, 90.0])
    assert response.share(hours).tolist() == [0, 0, 0.25, 0.5, 0.5, 0.5, 0.5]
    assert response.division(hours) == pytest.approx([1, 1, 0.8, 0.6, 0.6, 0.6, 0.6])
    assert response.death(hours) == pytest.approx([0, 0, 0, 0, 0, 1, 1])
    assert (Response().division(hours) == 1).all()


def test_truth_columns() -> None:
    assert truth_columns(None)["effect"] == "DMSO"
    assert np.isnan(truth_columns(None)["true_onset"])
    idle = Response(Kinetics(), 1.0, 5.0)
    assert np.isnan(truth_columns(idle)["true_onset"])
    shape = {"effect": "none", "true_onset": 5.0, "changes_shape": True}
    assert truth_columns(idle, changes_shape=True) == shape
    killed = truth_columns(Response(Kinetics(death=2.0), 1.0, 5.0))
    assert killed == {"effect": "cytotoxic", "true_onset": 5.0, "changes_shape": False}
