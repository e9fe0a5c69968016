"""harmonypy, Korsunsky's own formula, is the judge; scib-metrics scales."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from harmonypy.lisi import compute_lisi

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.lisi import Lisi, perplexity_weights


@pytest.mark.parametrize("scale", [0.001, 1.0, 3000.0])
@pytest.mark.parametrize(("by", "perplexity"), [("batch", 30), ("moa", 10)])
def test_as_harmonypy_has_it(scib_table: Profiles, by: str, perplexity: int, scale: float) -> None:
    profiles = dataclasses.replace(scib_table, features=scale * scib_table.features)
    x = profiles.features.astype(np.float64)
    wanted = compute_lisi(x, profiles.meta, [by], perplexity)[:, 0]
    score = Lisi(by=by, distance="euclidean", perplexity=perplexity, permutations=0)(profiles)
    np.testing.assert_allclose(score.rows["value"], wanted, atol=1e-6)
    assert score.value == pytest.approx(wanted.mean())
    assert score.figures["median"] == pytest.approx(np.median(wanted))


def test_scaled_as_scib_does(scib: dict[str, Any], scib_table: Profiles) -> None:
    by_batch = Lisi(distance="euclidean", permutations=0)(scib_table)
    by_kind = Lisi(by="moa", distance="euclidean", permutations=0)(scib_table)
    assert by_batch.figures["mixing"] == pytest.approx(scib["ilisi"], abs=1e-5)
    assert by_kind.figures["keeping"] == pytest.approx(scib["clisi"], abs=1e-5)


def test_the_weights_have_the_perplexity_asked() -> None:
    far = np.sort(np.random.default_rng(0).gamma(2.0, size=(50, 30)), axis=1)
    weight = perplexity_weights(far, 8.0)
    np.testing.assert_allclose(weight.sum(axis=1), 1)
    entropy = -(weight * np.log(weight)).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), 8, rtol=2e-5)
    np.testing.assert_allclose(perplexity_weights(np.zeros((2, 6)), 3.0), 1 / 6)  # all alike


def test_apart_is_one_and_shuffled_is_the_null(batch_wells: Profiles) -> None:
    apart = batch_wells.features + 1000 * pd.factorize(batch_wells.meta["batch"])[0][:, None]
    far = dataclasses.replace(batch_wells, features=apart)
    score = Lisi(distance="euclidean", perplexity=6)(far)
    assert score.value == pytest.approx(1)
    assert (score.figures["mixing"], score.figures["keeping"]) == pytest.approx((0, 1))
    assert score.figures["p_of_effect"] == pytest.approx(1 / 101)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(20):
        meta = far.meta.assign(batch=rng.permutation(far.meta["batch"]))
        mixed = Lisi(distance="euclidean", perplexity=6, permutations=0)
        drawn.append(mixed(dataclasses.replace(far, meta=meta)).value)
    assert score.null == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(20))
    assert 2 < score.null < score.null_high < 3


def test_a_small_table_lowers_the_perplexity_and_says_so(batch_wells: Profiles) -> None:
    score = Lisi()(batch_wells)
    assert "perplexity lowered to 23.7, a third of the other rows" in score.notes
    with pytest.raises(InputError, match="at least 5 rows, got 4"):
        Lisi()(batch_wells.take(np.array([0, 18, 36, 54])))
    with pytest.raises(InputError, match="perplexity: must be above 1"):
        Lisi(perplexity=1.0)(batch_wells)
    with pytest.raises(InputError, match="two groups of batch"):
        Lisi()(batch_wells.take(np.arange(18)))
