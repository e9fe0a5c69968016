from __future__ import annotations

import numpy as np
import pytest

from phenolens.lenses.linear import LinearTraining, linear_probabilities


def test_one_step_by_hand() -> None:
    codes = np.array([[-1.0], [1.0], [2.0]])
    used = np.array([True, True, False])
    training = LinearTraining(epochs=1, lr=0.1)
    found = linear_probabilities(codes, np.array([0, 1, 1]), used, 2, training, 0)
    # Adam's first step is lr times the sign of the gradient: w = (-0.1, 0.1), no bias; x = 2.
    odds = np.exp([-0.2, 0.2])
    np.testing.assert_allclose(found, [odds / odds.sum()], rtol=1e-4)


def test_units_of_features_do_not_matter_and_dead_ones_say_nothing() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    codes = np.eye(3)[labels] + rng.normal(0, 0.2, (60, 3))
    used = np.arange(60) < 40
    training = LinearTraining(epochs=20, lr=0.05, batch_size=16)
    found = linear_probabilities(codes, labels, used, 3, training, 0)
    assert (found.argmax(axis=1) == labels[~used]).mean() > 0.9
    assert found.sum(axis=1) == pytest.approx(1)
    dead = np.where(used, 7.0, 1e9)[:, None]
    other = np.hstack([codes * [1e3, 1, 1e-3] + [5, 0, 0], dead])
    again = linear_probabilities(other, labels, used, 3, training, 0)
    np.testing.assert_allclose(again, found, atol=1e-4)


def test_the_rows_that_are_asked_about_change_nothing() -> None:
    rng = np.random.default_rng(1)
    codes, labels = rng.normal(size=(20, 4)), rng.integers(0, 2, 20)
    used = np.arange(20) < 15
    training = LinearTraining(epochs=3)
    found = linear_probabilities(codes, labels, used, 2, training, 0)
    changed = codes.copy()
    changed[19] *= 100
    kept = linear_probabilities(changed, np.where(used, labels, 0), used, 2, training, 0)
    np.testing.assert_array_equal(found[:4], kept[:4])
