"""Room for everybody: cells that overlap push each other away."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from scipy.spatial import cKDTree

NEAREST = 0.78  # of the sum of two radii: cells of a culture overlap a little
ROUNDS = 14


def apart(
    place: Float64[np.ndarray, "n 2"], radius: Float64[np.ndarray, " n"], side: float
) -> Float64[np.ndarray, "n 2"]:
    """Return the places of cells after they have pushed each other away.

    The field is a torus: what leaves it on one side enters on the other, so none is lost.

    Args:
        place: Of the middles, in the unit of `side`.
        radius: Of the cells.
        side: Of the field.
    """
    now = place % side
    now[now >= side] = 0.0  # a tiny negative number becomes `side` itself
    if len(now) < 2:
        return now
    pairs = cKDTree(now, boxsize=side).query_pairs(
        min(2.6 * float(radius.max()), side / 2), output_type="ndarray"
    )
    if not len(pairs):
        return now
    i, j = pairs.T
    both = np.concatenate([i, j])
    wanted = NEAREST * (radius[i] + radius[j])
    n = len(now)
    for _ in range(ROUNDS):
        way = now[i] - now[j]
        way -= side * np.rint(way / side)
        far = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)
        push = (0.5 * np.clip(wanted - far, 0, None) / far)[:, None] * way
        for axis in (0, 1):
            moved = np.concatenate([push[:, axis], -push[:, axis]])
            now[:, axis] += 0.6 * np.bincount(both, moved, minlength=n)
    now %= side
    now[now >= side] = 0.0
    return now
