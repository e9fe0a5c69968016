from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from phenolens.core.errors import InputError
from phenolens.corrections.position import Places


@pytest.fixture
def plate() -> tuple[np.ndarray, Places]:
    """Two plates of 4 x 6 wells with a slope, an edge and noise."""
    rng = np.random.default_rng(0)
    height, column = np.tile(np.repeat(np.arange(4), 6), 2), np.tile(np.arange(6), 8)
    x = rng.normal(size=(48, 3)) + np.outer(column, [1, 0, -1]) + 3.0 * (height == 0)[:, None]
    return x, Places(height, column, np.ones(48, dtype=bool), "here")


def test_means_against_pandas(plate: tuple[np.ndarray, Places]) -> None:
    x, places = plate
    table = pd.DataFrame(x)
    wanted = table - table.groupby(places.well).transform("mean") + table.mean()
    np.testing.assert_allclose(places.residuals(x, "mean"), wanted)


def test_a_plane_and_levels_against_scikit_learn(plate: tuple[np.ndarray, Places]) -> None:
    x, places = plate
    plane = np.stack([places.height, places.column], axis=1)
    levels = pd.get_dummies(pd.DataFrame(plane).astype(str)).to_numpy(dtype=float)
    for how, design in (("linear", plane), ("additive", levels)):
        left = x - LinearRegression().fit(design, x).predict(design) + x.mean(axis=0)
        made = places.residuals(x, how)  # type: ignore[arg-type]
        np.testing.assert_allclose(made, left, atol=1e-12)
        size = np.abs(x).max(axis=0)
        assert places.explained(x, how, size)[0] > 0.3  # type: ignore[arg-type]
        np.testing.assert_allclose(places.explained(made, how, size), 0, atol=1e-12)  # type: ignore[arg-type]


def test_polish_leaves_no_median(plate: tuple[np.ndarray, Places]) -> None:
    x, places = plate
    one = Places(places.height[:24], places.column[:24], places.fit[:24], "here")
    made = one.residuals(x[:24], "polish").reshape(4, 6, 3)
    level = np.median(made, axis=(0, 1))
    np.testing.assert_allclose(np.median(made, axis=0), np.tile(level, (6, 1)), atol=0.1)
    with pytest.raises(InputError, match="one row per well"):
        places.residuals(x, "polish")


def test_fitted_on_some(plate: tuple[np.ndarray, Places]) -> None:
    """A plane from the controls of two columns, held to all wells; not so a level per column."""
    x, places = plate
    some = Places(places.height, places.column, np.isin(places.column, [0, 5]), "here")
    design = np.stack([places.height, places.column], axis=1)
    model = LinearRegression().fit(design[some.fit], x[some.fit])
    np.testing.assert_allclose(
        some.residuals(x, "linear"), x - model.predict(design) + x[some.fit].mean(axis=0)
    )
    with pytest.raises(InputError, match="do not determine all effects"):
        some.residuals(x, "additive")
    with pytest.raises(InputError, match="well A02 has 0 row"):
        some.residuals(x, "mean")
    first = Places(places.height[:24], places.column[:24], some.fit[:24], "here")
    with pytest.raises(InputError, match="a row or column of the plate has no row to fit on"):
        first.residuals(x[:24], "polish")
    line = Places(places.height, places.column, places.column == 3, "here")
    with pytest.raises(InputError, match="do not determine all effects"):
        line.residuals(x, "linear")


def test_a_single_row_leaves_nothing_to_fit() -> None:
    places = Places(np.zeros(6, dtype=int), np.arange(6), np.ones(6, dtype=bool), "here")
    with pytest.raises(InputError, match="6 rows to fit 5 effects"):
        places.residuals(np.zeros((6, 1)), "additive")
    with pytest.raises(InputError, match=r"well A01 has 1 row.*6 such wells"):
        places.residuals(np.zeros((6, 1)), "mean")


def test_wells_of_large_plates_are_named() -> None:
    places = Places(np.array([31]), np.array([47]), np.array([True]), "here")
    with pytest.raises(InputError, match="well AF48"):
        places.residuals(np.zeros((1, 1)), "mean")
