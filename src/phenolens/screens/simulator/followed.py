"""The cells of a moment as the fluorescence microscope sees them: each keeps its looks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from phenolens.screens.simulator.crowd import apart
from phenolens.screens.simulator.moment import Moment
from phenolens.screens.simulator.per_cell import Draw, gammas, generator, normals, uniforms
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import SPREAD, Population, State, shaped

BEFORE, AFTER = 0.7, 0.4  # hours for which a cell is round before, and its daughters after division
ROUNDING = 1.5  # hours for which a cell is round before it dies
GROWS = 7.0  # hours in which a daughter spreads


def population_at(
    moment: Moment, phenotype: Phenotype, arrested: float, pixel_size: float
) -> Population:
    """Return the cells of a moment.

    Args:
        moment: Who is there.
        phenotype: Of living cells at this hour.
        arrested: Share of living cells that a compound holds in mitosis.
        pixel_size: Micrometres per pixel.
    """
    state = _states(moment, phenotype, arrested)
    names = (*SPREAD, "dna", "round_area")
    chance = dict(zip(names, normals(moment.cell, Draw.SIZE, len(names)).T, strict=True))
    even = uniforms(moment.cell, Draw.NUCLEUS, 3).T
    chance |= {"doubled": even[0], "round_shape": even[1]}
    chance["stretch"] = gammas(even[2], 4.0)
    drawn = shaped(phenotype, state, chance)
    young = 1 - 0.35 * np.exp(-moment.age / GROWS) * (state < State.MITOTIC)
    drawn["cell_area"] = drawn["cell_area"] * young
    radius = np.sqrt(drawn["cell_area"] / np.pi)
    place = apart(moment.place, radius, moment.side) / pixel_size
    y, x = place.astype(np.int64).T
    own = 0.5 * normals(moment.cell, Draw.AXIS, 1)[:, 0]
    axis = 0.9 * np.sin(place[:, 0] * pixel_size / 30) + own + 0.01 * moment.hour
    return Population(y=y, x=x, state=state, axis=axis, drawn=drawn)


def generators(moment: Moment, draw: Draw) -> list[np.random.Generator]:
    """Return a generator per cell, the same in every frame."""
    return [generator(cell, draw) for cell in moment.cell.tolist()]


def _states(moment: Moment, phenotype: Phenotype, arrested: float) -> Int64[np.ndarray, " n"]:
    """Return what each cell is doing; a dead cell is `ROUNDED`."""
    state = np.zeros(len(moment), dtype=np.int64)
    several, broken, held, pole = uniforms(moment.cell, Draw.STATE, 4).T
    state[several < phenotype.multinucleated] = State.MULTINUCLEATED
    state[broken < phenotype.micronucleated] = State.MICRONUCLEATED
    born = moment.newborn & (moment.age < AFTER)
    divides = born | moment.about_to(BEFORE, die=False) | (held < arrested)
    divides |= moment.about_to(ROUNDING, die=True)
    state[divides] = State.MITOTIC
    state[divides & (pole < phenotype.monopolar)] = State.MONOPOLAR
    state[~moment.alive] = State.ROUNDED
    return state
