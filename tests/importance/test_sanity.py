"""Rank correlation, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from phenolens.importance.sanity import rank_correlation


def test_it_is_spearmans_with_ties() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.integers(0, 4, (2, 5, 5)).astype(float)
    assert rank_correlation(one, two) == pytest.approx(spearmanr(one.ravel(), two.ravel())[0])
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)


def test_a_flat_map_is_like_no_other() -> None:
    assert rank_correlation(np.zeros(4), np.arange(4.0)) == 0
