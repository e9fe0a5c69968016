from __future__ import annotations

import numpy as np
import pytest

from phenolens.trajectories.dtw import dtw_matrix
from phenolens.trajectories.series import equal_time_rows
from phenolens.trajectories.warping_gain import found_again, nearest_others, warping_gain

pytest.importorskip("dtaidistance")
TIMES = np.arange(30.0)


def curves(delays: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of 12 heights, each once for each delay."""
    rng = np.random.default_rng(0)
    shapes = [
        (1 + height / 2) * np.exp(-0.5 * ((TIMES - 8 - delay) / 2) ** 2)
        for height in range(12)
        for delay in delays
    ]
    values = np.array(shapes) + 0.01 * rng.normal(size=(len(shapes), len(TIMES)))
    return values, np.repeat(np.arange(12), len(delays))


def gain(delays: list[int]) -> object:
    values, same = curves(delays)
    warped = dtw_matrix([one[:, None] for one in values], 0, "test")
    return warping_gain(warped, equal_time_rows(values[:, :, None]), same, 0)


def test_warping_helps_where_replicates_are_delayed() -> None:
    made = gain([0, 7, 13])
    assert made.says == "warping helps"  # type: ignore[attr-defined]
    assert made.warped > made.plain + 0.5  # type: ignore[attr-defined]
    assert made.low > 0  # type: ignore[attr-defined]


def test_warping_adds_nothing_where_they_are_not() -> None:
    made = gain([0, 0, 0])
    assert made.says == "warping adds nothing"  # type: ignore[attr-defined]
    assert made.low <= 0 <= made.high  # type: ignore[attr-defined]


def test_without_replicates_it_is_not_known() -> None:
    made = warping_gain(np.zeros((2, 2)), np.zeros((2, 2)), np.array([0, 1]), 0)
    assert made.curves == 0
    assert "not known" in made.says


def test_of_equally_near_curves_the_first_and_of_none_none() -> None:
    nan = np.nan
    matrix = np.array([[0, 2, 2 + 1e-12, 1], [2, 0, 5, nan], [2, 5, 0, nan], [1, nan, nan, 0]])
    assert nearest_others(matrix).tolist() == [3, 0, 0, 0]
    assert nearest_others(np.full((2, 2), nan)).tolist() == [-1, -1]
    assert nearest_others(np.zeros((1, 1))).tolist() == [-1]
    assert found_again(matrix, np.array([0, 0, 1, 0])).tolist() == [True, True, False, True]
