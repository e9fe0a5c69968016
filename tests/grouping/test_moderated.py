from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from phenolens.grouping import moderated
from phenolens.grouping.moderated import moderated_means


def slow(rows: np.ndarray, min_weight: float, precision: int) -> list[float]:
    """Return the weights of Subramanian et al. 2017, pair by pair."""
    k = len(rows)
    raw = []
    for i in range(k):
        r = [max(0.0, float(stats.spearmanr(rows[i], rows[j])[0])) for j in range(k) if j != i]
        raw.append(max(min_weight, sum(r) / (k - 1)))
    return [round(w / sum(raw), precision) for w in raw]


@pytest.mark.parametrize(("min_weight", "precision"), [(0.01, 4), (0.3, 2)])
def test_weights_by_loops(
    min_weight: float, precision: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9, 12)).astype(np.float32)
    x[1:4] += 2 * x[0]  # four that agree
    x[4] = -x[0]  # and one that says the opposite
    x[5, :3] = x[5, 3]  # ties
    order, start = np.arange(9)[::-1], np.array([0, 2, 8])
    made, weights = moderated_means(x, order, start, min_weight, precision)
    for k, group in enumerate(np.split(order, start[1:])):
        wanted = slow(x[group], min_weight, precision) if len(group) > 1 else [1.0]
        assert weights[start[k] : start[k] + len(group)].tolist() == pytest.approx(
            wanted, abs=1e-12
        )
        np.testing.assert_allclose(made[k], np.array(wanted) @ x[group], rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(moderated, "_ROWS", 2)
    again, _ = moderated_means(x, order, start, min_weight, precision)
    np.testing.assert_allclose(again, made, rtol=1e-6)


def test_one_row_is_itself_and_two_weigh_the_same() -> None:
    x = np.array([[1, 5, 2], [9, 7, 3], [2, 1, 8]], dtype=np.float32)
    made, weights = moderated_means(x, np.arange(3), np.array([0, 1]))
    assert weights.tolist() == [1.0, 0.5, 0.5]
    assert made.tolist() == [[1, 5, 2], [5.5, 4.0, 5.5]]


def test_a_constant_row_has_no_say_but_the_least_weight() -> None:
    x = np.array([[1, 2, 3, 4], [1, 2, 4, 5], [7, 7, 7, 7]], dtype=np.float32)
    _, weights = moderated_means(x, np.arange(3), np.array([0]))
    # The two agree fully with one another and not with the third: 0.5, 0.5 and 0.01.
    assert weights.tolist() == [0.495, 0.495, 0.0099]
    # Of one feature no row has ranks: all weigh the same.
    _, weights = moderated_means(x[:, :1], np.arange(3), np.array([0]))
    assert weights.tolist() == [0.3333] * 3
