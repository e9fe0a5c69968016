"""Row by row: what two scores share cancels out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.metrics.nearest_match import NearestMatch
from phenolens.statistics.paired import paired_difference


def score(values: np.ndarray, compounds: int | None = None) -> Score:
    n = len(values)
    rows = pd.DataFrame({"treatment": [f"t{i}" for i in range(n)], "value": values})
    if compounds:
        rows["compound"] = [f"c{i % compounds}" for i in range(n)]
    return Score("nsc", float(np.mean(values)), rows=rows, n=n)


def test_by_hand_and_in_any_order() -> None:
    one, other = score(np.array([1, 1, 0, 1])), score(np.array([0, 1, 0, 0]))
    found = paired_difference(one, other)
    assert (found.value, found.n) == (0.5, 4)
    turned = Score("nsc", 0.25, rows=other.rows.iloc[::-1].reset_index(drop=True))
    assert paired_difference(one, turned) == found


def test_equal_scores_differ_by_nothing() -> None:
    one = score(np.array([1.0, 0.0, 1.0]))
    found = paired_difference(one, one)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_interval_is_scipys_bootstrap_where_every_row_is_a_unit() -> None:
    rng = np.random.default_rng(3)
    a = (rng.random(200) < 0.7).astype(float)
    b = (rng.random(200) < 0.5).astype(float)
    found = paired_difference(score(a), score(b), resamples=20_000)
    wanted = stats.bootstrap(
        (a - b,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert found.low == pytest.approx(wanted.low, abs=0.006)
    assert found.high == pytest.approx(wanted.high, abs=0.006)


def test_doses_that_move_together_count_once() -> None:
    # 100 rows, but 5 compounds whose 20 doses agree: the interval is that of 5 values.
    values = np.tile([1.0, 0.0, 1.0, 0.0, 1.0], 20)
    zero = np.zeros(100)
    apart = paired_difference(score(values), score(zero))
    together = paired_difference(score(values, 5), score(zero, 5))
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_rows_that_cannot_be_matched_are_refused() -> None:
    one = score(np.array([1.0]))
    with pytest.raises(InputError, match="no row in common"):
        paired_difference(
            one, Score("nsc", 0, rows=pd.DataFrame({"treatment": ["x"], "value": [1]}))
        )
    with pytest.raises(InputError, match="cannot be matched: no column"):
        paired_difference(one, Score("nsc", 0, rows=pd.DataFrame({"value": [1]})))


def time_lapse(noise: float) -> Profiles:
    """Four compounds in two wells each, at three time points; they part with time."""
    rows = [
        {"compound": c, "treatment": c, "plate": "p", "well": f"{c}{w}", "time": hours}
        for c in "ABCD"
        for w in "12"
        for hours in (0.0, 12.0, 24.0)
    ]
    meta = pd.DataFrame(rows)
    rng = np.random.default_rng(0)
    effect = np.eye(4)[pd.factorize(meta["compound"])[0]] * (1 + meta["time"].to_numpy()[:, None])
    return Profiles(meta=meta, features=effect + noise * rng.normal(size=effect.shape))


def test_time_points_of_a_well_are_rows_of_their_own() -> None:
    metric = NearestMatch(same="compound", differ=("well",), permutations=9)
    clear, noisy = metric(time_lapse(0.01)), metric(time_lapse(20.0))
    assert clear.rows["time"].tolist() == [0.0, 12.0, 24.0] * 8
    found = paired_difference(clear, noisy)
    assert found.n == 24
    assert found.value == pytest.approx(clear.value - noisy.value)
    order = np.random.default_rng(1).permutation(24)
    again = metric(time_lapse(20.0).take(order))
    assert paired_difference(clear, again) == found  # by time, not by place in the table


def test_without_the_time_they_cannot_be_matched() -> None:
    rows = pd.DataFrame({"treatment": ["A", "A"], "well": ["1", "1"], "value": [1.0, 0.0]})
    score = Score("nsc", 0.5, rows=rows)
    with pytest.raises(InputError, match="treatment, well does not identify them"):
        paired_difference(score, score)
    timed = Score("nsc", 0.5, rows=rows.assign(time=[0, 24]))
    assert paired_difference(timed, timed).n == 2


def test_pairs_of_drugs_treatments_in_several_batches_and_doses_are_rows_of_their_own() -> None:
    pairs = pd.DataFrame({"compound": ["a", "a"], "other_compound": ["b", "c"], "value": [1.0, 0]})
    batches = pd.DataFrame({"treatment": ["a", "a"], "batch": ["1", "2"], "value": [1.0, 0]})
    doses = pd.DataFrame({"compound": ["a", "a"], "concentration": [0.1, 1.0], "value": [1.0, 0]})
    over_time = doses.assign(cell_line="U2OS", time=24.0)
    for rows in (pairs, batches, doses, over_time):
        score = Score("x", 0.5, rows=rows)
        turned = Score("x", 0.5, rows=rows.iloc[::-1])
        assert paired_difference(score, turned).value == 0
        assert paired_difference(score, turned).n == 2
