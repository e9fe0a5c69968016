"""The spread of doses: the onset of a drug by the rule of Dmitrenko et al. 2022."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.signal import savgol_filter

from phenolens.trajectories.change_point import Onset

_ORDER = 10  # of the smoothing polynomial
LEAST_TIMES = 20  # from which its window is longer than its order


@dataclass(frozen=True, slots=True, eq=False)
class DoseSpread:
    """The onset of a drug: its doses differ more than before it was added, and keep doing so.

    The coefficient of variation (population sd over mean) of the distances of all doses at each
    time, smoothed by a Savitzky-Golay filter of order 10 over an odd half of the times; the onset
    is the first time after the drug was added from which all values exceed the largest before it.
    The public code averages replicates in feature space; here their distances are averaged. It
    returns time 0 where there is none; here that is NaN. The filter counts frames, so uneven
    times are treated as even.

    The interval is a percentile bootstrap over the replicate curves of each dose.

    Attributes:
        times: (t,) hours, sorted.
        values: (c, t) distances of curves to their controls.
        before: (t,) which times are before the drug.
        draws: Of the bootstrap.
        seed: Of the draws.
    """

    times: Float64[np.ndarray, " t"]
    values: Float64[np.ndarray, "c t"]
    before: Bool[np.ndarray, " t"]
    draws: int = 200
    seed: int = 0

    def onset(self, doses: Sequence[Int64[np.ndarray, " _"]]) -> Onset:
        """Return the onset of one drug.

        Args:
            doses: The curves of each dose.
        """
        if len(doses) < 2:
            return Onset(note="one dose: the rule needs the spread of two doses or more")
        known = np.isfinite(np.stack([_mean(self.values[rows]) for rows in doses])).all(axis=0)
        times, before = self.times[known], self.before[known]
        if not before.any():
            return Onset(note="no frames before the drug was added")
        if before.all():
            return Onset(note="no frames after the drug was added")
        if len(times) < LEAST_TIMES:
            return Onset(note=f"too few times: {len(times)}, and the rule needs {LEAST_TIMES}")
        values = self.values[:, known]
        place = _place([_mean(values[rows]) for rows in doses], before)
        if place < 0:
            return Onset(note="the spread of the doses does not stay above that before the drug")
        rng = np.random.default_rng(self.seed)
        drawn = []
        for _ in range(self.draws):
            picked = [
                _mean(values[rows[rng.integers(len(rows), size=len(rows))]]) for rows in doses
            ]
            again = _place(picked, before)
            drawn.append(times[again] if again >= 0 else np.inf)
        ends = np.sort(np.array(drawn))
        low = ends[int(np.floor(0.025 * (len(ends) - 1)))]
        high = ends[int(np.ceil(0.975 * (len(ends) - 1)))]
        share = float(np.isfinite(ends).mean())
        note = "" if share > 0.95 else f"no onset in {100 * (1 - share):.0f} % of resamples"
        return Onset(
            hours=float(times[place]),
            low=float(min(low, times[place - 1])),
            high=float(max(high, times[place])),
            note=note,
        )


def smoothed(variation: Float64[np.ndarray, " t"]) -> Float64[np.ndarray, " t"]:
    """Return a series smoothed by the paper's filter: order 10, an odd half of its length."""
    half = len(variation) // 2
    return np.asarray(savgol_filter(variation, half + (half + 1) % 2, _ORDER), dtype=np.float64)


def _place(doses: Sequence[Float64[np.ndarray, " t"]], before: Bool[np.ndarray, " t"]) -> int:
    """Return the first frame of the onset, -1 where there is none."""
    far = np.stack(doses)
    mean = far.mean(axis=0)
    if not (np.isfinite(mean).all() and (mean > 0).all()):
        return -1
    above = smoothed(far.std(axis=0) / mean)
    stays = np.logical_and.accumulate((above > above[before].max())[::-1])[::-1]
    found = np.flatnonzero(stays & ~before)
    return int(found[0]) if len(found) else -1


def _mean(values: Float64[np.ndarray, "k t"]) -> Float64[np.ndarray, " t"]:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
