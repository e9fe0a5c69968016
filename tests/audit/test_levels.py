from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.levels import Levels
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

Made = Callable[[int], Profiles]


def test_wells_give_treatments_and_where_batches_are_crossed_one_a_batch(clean: Made) -> None:
    levels = Levels.of(clean(0))
    assert levels.truth == "moa"
    assert levels.wells is not None
    assert levels.treatments is not None
    assert levels.by_batch is not None
    assert (len(levels.wells), len(levels.treatments), len(levels.by_batch)) == (216, 25, 75)
    table = clean(0)
    rows = (table.meta["treatment"] == "c03").to_numpy()
    place = levels.treatments.meta.index[levels.treatments.meta["treatment"] == "c03"]
    np.testing.assert_allclose(
        levels.treatments.features[place[0]], table.features[rows].mean(axis=0), rtol=1e-5
    )


def test_treatments_stay_what_they_are(clean: Made) -> None:
    treatments = Levels.of(clean(0)).treatments
    assert treatments is not None
    again = Levels.of(treatments)
    assert again.wells is None
    assert again.treatments is not None
    np.testing.assert_array_equal(again.treatments.features, treatments.features)


def test_controls_that_share_a_treatments_name_stay_apart(clean: Made) -> None:
    table = clean(0)
    flags = table.meta["control"].to_numpy().copy()
    flags[np.flatnonzero(flags)[:5]] = False
    treatments = Levels.of(replace(table, meta=table.meta.assign(control=flags))).treatments
    assert treatments is not None
    assert treatments.meta["control"][treatments.meta["treatment"] == "DMSO"].tolist() in (
        [True, False],
        [False, True],
    )


def test_fields_become_wells_and_features_that_are_missing_go(clean: Made) -> None:
    table = clean(0)
    meta = pd.concat([table.meta.assign(site=k) for k in (1, 2)], ignore_index=True)
    features = np.concatenate([table.features, table.features + 2])
    features[7, 3] = np.nan
    levels = Levels.of(Profiles(meta=meta, features=features, names=table.names))
    assert len(levels.rows) == 216
    assert "f03" not in levels.rows.names
    assert any("432 rows, 216 wells" in note for note in levels.notes)
    assert any("missing or infinite" in note for note in levels.notes)


def test_the_truth_is_what_the_table_has(clean: Made) -> None:
    table = clean(0)
    as_target = replace(table, meta=table.meta.rename(columns={"moa": "target"}))
    assert Levels.of(as_target).truth == "target"
    assert Levels.of(replace(table, meta=table.meta.drop(columns="moa"))).truth is None
    assert Levels.of(table, "batch").truth == "batch"
    with pytest.raises(InputError, match=r"moaa.*did you mean 'moa'"):
        Levels.of(table, "moaa")


def test_a_table_without_rows_or_finite_features_is_refused(clean: Made) -> None:
    table = clean(0)
    with pytest.raises(InputError, match="at least one row"):
        Levels.of(table.take(np.arange(0)))
    with pytest.raises(InputError, match="every feature is missing"):
        Levels.of(replace(table, features=np.full_like(table.features, np.nan)))


def test_a_table_of_compounds_alone_is_named_by_them(clean: Made) -> None:
    table = clean(0)
    levels = Levels.of(replace(table, meta=table.meta.drop(columns="treatment")))
    assert levels.treatments is not None
    assert any("the compound is used instead" in note for note in levels.notes)
    bare = Levels.of(replace(table, meta=table.meta[["plate", "well"]]))
    assert bare.treatments is None
    assert len(bare.rows) == 216
