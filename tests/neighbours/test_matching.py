from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from phenolens.neighbours.matching import Matches, shares, shuffled


def test_truths_of_several_values_match_if_they_share_one() -> None:
    assert shares(pd.Series(["a", "a|b", "b", "c"])).astype(int).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [0, 1, 1, 0],
        [0, 0, 0, 1],
    ]


def test_the_null_is_the_distribution_over_all_permutations() -> None:
    truth = pd.Series(["X", "X", "Y", "Y", "Z"])
    unit, other = np.array([0, 1, 2, 3, 4, 4]), np.array([1, 2, 3, 4, 0, -1])
    weight = np.full(6, 1 / 6)
    exact = [
        sum(p[u] == p[o] for u, o in zip(unit, other, strict=True) if o >= 0) / 6
        for p in permutations(truth)
    ]
    null = shuffled(truth, unit, other, weight, 4000, seed=0)
    assert set(np.round(null, 9)) <= set(np.round(exact, 9))
    error = np.std(exact) / np.sqrt(4000)
    assert null.mean() == pytest.approx(np.mean(exact), abs=4 * error)
    for value in np.unique(exact):
        share = np.mean(np.array(exact) >= value - 1e-12)
        assert np.mean(null >= value - 1e-12) == pytest.approx(share, abs=0.04)


def test_many_queries_of_few_units_give_the_same_null() -> None:
    """Added up by pairs of units first, with truths of several values and lonely queries."""
    rng = np.random.default_rng(0)
    truth = pd.Series(["X", "X|Y", "Y", "Z", "Z"])
    unit, other = rng.integers(0, 5, 200), rng.integers(-1, 5, 200)
    weight = rng.random(200)
    summed = shuffled(truth, unit, other, weight, 50, seed=3)
    one_by_one = sum(
        shuffled(truth, unit[i : i + 20], other[i : i + 20], weight[i : i + 20], 50, seed=3)
        for i in range(0, 200, 20)
    )
    np.testing.assert_allclose(summed, one_by_one)


def test_rows_of_one_unit_move_together() -> None:
    """Two compounds, each with ten rows next to the other: all rows hit or none does."""
    unit = np.repeat([0, 1], 10)
    weight = np.full(20, 1 / 20)
    same = shuffled(pd.Series(["X", "X"]), unit, 1 - unit, weight, 50, seed=1)
    other = shuffled(pd.Series(["X", "Y"]), unit, 1 - unit, weight, 50, seed=1)
    np.testing.assert_allclose(same, 1)
    np.testing.assert_allclose(other, 0)


def test_the_score_is_the_mean_of_its_rows_with_wilsons_interval() -> None:
    matches = Matches(
        rows=pd.DataFrame({"treatment": list("abcd"), "value": [1, 1, 1, 0]}),
        same="moa",
        units=pd.DataFrame({"compound": list("AB"), "moa": list("XY")}),
        source=np.arange(4),
        unit=np.array([0, 0, 1, 1]),
        other=np.array([1, 1, 0, -1]),
        notes=("said",),
    )
    score = matches.score("nsc", permutations=10, seed=0, notes=("first",))
    assert (score.name, score.value, score.hits, score.n) == ("nsc", 0.75, 3, 4)
    # Wilson 1927 for 3 of 4 by hand: centre (0.75 + 3.8415/8) / (1 + 3.8415/4) = 0.62753,
    # half 1.95996 / 1.96037 * sqrt(0.75 * 0.25 / 4 + 3.8415 / 64) = 0.32690
    np.testing.assert_allclose([score.low, score.high], [0.30064, 0.95443], atol=2e-4)
    assert score.notes == ("first", "said")
