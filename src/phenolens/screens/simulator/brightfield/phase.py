"""The phase map of a field: how much the cells and bits delay the light, in radians."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64
from scipy import ndimage

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.dots import dotted, places_in
from phenolens.screens.simulator.brightfield.ground import Ground, dome
from phenolens.screens.simulator.brightfield.outlines import ellipses, wobbles
from phenolens.screens.simulator.brightfield.population import Population, State
from phenolens.screens.simulator.outline import relative_distance
from phenolens.screens.simulator.texture import patch

Map = Float32[np.ndarray, "h w"]
EDGE = 0.075  # relative distance over which a cell rises from its border
SOFT = 0.55  # micrometres: width of a border
BODY = 0.62  # relative distance of the slope from the body to the lamella
# Width (micrometres) and phase (radians) of a dot.
GRANULE, VACUOLE, DROPLET = (0.55, 0.62), (1.25, -0.85), (0.75, 2.5)
NUCLEOLUS, GRAIN, BLEB = (0.95, 0.75), (0.7, 1.5), (1.5, 1.9)
BIT = (0.9, 0.7)


def phase_map(
    rng: np.random.Generator,
    appearance: Appearance,
    population: Population,
    ground: Ground,
    pixel_size: float,
) -> tuple[Map, Bool[np.ndarray, "h w"]]:
    """Return the phase of a field and the pixels of its nuclei.

    A spread cell is a thin lamella that rises to a body around the nucleus. The nucleus is less
    dense than the cytoplasm (Schuermann et al. 2016), its nucleoli are denser. A round cell is
    nearly a ball.
    """
    bodies = _bodies(rng, appearance, population, ground, pixel_size)
    nuclei, centres, cell = _nuclei(rng, population, ground, pixel_size)
    bodies -= np.float32(appearance.nucleus) * nuclei
    bodies += _organelles(rng, appearance, population, ground, (centres, cell), pixel_size)
    bodies += ground.balls + _pieces(rng, appearance, population, ground, pixel_size)
    covered = (nuclei > 0) & (ground.owner >= 0)
    return bodies, covered


def _bodies(
    rng: np.random.Generator,
    appearance: Appearance,
    population: Population,
    ground: Ground,
    pixel_size: float,
) -> Map:
    """Return the phase of the spread cells without organelles."""
    territory = ground.territory
    size = len(ground.owner)
    height = territory.of(population.drawn["thickness"])
    edge = 1 - np.exp(territory.room / np.float32(-EDGE))
    body = np.exp(-((territory.depth / np.float32(BODY)) ** 2))
    lamella = np.float32(min(appearance.lamella, 1.0))
    fine = patch(rng, size, max(0.7 / pixel_size, 0.5))
    coarse = patch(rng, size, 2.2 / pixel_size)
    rough = 1 + np.float32(appearance.texture) * (np.float32(0.8) * fine + np.float32(0.6) * coarse)
    # Folds only where the edge is free: no neighbour reaches there.
    free = territory.inside & (territory.gap > 0.2)
    rim = np.exp(-(((1 - territory.depth) / np.float32(0.16)) ** 2)) * free
    folds = np.float32(appearance.ruffles) * rim * np.maximum(coarse + np.float32(0.2), 0)
    whole = height * edge * (lamella + (1 - lamella) * body) * rough + folds
    # Membranes are soft: without this, borders would show the pixels' corners.
    found: Map = ndimage.gaussian_filter(whole, SOFT / pixel_size, truncate=3.0)
    return found


def _nuclei(
    rng: np.random.Generator, population: Population, ground: Ground, pixel_size: float
) -> tuple[Map, Float[np.ndarray, "k 2"], Int64[np.ndarray, " k"]]:
    """Return the height of the nuclei of spread cells, 0 to 1, their centres and their cells."""
    size = len(ground.owner)
    spread = np.flatnonzero(~population.round)
    cell = np.repeat(spread, population.nuclei[spread])
    middle = np.column_stack([population.y, population.x])[cell].astype(float)
    alone = population.nuclei[cell] == 1
    away = places_in(rng, middle, ground.outlines, cell, (0.25, 0.45))
    near = places_in(rng, middle, ground.outlines, cell, (0.0, 0.12))
    centres = np.where(alone[:, None], near, away)
    area = population.drawn["nucleus_area"][cell] / pixel_size**2
    area = area * np.where(alone, 1.0, 0.7)
    axis = population.axis[cell] + rng.normal(0, 0.3, len(cell))
    outlines = ellipses(area, 1 + np.abs(rng.normal(0.25, 0.12, len(cell))), axis)
    outlines = outlines * wobbles(rng, len(cell), 0.025, last=4)
    height = np.zeros((size, size), dtype=np.float32)
    for k, (y, x) in enumerate(np.rint(centres).astype(int).tolist()):
        place, relative = relative_distance(outlines[k], y, x, size)
        height[place] = np.maximum(height[place], dome(relative))
    return height, centres, cell


def _organelles(
    rng: np.random.Generator,
    appearance: Appearance,
    population: Population,
    ground: Ground,
    nuclei: tuple[Float[np.ndarray, "k 2"], Int64[np.ndarray, " k"]],
    pixel_size: float,
) -> Map:
    """Return the phase of nucleoli, granules, vacuoles and droplets."""
    size = len(ground.owner)
    middle = np.column_stack([population.y, population.x]).astype(float)
    room = population.drawn["cell_area"] / appearance.cell_area  # a larger cell holds more
    rate = np.where(population.round, 0.0, np.clip(room, 0.2, 3.0))
    total = np.zeros((size, size), dtype=np.float32)
    for (width, phase), per_cell, reach in (
        (GRANULE, appearance.granules, (0.18, 0.72)),
        (VACUOLE, appearance.vacuoles, (0.25, 0.75)),
        (DROPLET, appearance.droplets, (0.22, 0.65)),
    ):
        # Cells differ more than chance alone: some are full of granules.
        count = rng.poisson(per_cell * rate * rng.gamma(2.0, 0.5, len(rate)))
        cell = np.repeat(np.arange(len(rate)), count)
        places = places_in(rng, middle[cell], ground.outlines, cell, reach)
        mine = _owned(ground, places) == cell
        strength = phase * np.exp(0.35 * rng.standard_normal(len(cell)))
        total += dotted(places[mine], strength[mine], width / pixel_size, size)
    centres, cell = nuclei
    count = rng.poisson(appearance.nucleoli, len(cell))
    radius = 0.6 * np.sqrt(population.drawn["nucleus_area"][cell] / np.pi) / pixel_size
    offset = rng.normal(0, 0.55, (int(count.sum()), 2)) * np.repeat(radius, count)[:, None]
    strength = NUCLEOLUS[1] * np.exp(0.3 * rng.standard_normal(len(offset)))
    spots = np.repeat(centres, count, axis=0) + offset
    return total + dotted(spots, strength, NUCLEOLUS[0] / pixel_size, size)


def _pieces(
    rng: np.random.Generator,
    appearance: Appearance,
    population: Population,
    ground: Ground,
    pixel_size: float,
) -> Map:
    """Return the phase of what is in and around round cells, and of debris on the ground."""
    size = len(ground.owner)
    middle = np.column_stack([population.y, population.x]).astype(float)
    state = population.state
    inside = np.select([state == State.DYING, state == State.ROUNDED], [9.0, 5.0], 0.0)
    grains = np.repeat(np.arange(len(state)), rng.poisson(inside))
    places = places_in(rng, middle[grains], ground.outlines, grains, (0.0, 0.85))
    sign = np.where(rng.random(len(grains)) < 0.6, 1.0, -0.8)
    total = dotted(places, GRAIN[1] * sign, GRAIN[0] / pixel_size, size)
    # Chromosomes of a mitotic cell: a bar of dots through its middle.
    bars = np.repeat(np.flatnonzero(state == State.MITOTIC), 7)
    along = np.tile(np.linspace(-3.2, 3.2, 7) / pixel_size, len(bars) // 7)
    turn = population.axis[bars]
    spots = middle[bars] + along[:, None] * np.column_stack([np.sin(turn), np.cos(turn)])
    total += dotted(spots, np.full(len(bars), 0.45), 0.9 / pixel_size, size)
    count = rng.poisson(np.where(state == State.DYING, appearance.blebs, 0.0))
    blebs = np.repeat(np.arange(len(state)), count)
    places = places_in(rng, middle[blebs], ground.outlines, blebs, (0.9, 1.7))
    phase = BLEB[1] * np.exp(0.4 * rng.standard_normal(len(blebs)))
    total += dotted(places, phase, BLEB[0] / pixel_size, size)
    bits = rng.poisson(appearance.debris * (size * pixel_size) ** 2 / 1e4)
    around = rng.uniform(0, size, (bits, 1, 2))
    scatter = (around + rng.normal(0, 1.6 / pixel_size, (bits, 4, 2))).reshape(-1, 2)
    phase = BIT[1] * rng.exponential(1.0, len(scatter)) * (rng.random(len(scatter)) < 0.6)
    return total + dotted(scatter, phase, BIT[0] / pixel_size, size)


def _owned(ground: Ground, places: Float[np.ndarray, "k 2"]) -> Int64[np.ndarray, " k"]:
    """Return the cell that owns each place, -1 outside of all cells."""
    last = len(ground.owner) - 1
    at = np.clip(np.rint(places).astype(np.int64), 0, last)
    return ground.territory.owner[at[:, 0], at[:, 1]].astype(np.int64)
