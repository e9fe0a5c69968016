from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc


def test_worked_by_hand(circle: Profiles) -> None:
    """Nearest of another compound, by angle: a1 0, a2 10, b1 14, t1 20, d1 45, c1 90, c2 100.

    a1: b1 (14), a2 being the same compound; hit. a2: b1 (4), hit. b1: a2 (4), hit. t1: b1 (6),
    hit. d1, a Y: t1 (25) before c1 (45), an X: miss. c1: d1 (45), hit. c2: d1 (55), hit.
    e1 and f1: each other, hit. The control, closest to a1, is no candidate.
    """
    score = Nsc()(circle)
    assert (score.name, score.hits, score.n) == ("nsc", 8, 9)
    found = dict(zip(score.rows["treatment"], score.rows["neighbour_treatment"], strict=True))
    assert found == {
        "a1": "b1",
        "a2": "b1",
        "b1": "a2",
        "t1": "b1",
        "d1": "t1",
        "c1": "d1",
        "c2": "d1",
        "e1": "f1",
        "f1": "e1",
    }


def test_against_a_slow_loop(random_treatments: Profiles) -> None:
    """Walk down each row's full list of neighbours until one is of another compound."""
    meta, x = random_treatments.meta, random_treatments.features.astype(np.float64)
    order = NearestNeighbors(n_neighbors=len(x), metric="cosine").fit(x).kneighbors(x)[1]
    hits = {}
    for i, row in enumerate(order):
        j = next(j for j in row if meta["compound"][j] != meta["compound"][i])
        hits[meta["treatment"][i]] = int(meta["moa"][i] == meta["moa"][j])
    score = Nsc()(random_treatments)
    assert dict(zip(score.rows["treatment"], score.rows["value"], strict=True)) == hits
    assert score.value == pytest.approx(np.mean(list(hits.values())))
    assert score.low < score.value < score.high
    assert score.null < score.null_high < score.value
