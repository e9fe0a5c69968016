from __future__ import annotations

from collections.abc import Callable

import numpy as np

from phenolens.calls.linear import fit_calls
from phenolens.calls.quality import quality
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_a_planted_call_is_real_and_one_like_the_controls_is_not(planted: Planted) -> None:
    table = planted()
    found = quality(fit_calls(table), table).set_index("treatment")
    assert found.loc["up", "auc"] > 0.95
    assert found.loc["up", "p_holm"] < 0.01
    assert found.loc["flat", "p_holm"] > 0.05
    assert found["wells"].tolist() == [8, 8]


def test_null_calls_are_false_as_often_as_the_level_says(planted: Planted) -> None:
    """100 screens without any effect: p below 0.05 in about 5 of 100, of 200 calls."""
    p = []
    for seed in range(100):
        table = planted(effect=0.0, seed=seed)
        p += quality(fit_calls(table, seed=seed), table)["p"].tolist()
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.11
