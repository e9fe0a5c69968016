from __future__ import annotations

from typing import Any

import numpy as np

from phenolens.trajectories.curves import Curves
from phenolens.trajectories.series import equal_time_rows, on_grid, scaled_series


def test_each_variable_is_in_its_sd_over_the_run(table: Any) -> None:
    rows = [
        *(("A1", "DMSO", t, [t, 100 * t, 7.0]) for t in (0.0, 1.0, 2.0)),
        *(("B1", "x", t, [2 * t, 50 * t, 7.0]) for t in (0.0, 2.0)),
        ("B1", "x", 1.0, [np.nan, 0.0, 7.0]),
    ]
    made = table(rows)
    curves = Curves.of(made, "test")
    series = scaled_series(made, curves, np.array([0, 1]))
    assert [one.shape for one in series] == [(3, 3), (2, 3)]
    both = np.concatenate(series)
    np.testing.assert_allclose(both.std(axis=0)[:2], 1)
    assert set(both[:, 2]) == {7.0}, "a constant variable is left as it is"
    one = scaled_series(made, curves, np.array([1]))[0]
    np.testing.assert_allclose(one[:, 0], [0, 2], err_msg="over the rows of the run alone")
    grid = on_grid(curves, np.array([0, 1]), series)
    assert grid.shape == (2, 3, 3)
    assert np.isnan(grid[1, 1]).all()


def test_distances_at_equal_times_leave_missing_times_out() -> None:
    nan = np.nan
    values = np.array([[0.0, 0, 0], [1, nan, 3], [nan, 5, nan]])[:, :, None]
    made = np.stack(list(equal_time_rows(values)))
    np.testing.assert_array_equal(made, [[0, 6, 15], [6, 0, nan], [15, nan, 0]])
