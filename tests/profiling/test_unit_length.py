"""Lengths are 1, cosines stay, and models side by side have one weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.unit_length import UnitLength


def table(*shape: int, seed: int = 0) -> Profiles:
    features = np.random.default_rng(seed).normal(size=shape)
    return Profiles(meta=pd.DataFrame({"well": range(shape[0])}), features=features)


def cosines(x: np.ndarray) -> np.ndarray:
    x = x.astype(np.float64)
    norm = np.linalg.norm(x, axis=1)
    return x @ x.T / np.outer(norm, norm)


def test_by_hand() -> None:
    features = np.array([[3.0, 4], [0, 0]])
    made = UnitLength()(Profiles(meta=pd.DataFrame({"well": [1, 2]}), features=features))
    assert made.features.tolist() == [[np.float32(0.6), np.float32(0.8)], [0, 0]]
    assert made.provenance[-1]["facts"] == {"zeros": 1, "median_length": 2.5}


def test_the_cosine_of_models_side_by_side_is_the_mean_of_theirs() -> None:
    """Whatever their number of features and their scale."""
    one, other = table(6, 3), table(6, 50, seed=1)
    scaled = Profiles(meta=other.meta, features=1000 * other.features)
    parts = {"a": UnitLength()(one), "b": UnitLength()(scaled)}
    joined = Profiles.concatenate(parts).features
    wanted = (cosines(one.features) + cosines(other.features)) / 2
    np.testing.assert_allclose(cosines(joined), wanted, atol=1e-6)


def test_what_is_not_finite_is_refused() -> None:
    broken = table(2, 2)
    broken.features[0, 0] = np.nan
    with pytest.raises(InputError, match="unit_length"):
        UnitLength()(broken)


def test_one_feature_is_refused() -> None:
    with pytest.raises(InputError, match="leaves of one feature"):
        UnitLength()(table(4, 1))
