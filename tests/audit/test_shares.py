from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from phenolens.audit.levels import Levels
from phenolens.audit.shares import share_places
from phenolens.core.profiles import Profiles

Made = Callable[[int], Profiles]


def test_shares_and_what_is_expected_are_those_of_the_loops(clean: Made) -> None:
    levels = Levels.of(clean(0))
    table = levels.rows.take(~levels.rows.meta["control"].to_numpy())
    meta, far = table.meta, cdist(table.features, table.features, "cosine")
    np.fill_diagonal(far, np.inf)
    shared, expected = [], []
    for i in range(len(meta)):
        other = (meta["compound"] != meta["compound"][i]).to_numpy()
        j = int(np.where(other, far[i], np.inf).argmin())
        if meta["moa"][j] != meta["moa"][i]:
            continue
        could = other & (meta["moa"] == meta["moa"][i]).to_numpy()
        shared.append(meta["plate"][i] == meta["plate"][j])
        expected.append((meta["plate"][could] == meta["plate"][i]).mean())
    rows = share_places(levels, 0)[0]
    (row,) = [r for r in rows if (r.question, r.column) == ("NSC hits", "plate")]
    assert row.n == len(shared)
    assert row.value == pytest.approx(np.mean(shared))
    assert row.expected == pytest.approx(np.mean(expected))


def test_a_clean_table_gives_no_alarm_and_a_plate_effect_does(clean: Made) -> None:
    for seed in range(4):
        assert share_places(Levels.of(clean(seed)), 0)[1] == []
    table = clean(0)
    effect = 2 * np.random.default_rng(0).normal(size=(6, 30))
    x = table.features + effect[pd.factorize(table.meta["plate"])[0]]
    found = share_places(Levels.of(replace(table, features=x.astype(np.float32))), 0)[1]
    assert "plate" in {f.columns[0] for f in found}
    assert {f.key for f in found} == {"shared_place"}


def test_the_real_plates_figure_is_found(cpjump1: Profiles) -> None:
    """0.51 of all nearest neighbours lie on the same of five plates: the data's own page."""
    rows = share_places(Levels.of(cpjump1), 0)[0]
    (row,) = [r for r in rows if (r.question, r.column) == ("all neighbours", "plate")]
    assert row.value == pytest.approx(0.51, abs=0.005)
    assert row.expected == pytest.approx(0.2, abs=0.001)
