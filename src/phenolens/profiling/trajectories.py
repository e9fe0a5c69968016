"""Trajectories: one row per curve, its features the distances to the controls over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import at_least
from phenolens.profiling.base import BaseStep
from phenolens.trajectories.curves import identity
from phenolens.trajectories.departures import departures
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.references import Matched
from phenolens.trajectories.table import names_of

_NAME = "trajectories"


@dataclass(frozen=True, kw_only=True)
class Trajectories(BaseStep):
    """Distance of every curve to its matched controls at each time: one row per curve.

    Dmitrenko et al. 2022, with each replicate a curve of its own: a curve is the rows that share
    plate, well, replicate, compound, concentration, cell line and batch, as far as the table has
    these columns. Its control is the mean of the control curves that match it, each at the frame
    nearest in time (of two equally near, the earlier). A control curve is compared with the mean
    of the other control curves, so that it shows how far apart controls are.

    The features are named by hours since the drug was added: `hours_-4`, `hours_0`, `hours_2.5`.
    NaN: the curve has no frame near that time. A row with a missing feature is left out of its
    curve and counted. Metadata that is constant within every curve is kept, other columns are
    dropped and named. Rows are sorted by plate, well, replicate, compound, concentration,
    cell line and batch. Nothing is learned: other tables need controls of their own.

    Attributes:
        controls_same: Columns that a curve and its controls share, as far as the table has them;
            none for all controls together.
        distance: Euclidean, cosine, correlation, Bray-Curtis, or L1 (the paper's figure prints
            L1, its code computes the euclidean distance).
        farthest: A control frame further away than this many hours is none; 0 for half of the
            usual time between two frames.
    """

    controls_same: tuple[str, ...] = ("plate", "cell_line", "batch")
    distance: TimeDistance = "euclidean"
    farthest: float = 0.0

    accepts_missing: ClassVar[bool] = True
    changes_rows: ClassVar[bool] = True
    example_table: ClassVar[str] = "curves"

    def __post_init__(self) -> None:
        at_least(0, farthest=self.farthest)

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the trajectories.

        Raises:
            InputError: No column `time` or `control`, a curve without a matched control, two rows
                of one curve at one time, a feature that is infinite, or no distance is defined.
        """
        matched = Matched.of(profiles, self.controls_same, self.farthest, _NAME)
        made = departures(profiles, matched, self.distance, _NAME)
        curves = made.matched.curves
        meta, dropped = _constant(profiles.meta, curves.first)
        if "time" in dropped:
            dropped.remove("time")
        return profiles.after(
            self,
            meta=meta.assign(control=curves.control),
            features=in_float32(made.values, _NAME, missing=True),
            names=names_of(made.times),
            curves=len(curves),
            control_curves=int(curves.control.sum()),
            control_groups=int(made.matched.group.max()) + 1,
            farthest_hours=made.matched.farthest,
            rows_with_missing_features=curves.incomplete,
            rows_without_distance=made.undefined,
            curves_without_values=int(np.isnan(made.values).all(axis=1).sum()),
            dropped=dropped,
        )

    def fit(self, profiles: Profiles) -> Trajectories:
        """Return the step itself: nothing is learned, each table has its own controls."""
        del profiles
        return self

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and L1 with all controls together."""
        return cls(), cls(controls_same=(), distance="l1")


def _constant(meta: pd.DataFrame, first: Int64[np.ndarray, " c"]) -> tuple[pd.DataFrame, list[str]]:
    """Return the metadata of the curves, and the columns that vary within one."""
    curve = identity(meta)[0]
    kept: list[str] = []
    dropped: list[str] = []
    for name in map(str, meta.columns):
        codes = pd.factorize(meta[name])[0]
        same = name != "time" and bool((codes == codes[first][curve]).all())
        (kept if same else dropped).append(name)
    return meta[kept].iloc[first], dropped
