"""ScaleToPercentiles: two percentiles of each plate's controls become 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.learned import Learned
from phenolens.corrections.scaling import Measure, Scales, Spread, apply_scales, learn_scales
from phenolens.grouping.groups import Words
from phenolens.profiling.base import FittableStep


@dataclass(frozen=True, kw_only=True)
class ScaleToPercentiles(FittableStep[Scales]):
    """Linear scale within each plate: its controls' 1st percentile becomes 0, their 99th 1.

    How Ljosa et al. 2013 scaled BBBC021's CellProfiler features. Percentiles are interpolated
    linearly between the two nearest values. Values beyond them are not clipped. With few controls
    the percentiles are near their smallest and largest value, and one odd control decides.

    After the step the two percentiles of the rows it was fitted on are 0 and 1 in every group:
    measured on the result, and written to the provenance.

    Attributes:
        by: Columns that make a group; none for the whole table.
        on: Fitted on the negative controls, or on all rows of the group.
        low: The percentile that becomes 0.
        high: The percentile that becomes 1.
        constant: A feature whose percentiles coincide in some group is dropped everywhere, or set
            to zero in that group.
        few: A group with fewer than two controls is refused, or fitted on all its own rows, or on
            the controls of all groups together; how many were is in the provenance.
    """

    by: tuple[str, ...] = ("plate",)
    on: Literal["controls", "all"] = "controls"
    low: float = 1.0
    high: float = 99.0
    constant: Literal["drop", "zero"] = "drop"
    few: Literal["refuse", "all", "pooled"] = "refuse"

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 100:
            raise InputError(
                f"must be at least 0 and below high, which is at most 100; got {self.low:g} and "
                f"{self.high:g}",
                where="low",
            )

    state: ClassVar[type] = Scales

    def learn(self, profiles: Profiles, base: Scales | None = None) -> Learned[Scales]:
        """Return the percentiles, and the profiles scaled by them.

        Raises:
            InputError: A group has too few rows to fit on (names it), a row is in no group or in
                several, a feature is not finite, or every feature is constant somewhere.
        """
        measure = Measure(name="scale_to_percentiles", centre="low", spread="range", of=self._range)
        return learn_scales(profiles, self, measure, base)

    def transform(self, profiles: Profiles, state: Scales) -> Float32[np.ndarray, "n e"]:
        """Return the rows scaled by what was learned."""
        return apply_scales(profiles, self, "scale_to_percentiles", state)

    def stored_groups(self, state: Scales) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the groups learned from."""
        return self.by, state.groups

    def _range(self, x: Float32[np.ndarray, "k d"]) -> Spread:
        low, high = np.percentile(x.astype(np.float64), [self.low, self.high], axis=0)
        return Spread(low, high - low, np.abs(x).max(axis=0).astype(np.float64))
