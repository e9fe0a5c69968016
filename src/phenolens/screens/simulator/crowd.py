"""Room for everybody: cells that overlap push each other away, and crowds spread."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from scipy.spatial import cKDTree

Places = Float64[np.ndarray, "n 2"]
F = Float64[np.ndarray, " n"]

NEAREST = 0.80  # of the sum of two radii: cells of a culture overlap a little
FAR = 4.2  # of a mean radius: as far a cell feels a crowd
SPREADING, PUSHING = 5, 8  # rounds: of crowds, and of single cells
STEP = 0.9  # of a mean radius: how far a cell moves in a round where it is twice too crowded


def apart(place: Places, radius: F, side: float) -> Places:
    """Return the places of cells after they have made room for each other.

    First crowds spread: where more area is wanted than there is, cells move down the gradient.
    Then cells that overlap push each other away. The field is a torus: what leaves it on one side
    enters on the other, so none is lost. The result depends on these places alone.

    Args:
        place: Of the middles, in the unit of `side`.
        radius: Of the cells.
        side: Of the field.
    """
    now = _inside(place, side)
    if len(now) < 2:
        return now
    usual = float(radius.mean())
    for _ in range(SPREADING):
        now = _spread(now, radius, usual, side)
    now = _inside(now, side)
    near = min(1.25 * NEAREST * 2 * float(radius.max()), side / 2)
    i, j = cKDTree(now, boxsize=side).query_pairs(near, output_type="ndarray").T
    wanted = NEAREST * (radius[i] + radius[j])
    for _ in range(PUSHING):
        way = now[i] - now[j]
        way -= side * np.rint(way / side)
        far = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)
        push = (0.4 * np.clip(wanted - far, 0, None) / far)[:, None] * way
        now = now + _sum(push, i, len(now)) - _sum(push, j, len(now))
    return _inside(now, side)


def _spread(now: Places, radius: F, usual: float, side: float) -> Places:
    """Return places after one round in which cells of a crowd move to where there is room."""
    now = _inside(now, side)
    reach = min(FAR * usual, side / 2)
    i, j = cKDTree(now, boxsize=side).query_pairs(reach, output_type="ndarray").T
    way = now[i] - now[j]
    way -= side * np.rint(way / side)
    far = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)
    weight = 1 - far / reach
    n, area = len(now), radius**2
    # A cone of this reach has a third of its cylinder's volume.
    filled = area + np.bincount(i, weight * area[j], n) + np.bincount(j, weight * area[i], n)
    over = np.clip(3 * filled / reach**2 - 1.0, 0, 1.5)
    push = (weight * 0.5 * (over[i] + over[j]) / far)[:, None] * way
    moved = _sum(push, i, n) - _sum(push, j, n)
    length = np.maximum(np.hypot(moved[:, 0], moved[:, 1]), 1e-6)
    return (
        now + (STEP * usual * np.minimum(1, length) * np.minimum(over, 1) / length)[:, None] * moved
    )


def _sum(push: Float64[np.ndarray, "k 2"], cell: np.ndarray, n: int) -> Places:
    """Return what each cell is pushed by."""
    found: Places = np.column_stack([np.bincount(cell, push[:, axis], n) for axis in (0, 1)])
    return found


def _inside(place: Places, side: float) -> Places:
    """Return places on the torus."""
    now: Places = place % side
    now[now >= side] = 0.0  # a tiny negative number becomes `side` itself
    return now
