from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from phenolens.statistics.held_out import FIGURES, Linear, held_out, judged


def _by_hand(
    x: NDArray[np.float64], y: NDArray[np.bool_], test: NDArray[np.bool_], c: float
) -> NDArray[np.float64]:
    """Minimise C sum s_i log(1 + exp(-y_i f_i)) + |w|^2 / 2 on the training rows alone."""
    train = ~test
    mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
    z, sign = (x - mean) / sd, np.where(y, 1.0, -1.0)
    n, ones = train.sum(), y[train].sum()
    weight = np.where(y, n / (2 * ones), n / (2 * (n - ones)))[train]

    def loss(theta: NDArray[np.float64]) -> float:
        margin = sign[train] * (z[train] @ theta[1:] + theta[0])
        return float(c * (weight * np.logaddexp(0, -margin)).sum() + theta[1:] @ theta[1:] / 2)

    best = minimize(loss, np.zeros(x.shape[1] + 1), options={"gtol": 1e-7})
    return np.asarray(1 / (1 + np.exp(-(z[test] @ best.x[1:] + best.x[0]))))


@pytest.mark.parametrize("c", [1.0, 0.05])
def test_probabilities_are_those_of_the_equation(c: float) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(36) % 3 == 0
    x = rng.normal(size=(36, 3)) * [1, 50, 0.1] + np.where(y, 1.0, 0.0)[:, None]
    fold = np.repeat(np.arange(3), 12)
    found = expit(held_out(x, y, fold, Linear(c)))
    for one in range(3):
        test = fold == one
        assert found[test] == pytest.approx(_by_hand(x, y, test, c), abs=1e-4)


def test_nothing_of_the_held_out_rows_is_fitted() -> None:
    """Not their mean and scale either: other held-out rows leave a row's probability alone."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 40)), np.arange(30) % 2 == 0
    fold = np.repeat(np.arange(3), 10)
    moved = x.copy()
    moved[1:10] = 1e6 * rng.normal(size=(9, 40))
    for model in (Linear(), Linear(components=4)):
        one, other = held_out(x, y, fold, model), held_out(moved, y, fold, model)
        assert other[0] == one[0]
        assert not np.array_equal(other[10:], one[10:])  # of training rows, though


def test_figures_worked_by_hand() -> None:
    """Two folds. Ranks by fold, counts over all: 3 of 4 drugs found, 1 of 4 controls called.

    Fold 0: drugs .9 .2, controls .4 .1: of four pairs, (.2, .4) is wrong: 3/4. Average precision:
    drug at rank 1 (1/1) and at rank 3 (2/3): 5/6. Fold 1: drugs .8 .7, controls .95 .3: (.8, .95)
    and (.7, .95) wrong: 2/4. Ranks 2 and 3: (1/2 + 2/3) / 2 = 7/12.
    """
    probability = np.array([0.9, 0.2, 0.4, 0.1, 0.8, 0.7, 0.95, 0.3])
    drug = np.array([True, True, False, False, True, True, False, False])
    found = judged(drug, logit(probability), np.repeat([0, 1], 4))
    assert set(found) == set(FIGURES)
    assert found["roc_auc"] == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert found["average_precision"] == pytest.approx((5 / 6 + 7 / 12) / 2)
    assert found["accuracy"] == pytest.approx(6 / 8)
    assert found["precision"] == pytest.approx(3 / 4)
    assert found["recall"] == pytest.approx(3 / 4)
    assert found["specificity"] == pytest.approx(3 / 4)
    assert found["f1"] == pytest.approx(3 / 4)


def test_recall_is_not_written_under_precision() -> None:
    drug = np.array([True, True, True, False, False, False])
    found = judged(
        drug, logit(np.array([0.9, 0.1, 0.1, 0.1, 0.1, 0.1])), np.zeros(6, dtype=np.int64)
    )
    assert found["precision"] == 1
    assert found["recall"] == pytest.approx(1 / 3)
    assert found["f1"] == pytest.approx(0.5)


def test_the_roc_auc_is_of_probabilities_not_of_hard_calls() -> None:
    """All below 0.5, so that hard calls are all alike (AUC 1/2); yet the ranking is perfect."""
    drug = np.array([True, True, False, False])
    found = judged(drug, logit(np.array([0.4, 0.3, 0.2, 0.1])), np.zeros(4, dtype=np.int64))
    assert found["roc_auc"] == 1
    assert (found["recall"], found["precision"], found["f1"]) == (0, 0, 0)


def test_strata_count_by_their_pairs_and_those_of_one_kind_not_at_all() -> None:
    """Stratum 0: one drug below its three controls, 0 of 3 pairs; stratum 1: 1 of 1 pair."""
    drug = np.array([True, False, False, False, True, False, True, False])
    told = np.array([0.1, 0.2, 0.3, 0.4, 0.9, 0.8, 0.0, 1.0])
    found = judged(drug, logit(told), np.array([0, 0, 0, 0, 1, 1, 2, 3]))
    assert found["roc_auc"] == pytest.approx(1 / 4)
    assert found["average_precision"] == pytest.approx((1 / 4 + 1) / 2)


def test_log_odds_within_the_optimizers_tolerance_are_ties() -> None:
    drug = np.array([True, False, True, False])
    found = judged(drug, np.array([1e-8, 0.0, -1e-8, 2e-8]), np.zeros(4, dtype=np.int64))
    assert (found["roc_auc"], found["average_precision"], found["recall"]) == (0.5, 0.5, 1)
