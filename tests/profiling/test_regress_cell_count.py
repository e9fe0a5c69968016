from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.regress_cell_count import RegressCellCount


@pytest.fixture
def counted(wells: Profiles) -> Profiles:
    """Features that fall with crowding, each in its way."""
    count = np.random.default_rng(1).integers(20, 400, len(wells))
    x = wells.features + np.outer(count, [0.02, -0.01, 0.0, 0.05, 0.001])
    return replace(wells, features=x, meta=wells.meta.assign(count=count))


def correlations(made: Profiles, rows: Any, count: np.ndarray) -> np.ndarray:
    x = made.features[rows].astype(np.float64)
    return np.array([np.corrcoef(x[:, j], count[rows])[0, 1] for j in range(x.shape[1])])


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("on", ["all", "controls"])
def test_against_scikit_learn(counted: Profiles, on: Any, log: bool) -> None:
    made = RegressCellCount(on=on, log=log)(counted)
    count = counted.meta["count"].to_numpy(dtype=float)
    count = np.log(1 + count) if log else count
    fit = counted.meta["control"].to_numpy() if on == "controls" else np.ones(64, dtype=bool)
    model = LinearRegression().fit(count[fit, None], counted.features[fit])
    left = counted.features - model.predict(count[:, None]) + counted.features[fit].mean(axis=0)
    np.testing.assert_allclose(made.features, left, atol=1e-4)
    np.testing.assert_allclose(correlations(made, fit, count), 0, atol=1e-5)
    facts = made.provenance[-1]["facts"]
    assert facts["correlation_left"] < 1e-5
    assert facts["explained_before"] > 0.1
    assert facts["fitted_on"] == fit.sum()


def test_a_line_for_every_plate(counted: Profiles) -> None:
    made = RegressCellCount(by=("plate",))(counted)
    count = counted.meta["count"].to_numpy(dtype=float)
    for rows in counted.meta.groupby("plate").groups.values():
        np.testing.assert_allclose(correlations(made, rows, count), 0, atol=1e-5)
        # Plates stay where they were.
        np.testing.assert_allclose(
            made.features[rows].mean(axis=0), counted.features[rows].mean(axis=0), rtol=1e-4
        )


def test_a_feature_may_be_the_count_and_is_left_out(counted: Profiles) -> None:
    x = np.concatenate([counted.features, counted.meta[["count"]]], axis=1)
    names = (*counted.names, "Cells_Number_Object_Number")
    within = Profiles(meta=counted.meta.drop(columns="count"), features=x, names=names)
    made = RegressCellCount(count="Cells_Number_Object_Number")(within)
    assert made.names == counted.names
    np.testing.assert_allclose(made.features, RegressCellCount()(counted).features, atol=1e-5)


def test_without_a_count_it_says_what_there_is(wells: Profiles) -> None:
    names = ("a", "b", "Cells_Number_Object_Number", "c", "d")
    with pytest.raises(
        InputError, match=r"needs a column .* 'count'; `aggregate` writes one.*Cells_Number_Object"
    ):
        RegressCellCount()(replace(wells, names=names))


@pytest.mark.parametrize(
    ("bad", "log", "said"),
    [
        (np.nan, False, "'count' is nan in plate p1, well A06"),
        ("many", False, "'count' is 'many' in plate p1, well A06"),
        (-3, True, "'count' is -3.* in plate p1, well A06"),
    ],
)
def test_a_count_that_is_none(counted: Profiles, bad: object, log: bool, said: str) -> None:
    meta = counted.meta.astype({"count": object})
    meta.loc[6, "count"] = bad
    with pytest.raises(InputError, match=said):
        RegressCellCount(log=log)(replace(counted, meta=meta))


def test_too_little_to_fit_on(counted: Profiles) -> None:
    with pytest.raises(InputError, match=r"at least 3 rows .* all rows has 2"):
        RegressCellCount(on="controls")(counted.take(np.array([0, 1, 8, 9, 10])))
    same = replace(counted, meta=counted.meta.assign(count=7))
    with pytest.raises(InputError, match="'count' does not vary in plate=p1"):
        RegressCellCount(by=("plate",))(same)


def test_constant_features_and_features_that_are_the_count(counted: Profiles) -> None:
    x = counted.features.copy()
    x[:, 0] = 5.0
    x[:, 1] = 1000.0 - counted.meta["count"]
    made = RegressCellCount()(replace(counted, features=x))
    np.testing.assert_allclose(made.features[:, 0], 5.0)
    np.testing.assert_allclose(made.features[:, 1], x[:, 1].mean(), rtol=1e-5)


def test_more_features_than_rows(counted: Profiles) -> None:
    x = np.random.default_rng(0).normal(size=(64, 300))
    x += np.outer(counted.meta["count"], np.ones(300)) / 100
    made = RegressCellCount(on="controls")(Profiles(meta=counted.meta, features=x))
    assert made.provenance[-1]["facts"]["correlation_left"] < 1e-4
