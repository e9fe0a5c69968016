from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from phenolens.statistics.ties import (
    FITTED,
    FLOOR,
    SHARE,
    band,
    exceeds,
    first_largest,
    largest,
    levels,
    mean_ranks,
    reaches,
    rounding,
    starts,
)

GRID = np.array([0.1, 0.2, 0.3, 0.7, 1.0, 5e4])


def shaken(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same numbers with other last bits."""
    return values * (1 + rng.integers(-8, 9, values.shape) * 2.0**-53)


@given(st.integers(0, 10_000))
def test_last_bits_rank_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    place = rng.integers(0, len(GRID), 40)
    np.testing.assert_array_equal(
        levels(shaken(GRID[place], rng)), np.unique(place, return_inverse=True)[1]
    )
    table = GRID[rng.integers(0, len(GRID), (6, 9))]
    moved = shaken(table, rng)
    np.testing.assert_array_equal(first_largest(moved), table.argmax(axis=1))
    exact = np.sort(np.argsort(-table, axis=1, kind="stable")[:, :4], axis=1)
    np.testing.assert_array_equal(largest(moved, 4), exact)
    np.testing.assert_array_equal(reaches(moved, table[:, :1]), table >= table[:, :1])
    np.testing.assert_array_equal(exceeds(moved, table[:, :1]), table > table[:, :1])


def test_a_group_goes_on_as_long_as_no_gap_is_wide() -> None:
    """Neighbours within the tolerance, the first and last not: one group, whatever the grid."""
    chain = 1 + SHARE * np.arange(5) * 0.9
    assert levels(chain, 0.0).tolist() == [0] * 5
    assert levels(1 + SHARE * np.arange(3) * 1.1, 0.0).tolist() == [0, 1, 2]


def test_float32_numbers_are_told_apart() -> None:
    values = np.array([1.0, np.nextafter(np.float32(1), np.float32(2))], dtype=np.float64)
    assert levels(values).tolist() == [0, 1]


def test_infinite_values_are_groups_of_their_own() -> None:
    assert starts(np.array([-np.inf, 0.0, 1.0, np.inf, np.inf])).tolist() == [True] * 4 + [False]
    assert levels(np.array([np.inf, 3.0, np.inf])).tolist() == [1, 0, 1]


def test_each_value_may_have_a_floor_of_its_own() -> None:
    """Rounding of a product depends on the lengths of the vectors."""
    assert starts(np.zeros(0)).tolist() == []
    gaps = np.array([0.0, 1e-6, 2e-6])
    assert starts(gaps, np.array([0.0, 0.0, 1e-5])).tolist() == [True, True, False]


def test_the_band_of_a_value_is_what_it_ties_with() -> None:
    low, high = band(2.0)
    assert (2.0 - low, high - 2.0) == pytest.approx((2 * SHARE + FLOOR,) * 2)
    assert reaches(low, 2.0)
    assert not exceeds(high, 2.0)
    assert reaches(-FITTED / 2, 0.0, FITTED)


@pytest.mark.parametrize("d", [3, 400, 5000])
def test_the_floor_bounds_what_a_product_can_be_off_by(d: int) -> None:
    """Against exact sums: rows all equal, and sums in three orders."""
    rng = np.random.default_rng(d)
    x = rng.normal(size=(30, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    order = rng.permutation(d)
    one, other = x @ x.T, x[:, order] @ x[:, order].T
    third = np.einsum("ij,kj->ik", x, x)
    for product in (one, other):
        squared = np.abs(2 * product - 2 * third).max()
        assert squared < rounding(d)


def test_ranks_of_rows_are_those_of_each_row_with_ties_in_the_middle() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, (20, 9)).astype(np.float64)
    values[::2] += 1e-12 * rng.normal(size=(10, 9))
    values[3, 4:] = 1e300
    wanted = [rankdata(levels(row)) for row in values]
    np.testing.assert_array_equal(mean_ranks(values), wanted)
