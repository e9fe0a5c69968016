from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.same_group_neighbours import SameGroupNeighbours


def test_as_a_loop_has_it(batch_wells: Profiles) -> None:
    used = batch_wells.take(np.flatnonzero(~batch_wells.meta["control"]))
    x, plate = used.features.astype(np.float64), used.meta["plate"].to_numpy()
    near = NearestNeighbors(n_neighbors=5, metric="cosine").fit(x).kneighbors()[1]
    wanted = np.array([(plate[j] == p).mean() for j, p in zip(near, plate, strict=True)])
    score = SameGroupNeighbours(k=5)(batch_wells)
    mine = score.rows.set_index(["plate", "well"])["value"]
    np.testing.assert_allclose(mine[pd.MultiIndex.from_frame(used.meta[["plate", "well"]])], wanted)
    assert score.value == pytest.approx(wanted.mean())
    assert score.hits is None
    expected = 11 / 71  # 12 rows a plate
    assert score.figures["expected"] == pytest.approx(expected)
    assert score.figures["excess"] == pytest.approx((score.value - expected) / (1 - expected))


def test_shuffled_groups_give_the_expected_share(batch_wells: Profiles) -> None:
    """With groups of unlike size: n_g (n_g - 1) summed over n (n - 1)."""
    plate = np.where(np.arange(108) % 18 < 4, "p0", batch_wells.meta["plate"])
    rng = np.random.default_rng(0)
    values = []
    for _ in range(20):
        meta = batch_wells.meta.assign(plate=rng.permutation(plate))
        score = SameGroupNeighbours(permutations=0, rows="all")(
            dataclasses.replace(batch_wells, meta=meta)
        )
        values.append(score.value)
    n = pd.Series(plate).value_counts().to_numpy()
    assert score.figures["expected"] == pytest.approx((n * (n - 1)).sum() / (108 * 107))
    error = np.std(values) / np.sqrt(20)
    assert score.figures["expected"] == pytest.approx(np.mean(values), abs=4 * error)
    null = SameGroupNeighbours(rows="all")(dataclasses.replace(batch_wells, meta=meta)).null
    assert null == pytest.approx(score.figures["expected"], abs=0.01)


def test_the_share_expected_under_a_rule_is_counted(batch_wells: Profiles) -> None:
    differ = ("compound",)
    score = SameGroupNeighbours(same="moa", differ=differ, k=3)(batch_wells)
    # Of the 66 rows of other compounds, 12 are of the same mechanism.
    assert score.null == score.figures["expected"] == pytest.approx(12 / 66)
    assert np.isnan(score.p)
    lone = SameGroupNeighbours(candidates_same=("well",), differ=("plate",))(batch_wells)
    assert lone.value == 0
    assert lone.figures["expected"] == 0
    with pytest.raises(InputError, match="no row has an allowed neighbour"):
        SameGroupNeighbours(candidates_same=("plate",), differ=("batch",))(batch_wells)


def test_rows_without_a_neighbour_are_left_out(batch_wells: Profiles) -> None:
    meta = batch_wells.meta.copy()
    meta.loc[0, "well"] = "Z99"
    score = SameGroupNeighbours(candidates_same=("well",))(
        dataclasses.replace(batch_wells, meta=meta)
    )
    assert score.n == 71
    assert "rows without an allowed neighbour left out: 1" in score.notes


def test_of_cpjump1_half_the_neighbours_lie_on_the_same_plate(data_dir: Path) -> None:
    """0.51 with 5 plates, profiles as given (README of the data): of all 1,920 wells.

    Of the 1,600 treated ones it is 0.47, and 0.20 if the plate did not matter.
    """
    files = sorted((data_dir / "cpjump1-cellprofiler-wells").glob("*.csv.gz"))
    plates = [Profiles.load(file) for file in files]
    both = Profiles(
        meta=pd.concat([p.meta for p in plates], ignore_index=True),
        features=np.concatenate([p.features for p in plates]),
        names=plates[0].names,
    )
    score = SameGroupNeighbours(rows="all")(both)
    assert (score.n, round(score.value, 2)) == (1920, 0.51)
    assert score.figures["expected"] == pytest.approx(383 / 1919)
    assert score.null == pytest.approx(383 / 1919, abs=0.002)
    assert score.p < 0.01
    treated = SameGroupNeighbours(permutations=0)(both)
    assert (treated.n, treated.hits) == (1600, 750)
