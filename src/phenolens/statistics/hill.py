"""A four-parameter log-logistic curve, its EC50 with a profile-likelihood interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.optimize import minimize
from scipy.stats import f as f_distribution

_BEYOND = 2.0  # decades below the lowest and above the highest dose that are tried
_PER_DECADE = 40
_SLOPES = np.geomspace(0.25, 10.0, 33)
_PARAMETERS = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """bottom + (top - bottom) / (1 + (ec50 / dose)^slope), rising.

    Attributes:
        bottom: Response without the compound.
        top: Response to any amount of it.
        ec50: Dose of the middle between them; may be outside the doses tested.
        low: Lower end of its 95 % interval; 0 where the rows set none.
        high: Upper end; infinite where the rows set none.
        slope: Hill's coefficient, 0.25 to 10.
        residual: Sum of squared residuals.
    """

    bottom: float
    top: float
    ec50: float
    low: float
    high: float
    slope: float
    residual: float


def fit_curve(dose: Float64[np.ndarray, " n"], value: Float64[np.ndarray, " n"]) -> Curve | None:
    """Return the least-squares curve, or None where no rising one fits better than a constant.

    For a given EC50 and slope the curve is linear in bottom and top, so that the best two are
    known and the other two are searched on a grid, whose best point is then polished: no starting
    values, no failed fit, and the least squares along the EC50 are the profile. The 95 % interval
    holds every EC50 whose profile is at most (1 + F / (n - 4)) times the least, F the 0.95
    quantile with 1 and n - 4 degrees of freedom (Bates & Watts 1988, 6.1): errors are taken to
    be alike at every dose.

    Args:
        dose: 0 for controls; at least three others that differ.
        value: The response; more than four rows.
    """
    doses, level = np.unique(dose, return_inverse=True)
    tested = doses[doses > 0]
    if len(tested) < _PARAMETERS - 1 or len(value) <= _PARAMETERS:
        return None
    size = np.bincount(level).astype(np.float64)
    mean = np.bincount(level, value) / size
    within = float(((value - mean[level]) ** 2).sum())
    ends = math.log10(tested[0]) - _BEYOND, math.log10(tested[-1]) + _BEYOND
    at = np.linspace(*ends, round((ends[1] - ends[0]) * _PER_DECADE) + 1)
    excess, rise, base = _linear(doses, size, mean, at, np.log10(_SLOPES))
    if not (rise > 0).any() or np.ptp(mean) == 0:
        return None
    best = np.unravel_index(excess.argmin(), excess.shape)
    total = max(float((size * (mean - mean.mean()) ** 2).sum()), 1e-300)
    start = np.array([at[best[0]], np.log10(_SLOPES[best[1]])])

    def squares(point: Float64[np.ndarray, " p"]) -> float:
        return float(_linear(doses, size, mean, point[:1], point[1:])[0][0, 0]) / total

    sides = (ends, tuple(np.log10(_SLOPES[[0, -1]])))
    found = minimize(squares, start, method="L-BFGS-B", bounds=sides, options={"ftol": 1e-14}).x
    found = found if squares(found) < squares(start) else start
    left, rise, base = _linear(doses, size, mean, found[:1], found[1:])
    top, bottom, log_ec50 = float(rise[0, 0]), float(base[0, 0]), float(found[0])
    residual = within + float(left[0, 0])
    free = len(value) - _PARAMETERS
    bound = residual * (1 + float(f_distribution.ppf(0.95, 1, free)) / free)
    low, high = _below(at, within + excess.min(axis=1), bound, log_ec50)
    return Curve(bottom, bottom + top, 10**log_ec50, low, high, 10 ** float(found[1]), residual)


def _linear(
    doses: Float64[np.ndarray, " l"],
    size: Float64[np.ndarray, " l"],
    mean: Float64[np.ndarray, " l"],
    at: Float64[np.ndarray, " e"],
    steep: Float64[np.ndarray, " s"],
) -> tuple[Float64[np.ndarray, "e s"], Float64[np.ndarray, "e s"], Float64[np.ndarray, "e s"]]:
    """Return the squares left between the doses' means, the rise and the bottom of the best line.

    Args:
        doses: That differ, 0 among them or not.
        size: Rows of each.
        mean: Their mean response.
        at: log10 of the EC50 to try.
        steep: log10 of the slopes to try.
    """
    log_dose = np.full(len(doses), -np.inf)
    log_dose[doses > 0] = np.log10(doses[doses > 0])
    apart = (log_dose - at[:, None, None]) * 10 ** steep[None, :, None]
    share = 1 / (1 + 10 ** np.clip(-apart, -300, 300))
    weight = size / size.sum()
    g = share - (share @ weight)[..., None]
    y = mean - mean @ weight
    gg, gy = (g * g) @ size, g @ (size * y)
    flat = gg <= 1e-12 * size.sum()
    rise = np.where(flat, 0.0, np.maximum(gy, 0) / np.where(flat, 1.0, gg))
    left = float((size * y * y).sum()) - 2 * rise * gy + rise * rise * gg
    return np.maximum(left, 0.0), rise, mean @ weight - rise * (share @ weight)


def _below(
    at: Float64[np.ndarray, " e"], profile: Float64[np.ndarray, " e"], bound: float, best: float
) -> tuple[float, float]:
    """Return where the profile crosses the bound first and last; 0 or infinity at an open end."""
    inside = np.flatnonzero(profile <= bound)
    if not len(inside):  # narrower than the grid
        return 10**best, 10**best
    first, last = int(inside[0]), int(inside[-1])
    low = 0.0 if first == 0 else 10 ** _crossing(at, profile, bound, first - 1, first)
    high = math.inf if last == len(at) - 1 else 10 ** _crossing(at, profile, bound, last + 1, last)
    return low, high


def _crossing(
    at: Float64[np.ndarray, " e"],
    profile: Float64[np.ndarray, " e"],
    bound: float,
    out: int,
    i: int,
) -> float:
    """Return where, between a point outside and one inside, the profile meets the bound."""
    share = (bound - profile[i]) / (profile[out] - profile[i])
    return float(at[i] + share * (at[out] - at[i]))
