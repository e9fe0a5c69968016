"""The change point: when a treatment's distance leaves what controls do, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.trajectories.noise import Noise, mean_root

_ALLOWANCE = 1.0  # sd of controls that a sum of excesses does not count
LEAST_TIMES = 5
_MOST = 0.95  # share of resamples with an onset below which the note says so


@dataclass(frozen=True, slots=True)
class Onset:
    """When an effect begins.

    Attributes:
        hours: The first time at which it is there; NaN where there is none to report.
        low: Lower end of the 95 % interval.
        high: Upper end; infinite where many resamples have no onset.
        note: Why there is no number, or what to know of it.
    """

    hours: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ChangePoint:
    """The onset of treatments against the controls' own variability.

    An effect is there if the mean of the replicates leaves, after the drug was added, the band
    that means of control curves stay in (`Noise.band`, simultaneous over the times). When it began
    is Page's (1954) estimate: excesses over the controls' mean, in their sd and less 1, are summed
    and reset to 0 when they fall below; the onset is the first time after the last 0 before the
    largest sum reached when the band is first left. So it may be earlier than the exit, whose delay
    depends on the number of controls.

    The interval is a percentile bootstrap over replicate curves and over control curves; its lower
    end is the time before the onset, since the change may have been anywhere between two frames.

    Attributes:
        times: (t,) hours, sorted.
        values: (c, t) distances of curves to their controls.
        control: (c,) which curves are controls.
        group: (c,) which curves share their controls.
        before: (t,) which times are before the drug.
        alpha: How often a treatment without an effect may have an onset.
        draws: Of the bootstrap.
        seed: Of the draws.
    """

    times: Float64[np.ndarray, " t"]
    values: Float64[np.ndarray, "c t"]
    control: Bool[np.ndarray, " c"]
    group: Int64[np.ndarray, " c"]
    before: Bool[np.ndarray, " t"]
    alpha: float = 0.05
    draws: int = 200
    seed: int = 0

    def onsets(self, members: Sequence[Int64[np.ndarray, " _"]]) -> list[Onset]:
        """Return the onset of each treatment.

        Args:
            members: The curves of each treatment.
        """
        noise = Noise.of(self.values, self.control, self.group)
        drawn = self._control_means()
        return [self._onset(rows, noise, drawn) for rows in members]

    def _control_means(self) -> Float64[np.ndarray, "b g t"]:
        """Return the mean root of each group's controls, drawn with replacement."""
        rng = np.random.default_rng(self.seed)
        made = np.full((self.draws, int(self.group.max(initial=-1)) + 1, len(self.times)), np.nan)
        for g in range(made.shape[1]):
            own = self.values[self.control & (self.group == g)]
            for b in range(self.draws if len(own) else 0):
                made[b, g] = mean_root(own[rng.integers(len(own), size=len(own))])
        return made

    def _onset(
        self, rows: Int64[np.ndarray, " _"], noise: Noise, drawn: Float64[np.ndarray, "b g t"]
    ) -> Onset:
        groups = self.group[rows].tolist()
        mean, sd, _ = noise.of_mean(groups)
        own = mean_root(self.values[rows])
        known = np.isfinite(own) & np.isfinite(mean) & (sd > 0)
        note = self._too_little(own, mean, known)
        if note:
            return Onset(note=note)
        at = np.flatnonzero(known)
        mean, sd = mean[at], sd[at]
        level = (np.sqrt(noise.band(groups, self.alpha)[1][at]) - mean) / sd
        excess = (own[at] - mean) / sd
        after = ~self.before[at]
        if (excess > level)[~after].any():
            return Onset(note="apart from the controls before the drug was added")
        place = _first_apart(excess[None, after], level[after])[0]
        if place < 0:
            return Onset(note="no departure from the controls")
        hours = self.times[at]
        first = int(np.flatnonzero(after)[place])
        again = _first_apart(self._resampled(rows, drawn)[:, at[after]] / sd[after], level[after])
        low, high, share = _interval(again, hours[after])
        text = "" if share > _MOST else f"no onset in {100 * (1 - share):.0f} % of resamples"
        return Onset(
            hours=float(hours[first]),
            low=float(min(low, hours[first - 1])),
            high=float(max(high, hours[first])),
            note=text,
        )

    def _too_little(
        self,
        own: Float64[np.ndarray, " t"],
        mean: Float64[np.ndarray, " t"],
        known: Bool[np.ndarray, " t"],
    ) -> str:
        """Return why no onset can be named, or nothing."""
        if not np.isfinite(own).any():
            return "no distance to a control"
        if not np.isfinite(mean).any():
            return "fewer than 3 matched control curves"
        if not (known & self.before).any():
            return "no frames before the drug was added"
        if (known & ~self.before).sum() < LEAST_TIMES:
            return f"too few times after the drug was added (fewer than {LEAST_TIMES})"
        return ""

    def _resampled(
        self, rows: Int64[np.ndarray, " _"], drawn: Float64[np.ndarray, "b g t"]
    ) -> Float64[np.ndarray, "b t"]:
        """Return the mean excess of replicates drawn anew over controls drawn anew."""
        rng = np.random.default_rng(self.seed)
        root, group = np.sqrt(self.values[rows]), self.group[rows]
        made = np.empty((self.draws, self.values.shape[1]))
        for b in range(self.draws):
            pick = rng.integers(len(rows), size=len(rows))
            off = root[pick] - drawn[b, group[pick]]
            known = np.isfinite(off)
            made[b] = np.where(known, off, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return made


def _first_apart(
    excess: Float64[np.ndarray, "b t"], level: Float64[np.ndarray, " t"]
) -> Int64[np.ndarray, " b"]:
    """Return the place after the last reset of the sum before a level is passed, -1 for never.

    Args:
        excess: Over the controls, in sd.
        level: What counts as apart.
    """
    total, first = np.zeros(len(excess)), np.zeros(len(excess), dtype=np.int64)
    found = np.full(len(excess), -1, dtype=np.int64)
    for i in range(excess.shape[1]):
        first = np.where(total <= 0, i, first)
        total = np.maximum(total + excess[:, i] - _ALLOWANCE, 0.0)
        found = np.where((found < 0) & (excess[:, i] > level[i]), first, found)
    return found


def _interval(
    places: Int64[np.ndarray, " b"], hours: Float64[np.ndarray, " t"]
) -> tuple[float, float, float]:
    """Return the ends of the 95 % interval, and the share of resamples that have an onset."""
    share = float((places >= 0).mean())
    drawn = np.sort(np.where(places >= 0, hours[places], np.inf))
    low = drawn[int(np.floor(0.025 * (len(drawn) - 1)))]
    high = drawn[int(np.ceil(0.975 * (len(drawn) - 1)))]
    return float(low), float(high), share
