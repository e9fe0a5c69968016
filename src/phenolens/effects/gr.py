"""GR metrics: growth relative to the controls' (Hafner, Niepel, Chung and Sorger 2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

from phenolens.core.errors import InputError
from phenolens.statistics.hill import fit_curve

_HOURS_PER_DAY = 24.0


def gr_value(
    end: Float[np.ndarray, ...] | float,
    start: Float[np.ndarray, ...] | float,
    control_end: Float[np.ndarray, ...] | float,
    control_start: Float[np.ndarray, ...] | float | None = None,
) -> Float64[np.ndarray, ...]:
    """Return 2^(log2(x / x0) / log2(xctrl / x0)) - 1, equation 1 of Hafner et al. 2016.

    1: grows as the controls; between 0 and 1 more slowly; 0: stopped; below 0 (to -1) cells die.
    Where the controls do not grow it is NaN: there is nothing to compare with.

    Args:
        end: Size x with the drug, at the end.
        start: Size x0 when the drug was added.
        control_end: Size of the controls at the end.
        control_start: Their size when the drug was added, if it is not the same x0.

    Example:
        >>> round(float(gr_value(400.0, 100.0, 1600.0)), 6)  # two of four doublings
        0.414214
    """
    first = np.asarray(start, dtype=np.float64)
    control_first = first if control_start is None else np.asarray(control_start, dtype=np.float64)
    grown = _log2(np.asarray(end, dtype=np.float64), first)
    control = _log2(np.asarray(control_end, dtype=np.float64), control_first)
    return _gr(grown, control)


def gr_of_rates(
    rate: Float[np.ndarray, ...] | float, control_rate: Float[np.ndarray, ...] | float
) -> Float64[np.ndarray, ...]:
    """Return 2^(k / k_ctrl) - 1: the same from growth rates, in any one unit.

    Example:
        >>> gr_of_rates(np.array([0.03, 0.0, -0.03]), 0.03).tolist()
        [1.0, 0.0, -0.5]
    """
    return _gr(np.asarray(rate, dtype=np.float64), np.asarray(control_rate, dtype=np.float64))


def gr_over_time(
    size: Float64[np.ndarray, " t"], control: Float64[np.ndarray, " u"], half: int = 1
) -> Float64[np.ndarray, " t"]:
    """Return GR(c, t), the time-dependent form: growth between t - half and t + half.

    Args:
        size: With the drug, at times that both curves share.
        control: Of the controls.
        half: How many times before and after; at the ends NaN.

    Raises:
        InputError: The curves have other lengths, or `half` is below 1.
    """
    if len(size) != len(control) or half < 1:
        raise InputError(f"curves of {len(size)} and {len(control)} times, half width {half}")
    made = np.full(len(size), np.nan)
    if len(size) > 2 * half:
        grown = _log2(size[2 * half :], size[: -2 * half])
        made[half:-half] = _gr(grown, _log2(control[2 * half :], control[: -2 * half]))
    return made


def static_and_toxic(
    growth: Float[np.ndarray, ...] | float,
    death: Float[np.ndarray, ...] | float,
    control_growth: float,
    control_death: float,
) -> tuple[Float64[np.ndarray, ...], Float64[np.ndarray, ...]]:
    """Return the static and the toxic GR value, where growth and death rates are both known.

    GR_static = 2^(s / s_ctrl) - 1 with the division rates s = growth + death, and
    GR_toxic = 2^(d_ctrl - d) - 1 with death rates d in doublings per day. They are those of
    GRmetrics (`case = "static_vs_toxic"`): there the rates are
    written by D = (dead - dead0) / (x - x0) = d / (s - d) and log2(x / x0) = (s - d) T.

    Args:
        growth: Net growth rates of live cells, per hour, natural (as `rate_of`).
        death: Death rates, the same.
        control_growth: Of the controls.
        control_death: Of the controls.
    """
    net, dying = np.asarray(growth, dtype=np.float64), np.asarray(death, dtype=np.float64)
    static = gr_of_rates(net + dying, control_growth + control_death)
    lost = (control_death - dying) * _HOURS_PER_DAY / math.log(2)
    return static, np.asarray(np.exp2(lost) - 1)


@dataclass(frozen=True, slots=True)
class GrCurve:
    """GR(c) = GR_inf + (1 - GR_inf) / (1 + (c / GEC50)^h), and what is read from it.

    Attributes:
        gr50: Concentration at which GR is 0.5; infinite where it never gets there.
        gr_max: GR at the highest concentration tested (the mean of its rows).
        gr_inf: GR to any amount of the drug.
        gec50: Concentration of half the effect; NaN where no curve is found.
        slope: h_GR, Hill's coefficient.
        aoc: Area over the curve: mean of 1 - GR over log concentration, by trapezoids.
    """

    gr50: float
    gr_max: float
    gr_inf: float
    gec50: float
    slope: float
    aoc: float


def fit_gr(dose: Float64[np.ndarray, " n"], gr: Float64[np.ndarray, " n"]) -> GrCurve:
    """Return the GR curve of one drug in one cell line.

    1 - GR rises with the dose, and is fitted by `statistics/hill.py` with a row at dose 0 (GR = 1,
    by definition) for each tested row, which holds the curve's bottom near 0. GEC50 and h are
    searched over two decades beyond the doses and over 0.25 to 10 (the paper: 0.1 to 5).
    Where no rising curve is better than a constant, GR_inf is the mean (as in the paper) and GEC50
    is NaN.

    Args:
        dose: Above 0, at least three that differ.
        gr: GR values; NaN rows are left out.

    Raises:
        InputError: A dose is not above 0.
    """
    known = np.isfinite(gr)
    dose, gr = dose[known], gr[known]
    if len(dose) and not (dose > 0).all():
        raise InputError("a GR curve needs doses above 0", fix="leave the controls out")
    levels = np.unique(dose)
    if len(levels) < 3:
        return GrCurve(*[math.nan] * 6)
    mean = np.array([gr[dose == level].mean() for level in levels])
    aoc = float(np.trapezoid(1 - mean, np.log10(levels)) / np.ptp(np.log10(levels)))
    both = np.concatenate([np.zeros(len(dose)), dose])
    curve = fit_curve(both, np.concatenate([np.zeros(len(gr)), 1 - gr]))
    if curve is None:
        flat = float(gr.mean())
        gr50 = math.inf if flat > 0.5 else 0.0
        return GrCurve(gr50, float(mean[-1]), flat, math.nan, math.nan, aoc)
    gr50 = math.inf
    if curve.top > 0.5:
        share = (curve.top - curve.bottom) / (0.5 - curve.bottom) - 1
        gr50 = curve.ec50 * share ** (-1 / curve.slope) if curve.bottom < 0.5 else 0.0
    return GrCurve(gr50, float(mean[-1]), 1 - curve.top, curve.ec50, curve.slope, aoc)


def _log2(
    end: Float64[np.ndarray, ...], start: Float64[np.ndarray, ...]
) -> Float64[np.ndarray, ...]:
    """Return log2(end / start), NaN where one of them is not above 0."""
    known = (end > 0) & (start > 0)
    share = np.divide(end, start, out=np.ones(np.broadcast(end, start).shape), where=known)
    return np.where(known, np.log2(share), np.nan)


def _gr(
    grown: Float64[np.ndarray, ...], control: Float64[np.ndarray, ...]
) -> Float64[np.ndarray, ...]:
    known = control > 0
    share = np.divide(grown, control, out=np.zeros(np.broadcast(grown, control).shape), where=known)
    return np.where(known, np.exp2(share) - 1, np.nan)
