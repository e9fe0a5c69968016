from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.neighbours.grouping import grouped
from phenolens.statistics.intervals import wilson


def test_groups_are_numbered_by_name_and_rows_sorted(batch_wells: Profiles) -> None:
    order = np.random.default_rng(0).permutation(len(batch_wells))
    found = grouped(batch_wells.take(order), "plate", "all", "it")
    assert found.names == ("p0", "p1", "p2", "p3", "p4", "p5")
    assert found.sizes.tolist() == [18] * 6
    again = grouped(batch_wells, "plate", "all", "it")
    pd.testing.assert_frame_equal(found.used.meta, again.used.meta)
    np.testing.assert_array_equal(found.code, again.code)
    np.testing.assert_array_equal(found.x, again.x)
    assert list(found.rows("plate").columns) == ["treatment", "compound", "well", "plate"]
    some = found.only(np.array([3, 5]))
    assert len(some) == 2
    assert some.used.meta["well"].tolist() == found.used.meta["well"].iloc[[3, 5]].tolist()


def test_groups_of_a_compound_are_shuffled_with_it(batch_wells: Profiles) -> None:
    found = grouped(batch_wells, "moa", "treated", "it")
    compound = found.used.meta["compound"].to_numpy()
    drawn = list(found.shuffles(20, 1))
    for code in drawn:
        assert np.bincount(code).tolist() == [18] * 4
        assert pd.Series(code).groupby(compound).nunique().max() == 1
    assert len({tuple(code) for code in drawn}) == 20
    by_row = next(grouped(batch_wells, "plate", "treated", "it").shuffles(1, 1))
    assert pd.Series(by_row).groupby(compound).nunique().max() > 1


def test_an_interval_where_nothing_varies(batch_wells: Profiles) -> None:
    found = grouped(batch_wells, "plate", "treated", "it")
    assert found.interval(np.zeros(72), 0) == wilson(0, 12)
    assert found.interval(np.ones(72), 0) == wilson(12, 12)
    assert np.isnan(found.interval(np.full(72, 0.3), 0)).all()
    low, high = found.interval(np.arange(72) / 71, 0)
    assert low < 0.5 < high
    alone = grouped(batch_wells, "plate", "controls", "it")  # one compound: rows vary
    assert alone.unit.nunique() == 36


def test_what_is_refused(batch_wells: Profiles) -> None:
    with pytest.raises(InputError, match="it needs a column 'donor'"):
        grouped(batch_wells, "donor", "all", "it")
    with pytest.raises(InputError, match="at least two groups of batch; all 36 rows are 'w0'"):
        grouped(batch_wells.take(np.arange(36)), "batch", "all", "it")
    none = dataclasses.replace(batch_wells, meta=batch_wells.meta.assign(batch=None))
    with pytest.raises(InputError, match="needs rows with one value of batch; no row has one"):
        grouped(none, "batch", "all", "it")
    features = batch_wells.features.copy()
    features[2] = 0
    zero = dataclasses.replace(batch_wells, features=features)
    with pytest.raises(InputError, match=r"every feature of plate .* \(row 4\) is zero"):
        grouped(zero, "batch", "all", "it", "cosine")
    assert len(grouped(zero, "batch", "all", "it", "euclidean")) == 108


def test_asking_for_controls_leaves_the_table_as_it_was() -> None:
    meta = pd.DataFrame({"batch": ["a", "b", None, "a"], "control": [True, True, True, False]})
    profiles = Profiles(meta=meta, features=np.eye(4))
    assert len(grouped(profiles, "batch", "controls", "kbet")) == 2
    assert profiles.meta["control"].tolist() == [True, True, True, False]
