"""Subtract before: every curve less its own mean before the drug was added."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.profiling.base import BaseStep
from phenolens.trajectories.curves import Curves, identity

_NAME = "subtract_before"


@dataclass(frozen=True, kw_only=True)
class SubtractBefore(BaseStep):
    """Curves as differences from their own frames before the drug, feature by feature.

    Wells differ before any drug is added: in seeding, in where cells sit, in focus. What a curve
    differs by then is not the drug's, and would hide an effect in a distance to the controls. For
    tables with one row per curve and time (`time` in hours, 0 is the drug's addition); a curve is
    the rows that share plate, well, replicate, treatment, cell line and batch. Controls are
    treated alike, so what changes with time without any drug stays in them, and `trajectories`
    compares with it.

    A row with a missing feature has no part in a mean; its other features become differences as
    those of all rows do. A curve without any row that has all its features becomes missing.

    Attributes:
        zero_is_before: Whether a frame at time 0 was taken before the drug was added.
    """

    zero_is_before: bool = False

    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "curves"

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the differences.

        Raises:
            InputError: No column `time` or `control`, no control, a feature that is infinite, two
                rows of one curve at one time, or a curve without a frame before the drug.
        """
        curves = Curves.of(profiles, _NAME)
        early = curves.hours <= 0 if self.zero_is_before else curves.hours < 0
        frames = np.bincount(curves.curve[early], minlength=len(curves))
        alone = np.flatnonzero((frames == 0) & (np.diff(curves.start) > 0))
        if len(alone):
            raise InputError(
                f"{_NAME}: the curve of {profiles.place(int(curves.first[alone[0]]))} has no frame "
                f"before the drug was added ({count_of(len(alone), 'such curve')})",
                fix="set `zero_is_before = true` if the frame at time 0 is one; times before "
                "the drug are negative",
            )
        x = profiles.features.astype(np.float64)
        before = np.full((len(curves), x.shape[1]), np.nan)
        for k, (start, stop) in enumerate(pairwise(curves.start.tolist())):
            own = curves.order[start:stop][early[start:stop]]
            if len(own):  # a curve without any complete row: what it was before is not known
                before[k] = x[own].mean(axis=0)
        x -= before[identity(profiles.meta)[0]]
        made = in_float32(x, _NAME, missing=True)
        counted = frames[np.diff(curves.start) > 0]
        return profiles.after(
            self,
            features=made,
            curves=len(curves),
            curves_without_values=len(frames) - len(counted),
            fewest_frames=int(counted.min()),
            most_frames=int(counted.max()),
        )

    def fit(self, profiles: Profiles) -> SubtractBefore:
        """Return the step itself: every curve is compared with itself, nothing is learned."""
        del profiles
        return self
