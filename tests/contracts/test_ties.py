"""No metric ranks by last bits: what is equal but for rounding is equal on every processor.

The features in another order give every product with other last bits, as another processor's
kernels do, and change nothing else. On a table full of exact ties every figure must stay.
`make kernels` runs this and the tests that rank under other processors' kernels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.construct import construct
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.metrics.base import facts_of

FEATURES = 6
SMALL = {"projection": "pca", "sizes": (5, 8, 12)}
SETTINGS: dict[str, Mapping[str, Any]] = {
    "dose_response": {"least_doses": 2},
    "linear_probe": {"permutations": 4},
    "batch_integration": {"parts": 3, "draws": 2},
    "clusters": SMALL,
    "cluster_enrichment": {"sweep": SMALL},
    "departure": {"draws": 2},
    "curve_neighbours": {"within": ["batch"], "permutations": 5},
}

# The features of trajectories are times: their order has a meaning.
UNORDERED = [n for n in catalogue("metrics") if facts_of(n).example_table != "trajectories"]


def tied(wells: Profiles, seed: int) -> Profiles:
    """The wells with small whole numbers for features, so that cosines and correlations repeat.

    Each row is then taken so many times, which changes its length, and rounding, and no cosine.
    """
    rng = np.random.default_rng(seed)
    compound = pd.factorize(wells.meta["compound"])[0]
    place = rng.integers(0, 3, (compound.max() + 1, FEATURES))[compound]
    place = np.where(rng.random(place.shape) < 0.3, rng.integers(0, 3, place.shape), place)
    place[:, 0], place[:, 1] = 3, 0  # no row without a direction, nor one all of whose are equal
    features = (place * rng.choice([1, 3, 5, 7, 11], len(place))[:, None]).astype(np.float32)
    names = tuple(f"f{k:04d}" for k in range(FEATURES))
    return Profiles(meta=wells.meta, features=features, names=names)


# k-means gives a row that is as near to two centres to either of them.
OF_CLUSTERS = {"batch_integration": {"nmi", "ari", "biology"}}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", UNORDERED)
def test_the_order_of_features_changes_nothing(
    name: str, seed: int, request: pytest.FixtureRequest
) -> None:
    metric = construct(catalogue("metrics")[name].load(), SETTINGS.get(name, {}), name)
    table = tied(request.getfixturevalue(facts_of(name).example_table), seed)
    order = np.random.default_rng(seed).permutation(FEATURES)
    score, again = metric(table), metric(replace(table, features=table.features[:, order]))
    assert (again.hits, again.n, again.notes) == (score.hits, score.n, score.notes)
    assert set(again.figures) == set(score.figures)
    free = OF_CLUSTERS.get(name, set())
    for key in set(score.figures) - free:
        assert again.figures[key] == pytest.approx(score.figures[key], abs=1e-6, nan_ok=True), key
    if free:
        return  # the value is a mean of these too
    assert again.value == pytest.approx(score.value, abs=1e-8)
    assert again.p == pytest.approx(score.p, nan_ok=True)
    pd.testing.assert_frame_equal(again.rows, score.rows, rtol=1e-5, atol=1e-6)
