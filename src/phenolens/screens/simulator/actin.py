"""Actin: cortex and junctions, stress fibres, spots, ruffles at free edges."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from phenolens.screens.simulator.filaments import Seeds, grow, splat
from phenolens.screens.simulator.nuclei import Nuclei
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population
from phenolens.screens.simulator.territory import Territory
from phenolens.screens.simulator.texture import patch

Map = Float32[np.ndarray, "h w"]
FIBRE = 0.095  # light of a micrometre of stress fibre
SPOT = 0.8  # light of a spot
GRAINS = 16  # points that a spot is drawn as


def actin(
    rng: np.random.Generator,
    phenotype: Phenotype,
    population: Population,
    ground: tuple[Territory, Nuclei],
    pixel_size: float,
) -> Map:
    """Return the actin stain of a field: 1 is a usual cytoplasm."""
    territory, nuclei = ground
    size = territory.owner.shape[0]
    cloud = np.exp(
        np.float32(0.28) * patch(rng, size, 3.0 / pixel_size)
        + np.float32(0.24) * patch(rng, size, 1.2 / pixel_size)
        + np.float32(0.20) * patch(rng, size, 0.5 / pixel_size)
    )
    height = np.sqrt(np.clip(1.2 - territory.depth**2, 0, None)) * territory.inside
    base = np.float32(0.62 * phenotype.diffuse_actin) * height * cloud
    border = _borders(rng, phenotype, population, territory, pixel_size)
    fibres = grow(rng, _fibres(rng, population, pixel_size), territory, 0.02, steer=0.0)
    spots = _puncta(rng, population, pixel_size, size) * territory.inside
    stain = population.drawn["actin"] * np.where(population.tall, 2.3, 1.0)
    per_cell = territory.of(stain)
    # The nucleus pushes the cytoplasm aside, more in flat cells; a round one hides it.
    shadow = rng.uniform(0.05, 0.45, len(population)) * ~population.tall
    shade = 1 - territory.of(shadow) * nuclei.cover
    out: Map = base * shade + border + np.float32(FIBRE / pixel_size) * fibres + spots
    return out * per_cell


def _borders(
    rng: np.random.Generator,
    phenotype: Phenotype,
    population: Population,
    territory: Territory,
    pixel_size: float,
) -> Map:
    """Return actin at shared borders (junctions) and at free edges (ruffles): both patchy."""
    size = territory.owner.shape[0]
    radius = np.sqrt(population.drawn["cell_area"] / np.pi)
    per_um = territory.of(radius)
    patchy = np.exp(np.float32(0.45) * patch(rng, size, 2.2 / pixel_size))
    shared = np.exp(-((territory.gap * per_um / np.float32(1.5)) ** 2))
    rim = (1 - territory.depth) * per_um
    free = np.exp(-((rim / np.float32(1.1)) ** 2))
    burst = np.clip(patch(rng, size, 2.8 / pixel_size) - np.float32(0.5), 0, None)
    ruffle = np.exp(-((rim / np.float32(2.4)) ** 2)) * burst
    own = territory.of(population.drawn["cortex"] * np.where(population.tall, 0.5, 1.0))
    edge = np.float32(phenotype.ruffles) * (np.float32(0.35) * free + np.float32(1.3) * ruffle)
    border: Map = (np.float32(0.75) * own * shared * patchy + edge * patchy) * territory.inside
    return border


def _fibres(rng: np.random.Generator, population: Population, pixel_size: float) -> Seeds:
    """Return the starts of stress fibres: parallel, across the cell, along its axis."""
    number = rng.poisson(population.drawn["fibres"] * ~population.tall)
    cell = np.repeat(np.arange(len(population)), number)
    n = len(cell)
    radius = np.sqrt(population.drawn["cell_area"] / np.pi)[cell] / pixel_size
    length = radius * rng.uniform(0.7, 1.9, n)
    angle = population.axis[cell] + rng.normal(0, 0.16, n)
    aside = radius * rng.uniform(-0.85, 0.85, n)
    along = -length / 2 + radius * rng.normal(0, 0.25, n)
    y = population.y[cell] + along * np.sin(angle) + aside * np.cos(angle)
    x = population.x[cell] + along * np.cos(angle) - aside * np.sin(angle)
    return Seeds(y, x, angle, length, cell, rng.gamma(2.0, 0.5, n))


def _puncta(rng: np.random.Generator, population: Population, pixel_size: float, size: int) -> Map:
    """Return bright spots, most of them away from the nucleus; each is a small cloud of points."""
    number = rng.poisson(population.drawn["puncta"] * np.where(population.tall, 0.3, 1.0))
    cell = np.repeat(np.arange(len(population)), number)
    n = len(cell)
    radius = np.sqrt(population.drawn["cell_area"] / np.pi)[cell] / pixel_size
    reach = radius * np.sqrt(rng.uniform(0.12, 1.0, n))
    turn = rng.uniform(0, 2 * np.pi, n)
    y = population.y[cell] + reach * np.sin(turn)
    x = population.x[cell] + reach * np.cos(turn)
    light = SPOT * rng.lognormal(0.0, 0.6, n) / pixel_size**2
    width = 0.36 * rng.lognormal(0.0, 0.3, n) / pixel_size
    cloud = rng.standard_normal((2, GRAINS, n), np.float32) * width
    weight = np.broadcast_to(light / GRAINS, (GRAINS, n))
    return splat((y + cloud[0]).ravel(), (x + cloud[1]).ravel(), weight.ravel(), size)
