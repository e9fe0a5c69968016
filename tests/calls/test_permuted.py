"""Labels that were exchanged call nothing, and every plate keeps its wells of each value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from phenolens.calls.linear import fit_calls
from phenolens.calls.permuted import permuted_calls
from phenolens.calls.quality import quality
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_plates_keep_their_wells_of_each_value_and_wells_their_tiles(planted: Planted) -> None:
    table = planted(tiles=3)
    real, made = fit_calls(table), permuted_calls(table, "treatment", 0, "plate")
    assert made.names == real.names
    kinds = [
        pd.Series(list(zip(one.places, one.label, one.controls, strict=True))).value_counts()
        for one in (real, made)
    ]
    pd.testing.assert_series_equal(kinds[0].sort_index(), kinds[1].sort_index())
    assert (real.label != made.label).any()
    for well in np.unique(made.well):
        assert len(set(made.label[made.well == well])) == 1
    assert table.meta["treatment"].eq("DMSO").eq(table.meta["control"]).all()  # left as it was


def test_what_is_called_on_them_is_called_no_more(planted: Planted) -> None:
    table = planted(effect=6.0)
    assert quality(fit_calls(table), table)["auc"].iloc[1] == 1
    cosines = []
    for seed in range(20):
        weights = permuted_calls(table, "treatment", seed, "plate").weights[:, 1]
        cosines += (weights[:, 1] / np.linalg.norm(weights, axis=1)).tolist()
    assert abs(np.mean(cosines)) < 0.3  # 40 directions that agree on nothing; the real one: 1
