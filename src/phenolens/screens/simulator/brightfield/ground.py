"""Who is where: spread cells share the ground, round ones are on top of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.outlines import (
    Outlines,
    ellipses,
    processes,
    wobbles,
)
from phenolens.screens.simulator.brightfield.population import Population, State
from phenolens.screens.simulator.outline import relative_distance
from phenolens.screens.simulator.territory import FAR, Territory

Map = Float32[np.ndarray, "h w"]
ROUGH = 0.05  # relative amplitude of the outline of a dying cell


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The ground plan of a field.

    Attributes:
        outlines: Radius of every cell at each angle, pixels.
        territory: Of the spread cells.
        owner: Cell index of each pixel, round cells included; -1 where there is none.
        balls: Phase of the round cells, radians.
    """

    outlines: Outlines
    territory: Territory
    owner: Int32[np.ndarray, "h w"]
    balls: Map


def lay_out(
    rng: np.random.Generator,
    appearance: Appearance,
    population: Population,
    size: int,
    pixel_size: float,
) -> Ground:
    """Return the ground plan of a field of `size` pixels."""
    n = len(population)
    spread = wobbles(rng, n, appearance.irregularity) * processes(
        rng, population.axis, appearance.protrusion
    )
    return ground_of(population, spread, wobbles(rng, n, ROUGH), size, pixel_size)


def ground_of(
    population: Population, spread: Outlines, rough: Outlines, size: int, pixel_size: float
) -> Ground:
    """Return the ground plan of cells whose outlines are known.

    Args:
        population: The cells.
        spread: Factor of the ellipse at each angle, of each cell if it is spread.
        rough: The same if it is dying: dying cells are uneven.
        size: Side of the field in pixels.
        pixel_size: Micrometres per pixel.
    """
    drawn, ball = population.drawn, population.round
    outlines = ellipses(drawn["cell_area"] / pixel_size**2, drawn["elongation"], population.axis)
    smooth = np.where((population.state == State.DYING)[:, None], rough, np.float32(1))
    outlines = outlines * np.where(ball[:, None], smooth, spread)
    territory = _share(population, outlines, size)
    owner, balls = territory.owner.copy(), np.zeros((size, size), dtype=np.float32)
    for cell in np.flatnonzero(ball).tolist():
        place, relative = relative_distance(
            outlines[cell], int(population.y[cell]), int(population.x[cell]), size
        )
        balls[place] += np.float32(drawn["thickness"][cell]) * dome(relative)
        owner[place][relative < 1] = cell
    return Ground(outlines, territory, owner, balls)


def _share(population: Population, outlines: Outlines, size: int) -> Territory:
    """Return the ground of the spread cells: a pixel that two reach goes to the nearer one."""
    depth = np.full((size, size), FAR, dtype=np.float32)
    second = np.full((size, size), FAR, dtype=np.float32)
    owner = np.full((size, size), -1, dtype=np.int32)
    for cell in np.flatnonzero(~population.round).tolist():
        place, relative = relative_distance(
            outlines[cell], int(population.y[cell]), int(population.x[cell]), size
        )
        before = depth[place]
        second[place] = np.minimum(second[place], np.maximum(before, relative))
        owner[place][(relative < before) & (relative < 1)] = cell
        depth[place] = np.minimum(before, relative)
    return Territory(owner, depth, np.clip(second - depth, 0, FAR))


def dome(relative: Map) -> Map:
    """Return the height of a half ball: 1 in the middle, 0 from its rim on."""
    found: Map = np.sqrt(np.maximum(1 - relative * relative, 0))
    return found
