"""Scales: the controls of each plate (or batch) become mean 0 and spread 1, by feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

_LEAST = 4  # control rows of a plate; fewer say nothing of their spread


def places_of(meta: pd.DataFrame, by: str) -> np.ndarray:
    """Return the name of each row's place, as text: its plate or batch, or `all`.

    Args:
        meta: Metadata.
        by: The column; empty: all rows are of one place.
    """
    if not by:
        return np.full(len(meta), "all", dtype=object)
    return meta[by].astype(str).to_numpy(dtype=object)


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Mean and spread of the controls of every plate, or of every value of another column.

    Attributes:
        by: The column: `plate`, or `batch` where plates have too few controls; empty: all rows
            are of one place.
        places: Its values, sorted.
        mean: Of the controls of each place.
        spread: Their standard deviation; that over all places where a feature is constant in one.
    """

    by: str
    places: tuple[str, ...]
    mean: Float64[np.ndarray, "place d"]
    spread: Float64[np.ndarray, "place d"]

    @classmethod
    def of(
        cls, embeddings: Profiles, controls: Bool[np.ndarray, " n"], by: str = "plate"
    ) -> Scales:
        """Return the scales of these embeddings.

        Args:
            embeddings: One row per tile, with the column.
            controls: The rows that the figures are taken from.
            by: The column.

        Raises:
            InputError: A place has fewer than four such rows.
        """
        if by:
            embeddings.column(by, "an explanation")
        values = places_of(embeddings.meta, by)
        names = tuple(np.unique(values).tolist())
        means, spreads = [], []
        for name in names:
            rows = embeddings.features[controls & (values == name)].astype(np.float64)
            if len(rows) < _LEAST:
                raise InputError(
                    f"has {len(rows)} control tiles to compare with, and needs {_LEAST}",
                    where=f"{by} {name}".strip(),
                    fix="explanations compare with controls of the same plate; where plates have "
                    'too few set by = "batch", or by = "" to take all plates together',
                )
            means.append(rows.mean(axis=0))
            spreads.append(rows.std(axis=0, ddof=1))
        mean, spread = np.stack(means), np.stack(spreads)
        usual = np.sqrt((spread**2).mean(axis=0))
        flat = spread <= 1e-6 * np.maximum(usual, np.abs(mean))  # 0 <= 0: a dead feature
        spread = np.where(flat, np.where(usual > 0, usual, 1.0), spread)
        return cls(by, names, mean, spread)

    def of_rows(self, meta: pd.DataFrame) -> Int64[np.ndarray, " n"]:
        """Return the number of each row's place in `places`.

        Raises:
            InputError: A place that has no scale.
        """
        values = places_of(meta, self.by)
        numbers = pd.Index(self.places).get_indexer(values)
        if (numbers < 0).any():
            raise InputError(f"no scale for {self.by} {values[int(np.argmin(numbers))]}")
        return numbers.astype(np.int64)

    def apply(
        self, features: Float[np.ndarray, "n d"], places: Int64[np.ndarray, " n"]
    ) -> Float64[np.ndarray, "n d"]:
        """Return embeddings in units of the controls of their place."""
        return (features.astype(np.float64) - self.mean[places]) / self.spread[places]
