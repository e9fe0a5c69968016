from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_selection import f_classif

from phenolens.core.errors import InputError
from phenolens.corrections.explained import (
    chance,
    check_share,
    mean_share,
    pooled_share,
    sums_of_squares,
)

CODES = np.array([4, 0, 2, 0, 4, 4, 2, 0, 0, 2])


def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(10, 3)) + CODES[:, None] * [1, 0, 5]


def test_against_the_f_statistic_of_scikit_learn() -> None:
    between, total = sums_of_squares(rows(), CODES)
    f = (between / 2) / ((total - between) / 7)
    np.testing.assert_allclose(f, f_classif(rows(), CODES)[0])


def test_shares() -> None:
    between, total = sums_of_squares(rows(), CODES)
    assert pooled_share(rows(), CODES) == pytest.approx(between.sum() / total.sum())
    assert mean_share(rows(), CODES) == pytest.approx(np.mean(between / total))


def test_what_does_not_vary_has_no_share() -> None:
    flat = np.ones((10, 2))
    assert pooled_share(flat, CODES) == mean_share(flat, CODES) == 0.0
    with_flat = np.concatenate([rows(), flat], axis=1)
    assert mean_share(with_flat, CODES) == pytest.approx(mean_share(rows(), CODES))


def test_noise_has_the_share_of_chance() -> None:
    noise = np.random.default_rng(1).normal(size=(60, 4000))
    codes = np.arange(60) % 7
    assert mean_share(noise, codes) == pytest.approx(chance(codes), abs=0.002)


def test_a_share_that_rose_is_refused() -> None:
    assert check_share("plates", 0.3, 0.1, 0.05) == 0.1
    assert check_share("plates", 0.01, 0.04, 0.05) == 0.04
    with pytest.raises(InputError, match="share of variance between plates is off"):
        check_share("plates", 0.3, 0.4, 0.05)
    with pytest.raises(InputError, match="plates"):
        check_share("plates", 0.3, float("nan"), 0.05)
