from __future__ import annotations

import numpy as np
import pytest

from phenolens.effects.shape import shape_of

T = np.arange(0.0, 48, 3)  # 16 times
FLAT = np.zeros(16)
LINE = np.maximum(T - 9, 0)
PLATEAU = np.minimum(LINE, 12)
HILL = np.where(T < 27, LINE, np.maximum(18 - (T - 27) * 1.5, 0))


def test_departure_peak_and_fall() -> None:
    shape = shape_of(T, np.stack([FLAT, LINE, PLATEAU, HILL]), 2.0)
    np.testing.assert_array_equal(shape.departure, [np.nan, 12, 12, 12])
    assert shape.early.tolist() == [False, True, True, True]
    np.testing.assert_allclose(shape.peak, [0, 36, 12, 15])
    np.testing.assert_allclose(shape.fall[:3], [0, 3 / 36, 0])
    assert shape.fall[3] == 1
    assert shape.dropped[3] == 15


def test_a_line_rises_and_a_plateau_levels_off() -> None:
    shape = shape_of(T, np.stack([LINE, PLATEAU, HILL]), 2.0)
    assert shape.rise[0] == 1
    assert shape.level[0] == pytest.approx(1.0)
    assert shape.level[1] == pytest.approx(0.0, abs=0.05)
    assert shape.rise[2] < 0.3


def test_of_many_times_a_part_counts_for_the_trend() -> None:
    time = np.linspace(0, 48, 3000)
    rises = np.maximum(time - 9, 0)
    shape = shape_of(time, np.stack([rises, np.abs(24 - time)]), 2.0)
    assert shape.rise[0] == 1
    assert abs(shape.rise[1]) < 0.05


def test_one_time_alone_is_no_departure() -> None:
    spike = FLAT.copy()
    spike[7] = 50
    shape = shape_of(T, np.stack([spike, np.where(T > 41, 9.0, 0.0)]), 2.0)
    assert np.isnan(shape.departure).all()
    assert (shape.peak == 0).all()


def test_a_short_curve_has_no_departure() -> None:
    assert np.isnan(shape_of(T[:2], np.full((1, 2), 9.0), 2.0).departure[0])
