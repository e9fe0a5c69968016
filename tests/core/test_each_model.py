"""The chain of a run on models side by side is that of each model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.chain import build_steps, profile
from phenolens.core.each_model import each_model
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

TABLES = (
    {"step": "tvn", "family": "ws_dino"},
    {"step": "unit_length"},
    {"step": "aggregate", "by": ["treatment"]},
)


def model(features: int, seed: int) -> Profiles:
    rng = np.random.default_rng(seed)
    meta = pd.DataFrame({"plate": "p", "treatment": ["a"] * 4 + ["b"] * 4, "control": [True] * 8})
    meta.loc[4:, "control"] = False
    return Profiles(meta=meta, features=rng.normal(size=(8, features)))


def test_models_are_normalized_apart() -> None:
    models = {"DNA": model(3, 0), "DNA_2": model(5, 1)}
    steps = build_steps(TABLES)
    whole = profile(Profiles.concatenate(models), each_model(steps, list(models)))
    wanted = Profiles.concatenate({k: profile(one, steps) for k, one in models.items()})
    np.testing.assert_array_equal(whole.features, wanted.features)
    assert whole.names == wanted.names
    assert not np.allclose(
        profile(Profiles.concatenate(models), steps[:1]).features[:, :3],
        profile(Profiles.concatenate(models), each_model(steps[:1], list(models))).features[:, :3],
    )


def test_one_model_needs_nothing() -> None:
    steps = build_steps(TABLES)
    assert each_model(steps, ["joint"]) == steps


def test_a_feature_of_no_model_is_named() -> None:
    with pytest.raises(InputError, match="f0000 is of none of a, b"):
        profile(model(2, 0), each_model(build_steps(TABLES[:1]), ["a", "b"]))
