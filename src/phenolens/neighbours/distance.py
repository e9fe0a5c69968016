"""Distances of rows from matrix products, and how far rounding may have moved them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Float64, Int64, Integer

from phenolens.statistics.ties import rounding

Distance = Literal["cosine", "euclidean"]

_CHUNK = 8192  # rows worked on at a time, so that no second table is held


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Rows as points whose squared distances rank them: (x - shift) / size.

    For the cosine they are on the unit sphere, where the squared distance is twice 1 - cos. For
    the euclidean distance they are centred, and none is farther than 1 from the origin.

    Attributes:
        x: Features.
        shift: What is taken from each row.
        size: What each row is divided by.
    """

    x: Float64[np.ndarray, "n d"]
    shift: Float64[np.ndarray, " d"]
    size: Float64[np.ndarray, "n 1"]

    @classmethod
    def of(cls, x: Float64[np.ndarray, "n d"], distance: Distance) -> Points:
        """Return the points of these rows; for `cosine` none is a row of zeros."""
        if distance == "cosine":
            return cls(x, np.zeros(x.shape[1]), np.linalg.norm(x, axis=1, keepdims=True))
        shift = x.mean(axis=0)
        far = max(
            float(np.linalg.norm(x[i : i + _CHUNK] - shift, axis=1).max())
            for i in range(0, len(x), _CHUNK)
        )
        return cls(x, shift, np.full((len(x), 1), far or 1.0))

    @property
    def scale(self) -> float:
        """What all points were divided by, where that is one number."""
        return float(self.size[0, 0])

    def at(self, rows: Integer[np.ndarray, " k"] | slice) -> Float64[np.ndarray, "k d"]:
        """Return some of the points."""
        return (self.x[rows] - self.shift) / self.size[rows]

    def coarse(self, order: Int64[np.ndarray, " n"], pad: int) -> Float[np.ndarray, "m d"]:
        """Return the points in float32 in this order, and zeros up to a multiple of `pad`."""
        found = np.zeros((-(-len(order) // pad) * pad, self.x.shape[1]), dtype=np.float32)
        for i in range(0, len(order), _CHUNK):
            found[i : i + len(order[i : i + _CHUNK])] = self.at(order[i : i + _CHUNK])
        return found

    def pairs(
        self, left: Integer[np.ndarray, " m"], right: Integer[np.ndarray, " m"]
    ) -> Float64[np.ndarray, " m"]:
        """Return the squared distances of pairs of rows."""
        out = np.empty(len(left))
        for i in range(0, len(left), _CHUNK):
            gap = self.at(left[i : i + _CHUNK]) - self.at(right[i : i + _CHUNK])
            out[i : i + _CHUNK] = np.einsum("ij,ij->i", gap, gap)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Squared distances of points to all others, from one product.

    Attributes:
        points: (n, d) the points.
        squared: (n,) their squared lengths.
    """

    points: Float64[np.ndarray, "n d"]
    squared: Float64[np.ndarray, " n"]

    @classmethod
    def of(cls, points: Points) -> Products:
        """Return the distances between all of these."""
        x = points.at(slice(None))
        return cls(x, np.einsum("ij,ij->i", x, x))

    def to_all(self, rows: Integer[np.ndarray, " b"]) -> Float64[np.ndarray, "b n"]:
        """Return the squared distances of some rows to all, none below 0."""
        far = self.points[rows] @ self.points.T
        far *= -2
        far += self.squared
        far += self.squared[rows, None]
        return np.maximum(far, 0, out=far)


def floors(points: Points, rows: Integer[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
    """Return how far rounding may part equal squared distances of each row to any two others.

    In proportion to the row's own squared length. A point much longer than the row is as far from
    it as it is long, so that its rounding is within the share that ties may differ by.
    """
    out = np.empty(len(rows))
    for i in range(0, len(rows), _CHUNK):
        x = points.at(rows[i : i + _CHUNK])
        out[i : i + _CHUNK] = np.einsum("ij,ij->i", x, x)
    return out * rounding(points.x.shape[1])
