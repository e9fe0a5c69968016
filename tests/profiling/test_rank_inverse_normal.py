from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling import rank_inverse_normal
from phenolens.profiling.rank_inverse_normal import RankInverseNormal


def test_worked_by_hand_with_a_tie() -> None:
    x = np.array([[30.0], [-5.0], [2.0], [2.0]])
    made = RankInverseNormal()(Profiles(meta=pd.DataFrame({"plate": ["p"] * 4}), features=x))
    # Ranks 4, 1, and 2.5 twice; (r - 3/8) / (4 + 1/4).
    wanted = [stats.norm.ppf((r - 0.375) / 4.25) for r in (4, 1, 2.5, 2.5)]
    np.testing.assert_allclose(made.features[:, 0], wanted, atol=1e-6)
    assert made.features[2:, 0].tolist() == [0.0, 0.0]
    assert made.provenance[-1]["facts"]["tied"] == 0.5


@pytest.mark.parametrize("offset", [0.0, 0.375, 0.5])
def test_as_scipys_ranks_and_quantiles(
    wells: Profiles, offset: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    wells = replace(wells, features=wells.features.round(1))  # with ties
    monkeypatch.setattr(rank_inverse_normal, "_COLUMNS", 2)
    whole = RankInverseNormal(offset=offset)(wells)
    rank = stats.rankdata(wells.features, axis=0)
    wanted = stats.norm.ppf((rank - offset) / (len(rank) - 2 * offset + 1))
    np.testing.assert_allclose(whole.features, wanted, atol=1e-6)
    plates = RankInverseNormal(offset=offset, by=("plate",))(wells)
    for rows in wells.meta.groupby("plate").indices.values():
        rank = stats.rankdata(wells.features[rows], axis=0)
        wanted = stats.norm.ppf((rank - offset) / (16 - 2 * offset + 1))
        np.testing.assert_allclose(plates.features[rows], wanted, atol=1e-6)
    assert plates.provenance[-1]["facts"]["rank_error"] < 1e-6


def test_a_monotone_change_of_a_feature_changes_nothing(wells: Profiles) -> None:
    bent = replace(wells, features=np.exp(wells.features / 2))
    np.testing.assert_array_equal(
        RankInverseNormal()(bent).features, RankInverseNormal()(wells).features
    )


def test_a_real_table_becomes_normal(real: dict[str, Profiles]) -> None:
    wells = real["bbbc021"]
    made = RankInverseNormal()(wells)
    scores = stats.norm.ppf((np.arange(1, 633) - 0.375) / 632.25)
    untied = [
        name
        for name, x in zip(wells.names, wells.features.T, strict=True)
        if len(np.unique(x)) == 632
    ]
    assert len(untied) > 300
    for name in untied:
        np.testing.assert_allclose(
            np.sort(made.features[:, made.names.index(name)]), scores, atol=1e-6
        )
    assert np.abs(made.features).max() == pytest.approx(scores[-1], abs=1e-6)


def test_constant_features_and_groups_of_one(wells: Profiles) -> None:
    x = wells.features.copy()
    flat = (wells.meta["plate"] == "p2").to_numpy()
    x[flat, 1] = 4.0
    wells = replace(wells, features=x)
    by_plate = RankInverseNormal(by=("plate",))
    assert by_plate(wells).names == ("f0000", "f0002", "f0003", "f0004")
    zeroed = RankInverseNormal(by=("plate",), constant="zero")(wells)
    assert zeroed.names == wells.names
    assert not zeroed.features[flat, 1].any()
    assert zeroed.provenance[-1]["facts"]["constant"] == ["f0001"]
    assert RankInverseNormal()(wells).names == wells.names  # over all rows it does vary
    with pytest.raises(InputError, match="every feature is constant"):
        RankInverseNormal()(replace(wells, features=np.ones_like(x)))
    with pytest.raises(InputError, match="2 rows in every group, and plate=p2 has 1"):
        by_plate(wells.take(~flat | (np.arange(64) == 20)))
    with pytest.raises(InputError, match="offset"):
        RankInverseNormal(offset=1.0)
