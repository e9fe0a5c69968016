from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.debris import debris
from phenolens.screens.simulator.growth import Growth, course
from phenolens.screens.simulator.kinetics import Kinetics, Response
from phenolens.screens.simulator.moment import AHEAD, Habit, Moment, moment
from phenolens.screens.simulator.streams import Stream, stream


def _at(hour: float, death: float) -> Moment:
    response = Response(Kinetics(rise=2.0, death=death), 1.0, 1.0)
    expected = course(Growth(0.03, 0.001, 0.3), response, hour + AHEAD)
    habit = Habit(founders=3e-4, clustering=0.3, radius=12.0, motility=15.0)
    return moment(stream(5, Stream.SITE, 1), habit, expected, hour, 300.0)


def _phase(now: Moment, density: float = 1.5) -> np.ndarray:
    return debris(stream(5, Stream.SITE, 4), now, density, 242, 300 / 242)


def test_bits_stay_and_dead_cells_leave_more_of_them() -> None:
    first, next_ = _phase(_at(30.0, 0.0)), _phase(_at(31.0, 0.0))
    assert np.corrcoef(first.ravel(), next_.ravel())[0, 1] > 0.9
    killed = _at(50.0, 3.0)
    assert len(killed.bits) > 10
    assert _phase(killed).sum() > 2 * _phase(_at(50.0, 0.0)).sum()
    assert _phase(_at(-24.0, 0.0), 0.0).sum() == pytest.approx(0.0)
