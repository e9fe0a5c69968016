from __future__ import annotations

import math

import numpy as np
import pytest
from jaxtyping import Float32, Int64

from phenolens.grouping import grouped
from phenolens.grouping.grouped import by_group, in_order, means, medians, row_hashes

Rows = tuple[Float32[np.ndarray, "n d"], Int64[np.ndarray, " n"], Int64[np.ndarray, " g"]]


@pytest.fixture
def rows() -> Rows:
    """Rows of 30 groups, of 1 to 3,000 rows: more than are added at a time."""
    rng = np.random.default_rng(0)
    codes = np.concatenate([np.arange(30), np.full(3000, 7), rng.integers(0, 30, 500)])
    x = rng.normal(size=(len(codes), 7)) * 10.0 ** rng.integers(-4, 4, (len(codes), 7))
    x = x.astype(np.float32)
    return x, *in_order(row_hashes(x), codes, 30)


def test_means_and_medians_are_those_of_exact_sums(rows: Rows) -> None:
    x, order, start = rows
    for k, group in enumerate(np.split(order, start[1:])):
        for j in range(x.shape[1]):
            values = sorted(x[group, j].tolist())
            exact = math.fsum(values) / len(values)
            np.testing.assert_allclose(means(x, order, start)[k, j], exact, rtol=1e-6)
            middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
            assert medians(x, order, start)[k, j] == np.float32(middle)
        if k == 8:
            break


@pytest.mark.parametrize("reduce", [means, medians])
def test_blocks_of_columns_and_of_groups_change_no_bit(
    rows: Rows, reduce: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(reduce)
    x, order, start = rows
    whole = reduce(x, order, start)
    by_column = [reduce(x[:, [j]], order, start) for j in range(7)]
    np.testing.assert_array_equal(np.concatenate(by_column, axis=1), whole)
    cut = start[9]  # the groups before and after the ninth, as two tables would have them
    np.testing.assert_array_equal(reduce(x, order[:cut], start[:9]), whole[:9])
    np.testing.assert_array_equal(reduce(x, order[cut:], start[9:] - cut), whole[9:])
    monkeypatch.setattr(grouped, "_SORTED", 24)
    monkeypatch.setattr(grouped, "_ROWS", 5)
    np.testing.assert_array_equal(reduce(x, order, start), whole)


@pytest.mark.parametrize("reduce", [means, medians])
def test_no_order_within_a_group_changes_a_bit(reduce: object) -> None:
    """Values whose sums do hang on the order: ties of rounding, cancellation, zeros, outliers."""
    assert callable(reduce)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4000, 6)).astype(np.float32)
    x[:, 0] = x[:, 0].astype(np.float16)  # few digits: means half way between two float32
    x[::2, 1] = -x[1::2, 1] + rng.choice([0, 1e-7], 2000).astype(np.float32)
    x[:, 2] = rng.choice([0, 0, 0, -0.0, 1], 4000)
    x[::50, 3] = 1e30
    x[1::50, 3] = -1e30
    x[:, 4] = 0
    x[:, 5] = 0.1
    codes = np.sort(rng.choice([0, 1, 2, 3, 4], p=[0.9, 0.06, 0.03, 0.005, 0.005], size=4000))
    codes = np.unique(np.concatenate([codes[:3990], np.arange(5, 15)]), return_inverse=True)[1]
    order, start = by_group(codes, int(codes.max()) + 1)
    wanted = reduce(x, order, start)
    for _ in range(5):
        shuffle = rng.permutation(4000)
        again = reduce(x[shuffle], *by_group(codes[shuffle], len(start)))
        np.testing.assert_array_equal(again.view(np.uint32), wanted.view(np.uint32))
    assert (wanted[:, 5] == np.float32(0.1)).all()
    assert not wanted[:, 4].any()


def test_a_value_that_is_not_finite_makes_a_mean_that_is_not() -> None:
    x = np.ones((40, 3), dtype=np.float32)
    x[1, 0], x[12, 1], x[13, 1], x[20, 2] = np.nan, np.inf, -np.inf, np.inf
    made = means(x, np.arange(40), np.array([0, 3, 5]))
    assert np.isfinite(made).tolist() == [[False, True, True], [True] * 3, [True, False, False]]


def test_by_group_is_a_stable_sort() -> None:
    codes = np.random.default_rng(4).permutation(np.repeat(np.arange(7), 30))
    order, start = by_group(codes, 7)
    np.testing.assert_array_equal(order, np.argsort(codes, kind="stable"))
    assert start.tolist() == list(range(0, 210, 30))


@pytest.mark.parametrize("d", [1, 2, 6, 7])
def test_a_row_hash_is_the_sum_of_those_of_blocks_of_columns(d: int) -> None:
    x = np.random.default_rng(d).normal(size=(50, d)).astype(np.float32)
    found = row_hashes(x)
    assert len(set(found.tolist())) == 50
    parts = [row_hashes(x[:, i : i + 2], first=i) for i in range(0, d, 2)]
    np.testing.assert_array_equal(np.sum(parts, axis=0, dtype=np.uint64), found)


def test_rows_are_in_one_order_wherever_they_stand(rows: Rows) -> None:
    x = rows[0]
    codes = np.random.default_rng(1).permutation(len(x)) % 5
    order, start = in_order(row_hashes(x), codes, 5)
    assert (np.diff(codes[order]) >= 0).all()
    assert start.tolist() == [int((codes < k).sum()) for k in range(5)]
    shuffle = np.random.default_rng(2).permutation(len(x))
    again, _ = in_order(row_hashes(x[shuffle]), codes[shuffle], 5)
    np.testing.assert_array_equal(shuffle[again], order)
