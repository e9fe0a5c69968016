"""Median distances between the drugs of one cell line and to its controls, each measured once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int64
from scipy.spatial.distance import cdist

from phenolens.statistics.ties import FLOOR

DISTANCES = ("euclidean", "cosine", "correlation", "braycurtis")


@dataclass(frozen=True, slots=True, eq=False)
class LineDistances:
    """The drugs and controls of one cell line.

    Attributes:
        x: Features of the whole table.
        drugs: Rows of each drug by name.
        controls: Rows of the controls.
        known: Medians found so far, by names and distance; `None` for the controls.
    """

    x: Float64[np.ndarray, "n d"]
    drugs: Mapping[str, Int64[np.ndarray, " k"]]
    controls: Int64[np.ndarray, " c"]
    known: dict[tuple[str, str | None, str], float] = field(default_factory=dict)

    def has(self, one: str, other: str) -> bool:
        """Return whether both drugs are in this line."""
        return one in self.drugs and other in self.drugs

    def median(self, one: str, other: str | None, distance: str) -> float:
        """Return the median distance over all cross pairs of two drugs, or of drug and controls.

        NaN where one is undefined (the cosine of a row of zeros).
        """
        if other is not None and other < one:
            one, other = other, one
        key = (one, other, distance)
        if key not in self.known:
            rows = self.controls if other is None else self.drugs[other]
            far = float(np.median(cdist(self.x[self.drugs[one]], self.x[rows], distance)))
            # 1 - cos of a row and itself is not 0 but what rounding leaves.
            rounded = distance in ("cosine", "correlation") and far < FLOOR
            self.known[key] = 0.0 if rounded else far
        return self.known[key]

    def similarity(self, one: str, other: str, distance: str) -> tuple[float, float]:
        """Return D^-1 and d = (Dhat - D) / Dhat of two drugs; NaN where they are undefined."""
        apart = self.median(one, other, distance)
        away = (self.median(one, None, distance) + self.median(other, None, distance)) / 2
        inverse = 1 / apart if apart > 0 else float("nan")
        return inverse, (away - apart) / away if away > 0 else float("nan")
