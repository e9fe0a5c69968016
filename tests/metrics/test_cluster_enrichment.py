from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.cluster_enrichment import ClusterEnrichment, fisher_tests
from phenolens.metrics.clusters import Clusters


def table(**columns: Sequence[object]) -> Profiles:
    meta = pd.DataFrame(columns)
    return Profiles(meta=meta, features=np.zeros((len(meta), 1)))


def test_p_worked_by_hand() -> None:
    """Six rows, cluster 1 of three, value x of two, both in it: C(3,2) / C(6,2) = 1/5."""
    found = fisher_tests(
        pd.Series(list("xxyyyy")), np.array([1, 1, 1, 2, 2, 2], dtype=object), "name"
    )
    one = found.set_index(["cluster", "name"])
    assert one.loc[(1, "x"), ["both", "in_cluster", "of_value", "rows"]].tolist() == [2, 3, 2, 6]
    assert one.loc[(1, "x"), "p"] == pytest.approx(1 / 5)
    assert one.loc[(2, "x"), "p"] == 1
    # y in cluster 2: all three of its rows; C(4,3) / C(6,3) = 4/20.
    assert one.loc[(2, "y"), "p"] == pytest.approx(1 / 5)
    assert math.isinf(one.loc[(1, "x"), "odds_ratio"])
    assert one.loc[(1, "y"), "odds_ratio"] == 0


def test_every_test_is_fishers() -> None:
    rng = np.random.default_rng(0)
    names = rng.choice(list("abcde"), 90)
    clusters = np.where(rng.random(90) < 0.5, rng.integers(0, 4, 90), rng.integers(0, 2, 90))
    codes = clusters.astype(object)
    codes[clusters == 3] = None
    found = fisher_tests(pd.Series(names), codes, "name")
    assert len(found) == 15
    for row in found.to_dict("records"):
        inside, has = clusters == row["cluster"], names == row["name"]
        square = [
            [(inside & has).sum(), (inside & ~has).sum()],
            [(~inside & has).sum(), (~inside & ~has).sum()],
        ]
        expected = fisher_exact(square, alternative="greater")
        assert row["p"] == pytest.approx(expected.pvalue)
        assert row["odds_ratio"] == pytest.approx(expected.statistic)


def test_a_cell_of_several_values_counts_for_each() -> None:
    found = fisher_tests(
        pd.Series(["a|b", "b", "c|b|b", "c"]), np.array([0, 0, 1, 1], dtype=object), "t"
    )
    both = found.set_index(["cluster", "t"])["both"].to_dict()
    assert both == {
        (0, "a"): 1, (0, "b"): 2, (0, "c"): 0, (1, "a"): 0, (1, "b"): 1, (1, "c"): 2,
    }  # fmt: skip


@pytest.fixture
def clustered() -> Profiles:
    """Two cell lines; cluster u is drug a, v is mixed, and some rows are noise."""
    a, b = ["a"] * 12, ["b"] * 12
    clusters = ["u"] * 11 + ["v"] + ["v"] * 6 + [None] * 6
    return table(
        compound=[*a, *b, *a, *b, "DMSO"],
        found=[*clusters, *clusters, "u"],
        cell_line=["L1"] * 24 + ["L2"] * 24 + ["L1"],
        control=[False] * 48 + [True],
    )


def test_q_is_that_of_one_correction_over_all_tests(clustered: Profiles) -> None:
    """Benjamini & Hochberg by hand: the k-th smallest of m times m/k, then the running minimum."""
    score = ClusterEnrichment(clusters="found")(clustered)
    p = score.rows["p"].to_numpy()
    assert len(p) == 8  # two lines, two clusters, two drugs
    order = np.argsort(p)
    least, q = 1.0, np.empty(8)
    for rank in range(8, 0, -1):
        least = min(least, p[order[rank - 1]] * 8 / rank)
        q[order[rank - 1]] = least
    np.testing.assert_allclose(score.rows["q"], q)
    found = score.rows.set_index(["cell_line", "cluster", "compound"])["value"]
    assert found[("L1", "u", "a")] == 1
    assert found[("L1", "u", "b")] == 0
    assert found[("L2", "v", "a")] == 0
    assert score.notes == ("negative controls left out: 1",)


def test_the_share_of_clusters(clustered: Profiles) -> None:
    score = ClusterEnrichment(clusters="found")(clustered)
    enriched = score.rows.groupby(["cell_line", "cluster"])["value"].max()
    assert score.value == enriched.mean()
    assert score.figures["clusters"] == 4
    assert score.figures["enriched_clusters"] == enriched.sum()
    assert score.figures["enriched_tests"] == score.rows["value"].sum()
    assert 0 < score.low < score.value <= score.high
    strict = ClusterEnrichment(clusters="found", level=1e-9)(clustered)
    assert strict.value == 0


def test_shuffled_names_are_hardly_ever_enriched(clustered: Profiles) -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(20):
        meta = clustered.meta.assign(compound=rng.permutation(clustered.meta["compound"]))
        hits += ClusterEnrichment(clusters="found")(replace(clustered, meta=meta)).value > 0
    assert hits <= 4  # 1 expected at most


def test_clusters_of_a_sweep(wells_of_three: Profiles) -> None:
    settings = {"column": "moa", "sweep": {"projection": "pca", "sizes": [8, 12]}}
    score = construct(ClusterEnrichment, settings, "metrics.cluster_enrichment")(wells_of_three)
    assert score.value == 1
    assert score.figures["values_enriched"] == 1
    again = ClusterEnrichment(column="moa", sweep=Clusters(projection="pca", sizes=(8, 12)))
    pd.testing.assert_frame_equal(again(wells_of_three).rows, score.rows)


@pytest.fixture
def wells_of_three() -> Profiles:
    rng = np.random.default_rng(2)
    kind = np.repeat([0, 1, 2], 15)
    centre = np.array([[0, 0], [9, 0], [0, 9]])[kind]
    meta = pd.DataFrame({"moa": np.array(["x", "y", "z"])[kind], "control": False})
    return Profiles(meta=meta, features=centre + rng.normal(size=(45, 2)))


def test_nothing_to_count() -> None:
    with pytest.raises(InputError, match="no row has both a compound and a cluster"):
        ClusterEnrichment(clusters="found")(table(compound=["a", None], found=[None, "u"]))
    with pytest.raises(InputError, match="needs a column 'found'"):
        ClusterEnrichment(clusters="found")(table(compound=["a", "b"]))
