"""What all steps have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.base import BaseStep, Origin
from phenolens.profiling.robustize import Robustize
from phenolens.profiling.select_features import SelectFeatures
from phenolens.profiling.standardize import Standardize


@dataclass(frozen=True, kw_only=True)
class Double(BaseStep):
    """A step that says nothing about new rows."""

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return twice the features."""
        return profiles.after(self, features=2 * profiles.features)


def test_a_step_without_fit_says_so_and_is_its_own_example(wells: Profiles) -> None:
    assert Double.examples() == (Double(),)
    with pytest.raises(InputError, match="double works on all rows at once and cannot be applied"):
        Double().fit(wells)


def test_the_origin_reads_files_and_queries_from_the_provenance(wells: Profiles) -> None:
    assert Origin.of(wells).table == Origin.of(wells).where == ""
    chain = (
        {"step": "stack", "parts": {"a.csv": [], "b.csv": []}},
        {"step": "where", "query": "x"},
    )
    origin = Origin.of(replace(wells, provenance=chain))
    assert (origin.table, origin.where) == ("a.csv, b.csv", "(x)")
    assert (origin.rows, origin.features) == (64, 5)
    assert origin.sha256 == Origin.of(wells).sha256
    assert origin.sha256 != Origin.of(wells.take(np.arange(63))).sha256


def test_groups_are_found_by_their_values_as_text(wells: Profiles) -> None:
    """A plate read as the number 1 is the plate '1', and 1.0, of another table."""
    number = wells.meta["plate"].str[1:].astype(int)
    tables = [
        replace(wells, meta=wells.meta.assign(plate=plate))
        for plate in (number, number.astype(float), number.astype(str), " " + number.astype(str))
    ]
    fitted = Standardize().fit(tables[0])
    for table in tables:
        made = fitted(table)
        assert made.provenance[-1]["facts"]["groups_fitted_here"] == []
        np.testing.assert_array_equal(made.features, Standardize()(wells).features)


def test_a_group_of_the_fit_needs_no_control_of_its_own_later(wells: Profiles) -> None:
    treated = wells.take(~wells.meta["control"].to_numpy())
    made = Standardize().fit(wells)(treated)
    wanted = Standardize()(wells).features[~wells.meta["control"].to_numpy()]
    np.testing.assert_array_equal(made.features, wanted)


def test_a_new_group_without_controls_may_use_the_pool_of_the_fit(wells: Profiles) -> None:
    first = wells.take((wells.meta["plate"] != "p4").to_numpy())
    bare = (wells.meta["plate"] == "p4").to_numpy() & ~wells.meta["control"].to_numpy()
    for step in (Standardize(few="pooled"), Robustize(few="pooled", epsilon=0.1)):
        made = step.fit(first)(wells.take(bare))
        pooled = replace(step, by=(), few="refuse").fit(first)
        np.testing.assert_allclose(made.features, pooled(wells.take(bare)).features, rtol=1e-6)
        facts = made.provenance[-1]["facts"]
        assert facts["fitted_here"]["fallen_back_groups"] == ["plate=p4"]
    with pytest.raises(InputError, match="no row is one"):
        Standardize().fit(first)(wells.take(bare))


def test_a_feature_that_is_constant_on_a_new_plate_cannot_be_dropped_any_more(
    wells: Profiles,
) -> None:
    first = wells.take((wells.meta["plate"] != "p4").to_numpy())
    p4 = (wells.meta["plate"] == "p4").to_numpy()
    features = wells.features.copy()
    features[p4 & wells.meta["control"].to_numpy(), 2] = 7.0
    flat = replace(wells, features=features)
    with pytest.raises(InputError, match="standardize: 'f0002' is constant in plate=p4, which was"):
        Standardize().fit(first)(flat)
    zeroed = Standardize(constant="zero").fit(first)(flat)
    assert not zeroed.features[p4, 2].any()
    assert zeroed.names == wells.names


def test_what_the_fit_dropped_stays_dropped(wells: Profiles) -> None:
    features = wells.features.copy()
    features[:16, 1] = 3.0  # constant on p1
    first = replace(wells, features=features)
    fitted = Standardize().fit(first)
    assert fitted.names_out == ("f0000", "f0002", "f0003", "f0004")
    assert fitted(wells).names == fitted.names_out


def test_a_missing_value_becomes_the_median_of_the_fit() -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"well": [f"A{i:02d}" for i in range(40)]})
    wells = Profiles(meta=meta, features=rng.normal(size=(40, 3)))
    features = wells.features[:5].copy()
    features[2, 1] = np.nan
    later = Profiles(meta=meta[:5], features=features)
    made = SelectFeatures(missing="median").fit(wells)(later)
    median = np.float32(np.median(wells.features[:, 1].astype(np.float64)))
    assert made.features[2, 1] == median
    with pytest.raises(InputError, match="'f0001' is nan in well A02"):
        SelectFeatures().fit(wells)(later)
    dropped = SelectFeatures(operations=("variance_threshold",)).fit(wells)
    assert dropped(wells).names == wells.names
