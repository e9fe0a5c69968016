"""Microtubules: filaments from an organising centre and around the nucleus, and spindles."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from phenolens.screens.simulator.filaments import Seeds, grow
from phenolens.screens.simulator.nuclei import Nuclei
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population, State
from phenolens.screens.simulator.territory import Territory
from phenolens.screens.simulator.texture import patch

Map = Float32[np.ndarray, "h w"]
SPINDLE = 70  # filaments of a spindle
LINE = 0.55  # light of a filament


def tubulin(
    rng: np.random.Generator,
    phenotype: Phenotype,
    population: Population,
    ground: tuple[Territory, Nuclei],
    pixel_size: float,
) -> Map:
    """Return the tubulin stain of a field: 1 is a usual cytoplasm."""
    territory, nuclei = ground
    size = territory.owner.shape[0]
    bundled = phenotype.bundling
    seeds = _seeds(rng, phenotype, population, pixel_size)
    curl = phenotype.filament_curl * np.sqrt(pixel_size)
    lines = grow(rng, seeds, territory, curl, steer=0.55 + 0.45 * bundled)
    spindle = grow(rng, _spindles(rng, population, pixel_size), territory, 0.05, steer=0.0)
    inside = territory.inside
    height = np.sqrt(np.clip(1.15 - territory.depth**2, 0, None)) * inside
    cloud = (
        1
        + np.float32(0.16) * patch(rng, size, 1.0 / pixel_size)
        + np.float32(0.14) * patch(rng, size, 3.0 / pixel_size)
    )
    soluble = np.float32(0.55 * phenotype.soluble_tubulin) * height * np.clip(cloud, 0, None)
    shade = 1 - np.float32(0.35) * nuclei.cover
    stain = _per_cell(population.drawn["tubulin"] * np.where(population.tall, 1.7, 1.0), territory)
    out: Map = (np.float32(LINE * pixel_size) * lines + soluble) * shade * stain
    return out + np.float32(0.9 * pixel_size / 0.5) * spindle * stain


def _per_cell(values: np.ndarray, territory: Territory) -> Map:
    """Return each pixel's value of its cell, 0 where there is none."""
    found: Map = np.append(values, 0).astype(np.float32)[territory.owner]
    return found


def _seeds(
    rng: np.random.Generator, phenotype: Phenotype, population: Population, pixel_size: float
) -> Seeds:
    """Return the starts of all microtubules of interphase cells.

    Bundled microtubules share a path, so bundling draws fewer and brighter ones; each path is
    drawn twice, a little apart, so that bundles are thick.
    """
    apart = 1 - 0.85 * phenotype.bundling
    wanted = population.drawn["filaments"] * np.where(population.tall, 0.25, 1.0)
    number = np.maximum(np.round(wanted * apart / 2).astype(np.int64), 1)
    cell = np.repeat(np.arange(len(population)), number)
    n = len(cell)
    radius = np.sqrt(population.drawn["nucleus_area"] / np.pi) / pixel_size
    where = rng.uniform(0, 2 * np.pi, len(population))  # side of the organising centre
    centred = rng.random(n) < phenotype.centring
    turn = np.where(centred, where[cell], rng.uniform(0, 2 * np.pi, n))
    reach = radius[cell] * np.where(centred, 0.75, rng.uniform(0.2, 1.9, n))
    jitter = rng.normal(0, 1, (2, n)) * np.where(centred, 0.8, 1.5) / pixel_size
    y = population.y[cell] + reach * np.sin(turn) + jitter[0]
    x = population.x[cell] + reach * np.cos(turn) + jitter[1]
    # From the centre they radiate; the others run around the nucleus as much as away from it.
    around = turn + np.pi / 2 * rng.choice([-1, 1], n) + rng.normal(0, 0.7, n)
    angle = np.where(centred, rng.uniform(0, 2 * np.pi, n), around)
    length = phenotype.filament_length / pixel_size * rng.gamma(3.0, 1 / 3.0, n)
    length = np.clip(length, 2, 2.2 * phenotype.filament_length / pixel_size)
    weight = 1 / apart * rng.gamma(4.0, 0.25, n)
    return _twice(rng, Seeds(y, x, angle, length, cell, weight), 0.25 + 0.45 * phenotype.bundling)


def _twice(rng: np.random.Generator, seeds: Seeds, offset: float) -> Seeds:
    """Return every start twice, the second a little aside."""
    n = len(seeds.y)
    aside = rng.normal(0, offset, (2, n))
    return Seeds(
        np.concatenate([seeds.y, seeds.y + aside[0]]),
        np.concatenate([seeds.x, seeds.x + aside[1]]),
        np.concatenate([seeds.angle, seeds.angle + rng.normal(0, 0.04, n)]),
        np.tile(seeds.length, 2),
        np.tile(seeds.cell, 2),
        np.tile(seeds.weight, 2),
    )


def _spindles(rng: np.random.Generator, population: Population, pixel_size: float) -> Seeds:
    """Return the starts of spindle filaments: two poles that face each other, or one star."""
    dividing = np.flatnonzero(
        (population.state == State.MITOTIC) | (population.state == State.MONOPOLAR)
    )
    cell = np.repeat(dividing, SPINDLE)
    n = len(cell)
    star = population.state[cell] == State.MONOPOLAR
    side = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    across = population.axis[cell] + np.pi / 2
    reach = np.where(star, 0.0, 4.2) * side / pixel_size
    spot = rng.normal(0, 0.35 / pixel_size, (2, n))
    y = population.y[cell] + reach * np.sin(across) + spot[0]
    x = population.x[cell] + reach * np.cos(across) + spot[1]
    inward = across + np.where(side > 0, np.pi, 0.0) + rng.normal(0, 0.55, n)
    angle = np.where(star, rng.uniform(0, 2 * np.pi, n), inward)
    length = np.where(star, rng.uniform(2.0, 5.5, n), rng.uniform(2.0, 5.0, n)) / pixel_size
    return Seeds(y, x, angle, length, cell, np.full(n, 0.45))
