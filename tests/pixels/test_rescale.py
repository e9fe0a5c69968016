"""`rescale` sets the intensity rule and changes no pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import IntensityRule, Screen
from phenolens.pixels.rescale import Rescale


def test_the_rule_is_recorded(tiny_screen: Screen) -> None:
    made = Rescale(mode="fixed", low=0, high=10_000)(tiny_screen)
    assert made.rescale == IntensityRule(mode="fixed", low=0, high=10_000)
    assert made.history[0]["step"] == "rescale"
    assert made.history[0]["parameters"] == {
        "mode": "fixed",
        "low": 0,
        "high": 10_000,
        "on": "all",
        "standardize": False,
    }
    rows = np.arange(3)
    assert np.array_equal(made.read(rows), tiny_screen.read(rows))


def test_a_second_rule_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="make 'rescale' the last pixel step"):
        Rescale()(Rescale()(tiny_screen))


def test_percentiles_of_controls_need_the_column(tiny_screen: Screen) -> None:
    screen = replace(tiny_screen, meta=tiny_screen.meta.drop(columns="control"))
    with pytest.raises(InputError, match="on = 'controls' needs a column 'control'"):
        Rescale(on="controls")(screen)


def test_impossible_limits_are_refused() -> None:
    with pytest.raises(InputError, match=r"low: must be below high \(1\.0\), got 2\.0"):
        Rescale(low=2.0, high=1.0)
