"""Curved filaments that grow inside their cell and turn aside at its border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, Int64

from phenolens.screens.simulator.territory import Territory

STEP = 1.0  # pixels
BEND = 0.25  # of the turn at a step is lasting: filaments are arcs
NEAR = np.float32(0.16)  # of the cell's radius: from here on a filament follows the border
Map = Float32[np.ndarray, "h w"]
V = Float[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """Where filaments start. Positions and lengths in pixels.

    Attributes:
        y: Row.
        x: Column.
        angle: First direction, radians.
        length: How far it grows.
        cell: Which cell it belongs to.
        weight: Light per pixel of length.
    """

    y: V
    x: V
    angle: V
    length: V
    cell: Int64[np.ndarray, " n"]
    weight: V

    def __post_init__(self) -> None:
        for name in ("y", "x", "angle", "length", "weight"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float32))


def grow(
    rng: np.random.Generator, seeds: Seeds, territory: Territory, curl: float, steer: float
) -> Map:
    """Return the light of all filaments: each takes steps of one pixel with a turning direction.

    Args:
        rng: Stream of this image.
        seeds: Where they start.
        territory: Whose border they keep to.
        curl: Standard deviation of the turn at a step, radians.
        steer: 0 filaments run straight out of the cell (and end there), 1 they follow its border.
    """
    size = territory.owner.shape[0]
    n = len(seeds.y)
    steps = int(np.ceil(seeds.length.max(initial=0) / STEP))
    if steps == 0:
        return np.zeros((size, size), dtype=np.float32)
    owner = territory.owner.ravel()
    slope_y, slope_x = (g.ravel() for g in _slopes(territory.room))
    hold = (np.float32(steer) * np.clip(1 - territory.room / NEAR, 0, 1)).ravel()
    # Longest first: those still growing at a step are the first so many.
    order = np.argsort(-seeds.length, kind="stable")
    growing = n - np.searchsorted(seeds.length[order][::-1], np.arange(steps), side="right")
    y, x, weight = (v[order].astype(np.float32) for v in (seeds.y, seeds.x, seeds.weight))
    angle, cell = seeds.angle[order], seeds.cell[order].astype(np.int32)
    dy, dx = np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)
    bend = (BEND * curl * rng.standard_normal(n)).astype(np.float32)
    trail, light = [], []
    for k in growing.tolist():
        y, x = y[:k], x[:k]
        at, within = _pixels(y, x, size)
        trail.append(at)
        # Outside its cell a filament is dark: it has left the focal plane or the field.
        light.append(weight[:k] * (within & (owner[at] == cell[:k])))
        turn = np.float32(curl) * rng.standard_normal(k, np.float32) + bend[:k]
        dy, dx = dy[:k] + turn * dx[:k], dx[:k] - turn * dy[:k]
        if steer > 0:
            gy, gx = slope_y[at], slope_x[at]
            outward = np.minimum(dy * gy + dx * gx, 0) * hold[at]
            dy, dx = dy - outward * gy, dx - outward * gx
        norm = np.float32(STEP) / np.sqrt(dy * dy + dx * dx + np.float32(1e-6))
        dy, dx = dy * norm, dx * norm
        y, x = y + dy, x + dx
    return _drawn(np.concatenate(trail), np.concatenate(light), size)


def splat(y: V, x: V, weight: V, size: int) -> Map:
    """Return points as light on the pixels they fall on; those outside the field are dropped."""
    at, within = _pixels(y, x, size)
    return _drawn(at[within], weight[within], size)


def _pixels(y: V, x: V, size: int) -> tuple[Int32[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Return the index of the pixel at or nearest to each point, and which points have one."""
    last = np.float32(size - 1)
    row, column = np.clip(y, 0, last).astype(np.int32), np.clip(x, 0, last).astype(np.int32)
    within = (row == np.floor(y)) & (column == np.floor(x))
    return row * np.int32(size) + column, within


def _drawn(at: Int32[np.ndarray, " n"], weight: V, size: int) -> Map:
    """Return weights summed on the pixels they belong to."""
    light = np.bincount(at, weights=weight, minlength=size * size)
    return light.reshape(size, size).astype(np.float32)


def _slopes(room: Map) -> tuple[Map, Map]:
    """Return the unit gradient of the room, rows then columns: it points into the cell."""
    gy = np.zeros_like(room)
    gx = np.zeros_like(room)
    gy[1:-1] = room[2:] - room[:-2]
    gx[:, 1:-1] = room[:, 2:] - room[:, :-2]
    norm = 1 / np.sqrt(gy * gy + gx * gx + np.float32(1e-8))
    return gy * norm, gx * norm
