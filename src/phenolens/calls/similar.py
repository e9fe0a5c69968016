"""Similar: which values of a column are near each other, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int64

from phenolens.calls.linear import Calls

Vectors = Float64[np.ndarray, "call d"]


@dataclass(frozen=True, slots=True, eq=False)
class Wells:
    """Mean embeddings of wells less those of the controls of the same plates, in their units.

    Attributes:
        vectors: One row per well.
        call: Each well's place in `Calls.names`.
    """

    vectors: Float64[np.ndarray, "w d"]
    call: Int64[np.ndarray, " w"]

    @classmethod
    def of(
        cls, calls: Calls, features: Float[np.ndarray, "k d"], rows: Int64[np.ndarray, " k"]
    ) -> Wells:
        """Return the wells of embeddings, perhaps of changed pixels.

        Controls among the rows are changed in the same way and are taken away, so that what a
        change does to every image cancels.

        Args:
            calls: Fitted on the embeddings of unchanged pixels: scales, wells and names.
            features: Embeddings of these rows.
            rows: Their places in the table that the calls were fitted on.
        """
        places, label = calls.places[rows], calls.label[rows]
        scaled = calls.scales.apply(features, places)
        centre = np.zeros((len(calls.scales.places), scaled.shape[1]))
        for place in np.unique(places):
            own = calls.controls[rows] & (places == place)
            if own.any():
                centre[place] = scaled[own].mean(axis=0)
        scaled = scaled - centre[places]
        treated = np.flatnonzero(label >= 0)
        well, first, code = np.unique(
            calls.well[rows[treated]], return_index=True, return_inverse=True
        )
        sums = np.zeros((len(well), scaled.shape[1]))
        np.add.at(sums, code, scaled[treated])
        size = np.bincount(code, minlength=len(well))
        return cls(sums / size[:, None], label[treated][first].astype(np.int64))

    def means(self, count: int, rng: np.random.Generator | None = None) -> Vectors:
        """Return the mean over wells of each call; NaN where it has none.

        Args:
            count: Of the calls.
            rng: Draws wells with replacement within each call; None: every well once.
        """
        made = np.full((count, self.vectors.shape[1]), np.nan)
        for call in np.unique(self.call):
            own = np.flatnonzero(self.call == call)
            drawn = own if rng is None else rng.choice(own, size=len(own))
            made[call] = self.vectors[drawn].mean(axis=0)
        return made


def cosines(vectors: Vectors) -> Float64[np.ndarray, "call call"]:
    """Return the cosine similarity of all pairs; NaN where a vector is 0 or missing."""
    length = np.sqrt((vectors**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = vectors / length[:, None]
    return np.asarray(unit @ unit.T)


def redrawn(
    wells: Wells, count: int, draws: int, seed: int
) -> Float64[np.ndarray, "draw call call"]:
    """Return the similarities of all pairs with wells drawn with replacement (bootstrap)."""
    rng = np.random.default_rng(seed)
    return np.stack([cosines(wells.means(count, rng)) for _ in range(draws)])


def shares(one: Float64[np.ndarray, " d"], other: Float64[np.ndarray, " d"]) -> np.ndarray:
    """Return what each feature adds to the cosine of two vectors; it is their sum."""
    return np.asarray(one * other / (np.linalg.norm(one) * np.linalg.norm(other)))
