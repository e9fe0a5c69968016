"""Scales: each plate's controls become mean 0 and spread 1, feature by feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

_LEAST = 4  # control rows of a plate; fewer say nothing of their spread


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Mean and spread of the controls of every plate.

    Attributes:
        plates: Names, sorted.
        mean: Of the controls of each plate.
        spread: Their standard deviation; that over all plates where a feature is constant on one.
    """

    plates: tuple[str, ...]
    mean: Float64[np.ndarray, "plate d"]
    spread: Float64[np.ndarray, "plate d"]

    @classmethod
    def of(cls, embeddings: Profiles, controls: Bool[np.ndarray, " n"]) -> Scales:
        """Return the scales of these embeddings.

        Args:
            embeddings: One row per tile, with `plate`.
            controls: The rows that the figures are taken from.

        Raises:
            InputError: A plate has fewer than four such rows.
        """
        plates = embeddings.column("plate", "an explanation").astype(str).to_numpy()
        names = tuple(np.unique(plates).tolist())
        means, spreads = [], []
        for name in names:
            rows = embeddings.features[controls & (plates == name)].astype(np.float64)
            if len(rows) < _LEAST:
                raise InputError(
                    f"has {len(rows)} control tiles to compare with, and needs {_LEAST}",
                    where=f"plate {name}",
                    fix="explanations compare with controls of the same plate: use other plates",
                )
            means.append(rows.mean(axis=0))
            spreads.append(rows.std(axis=0, ddof=1))
        mean, spread = np.stack(means), np.stack(spreads)
        usual = np.sqrt((spread**2).mean(axis=0))
        flat = spread < 1e-6 * np.maximum(usual, np.abs(mean))
        spread = np.where(flat, np.where(usual > 0, usual, 1.0), spread)
        return cls(names, mean, spread)

    def places(self, meta: pd.DataFrame) -> Int64[np.ndarray, " n"]:
        """Return the place of each row's plate in `plates`.

        Raises:
            InputError: A plate that has no scale.
        """
        plates = meta["plate"].astype(str)
        places = pd.Index(self.plates).get_indexer(plates)
        if (places < 0).any():
            raise InputError(f"no scale for plate {plates.iloc[int(np.argmin(places))]}")
        return places.astype(np.int64)

    def apply(
        self, features: Float[np.ndarray, "n d"], places: Int64[np.ndarray, " n"]
    ) -> Float64[np.ndarray, "n d"]:
        """Return embeddings in units of the controls of their plate."""
        return (features.astype(np.float64) - self.mean[places]) / self.spread[places]
