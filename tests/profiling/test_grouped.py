from __future__ import annotations

import math

import numpy as np
import pytest
from jaxtyping import Float32, Int64

from phenolens.profiling import grouped
from phenolens.profiling.grouped import fingerprint, in_order, means, medians

Rows = tuple[Float32[np.ndarray, "n d"], Int64[np.ndarray, " n"], Int64[np.ndarray, " g"]]


@pytest.fixture
def rows() -> Rows:
    """Rows of 30 groups, of 1 to 3,000 rows: more than are added at a time."""
    rng = np.random.default_rng(0)
    codes = np.concatenate([np.arange(30), np.full(3000, 7), rng.integers(0, 30, 500)])
    x = rng.normal(size=(len(codes), 7)) * 10.0 ** rng.integers(-4, 4, (len(codes), 7))
    x = x.astype(np.float32)
    return x, *in_order(fingerprint(x), codes, 30)


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
    np.testing.assert_array_equal(reduce(x, order, start), whole)


@pytest.mark.parametrize("d", [1, 2, 6, 7])
def test_a_fingerprint_is_the_sum_of_those_of_blocks_of_columns(d: int) -> None:
    x = np.random.default_rng(d).normal(size=(50, d)).astype(np.float32)
    found = fingerprint(x)
    assert len(set(found.tolist())) == 50
    parts = [fingerprint(x[:, i : i + 2], first=i) for i in range(0, d, 2)]
    np.testing.assert_array_equal(np.sum(parts, axis=0, dtype=np.uint64), found)


def test_rows_are_in_one_order_wherever_they_stand(rows: Rows) -> None:
    x = rows[0]
    codes = np.random.default_rng(1).permutation(len(x)) % 5
    order, start = in_order(fingerprint(x), codes, 5)
    assert (np.diff(codes[order]) >= 0).all()
    assert start.tolist() == [int((codes < k).sum()) for k in range(5)]
    shuffle = np.random.default_rng(2).permutation(len(x))
    again, _ = in_order(fingerprint(x[shuffle]), codes[shuffle], 5)
    np.testing.assert_array_equal(shuffle[again], order)
