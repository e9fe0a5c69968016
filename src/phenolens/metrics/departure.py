"""Departure: which treatments leave the band that control curves stay in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NoReturn

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, at_least, between
from phenolens.core.score import Score
from phenolens.statistics.intervals import interval_of_mean
from phenolens.trajectories.bands import bootstrap_bands
from phenolens.trajectories.curves import identity
from phenolens.trajectories.departures import Departures, departures
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.noise import LEAST_CONTROLS, Noise, mean_root
from phenolens.trajectories.references import Matched

_NAME = "departure"
_TREATMENT = ("compound", "concentration", "cell_line")
_MOST_DRAWS = 10_000
_LEAST_ALPHA = 1e-6


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Share of treatments whose distance to the controls leaves the control-to-control band.

    For each treatment (compound, concentration and cell line) the mean over its replicate curves
    of the distance to the matched controls at the nearest time (the mean of roots, squared), with
    a 95 % band: replicate curves and control curves are drawn with replacement, and distances
    computed anew (percentile bootstrap, widened to hold the mean). The control band comes from
    control curves, each compared with the other controls: it is that of a mean of as many
    control curves, from the same plates, and holds at all times at once: without an effect a
    treatment leaves it upwards at any time with a probability of about `alpha` at most. Simulated
    without an effect, at 0.05: 0 to 0.055; more with one feature and three or four control curves
    that differ by their whole course: 0.08 with 3 replicates, 0.16 with 12. A treatment that stays
    inside after time 0 shows no effect. Controls differ by position too, so a treatment in an edge
    column may leave the band without an effect, and so do wells that are noisier than controls.
    Treatments that are outside until time 0 already are counted in the notes.

    Chance (`null`) is `alpha` as it was set: the most that treatments without an effect leave the
    band. `hits` and `n` count treatments. One row per treatment and time: `distance`, `low`,
    `high`, `control_low`, `control_high`, `outside`.

    Attributes:
        controls_same: Columns that a curve and its controls share, as far as the table has them.
        distance: Euclidean, cosine, correlation, Bray-Curtis or L1.
        farthest: A frame further away than this many hours is none; 0 for half of the spacing.
        alpha: How often a treatment without an effect may leave the band.
        draws: Of the bootstrap.
        seed: Of the draws.
    """

    title: ClassVar[str] = "Departure from controls"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: nearly every treatment moves further away than controls do."
    chance: ClassVar[str] = "at most `alpha`, 0.05"
    chance_level: ClassVar[float] = 0.05
    blind: ClassVar[str] = "the direction of an effect, and effects of the position on the plate"
    is_mean: ClassVar[bool] = False
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "curves"

    controls_same: tuple[str, ...] = ("plate", "cell_line", "batch")
    distance: TimeDistance = "euclidean"
    farthest: float = 0.0
    alpha: float = 0.05
    draws: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        at_least(0, farthest=self.farthest)
        between(_LEAST_ALPHA, 0.5, alpha=self.alpha)
        between(2, _MOST_DRAWS, draws=self.draws)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> Departure:
        """Return one for the contract tests, with few draws."""
        return cls(draws=5)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the share, with one row per treatment and time.

        Raises:
            InputError: As the step `trajectories`; no treatment; or no treatment whose controls
                are three curves or more.
        """
        profiles.column("compound", _NAME)
        matched = Matched.of(profiles, self.controls_same, self.farthest, _NAME)
        curves = matched.curves
        treated = np.flatnonzero(~curves.control)
        if not len(treated):
            raise InputError(f"{_NAME} needs curves that are not controls")
        controls = np.bincount(matched.group, curves.control)
        if controls[matched.group[treated]].max() < LEAST_CONTROLS:
            self._refuse()  # before features are asked for
        made = departures(profiles, matched, self.distance, _NAME)
        meta = profiles.meta.iloc[curves.first[treated]]
        code, first = identity(meta, _TREATMENT)
        members = [treated[code == k] for k in range(len(first))]
        low, high = bootstrap_bands(
            profiles.features, made, members, self.distance, self.draws, self.seed
        )
        names = [name for name in _TREATMENT if name in meta.columns]
        rows = self._rows(made, members, meta.iloc[first][names].reset_index(drop=True), low, high)
        return self._score(rows, len(members))

    def _refuse(self) -> NoReturn:
        raise InputError(
            f"{_NAME} needs {LEAST_CONTROLS} control curves or more with each treatment",
            fix="name fewer columns in `controls_same`, so that more controls are taken together",
        )

    def _rows(
        self,
        made: Departures,
        members: list[Int64[np.ndarray, " _"]],
        named: pd.DataFrame,
        low: Float64[np.ndarray, "g t"],
        high: Float64[np.ndarray, "g t"],
    ) -> pd.DataFrame:
        group = made.matched.group
        noise = Noise.of(made.values, made.matched.curves.control, group)
        ends = [noise.band(group[rows].tolist(), self.alpha) for rows in members]
        near, far = (np.stack(end) for end in zip(*ends, strict=True))
        mean = np.stack([mean_root(made.values[rows]) for rows in members]) ** 2
        treatment = np.repeat(np.arange(len(members)), len(made.times))
        columns = {
            "time": np.tile(made.times, len(members)),
            "replicates": np.array([len(rows) for rows in members])[treatment],
            "value": mean.ravel(),
            "distance": mean.ravel(),
            "low": np.fmin(low, mean).ravel(),
            "high": np.fmax(high, mean).ravel(),
            "control_low": near.ravel(),
            "control_high": far.ravel(),
            "outside": (mean > far).ravel(),
            "treatment": treatment,
        }
        whose = named.iloc[treatment].reset_index(drop=True)
        rows = pd.concat([whose, pd.DataFrame(columns)], axis=1)
        return rows[np.isfinite(mean.ravel())].reset_index(drop=True)

    def _score(self, rows: pd.DataFrame, treatments: int) -> Score:
        after = rows[rows["time"] > 0] if (rows["time"] > 0).any() else rows
        banded = after[np.isfinite(after["control_high"])]
        if not len(banded):
            self._refuse()
        each = banded.groupby("treatment", observed=True).agg(
            left=("outside", "any"), compound=("compound", "first")
        )
        left = each["left"].to_numpy(dtype=np.float64)
        low, high = interval_of_mean(left, each["compound"], seed=self.seed)
        whole = low < high
        lost = treatments - len(each)
        notes = [f"treatments with fewer than {LEAST_CONTROLS} control curves: {lost}"]
        single = int((rows.groupby("treatment", observed=True)["replicates"].first() == 1).sum())
        if single:
            notes.append(f"treatments with one curve, whose band is that of the controls: {single}")
        early = rows[(rows["time"] <= 0) & rows["outside"]]["treatment"].nunique()
        if early and len(after) < len(rows):
            notes.append(
                f"treatments outside of the band until time 0 already, before the drug: {early}; "
                "the step `subtract_before` removes what wells differ by"
            )
        return Score(
            name=_NAME,
            value=float(left.mean()),
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            hits=int(left.sum()),
            n=len(each),
            null=self.alpha,
            rows=rows.drop(columns="treatment"),
            notes=tuple(notes if lost else notes[1:]),
        )
