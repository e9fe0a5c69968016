"""Drawing partners: uniform, at a cost that does not grow with the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from phenolens.core.pairs import PairRule

MANY = pd.DataFrame(
    {
        "treatment": ["t"] * 10 + ["u"] * 2 + ["v"],
        "targets": ["p|q"] * 4 + ["q"] * 3 + ["r"] * 3 + ["p"] * 3,
        "batch": [f"b{i % 3}" for i in range(13)],
        "plate": [f"p{i % 5}" for i in range(13)],
    }
)


@pytest.mark.parametrize(
    ("rule", "include_self"),
    [
        (PairRule(same=("treatment",)), False),
        (PairRule(same=("treatment",)), True),
        (PairRule(same=("treatment",), differ=("batch",)), False),
        (PairRule(same=("treatment",), differ=("batch", "plate")), False),
        (PairRule(same=("targets",)), False),
        (PairRule(same=("targets",)), True),
        (PairRule(same=("treatment",), differ=("targets",)), True),
    ],
    ids=str,
)
def test_draws_are_uniform(rule: PairRule, include_self: bool) -> None:
    """Pearson's chi-square over the partners of one row; its 99.9 % quantile at the seed."""
    index, row, draws = rule.partners(MANY), 1, 6000
    itself = [row] if include_self and not rule.differ else []
    expected = sorted([*index.of(row), *itself])
    assert len(expected) > 1
    drawn = index.draw(np.full(draws, row), np.random.default_rng(3), include_self=include_self)
    values, seen = np.unique(drawn, return_counts=True)
    assert values.tolist() == expected
    mean = draws / len(expected)
    assert float(((seen - mean) ** 2 / mean).sum()) < chi2.ppf(0.999, len(expected) - 1)


def test_a_row_alone_meets_itself_only_where_asked() -> None:
    index = PairRule(same=("treatment",)).partners(MANY)
    rng = np.random.default_rng(0)
    assert index.lonely.tolist() == [False] * 12 + [True]
    assert index.draw(np.array([12, 10]), rng).tolist() == [-1, 11]
    assert index.draw(np.array([12]), rng, include_self=True).tolist() == [12]


def test_same_seed_same_draws() -> None:
    index = PairRule(same=("treatment",), differ=("batch",)).partners(MANY)
    rows = np.arange(10)
    first, second = (index.draw(rows, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)


class _Counting(np.ndarray):
    """An array that counts the elements read from it."""

    read = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        type(self).read += np.size(found)
        return found


@pytest.mark.parametrize("differ", [(), ("batch",), ("batch", "plate")])
def test_a_draw_costs_the_same_in_a_table_fifty_times_as_long(differ: tuple[str, ...]) -> None:
    cost = []
    for times in (1, 50):
        meta = pd.concat([MANY] * times, ignore_index=True)
        index = PairRule(same=("treatment",), differ=differ).partners(meta)
        for name in ("rows", "start", "count", "own", "width"):
            object.__setattr__(index, name, getattr(index, name).view(_Counting))
        _Counting.read = 0
        index.draw(np.zeros(4, dtype=np.int64), np.random.default_rng(0))
        cost.append(_Counting.read)
    assert cost[0] == cost[1] > 0


@pytest.mark.parametrize("differ", [(), ("batch",), ("image",)])
def test_the_index_has_the_size_of_the_table(differ: tuple[str, ...]) -> None:
    """Also where every row is a kind of its own, and one treatment is most of the table."""
    meta = pd.concat([MANY] * 100, ignore_index=True)
    meta["image"] = [f"i{i}" for i in range(len(meta))]
    index = PairRule(same=("treatment",), differ=differ).partners(meta)
    assert len(index.rows) == len(meta)
