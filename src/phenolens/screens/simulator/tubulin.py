"""Microtubules: filaments from an organising centre and around the nucleus, and spindles."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32

from phenolens.screens.simulator.filaments import Seeds, grow
from phenolens.screens.simulator.nuclei import Nuclei
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population, State
from phenolens.screens.simulator.territory import Territory
from phenolens.screens.simulator.texture import patch

Map = Float32[np.ndarray, "h w"]
SPINDLE = 70  # filaments of a spindle
LINE = 0.105  # light of a micrometre of filament
STAR = 0.23  # and of spindle
BUNDLE = 6  # microtubules in a bundle
STRANDS = 3  # lines that a bundle is drawn as


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
    lines = grow(rng, seeds, territory, curl, steer=0.35 + 0.6 * bundled)
    spindle = grow(rng, _spindles(rng, population, pixel_size), territory, 0.05, steer=0.0)
    inside = territory.inside
    # A cell is thickest next to its nucleus, and most of its tubulin is there.
    square = territory.depth**2
    height = (np.float32(0.55) + np.float32(1.1) * np.exp(-square / np.float32(0.2))) * inside
    cloud = (
        1
        + np.float32(0.16) * patch(rng, size, 1.0 / pixel_size)
        + np.float32(0.14) * patch(rng, size, 3.0 / pixel_size)
    )
    soluble = np.float32(0.75 * phenotype.soluble_tubulin) * height * np.clip(cloud, 0, None)
    # Microtubules run over and under a nucleus; diffuse tubulin it shuts out.
    soluble *= 1 - np.float32(0.55) * nuclei.cover
    lines *= 1 - np.float32(0.25) * nuclei.cover
    stain = territory.of(population.drawn["tubulin"] * np.where(population.tall, 2.5, 1.0))
    out: Map = (np.float32(LINE / pixel_size) * lines + soluble) * stain
    return out + np.float32(STAR / pixel_size) * spindle * stain


def _seeds(
    rng: np.random.Generator, phenotype: Phenotype, population: Population, pixel_size: float
) -> Seeds:
    """Return the starts of all microtubules of interphase cells, bundles as `BUNDLE` in one."""
    wanted = population.drawn["filaments"] * np.where(population.tall, 0.25, 1.0)
    bundles = np.round(wanted * phenotype.bundling / BUNDLE).astype(np.int64)
    singles = np.maximum(np.round(wanted * (1 - phenotype.bundling)).astype(np.int64), 1)
    each = np.tile(np.arange(len(population)), 2)
    cell = np.repeat(each, np.concatenate([singles, bundles]))
    n = len(cell)
    thick = np.arange(n) >= singles.sum()
    radius = np.sqrt(population.drawn["nucleus_area"] / np.pi) / pixel_size
    where = rng.uniform(0, 2 * np.pi, len(population))  # side of the organising centre
    centred = rng.random(n) < phenotype.centring
    turn = np.where(centred, where[cell], rng.uniform(0, 2 * np.pi, n))
    reach = radius[cell] * np.where(centred, 0.75, rng.uniform(0.2, 1.6, n))
    jitter = rng.normal(0, 1, (2, n)) * np.where(centred, 1.1, 1.4) / pixel_size
    y = population.y[cell] + reach * np.sin(turn) + jitter[0]
    x = population.x[cell] + reach * np.cos(turn) + jitter[1]
    # From the centre they radiate; the others run around the nucleus as much as away from it.
    around = turn + np.pi / 2 * rng.choice([-1, 1], n) + rng.normal(0, 0.5, n)
    along = population.axis[cell] + np.pi * rng.integers(0, 2, n) + rng.normal(0, 0.4, n)
    around = np.where(rng.random(n) < 0.4, along, around)
    angle = np.where(centred, rng.uniform(0, 2 * np.pi, n), around)
    length = phenotype.filament_length / pixel_size * rng.gamma(3.0, 1 / 3.0, n)
    length = np.clip(length, 2, 2.2 * phenotype.filament_length / pixel_size)
    weight = np.where(thick, BUNDLE, 1.0) * rng.gamma(4.0, 0.25, n)
    return _thickened(rng, Seeds(y, x, angle, length, cell, weight), thick)


def _thickened(rng: np.random.Generator, seeds: Seeds, thick: Bool[np.ndarray, " n"]) -> Seeds:
    """Return the starts with every thick one drawn as three strands side by side."""
    strands = np.repeat(np.arange(len(thick)), np.where(thick, STRANDS, 1))
    n = len(strands)
    several = thick[strands]
    aside = rng.normal(0, 0.6, (2, n)) * several
    return Seeds(
        seeds.y[strands] + aside[0],
        seeds.x[strands] + aside[1],
        seeds.angle[strands] + rng.normal(0, 0.03, n) * several,
        seeds.length[strands],
        seeds.cell[strands],
        seeds.weight[strands] / np.where(several, STRANDS, 1),
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
    spot = rng.normal(0, 1, (2, n)) * np.where(star, 1.5, 0.4) / pixel_size
    y = population.y[cell] + reach * np.sin(across) + spot[0]
    x = population.x[cell] + reach * np.cos(across) + spot[1]
    inward = across + np.where(side > 0, np.pi, 0.0) + rng.normal(0, 0.55, n)
    angle = np.where(star, rng.uniform(0, 2 * np.pi, n), inward)
    length = np.where(star, rng.uniform(2.0, 5.5, n), rng.uniform(2.0, 5.0, n)) / pixel_size
    return Seeds(y, x, angle, length, cell, np.full(n, 0.3))
