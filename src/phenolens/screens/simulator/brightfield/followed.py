"""The cells of a moment as they look in transmitted light: each keeps its looks over time."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int64

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.ground import ROUGH, Ground, ground_of
from phenolens.screens.simulator.brightfield.outlines import (
    MOST_CORNERS,
    Corners,
    Outlines,
    reaching,
    waves,
)
from phenolens.screens.simulator.brightfield.population import Population, State, shaped
from phenolens.screens.simulator.crowd import apart
from phenolens.screens.simulator.moment import Moment
from phenolens.screens.simulator.per_cell import Draw, gammas, normals, uniforms

BEFORE, AFTER = 0.7, 0.4  # hours for which a cell is round before, and its daughters after division
ROUNDING = 1.5  # hours for which a cell is round before it dies
HARMONICS = 5
GROWS = 7.0  # hours in which a daughter spreads


def population_at(
    moment: Moment, appearance: Appearance, arrested: float, pixel_size: float
) -> Population:
    """Return the cells of a moment.

    Args:
        moment: Who is there.
        appearance: Of living cells at this hour.
        arrested: Share of living cells that a drug holds in mitosis.
        pixel_size: Micrometres per pixel.
    """
    state = _states(moment, appearance, arrested)
    fixed = normals(moment.cell, Draw.SIZE, 5).T
    names = ("cell_area", "thickness", "nucleus_area", "size", "height")
    stretch = gammas(moment.slow(Draw.SHAPE, 1, 60.0)[:, 0], 4.0)
    chance = dict(zip(names, fixed, strict=True)) | {"stretch": stretch}
    drawn = shaped(appearance, state, chance)
    young = 1 - 0.35 * np.exp(-moment.age / GROWS) * (state < State.ROUNDED)
    drawn["cell_area"] = drawn["cell_area"] * young
    radius = np.sqrt(drawn["cell_area"] / np.pi)
    place = apart(moment.place, radius, moment.side) / pixel_size
    y, x = place.astype(np.int64).T
    # Neighbours align: the axis follows a slow swirl across the field.
    turned = 0.5 * normals(moment.cell, Draw.AXIS, 1)[:, 0]
    axis = 0.9 * np.sin(place[:, 0] * pixel_size / 40) + turned + 0.01 * moment.hour
    several = np.where(uniforms(moment.cell, Draw.NUCLEUS, 1)[:, 0] < 0.75, 2, 3)
    nuclei = np.where(state == State.MULTINUCLEATED, several, 1)
    return Population(y=y, x=x, state=state, axis=axis, nuclei=nuclei, drawn=drawn)


def ground_at(
    moment: Moment, population: Population, appearance: Appearance, size: int, pixel_size: float
) -> Ground:
    """Return the ground plan of a moment; outlines change over a day."""
    turn = 2 * np.pi * moment.hour / 48
    both = normals(moment.cell, Draw.OUTLINE, 4 * HARMONICS).reshape(-1, 4, HARMONICS)
    both = both.transpose(1, 0, 2)
    chance = np.cos(turn) * both[:2] + np.sin(turn) * both[2:]
    spread = waves(chance, appearance.irregularity)
    spread = spread * reaching(_corners(moment), population.axis, appearance.protrusion)
    rough: Outlines = waves(both[:2], ROUGH)
    return ground_of(population, spread, rough, size, pixel_size)


def _states(moment: Moment, appearance: Appearance, arrested: float) -> Int64[np.ndarray, " n"]:
    """Return what each cell is doing."""
    state = np.zeros(len(moment), dtype=np.int64)
    several, held = uniforms(moment.cell, Draw.STATE, 2).T
    loose = moment.slow(Draw.SIZE, 6, 70.0)[:, 5]
    state[several < appearance.multinucleated] = State.MULTINUCLEATED
    state[(loose < appearance.rounded) | moment.about_to(ROUNDING, die=True)] = State.ROUNDED
    born = moment.newborn & (moment.age < AFTER)
    state[born | moment.about_to(BEFORE, die=False) | (held < arrested)] = State.MITOTIC
    state[~moment.alive] = State.DYING
    return state


def _corners(moment: Moment) -> Corners:
    """Return the processes of each cell; they grow and shrink within a day."""
    chance = uniforms(moment.cell, Draw.CORNERS, 2)
    noise = normals(moment.cell, Draw.AXIS, MOST_CORNERS + 3)[:, 1:]
    length: Float[np.ndarray, "n c"] = gammas(
        moment.slow(Draw.SHAPE, MOST_CORNERS + 1, 40.0)[:, 1:], 3.0
    )
    return Corners.spaced(
        3 + np.floor(4 * chance[:, 0]).astype(np.int64),
        2 * np.pi * chance[:, 1:],
        0.2 * noise[:, :MOST_CORNERS],
        0.25 * noise[:, MOST_CORNERS:],
        length,
    )
