"""Standardize: z-score within each plate (or other group), by its controls or by all its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from phenolens.core.profiles import Profiles
from phenolens.core.ranges import MANY, between
from phenolens.corrections.learned import Learned
from phenolens.corrections.scaling import Measure, Scales, Spread, apply_scales, learn_scales
from phenolens.grouping.groups import Words
from phenolens.profiling.base import BaseStep, FittableStep

_ROWS = 1024  # rows held in float64 at a time


@dataclass(frozen=True, kw_only=True)
class Standardize(FittableStep[Scales]):
    """Z-score of every feature within each plate, by the mean and sd of its negative controls.

    After the step the rows it was fitted on have mean 0 and sd 1 in every group: measured on the
    result, and written to the provenance.

    Attributes:
        by: Columns that make a group; none for the whole table.
        on: Fitted on the negative controls, or on all rows of the group.
        ddof: 1 for the sample sd, 0 for the population's.
        constant: A feature that is constant in some group (its sd below 1e-6 of its size) is
            dropped everywhere, or set to zero in that group.
        few: A group with fewer controls than an sd needs (2) is refused, or fitted on all its own
            rows, or on the controls of all groups together; how many were is in the provenance.
    """

    by: tuple[str, ...] = ("plate",)
    on: Literal["controls", "all"] = "controls"
    ddof: int = 1
    constant: Literal["drop", "zero"] = "drop"
    few: Literal["refuse", "all", "pooled"] = "refuse"

    def __post_init__(self) -> None:
        between(0, MANY, ddof=self.ddof)

    state: ClassVar[type] = Scales

    def learn(self, profiles: Profiles, base: Scales | None = None) -> Learned[Scales]:
        """Return the means and sds, and the profiles standardized by them.

        Raises:
            InputError: A group has too few rows to fit on (names it), a row is in no group or in
                several, a feature is not finite, or every feature is constant somewhere.
        """
        needed = max(2, self.ddof + 1)
        measure = Measure(
            name="standardize", centre="mean", spread="sd", of=self._spread, needed=needed
        )
        return learn_scales(profiles, self, measure, base)

    def transform(self, profiles: Profiles, state: Scales) -> Float32[np.ndarray, "n e"]:
        """Return the rows scaled by what was learned."""
        return apply_scales(profiles, self, "standardize", state)

    def stored_groups(self, state: Scales) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the groups learned from."""
        return self.by, state.groups

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and batches by all rows."""
        return cls(), cls(by=("batch",), on="all", constant="zero"), cls(few="pooled")

    def _spread(self, x: Float32[np.ndarray, "k d"]) -> Spread:
        """Return mean and sd in float64, a few rows at a time."""
        blocks = range(0, len(x), _ROWS)
        mean, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        for i in blocks:
            mean += x[i : i + _ROWS].sum(axis=0, dtype=np.float64)
        mean /= len(x)
        for i in blocks:
            off = x[i : i + _ROWS] - mean
            squares += np.einsum("ij,ij->j", off, off)
        size = np.maximum(x.max(axis=0), -x.min(axis=0)).astype(np.float64)
        return Spread(mean, np.sqrt(squares / (len(x) - self.ddof)), size)
