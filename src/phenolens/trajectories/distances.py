"""Distances of rows to their own reference: five, by name."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float64

from phenolens.statistics.ties import rounding

TimeDistance = Literal["euclidean", "cosine", "correlation", "braycurtis", "l1"]


def row_distances(
    x: Float64[np.ndarray, "n d"], reference: Float64[np.ndarray, "n d"], distance: TimeDistance
) -> Float64[np.ndarray, " n"]:
    """Return the distance of each row to the same row of the reference.

    As SciPy's `euclidean`, `cosine`, `correlation` and `braycurtis`, and `l1`, the sum of
    sqrt((x_i - y_i)^2): Dmitrenko et al. 2022 print this sum in their figure of the method, and
    compute the euclidean distance. A distance that is not defined is NaN: the cosine of a row of
    zeros, the correlation of a constant row, Bray-Curtis of rows whose sum is 0.

    Args:
        x: The rows.
        reference: What each is compared with.
        distance: Which.

    Example:
        >>> x, y = np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]])
        >>> float(row_distances(x, y, "euclidean")[0]), float(row_distances(x, y, "l1")[0])
        (5.0, 7.0)
    """
    if distance == "euclidean":
        return np.sqrt(((x - reference) ** 2).sum(axis=1))
    if distance == "l1":
        return np.abs(x - reference).sum(axis=1)
    if distance == "braycurtis":
        return _divided(np.abs(x - reference).sum(axis=1), np.abs(x + reference).sum(axis=1))
    if distance == "correlation":
        x, reference = _centred(x), _centred(reference)
    lengths = np.sqrt((x**2).sum(axis=1) * (reference**2).sum(axis=1))
    return np.clip(1 - _divided((x * reference).sum(axis=1), lengths), 0, 2)


def _centred(x: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
    """Return rows less their mean; what rounding leaves of a constant row is 0."""
    off = x - x.mean(axis=1, keepdims=True)
    size = np.abs(x).max(axis=1, keepdims=True, initial=0.0)
    varies = np.abs(off).max(axis=1, keepdims=True, initial=0.0) > rounding(x.shape[1]) * size
    return np.where(varies, off, 0.0)


def _divided(
    above: Float64[np.ndarray, " n"], below: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
