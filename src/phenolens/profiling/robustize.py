"""Robustize: median and MAD (or quartiles) within each plate, by its controls or all its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float32, Float64

from phenolens.core.profiles import Profiles
from phenolens.core.ranges import at_least
from phenolens.corrections.learned import Learned
from phenolens.corrections.scaling import Measure, Scales, Spread, apply_scales, learn_scales
from phenolens.grouping.groups import Words
from phenolens.profiling.base import BaseStep, FittableStep
from phenolens.statistics.median import MAD_TO_SD

_COLUMNS = 64  # sorted at a time


@dataclass(frozen=True, kw_only=True)
class Robustize(FittableStep[Scales]):
    """Robust z-score within each plate: (x - median) / (1.4826 MAD + epsilon) of its controls.

    What JUMP and LINCS tables come in: pycytominer's `mad_robustize`, and with `spread = "iqr"`
    its `robustize`, (x - median) / (Q3 - Q1), quartiles interpolated linearly. The median and MAD
    of up to half of the controls being odd stay what they are; a mean and sd do not.

    After the step the rows it was fitted on have median 0 and 1.4826 MAD 1 (or Q3 - Q1 = 1) in
    every group: measured on the result, and written to the provenance.

    A MAD is 0 as soon as more than half of the controls share one value, as counts often do.
    Nothing can be divided by it: with epsilon = 0 such a feature counts as constant. pycytominer
    adds 1e-18 instead, which turns every difference to the median into values like 1e17, and
    leaves them for its `drop_outliers`.

    Attributes:
        by: Columns that make a group; none for the whole table.
        on: Fitted on the negative controls, or on all rows of the group.
        spread: MAD, or the range between the quartiles.
        epsilon: Added to every spread. With any, no feature counts as constant.
        constant: A feature whose spread is 0 in some group (or below 1e-6 of its median) is
            dropped everywhere, or set to zero in that group.
        few: A group with fewer than two controls is refused, or fitted on all its own rows, or on
            the controls of all groups together; how many were is in the provenance.
    """

    by: tuple[str, ...] = ("plate",)
    on: Literal["controls", "all"] = "controls"
    spread: Literal["mad", "iqr"] = "mad"
    epsilon: float = 0.0
    constant: Literal["drop", "zero"] = "drop"
    few: Literal["refuse", "all", "pooled"] = "refuse"

    def __post_init__(self) -> None:
        at_least(0, epsilon=self.epsilon)

    state: ClassVar[type] = Scales

    def learn(self, profiles: Profiles, base: Scales | None = None) -> Learned[Scales]:
        """Return the medians and spreads, and the profiles scaled by them.

        Raises:
            InputError: A group has too few rows to fit on (names it), a row is in no group or in
                several, a feature is not finite, every feature is constant somewhere, or an
                epsilon so small that a value overflows.
        """
        measure = Measure(
            name="robustize",
            centre="median",
            spread=self.spread,
            of=self._spread,
            epsilon=self.epsilon,
        )
        return learn_scales(profiles, self, measure, base)

    def transform(self, profiles: Profiles, state: Scales) -> Float32[np.ndarray, "n e"]:
        """Return the rows scaled by what was learned."""
        return apply_scales(profiles, self, "robustize", state)

    def stored_groups(self, state: Scales) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the groups learned from."""
        return self.by, state.groups

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, the quartiles of the whole table, and a pooled fall-back."""
        whole = cls(by=(), on="all", spread="iqr")
        return cls(), whole, cls(few="pooled", epsilon=0.01)

    def _spread(self, x: Float32[np.ndarray, "k d"]) -> Spread:
        centre, spread = np.empty(x.shape[1]), np.empty(x.shape[1])
        for j in range(0, x.shape[1], _COLUMNS):
            y = np.sort(x[:, j : j + _COLUMNS], axis=0)
            middle = centre[j : j + _COLUMNS] = _quantile(y, 0.5)
            if self.spread == "iqr":
                spread[j : j + _COLUMNS] = _quantile(y, 0.75) - _quantile(y, 0.25)
            else:
                off = np.abs(y - middle).astype(np.float32)
                off.sort(axis=0)
                spread[j : j + _COLUMNS] = MAD_TO_SD * _quantile(off, 0.5)
        return Spread(centre, spread, np.abs(centre))


def _quantile(y: Float32[np.ndarray, "k d"], share: float) -> Float64[np.ndarray, " d"]:
    """Return a quantile of sorted rows, linear between the two nearest."""
    place = share * (len(y) - 1)
    low = int(place)
    below, above = y[low].astype(np.float64), y[min(low + 1, len(y) - 1)].astype(np.float64)
    found: Float64[np.ndarray, " d"] = below + (place - low) * (above - below)
    return found
