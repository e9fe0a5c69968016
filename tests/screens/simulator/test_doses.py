from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.doses import half_log, hill, letters


def test_the_response_rises_from_nothing_through_a_half_at_the_ec50() -> None:
    series = [hill(c, 3.0, 1.7) for c in (0.0, 0.3, 3.0, 30.0, 3e9)]
    assert series[0] == 0.0
    assert series[2] == 0.5
    assert series[-1] == pytest.approx(1.0)
    assert np.all(np.diff(series) > 0)
    # Hill's equation by hand: 30^1.7 / (3^1.7 + 30^1.7).
    assert series[3] == pytest.approx(30**1.7 / (3**1.7 + 30**1.7))


def test_a_series_of_doses_ends_at_the_top() -> None:
    assert half_log(10.0, 1) == (10.0,)
    assert half_log(10.0, 4) == (0.32, 1.0, 3.2, 10.0)


def test_codes_are_different() -> None:
    assert len({letters(k) for k in range(800)}) == 800
