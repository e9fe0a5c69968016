"""Who owns which pixel: cells spread until they meet their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32, Num

from phenolens.screens.simulator.outline import corners, ellipse, relative_distance, wobble
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population

Map = Float32[np.ndarray, "h w"]
FAR = np.float32(4.0)


@dataclass(frozen=True, slots=True, eq=False)
class Territory:
    """The cells' ground plan.

    Attributes:
        owner: Cell index of each pixel, -1 where there is none.
        depth: Relative distance to the own centre: 0 centre, 1 free edge.
        gap: How much further the nearest neighbour's centre is, relatively: 0 at a shared border.
    """

    owner: Int32[np.ndarray, "h w"]
    depth: Map
    gap: Map

    @property
    def inside(self) -> Bool[np.ndarray, "h w"]:
        """Pixels that belong to a cell."""
        return self.owner >= 0

    def of(self, values: Num[np.ndarray, " n"]) -> Map:
        """Return at each pixel the value of its cell, 0 where there is none."""
        found: Map = np.append(values, 0).astype(np.float32)[self.owner]
        return found

    @property
    def room(self) -> Map:
        """Relative distance to the nearest border, shared or free; 0 outside."""
        room = np.minimum(1 - self.depth, self.gap)
        return np.maximum(room, 0, out=room)


def spread(
    rng: np.random.Generator,
    phenotype: Phenotype,
    population: Population,
    size: int,
    pixel_size: float,
    *,
    own: Sequence[np.random.Generator] = (),
) -> Territory:
    """Return the ground plan of a field: one outline per cell; shared pixels go to the nearer.

    Args:
        rng: Stream of this image.
        phenotype: Of the well.
        population: The cells.
        size: Side of the field in pixels.
        pixel_size: Micrometres per pixel.
        own: A generator per cell, so that a cell has the same outline in every frame.
    """
    depth = np.full((size, size), FAR, dtype=np.float32)
    second = np.full((size, size), FAR, dtype=np.float32)
    owner = np.full((size, size), -1, dtype=np.int32)
    areas = population.drawn["cell_area"] / pixel_size**2
    for cell in range(len(population)):
        rng = own[cell] if own else rng
        tall = bool(population.tall[cell])
        axis = float(population.axis[cell])
        outline = ellipse(float(areas[cell]), float(population.drawn["elongation"][cell]), axis)
        outline = outline * wobble(rng, 0.02 if tall else phenotype.irregularity)
        hold = corners(rng, phenotype.protrusion, axis)
        if not tall:
            outline = outline * hold
        place, relative = relative_distance(
            outline, int(population.y[cell]), int(population.x[cell]), size
        )
        if tall:  # a round cell is on top of its neighbours
            relative = np.where(relative < 1, relative * np.float32(0.4), FAR)
        before = depth[place]
        nearer = relative < before
        second[place] = np.minimum(second[place], np.maximum(before, relative))
        owner[place][nearer & (relative < 1)] = cell
        depth[place] = np.minimum(before, relative)
    for cell in np.flatnonzero(population.tall):
        mine = owner == cell
        depth[mine] /= np.float32(0.4)
    return Territory(owner, depth, np.clip(second - depth, 0, FAR))
