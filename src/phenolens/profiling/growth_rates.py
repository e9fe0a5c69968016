"""Growth rates: net growth, GR value and death rate of every curve of the long form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import at_least, below, between
from phenolens.core.reading.numbers import number_or_nan
from phenolens.effects.gr import gr_of_rates
from phenolens.effects.growth import (
    Window,
    death_rate_of,
    growing_window,
    live_and_dead,
    net_rates,
    rate_of,
)
from phenolens.effects.infinite import refuse_infinite
from phenolens.profiling.base import BaseStep
from phenolens.trajectories.curves import control_curves, control_groups, hours_of, identity

Curve = tuple[np.ndarray, np.ndarray, np.ndarray]  # times, sizes and dead cells
MADE = ("growth_rate", "growth_low", "growth_high", "gr_value", "death_rate")
_NAME = "growth_rates"
_LEAST_STAY = 1e-3  # hours
_LEAST_AREA = 1e-6  # of one dead unit of size


@dataclass(frozen=True, kw_only=True)
class GrowthRates(BaseStep):
    """Growth rate, GR value and death rate of every curve, from cell counts or confluence.

    For tables with one row per curve and time (`time` in hours, 0 is the drug's addition). The
    rate is the slope of log(size) over time. It begins a third into the window in which the
    group's controls grow exponentially (`effects/growth.py` states the rule), since drugs need time
    to act, and ends where the curve is as large as the controls when they become confluent.
    Where dead cells are marked, the death rate is the slope of the dead over the cell-hours
    lived. GR = 2^(rate / controls' rate) - 1 (Hafner et al. 2016).

    Rows and features stay. Added, the same in all rows of a curve: `growth_rate` with its 95 %
    interval `growth_low`, `growth_high`, `gr_value`, and with markers `death_rate`; rates are
    natural and per hour (log 2 / rate is the doubling time). They are missing where a
    curve has fewer than four points in the window, or its group no growing control. Sizes of 0
    count as half of the smallest positive size in the group. Cells lost before the window are not
    forgotten: where a curve falls below half of its size at the drug's addition, its rate is at
    most its net growth since then.

    Attributes:
        size: Feature, or metadata column as `count`, that grows with the number of cells.
        death: Features or columns that mark dead cells; none: death is not measured.
        death_area: What one dead unit of size adds to each marker; by default 1, for counts.
            An IncuCyte's red or green area of a dead cell is smaller than the cell.
        death_stays: Mean hours for which a dead cell is in view before it detaches; 0: to the end.
        size_includes_dead: Whether the size holds dead cells too, as phase contrast does.
        controls_same: Columns that a curve and its controls share, as far as the table has them.
        skip: Share of the window left out at its beginning.
    """

    size: str = "count"
    death: tuple[str, ...] = ()
    death_area: tuple[float, ...] = ()
    death_stays: float = 0.0
    size_includes_dead: bool = False
    controls_same: tuple[str, ...] = ("plate", "cell_line", "batch")
    skip: float = 1 / 3

    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "curves"
    instead: ClassVar[str] = "a curve's rate needs its own controls: apply it to all rows together"

    def __post_init__(self) -> None:
        below(0, 1, skip=self.skip)
        at_least(0, death_stays=self.death_stays)
        if 0 < self.death_stays < _LEAST_STAY:
            raise InputError(
                f"dead cells are in view for {self.death_stays:g} hours",
                where="death_stays",
                fix=f"0 where they stay to the end, else {_LEAST_STAY:g} or more",
            )
        if self.death_area and len(self.death_area) != len(self.death):
            counts = f"{len(self.death_area)} areas for {len(self.death)} markers"
            raise InputError(counts, where="death_area", fix="one per entry of `death`")
        for area in self.death_area:
            between(_LEAST_AREA, 1 / _LEAST_AREA, death_area=area)

    @property
    def adds(self) -> tuple[str, ...]:
        """The columns that it adds."""
        return MADE if self.death else MADE[:-1]

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles with the rates of their curves among the metadata.

        Raises:
            InputError: No `time`, `control`, size or marker, no row or feature, a time or size
                that is not a number, a size below 0, a curve without a value in a column of
                `controls_same`, or a curve that is a control at some times only.
        """
        profiles.not_empty(_NAME)
        time = hours_of(profiles, _NAME)
        curves, first = identity(profiles.meta)
        control = control_curves(profiles, curves, first, _NAME)
        there = [name for name in self.controls_same if name in profiles.meta.columns]
        group = control_groups(profiles, curves, there, _NAME)
        for name in (self.size, *self.death):
            self._refuse_absent(profiles, name)
        refuse_infinite(profiles, _NAME)
        size = self._size(profiles)
        markers = np.array([self._number(profiles, name) for name in self.death])
        markers = markers.reshape(len(self.death), len(profiles))
        area = self.death_area or (1.0,) * len(self.death)
        dead = np.full(len(profiles), np.nan)
        if self.death:
            size, dead = live_and_dead(size, markers, area, includes_dead=self.size_includes_dead)
        made, facts = self._rates(time, size, dead, curves, group, control)
        table = {name: made[name][curves] for name in self.adds}
        return profiles.after(self, meta=profiles.meta.assign(**table), **facts)

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return a size and a marker that are two of the features `f0000`, ..."""
        return cls(size="f0000"), cls(size="f0000", death=("f0001",), death_area=(0.5,))

    def _rates(
        self,
        time: Float64[np.ndarray, " n"],
        size: Float64[np.ndarray, " n"],
        dead: Float64[np.ndarray, " n"],
        curves: Int64[np.ndarray, " n"],
        group: Int64[np.ndarray, " c"],
        control: Bool[np.ndarray, " c"],
    ) -> tuple[dict[str, Float64[np.ndarray, " c"]], dict[str, Any]]:
        """Return the rates by curve, and what was done."""
        count = len(group)
        made = {name: np.full(count, np.nan) for name in MADE}
        windows = []
        by_curve = np.argsort(curves, kind="stable")
        start = np.searchsorted(curves[by_curve], np.arange(count + 1))
        for one in np.unique(group).tolist():
            members = np.flatnonzero(group == one).tolist()
            sizes = size[np.concatenate([by_curve[start[c] : start[c + 1]] for c in members])]
            floor = sizes[sizes > 0].min() / 2 if (sizes > 0).any() else np.nan
            at: dict[int, Curve] = {}
            for curve in members:
                own = by_curve[start[curve] : start[curve + 1]]
                t, x, d = _by_time(time[own], size[own], dead[own])
                at[curve] = t, np.where(x <= 0, floor, x), d
            known = [curve for curve in at if control[curve]]
            window = growing_window([(at[curve][0], at[curve][1]) for curve in known])
            windows.append(window)
            for curve, points in at.items():
                for name, value in self._of_curve(*points, window).items():
                    made[name][curve] = value
            rates = made["growth_rate"][known]
            if np.isfinite(rates).any():
                base = np.full(len(at), np.nanmean(rates))
                made["gr_value"][list(at)] = gr_of_rates(made["growth_rate"][list(at)], base)
        ends = np.array([[window.first, window.last] for window in windows])
        facts: dict[str, float] = {
            "curves": count,
            "curves_without_rate": int(np.isnan(made["growth_rate"]).sum()),
            "groups": len(windows),
            "groups_without_growing_controls": int(np.isnan(ends[:, 0]).sum()),
        }
        if not np.isnan(ends).all():
            facts["window_begins"] = float(np.nanmin(ends[:, 0]))
            facts["window_ends"] = float(np.nanmax(ends[:, 1]))
        return made, facts

    def _refuse_absent(self, profiles: Profiles, name: str) -> None:
        if name not in profiles.meta.columns and name not in profiles.names:
            known = [*map(str, profiles.meta.columns), *profiles.names[:20]]
            raise InputError(
                f"{_NAME} needs a feature or column '{name}'",
                fix=nearest(name, known, "the table has"),
            )

    def _of_curve(
        self,
        time: Float64[np.ndarray, " t"],
        live: Float64[np.ndarray, " t"],
        dead: Float64[np.ndarray, " t"],
        window: Window,
    ) -> dict[str, float]:
        """Return the rates of one curve, by its points in the window and what it lost before."""
        used = window.holds(time, live, self.skip)
        stay = self.death_stays or np.inf
        rate = rate_of(time[used], live[used])
        slope = death_rate_of(time[used], live[used], dead[used], stay).value
        net, died = net_rates(time, live, dead, used, stay)
        return {
            "growth_rate": float(np.fmin(rate.value, net)),
            "growth_low": float(np.fmin(rate.low, net)),
            "growth_high": float(np.fmax(rate.high, net)),
            "death_rate": float(np.fmax(slope, died)),
        }

    def _size(self, profiles: Profiles) -> Float64[np.ndarray, " n"]:
        """Return the size of each row, NaN where it is missing."""
        size = self._number(profiles, self.size)
        below = np.flatnonzero(size < 0)
        if len(below):
            row = int(below[0])
            raise InputError(
                f"{_NAME}: the size '{self.size}' is {size[row]:g} in {profiles.place(row)} "
                f"({count_of(len(below), 'such row')}); a number of cells or an area is never "
                "below 0",
                fix="put `growth_rates` before `standardize` and `subtract_before`, or name "
                "another feature or column",
            )
        return size

    def _number(self, profiles: Profiles, name: str) -> Float64[np.ndarray, " n"]:
        """Return a feature, or a column of the metadata, as numbers."""
        if name in profiles.names:
            values = profiles.features[:, profiles.names.index(name)].astype(np.float64)
            infinite = np.isinf(values)
        else:
            column = profiles.column(name, _NAME)
            values = number_or_nan(column)
            infinite = np.isinf(values) | (np.isnan(values) & column.notna())
        if infinite.any():
            row = int(np.flatnonzero(infinite)[0])
            raise InputError(f"{_NAME}: '{name}' is not a number in {profiles.place(row)}")
        return values


def _by_time(
    time: Float64[np.ndarray, " k"],
    size: Float64[np.ndarray, " k"],
    dead: Float64[np.ndarray, " k"],
) -> Curve:
    """Return a curve in the order of time; rows of one time (its sites) are averaged."""
    order = np.lexsort((dead, size, time))
    t, at = np.unique(time[order], return_inverse=True)
    return t, _means(size[order], at, len(t)), _means(dead[order], at, len(t))


def _means(
    values: Float64[np.ndarray, " k"], at: Int64[np.ndarray, " k"], n: int
) -> Float64[np.ndarray, " t"]:
    """Return the mean of the values at each time, NaN where there is none."""
    known = np.isfinite(values)
    total = np.bincount(at[known], values[known], n)
    count = np.bincount(at[known], minlength=n)
    return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)
