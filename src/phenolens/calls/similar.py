"""Similar: which values of a column are near each other, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int64

from phenolens.calls.linear import Calls

Vectors = Float64[np.ndarray, "call d"]
Order = Int64[np.ndarray, "call k"]


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


def nearest(found: Float64[np.ndarray, "call call"], count: int) -> Order:
    """Return the nearest others of each, the nearest first; those without a cosine come last."""
    away = np.where(np.isfinite(found), -found, 2.0)  # -cosine is at most 1
    np.fill_diagonal(away, np.inf)
    return np.argsort(away, axis=1, kind="stable")[:, : min(count, len(found) - 1)]


def redrawn(
    wells: Wells, order: Order, draws: int, seed: int
) -> tuple[Float64[np.ndarray, "draw call k"], Float64[np.ndarray, "call k"]]:
    """Return similarities with wells drawn with replacement (bootstrap), and who stays nearest.

    All pairs of one draw are in memory at a time: 5,000 calls have 25 million.

    Args:
        wells: Of the calls.
        order: Of each call, the others that are asked about.
        draws: How many.
        seed: Of the draws.

    Returns:
        The cosine with each of them, by draw; the share of draws in which it is the nearest of all.
    """
    rng = np.random.default_rng(seed)
    drawn = np.empty((draws, *order.shape))
    first = np.zeros(order.shape)
    for one in drawn:
        found = cosines(wells.means(len(order), rng))
        one[:] = np.take_along_axis(found, order, axis=1)
        first += order == nearest(found, 1)
    return drawn, first / draws


def shares(one: Float64[np.ndarray, " d"], other: Float64[np.ndarray, " d"]) -> np.ndarray:
    """Return what each feature adds to the cosine of two vectors; it is their sum."""
    return np.asarray(one * other / (np.linalg.norm(one) * np.linalg.norm(other)))
