from __future__ import annotations

import numpy as np
from sklearn.isotonic import isotonic_regression

from phenolens.trajectories.dose_reversal import isotonic, reversal


def test_the_regression_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    size = rng.integers(1, 9, 7).astype(float)
    total = rng.normal(size=(30, 7)) * size
    slow = [isotonic_regression(one / size, sample_weight=size) for one in total]
    np.testing.assert_allclose(isotonic(total, size), slow, atol=1e-12)


def test_what_never_falls_is_not_a_reversal_however_it_rises() -> None:
    dose, rng = np.repeat([1.0, 2, 4, 8], 6), np.random.default_rng(0)
    step = np.where(dose >= 4, 10.0, 0) + 0.001 * rng.normal(size=24) + 0.01 * dose
    assert reversal(dose, step, 200, rng) > 0.9
    assert reversal(dose, np.ones(24), 50, rng) == 1


def test_a_clear_reversal_is_shuffled_more_often_among_many_compounds() -> None:
    dose, rng = np.repeat([1.0, 2, 4, 8], 6), np.random.default_rng(0)
    assert reversal(dose, -dose, 100, rng) == 1 / 101
    assert reversal(dose, -dose, 100, rng, most=5000) == 1 / 5001
    assert reversal(dose, dose, 100, rng, most=5000) == 1


def test_what_falls_is_found_and_chance_is_not() -> None:
    dose, rng = np.repeat([1.0, 2, 4, 8], 6), np.random.default_rng(1)
    bell = np.select([dose == 1, dose == 2, dose == 4], [0, 2, 4], 0.5) + 0.5 * rng.normal(size=24)
    assert reversal(dose, bell, 200, rng) < 0.02
    p = np.array([reversal(dose, rng.normal(size=24), 60, rng) for _ in range(60)])
    assert (p < 0.05).mean() < 0.15
    assert 0.3 < p.mean() < 0.8
