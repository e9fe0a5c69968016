"""Replicates that are stacked in one column, and times that are missing, doubled, out of order."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.curves.series import Times, out_of_order, replicate_starts, usual_spacing


@pytest.mark.parametrize(
    ("times", "starts"),
    [
        ([0, 3, 6, 0, 3, 6, 0, 3, 6], [0, 3, 6]),
        ([0, 3, 6, 9, 0, 3, 6, 0, 3, 6, 9], [0, 4, 7]),  # the second lacks its last time
        ([0, 3, 6, 9, 3, 6, 9], [0, 4]),  # the second lacks its first
        ([0, 3.0333, 6, 9, 0.1, 3, 6.1, 9], [0, 4]),  # times that differ
        ([0, 3, 9, 6, 12], [0]),  # out of order
        ([0, 3, 3, 6], [0]),  # doubled
        ([-4, -2, 0, 2, -4, -2, 0], [0, 4]),
        ([5], [0]),
        ([], []),
    ],
)
def test_a_replicate_begins_where_time_falls_back(times: list[float], starts: list[int]) -> None:
    assert replicate_starts(np.array(times, dtype=np.float64)) == starts


def test_out_of_order_times_are_counted_without_the_replicates() -> None:
    times = np.array([0.0, 3, 9, 6, 12, 0, 3, 6])
    assert out_of_order(times, replicate_starts(times)) == 1


def test_what_is_odd_is_counted() -> None:
    times = np.array([0.0, 3, 6, 12, 0, 3, 12])
    found = Times.of(times, np.array([0, 0, 0, 0, 1, 1, 1]), doubled=2, out_of_order=1)
    assert (found.count, found.first, found.last, found.spacing) == (4, 0.0, 12.0, 3.0)
    assert (found.missing, found.gaps, found.doubled, found.out_of_order) == (1, 1, 2, 1)
    assert found.uneven
    assert not Times.of(np.array([0.0, 2, 4]), np.zeros(3, dtype=np.int64)).uneven


def test_a_time_twice_in_a_curve_is_no_gap_of_another() -> None:
    times = np.array([0.0, 3, 3, 3, 0, 3])
    found = Times.of(times, np.array([0, 0, 0, 0, 1, 1]))
    assert (found.count, found.gaps) == (2, 0)


def test_one_time_has_no_spacing() -> None:
    assert np.isnan(usual_spacing(np.array([3.0, 3.0])))
    assert Times.of(np.array([3.0]), np.zeros(1, dtype=np.int64)).missing == 0
