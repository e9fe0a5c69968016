from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.fitting import FitRows
from phenolens.profiling.standardize import Standardize


def test_controls_or_all_of_every_group(wells: Profiles) -> None:
    controls = FitRows.of(wells, Standardize(), "standardize", 2)
    assert [rows.tolist() for rows in controls.rows] == [
        list(range(16 * k, 16 * k + 8)) for k in range(4)
    ]
    every = FitRows.of(wells, Standardize(on="all"), "standardize", 2)
    assert [len(rows) for rows in every.rows] == [16] * 4
    assert controls.facts() == {"groups": 4, "fallen_back": 0, "fallen_back_groups": []}


def test_what_a_short_group_falls_back_on(wells: Profiles) -> None:
    given = wells.take(~((wells.meta["plate"] == "p2") & wells.meta["control"]).to_numpy())
    everything = FitRows.of(given, Standardize(few="all"), "standardize", 2)
    assert everything.rows[1].tolist() == list(range(16, 24))  # its eight treated wells
    pooled = FitRows.of(given, Standardize(few="pooled"), "standardize", 2)
    assert pooled.rows[1].tolist() == np.flatnonzero(given.meta["control"]).tolist()
    assert pooled.short == (1,) == tuple(pooled.pooled)
    assert pooled.facts()["fallen_back_groups"] == ["plate=p2"]
    with pytest.raises(InputError, match=r"at least 2 negative controls .* plate=p2 has 0"):
        FitRows.of(given, Standardize(), "standardize", 2)
    with pytest.raises(InputError, match="at least 25"):
        FitRows.of(given, Standardize(few="pooled"), "standardize", 25)
