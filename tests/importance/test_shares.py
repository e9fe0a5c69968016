"""Shares of channels, by hand."""

from __future__ import annotations

import numpy as np

from phenolens.importance.shares import channel_shares

WELLS = np.array(["A01", "A01", "A02"])


def test_shares_are_of_the_sum_over_images_and_may_be_negative() -> None:
    sums = np.array([[1.0, 3.0, -1.0], [2.0, 2.0, 0.0], [0.0, 4.0, -1.0]])
    made = channel_shares(sums, WELLS, 0)
    np.testing.assert_allclose(made[:, 0], [0.3, 0.9, -0.2])
    # Two wells: both draws of one well alone are the ends of the interval.
    wells = np.array([[3.0, 5.0, -1.0], [0.0, 4.0, -1.0]])
    each = wells / wells.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(made[:, 1], each.min(axis=0))
    np.testing.assert_allclose(made[:, 2], each.max(axis=0))


def test_a_whole_that_is_not_above_0_has_no_shares_and_one_well_no_interval() -> None:
    assert np.isnan(channel_shares(np.array([[1.0, -2.0]]), WELLS[:1], 0)).all()
    unsure = np.array([[3.0, 1.0], [0.0, 0.0], [-1.0, -2.0]])  # 1 in sum, one well against it
    assert np.isnan(channel_shares(unsure, WELLS, 0)).all()
    made = channel_shares(np.array([[1.0, 1.0]]), WELLS[:1], 0)
    np.testing.assert_array_equal(made, [[0.5, np.nan, np.nan]] * 2)
