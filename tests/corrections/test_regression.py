from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from phenolens.core.errors import InputError
from phenolens.corrections.regression import Line, multiple_r2, refuse_unspanned


def made() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    design = rng.normal(size=(30, 3))
    x = design @ rng.normal(size=(3, 4)) + rng.normal(size=(30, 4)) + [5, 0, -3, 100]
    return x, design, np.arange(30) < 20


def regress_out(x: np.ndarray, design: np.ndarray, fit: np.ndarray, where: str) -> np.ndarray:
    return Line.of(x, design, fit, where).residuals(x, design)


def test_against_scikit_learn() -> None:
    x, design, fit = made()
    model = LinearRegression().fit(design[fit], x[fit])
    left = x - model.predict(design)
    got = regress_out(x, design, fit, "here")
    np.testing.assert_allclose(got - x[fit].mean(axis=0), left, atol=1e-12)
    np.testing.assert_allclose(got[fit].mean(axis=0), x[fit].mean(axis=0))
    scores = [LinearRegression().fit(design, x[:, [j]]).score(design, x[:, [j]]) for j in range(4)]
    np.testing.assert_allclose(multiple_r2(x, design, np.abs(x).max(axis=0)), scores)
    np.testing.assert_allclose(
        multiple_r2(got[fit], design[fit], np.abs(x).max(axis=0)), np.zeros(4), atol=1e-12
    )


def test_columns_that_repeat_each_other_are_one() -> None:
    x, design, fit = made()
    twice = np.concatenate([design, design[:, :1] - design[:, 1:2]], axis=1)
    np.testing.assert_allclose(
        regress_out(x, twice, fit, "here"), regress_out(x, design, fit, "here"), atol=1e-10
    )


def test_what_does_not_vary_is_not_explained() -> None:
    x, design, _ = made()
    x[:, 1] = 1e6
    x[:, 2] = 1e6 + design[:, 0] * 1e-3
    r2 = multiple_r2(x, design, np.abs(x).max(axis=0))
    assert r2[1] == r2[2] == 0
    np.testing.assert_array_equal(multiple_r2(x, 0 * design, np.ones(4)), np.zeros(4))


def test_effects_that_cannot_be_fitted() -> None:
    x, design, fit = made()
    with pytest.raises(InputError, match="here: 4 rows to fit 3 effects"):
        regress_out(x, design, np.arange(30) < 4, "here")
    design[fit, 2] = 1.0  # varies among the others only
    with pytest.raises(InputError, match="do not determine all effects"):
        regress_out(x, design, fit, "here")


def test_rows_and_columns_of_a_plate_add_up_to_the_same() -> None:
    """Of the 40 indicators of a 384-well plate 38 are independent, rounding or not."""
    x = np.random.default_rng(0).normal(size=(384, 20))
    height, column = np.divmod(np.arange(384), 24)
    design = np.concatenate([np.eye(16)[height], np.eye(24)[column]], axis=1)
    made = regress_out(x, design, np.ones(384, dtype=bool), "here")
    plates = x.reshape(16, 24, 20)
    by_hand = plates - plates.mean(axis=0) - plates.mean(axis=1)[:, None] + 2 * x.mean(axis=0)
    np.testing.assert_allclose(made, by_hand.reshape(384, 20), atol=1e-12)
    np.testing.assert_allclose(multiple_r2(made, design, np.ones(20)), np.zeros(20), atol=1e-12)


def test_a_line_fitted_on_some_rows_is_held_against_others() -> None:
    """As scikit-learn predicts rows it was not fitted on; unless they leave what was spanned."""
    x, design, fit = made()
    line = Line.of(x[fit], design[fit], np.ones(fit.sum(), dtype=bool), "here")
    model = LinearRegression().fit(design[fit], x[fit])
    wanted = x[~fit] - model.predict(design[~fit]) + x[fit].mean(axis=0)
    np.testing.assert_allclose(line.residuals(x[~fit], design[~fit]), wanted, atol=1e-12)
    refuse_unspanned(design[~fit], design[fit], "here")
    flat = design.copy()
    flat[:, 2] = flat[:, 1] - flat[:, 0]
    refuse_unspanned(flat[~fit], flat[fit], "here")
    with pytest.raises(InputError, match="here: the rows to fit on do not determine all effects"):
        refuse_unspanned(design[~fit], flat[fit], "here")
