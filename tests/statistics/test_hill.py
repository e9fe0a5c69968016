"""scipy's curve_fit started at the truth is the judge of the fit, made tables that of coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import curve_fit

from phenolens.statistics.hill import fit_curve

DOSE = np.concatenate([np.zeros(12), np.repeat(np.geomspace(0.01, 100, 8), 3)])


def response(
    dose: np.ndarray, bottom: float, top: float, log_ec50: float, slope: float
) -> np.ndarray:
    log_dose = np.log10(np.maximum(dose, 1e-30))
    return bottom + (top - bottom) / (1 + 10 ** (slope * (log_ec50 - log_dose)))


@pytest.mark.parametrize("ec50", [0.05, 1.0, 8.0])
def test_no_curve_fits_better(ec50: float) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        truth = (1.0, 5.0, math.log10(ec50), 1.3)
        value = response(DOSE, *truth) + 0.4 * rng.normal(size=len(DOSE))
        best, _ = curve_fit(
            response, DOSE, value, truth, bounds=([-9, -9, -4, 0.25], [50, 50, 4, 10])
        )
        residual = float(((value - response(DOSE, *best)) ** 2).sum())
        curve = fit_curve(DOSE, value)
        assert curve is not None
        assert curve.residual == pytest.approx(residual, rel=1e-5)
        mine = (curve.bottom, curve.top, math.log10(curve.ec50), curve.slope)
        np.testing.assert_allclose(mine, best, rtol=0.02, atol=0.01)
        again = float(((value - response(DOSE, *mine)) ** 2).sum())
        assert again == pytest.approx(curve.residual)
        assert curve.low < curve.ec50 < curve.high


@pytest.mark.parametrize(("ec50", "slope"), [(0.05, 2.0), (20.0, 1.3)])
def test_the_interval_holds_the_truth_as_often_as_it_says(ec50: float, slope: float) -> None:
    """95 % of 80 tables: within three standard errors (0.024 each)."""
    held = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        value = response(DOSE, 1, 5, math.log10(ec50), slope) + 0.5 * rng.normal(size=len(DOSE))
        curve = fit_curve(DOSE, value)
        assert curve is not None
        held += curve.low <= ec50 <= curve.high
    assert held / 80 == pytest.approx(0.95, abs=0.075)


def test_a_curve_without_noise_is_found() -> None:
    curve = fit_curve(DOSE, response(DOSE, 2.0, 3.0, 0.5, 1.5))
    assert curve is not None
    mine = (curve.bottom, curve.top, curve.ec50, curve.slope)
    np.testing.assert_allclose(mine, (2, 3, 10**0.5, 1.5), rtol=1e-3)
    assert curve.high / curve.low < 1.2


def test_what_the_rows_do_not_bound_is_open() -> None:
    """Half the rise at 1,000, ten times the highest dose: no upper end."""
    rng = np.random.default_rng(0)
    value = response(DOSE, 1, 9, 3.0, 1.0) + 0.1 * rng.normal(size=len(DOSE))
    curve = fit_curve(DOSE, value)
    assert curve is not None
    assert curve.high == math.inf
    assert 100 > curve.low > 1
    noise = fit_curve(DOSE, 1 + 0.1 * np.sin(np.arange(36) * 7.0))
    assert noise is None or (noise.low == 0 and noise.high == math.inf)


def test_where_there_is_nothing_to_fit() -> None:
    assert fit_curve(np.array([0.0, 1, 2, 2, 2]), np.arange(5.0)) is None  # two doses
    assert fit_curve(np.array([0.0, 1, 2, 3]), np.arange(4.0)) is None  # four rows
    assert fit_curve(DOSE, -DOSE) is None  # it falls
    assert fit_curve(DOSE, np.ones(len(DOSE))) is None
