"""Growth and death rates of single curves, by straight lines that outliers do not move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import theilslopes

from phenolens.core.errors import InputError
from phenolens.effects.thresholds import RULES

_MOST_TIMES = 200  # of the pooled curve of controls
_LEAST_LIVE = 0.1  # of a size that holds dead cells too
_ENDS = 3  # points of the first and of the last size
_LOST = 0.5  # share of the first size below which cells were lost, not miscounted
_MOST_POINTS = 1000  # of a line: it takes all pairs of points
_SHARE = 4  # a local rate is of a quarter of the times, of five at least


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate per hour with its 95 % interval; NaN where the curve does not give one.

    Attributes:
        value: Per hour.
        low: Lower end.
        high: Upper end.
        points: How many measurements it is from.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    points: int = 0


def rate_of(
    time: Float64[np.ndarray, " t"], size: Float64[np.ndarray, " t"], least: int = 0
) -> Rate:
    """Return the exponential growth rate: the slope of log(size) over time.

    The slope is the median of those of all pairs of times, with the interval of Sen 1968, so that
    a fifth of the points may be anywhere (`scipy.stats.theilslopes`). log 2 / rate is the doubling
    time. The interval takes points as independent, which neighbouring times are not entirely.

    Args:
        time: Hours.
        size: Cells, confluence, ... above 0, or NaN.
        least: Fewer points give no rate; by default as in `RULES`.

    Example:
        >>> round(float(rate_of(np.arange(5.0), 2 ** np.arange(5.0)).value / np.log(2)), 6)
        1.0
    """
    known = np.isfinite(time) & np.isfinite(size) & (size > 0)
    return _line(time[known], np.log(size[known]), least or RULES.least_points)


def death_rate_of(
    time: Float64[np.ndarray, " t"],
    live: Float64[np.ndarray, " t"],
    dead: Float64[np.ndarray, " t"],
    stay: float = math.inf,
    least: int = 0,
) -> Rate:
    """Return the rate at which live cells die, from the number of dead ones.

    Where dead cells stay in the well, dD/dt = d L: the slope of D over the cell-hours lived until
    then (the trapezoids' sum of L) is the death rate d, however L itself changes. Where they
    leave after some hours, dD/dt = d L - D / stay, and the sum of D / stay is added to D; without
    it the rate is a lower bound.

    Args:
        time: Hours, rising.
        live: Live cells.
        dead: Dead cells in view, in the same unit.
        stay: Mean hours for which a dead cell is in view.
        least: As in `rate_of`.

    Example:
        >>> t = np.linspace(0, 10, 50)
        >>> round(death_rate_of(t, np.exp(0.1 * t), 0.2 / 0.1 * (np.exp(0.1 * t) - 1)).value, 3)
        0.2
    """
    known = np.isfinite(time) & np.isfinite(live) & np.isfinite(dead)
    time, live, dead = time[known], live[known], dead[known]
    if len(time) < 2:
        return Rate()
    died = dead + _sum(time, dead) / stay
    return _line(_sum(time, live), died, least or RULES.least_points)


def net_rates(
    time: Float64[np.ndarray, " t"],
    live: Float64[np.ndarray, " t"],
    dead: Float64[np.ndarray, " t"],
    used: Bool[np.ndarray, " t"],
    stay: float = math.inf,
) -> tuple[float, float]:
    """Return net growth and death rate since the drug, of a curve that lost cells; else NaN.

    A slope sees nothing of cells that died before its first point: a population killed in the
    first hours is flat from then on, and one that grows again grows as fast as ever. So where the
    size falls below half of that at the drug's addition (by the median of three points in a row),
    dL/dt = k L and dD/dt = d L are summed over the whole time: k = (last - first) / cell-hours
    lived, d = dead cells more / cell-hours lived. With a constant rate they are the slopes. First
    and last are medians of three points, the first ones until time 0 (or the first one after it).

    Args:
        time: Hours, rising.
        live: The whole curve of live cells.
        dead: Dead cells in view, in the same unit; NaN where they are not known.
        used: Points that a slope is of: the last of them ends the curve.
        stay: Mean hours for which a dead cell is in view.

    Example:
        >>> t = np.arange(10.0)
        >>> live, dead = np.array([100.0, 50, *[2.0] * 8]), np.array([0.0, 50, *[98.0] * 8])
        >>> k, d = net_rates(t, live, dead, t > 3)  # 100 cells die in the first two hours
        >>> round(k, 2), round(d, 2)
        (-0.85, 0.85)
    """
    known = np.isfinite(live) & (live > 0)
    first = np.flatnonzero(known & (time <= 0))[-_ENDS:]
    first = first if len(first) else np.flatnonzero(known)[:1]
    last = np.flatnonzero(known & used)[-_ENDS:]
    if len(last) < _ENDS:
        return math.nan, math.nan
    known[: first[-1]] = False
    known[last[-1] + 1 :] = False
    begin, between = float(np.median(live[first])), live[known][1:]
    if len(between) < _ENDS:
        return math.nan, math.nan
    if np.median(sliding_window_view(between, _ENDS), axis=1).min() >= _LOST * begin:
        return math.nan, math.nan
    lived = float(_sum(time[known], live[known])[-1])
    dead = dead + np.where(np.isfinite(dead), _sum(time, np.nan_to_num(dead)), 0.0) / stay
    ends = [float(np.median(one[last]) - np.median(one[first])) for one in (live, dead)]
    return ends[0] / lived, ends[1] / lived


@dataclass(frozen=True, slots=True)
class Window:
    """Where curves are compared: while the controls grow exponentially.

    Attributes:
        first: Hours at which the controls begin to; NaN where they never do.
        last: Hours at which they stop.
        most: Size at which they stop, infinite where they grow to the last time.
    """

    first: float = math.nan
    last: float = math.nan
    most: float = math.inf

    def holds(
        self, time: Float64[np.ndarray, " t"], size: Float64[np.ndarray, " t"], skip: float
    ) -> Bool[np.ndarray, " t"]:
        """Return which points of a curve are used.

        Those from the window's beginning on, without the first part of it, in which drugs begin
        to act; and until the curve is as large as the controls when they stop growing. A curve
        that grows more slowly is used longer than the controls are.

        Args:
            time: Hours, rising.
            size: The curve.
            skip: Share of the window that is left out.
        """
        full = np.flatnonzero(size > self.most)
        end = int(full[0]) if len(full) else len(time)
        begin = self.first + skip * (self.last - self.first)
        return (time >= begin) & (np.arange(len(time)) < end)


def growing_window(
    curves: Sequence[tuple[Float64[np.ndarray, " t"], Float64[np.ndarray, " t"]]],
    start: float = 0.0,
) -> Window:
    """Return where the controls grow exponentially.

    The rule: the controls' log sizes are averaged at each time; the local rate is the slope over
    a quarter of the times (five at least); the window is the run of times around the highest
    local rate in which it is at least half of that (`RULES.growing`). So a lag at the
    beginning and a confluent end are left out.

    Args:
        curves: (time, size) of each control.
        start: Earlier times are not used: 0 is the drug's addition.
    """
    time, log_size = _pooled(curves, start)
    n = len(time)
    width = max(5, n // _SHARE)
    if n < RULES.least_points:
        return Window()
    low = np.clip(np.arange(n) - width // 2, 0, max(n - width, 0))
    local = np.array([_slope(time[i : i + width], log_size[i : i + width]) for i in low.tolist()])
    best = int(local.argmax())
    if not local[best] > 0:
        return Window()
    slow = np.flatnonzero(local < RULES.growing * local[best])
    before, after = slow[slow < best], slow[slow > best]
    first = int(before[-1]) + 1 if len(before) else 0
    last = int(after[0]) - 1 if len(after) else n - 1
    most = float(np.exp(log_size[last])) if last < n - 1 else math.inf
    return Window(float(time[first]), float(time[last]), most)


def live_and_dead(
    size: Float64[np.ndarray, " t"],
    markers: Float64[np.ndarray, "m t"],
    area: Sequence[float],
    *,
    includes_dead: bool,
) -> tuple[Float64[np.ndarray, " t"], Float64[np.ndarray, " t"]]:
    """Return live and dead cells in the unit of the size.

    A dead cell may carry several markers, so the dead are the largest number that one of them
    gives, not their sum. Areas are rough: live cells are never fewer than a tenth of the size.

    Args:
        size: Confluence or count.
        markers: One row per death marker.
        area: What one dead unit of size adds to each marker (1: markers count cells too).
        includes_dead: Whether the size holds dead cells too, as phase contrast does.

    Raises:
        InputError: Not one area per marker.
    """
    if len(area) != len(markers):
        raise InputError(f"{len(area)} areas for {len(markers)} death markers", where="death_area")
    scaled = markers / np.array(area, dtype=np.float64)[:, None]
    known = np.isfinite(scaled).any(axis=0)
    dead = np.where(known, np.nan_to_num(scaled, nan=-np.inf).max(axis=0, initial=-np.inf), np.nan)
    live = np.maximum(size - dead, _LEAST_LIVE * size) if includes_dead else size
    return live, dead


def _pooled(
    curves: Sequence[tuple[Float64[np.ndarray, " t"], Float64[np.ndarray, " t"]]], start: float
) -> tuple[Float64[np.ndarray, " g"], Float64[np.ndarray, " g"]]:
    """Return the mean log size of some curves at all their times from `start` on."""
    logs = []
    for time, size in curves:
        kept = np.isfinite(time) & np.isfinite(size) & (size > 0) & (time >= start)
        if kept.sum() >= 2:
            logs.append((time[kept], np.log(size[kept])))
    if not logs:
        return np.zeros(0), np.zeros(0)
    grid = np.unique(np.concatenate([time for time, _ in logs]))
    # Where all curves are: a mean over fewer would jump where one begins or ends.
    grid = grid[(grid >= max(t[0] for t, _ in logs)) & (grid <= min(t[-1] for t, _ in logs))]
    if len(grid) > _MOST_TIMES:
        grid = np.linspace(grid[0], grid[-1], _MOST_TIMES)
    return grid, np.mean([np.interp(grid, time, y) for time, y in logs], axis=0)


def _sum(
    time: Float64[np.ndarray, " k"], y: Float64[np.ndarray, " k"]
) -> Float64[np.ndarray, " k"]:
    """Return the trapezoids' sum of y until each time."""
    return np.concatenate([[0.0], np.cumsum(np.diff(time) * (y[1:] + y[:-1]) / 2)])


def _slope(time: Float64[np.ndarray, " w"], y: Float64[np.ndarray, " w"]) -> float:
    off = time - time.mean()
    return float((off * y).sum() / max(float((off * off).sum()), 1e-300))


def _line(x: Float64[np.ndarray, " k"], y: Float64[np.ndarray, " k"], least: int) -> Rate:
    """Return the median slope of all pairs, with Sen's interval.

    Of more than 1,000 points those of equal stretches are first replaced by their medians.
    """
    if len(x) < least or len(np.unique(x)) < 2:
        return Rate(points=len(x))
    points = len(x)
    if points > _MOST_POINTS:
        parts = np.array_split(np.arange(points), _MOST_POINTS)
        x = np.array([np.median(x[part]) for part in parts])
        y = np.array([np.median(y[part]) for part in parts])
    found = theilslopes(y, x)
    return Rate(float(found[0]), float(found[2]), float(found[3]), points)
