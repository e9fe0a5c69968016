"""scipy's chisquare row by row, and scib-metrics (made table), are the judges."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare
from sklearn.neighbors import NearestNeighbors

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.kbet import Kbet


def line(batches: str) -> Profiles:
    """Rows at 0, 1, 2, ... on a line, a tenth to the right every time: no ties."""
    at = np.cumsum(1 + 0.1 * np.arange(len(batches)))
    meta = pd.DataFrame({"batch": list(batches), "well": [f"{i:02d}" for i in range(len(at))]})
    return Profiles(meta=meta, features=np.stack([at, np.zeros(len(at))], axis=1))


def test_worked_by_hand() -> None:
    """Two batches of three; k = 2, itself not among them: 1 of each batch is expected.

    At 1, 2.1, 3.3, 4.6, 6 and 7.5 the two nearest are, by number, 1 2, 0 2, 1 3, 2 4, 3 5 and
    4 3: of rows 2 and 3 one of each batch, of the others both of their own (chi2 = 2, p = 0.157).
    """
    score = Kbet(k=2, distance="euclidean")(line("aaabbb"))
    found = {"a": [2, 0], "b": [0, 2], "x": [1, 1]}
    p_apart, p_mixed = chisquare(found["a"], [1, 1]).pvalue, chisquare(found["x"], [1, 1]).pvalue
    assert p_apart == pytest.approx(0.1573, abs=1e-4)
    wanted = [p_apart, p_apart, p_mixed, p_mixed, p_apart, p_apart]
    np.testing.assert_allclose(score.rows["p"], wanted)
    assert score.value == 1.0
    assert Kbet(k=2, distance="euclidean", alpha=0.2)(line("aaabbb")).hits == 2


def test_every_row_by_scipys_chisquare(batch_wells: Profiles) -> None:
    treated = np.flatnonzero(~batch_wells.meta["control"])
    used = batch_wells.take(treated)
    x = used.features.astype(np.float64)
    near = NearestNeighbors(n_neighbors=16, metric="cosine").fit(x).kneighbors()[1]
    code = pd.factorize(used.meta["plate"])[0]
    expected = 16 * np.bincount(code) / len(code)
    wanted = [chisquare(np.bincount(code[j], minlength=6), expected).pvalue for j in near]
    score = Kbet(by="plate", k=16)(batch_wells)
    mine = score.rows.set_index(["plate", "well"])["p"]
    np.testing.assert_allclose(mine[pd.MultiIndex.from_frame(used.meta[["plate", "well"]])], wanted)
    assert score.hits == sum(p >= 0.05 for p in wanted)
    assert score.figures["rejection"] == 1 - score.value


def test_as_scib_metrics_has_it(scib: dict[str, Any], scib_table: Profiles) -> None:
    """It counts the row itself among the k, as Buettner's package does."""
    score = Kbet(k=12, itself=True, distance="euclidean")(scib_table)
    assert score.value == pytest.approx(scib["kbet"])
    np.testing.assert_allclose(score.rows["p"], scib["kbet_p"], atol=2e-6)


def test_mixed_batches_are_accepted_and_parted_ones_not(batch_wells: Profiles) -> None:
    rng = np.random.default_rng(3)
    shares = []
    for seed in range(5):
        meta = batch_wells.meta.assign(batch=rng.permutation(batch_wells.meta["batch"]))
        score = Kbet(seed=seed)(dataclasses.replace(batch_wells, meta=meta))
        shares.append(score.value)
    assert np.mean(shares) == pytest.approx(score.null, abs=0.06)
    assert 0.9 < score.null < 1
    apart = batch_wells.features + 100 * pd.factorize(batch_wells.meta["batch"])[0][:, None]
    score = Kbet(distance="euclidean")(dataclasses.replace(batch_wells, features=apart))
    assert score.value == 0
    assert 0 < score.high < 0.5  # by Wilson over 12 compounds
    assert score.figures["p_of_effect"] == pytest.approx(1 / 101)


def test_k_is_a_share_of_the_rows_with_a_floor() -> None:
    assert Kbet(permutations=0)._k(1000) == 10
    assert Kbet(permutations=0)._k(8000) == 40  # 0.5 %
    assert Kbet(permutations=0)._k(6) == 5
    assert Kbet(itself=True)._k(6) == 6
    with pytest.raises(
        InputError, match="6 neighbours in a table of 6 rows; set k between 1 and 5"
    ):
        Kbet(k=6)(line("aaabbb"))


def test_one_batch_is_an_error_and_odd_rows_are_said() -> None:
    with pytest.raises(InputError, match="two groups of batch; all 6 rows are 'a'"):
        Kbet()(line("aaaaaa"))
    profiles = line("aaabbbcc")
    meta = profiles.meta.assign(batch=["a", "a", "a", "b", "b", "b", "a|b", None])
    score = Kbet(k=2, distance="euclidean")(dataclasses.replace(profiles, meta=meta))
    assert score.n == 6
    assert "rows without batch left out: 1" in score.notes
    assert "rows with several values of batch left out: 1" in score.notes
    assert any("fewer than 5 times among 2" in note for note in score.notes)


def test_controls_alone_and_several_columns(batch_wells: Profiles) -> None:
    assert Kbet(rows="controls", permutations=9)(batch_wells).n == 36
    assert Kbet(rows="all", permutations=9)(batch_wells).n == 108
    score = Kbet(by=("batch", "plate"), permutations=9)(batch_wells)
    assert score.value == Kbet(by="plate", permutations=9)(batch_wells).value
    assert {"batch", "plate"} <= set(score.rows.columns)
    none = dataclasses.replace(batch_wells, meta=batch_wells.meta.assign(control=False))
    with pytest.raises(InputError, match="needs negative controls"):
        Kbet(rows="controls")(none)
