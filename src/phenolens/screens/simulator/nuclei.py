"""Nuclei: whole, several, broken, or condensed chromosomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from phenolens.screens.simulator.outline import Outline, ellipse, relative_distance, wobble
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population, State
from phenolens.screens.simulator.texture import patch

Map = Float32[np.ndarray, "h w"]
CONDENSED = 2.4  # brightness of condensed chromosomes


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One piece of chromatin: centre in micrometres from the cell's, and its shape."""

    dy: float
    dx: float
    area: float
    elongation: float
    axis: float
    lobes: float
    light: float


@dataclass(frozen=True, slots=True, eq=False)
class Nuclei:
    """The DNA of a field.

    Attributes:
        light: DNA stain at each pixel.
        owner: Cell index of each nuclear pixel, -1 elsewhere.
        cover: 0 to 1, how far a pixel is under a nucleus that excludes the cytoskeleton.
        pieces: Nuclear bodies of each cell.
    """

    light: Map
    owner: Int32[np.ndarray, "h w"]
    cover: Map
    pieces: np.ndarray


def nuclei(
    rng: np.random.Generator,
    phenotype: Phenotype,
    population: Population,
    size: int,
    pixel_size: float,
    *,
    own: Sequence[np.random.Generator] = (),
) -> Nuclei:
    """Return the nuclei of a field of `size` pixels.

    Args:
        rng: Stream of this image.
        phenotype: Of the well.
        population: The cells.
        size: Side of the field in pixels.
        pixel_size: Micrometres per pixel.
        own: A generator per cell, so that a cell has the same nucleus in every frame.
    """
    light = np.zeros((size, size), dtype=np.float32)
    cover = np.zeros((size, size), dtype=np.float32)
    owner = np.full((size, size), -1, dtype=np.int32)
    pieces = np.zeros(len(population), dtype=np.int64)
    texture = _chromatin(rng, phenotype, size, pixel_size)
    for cell in range(len(population)):
        rng = own[cell] if own else rng
        bodies = _bodies(rng, phenotype, population, cell)
        pieces[cell] = len(bodies)
        for body in bodies:
            outline, y, x = _place(rng, body, population, cell, pixel_size)
            place, relative = relative_distance(outline, y, x, size)
            edge = np.float32(outline.mean() * pixel_size / 0.45)
            shape = np.clip((1 - relative) * edge + np.float32(0.5), 0, 1)
            dome = np.float32(0.72) + np.float32(0.28) * np.sqrt(np.clip(1 - relative**2, 0, 1))
            grain = texture[place] if body.light < CONDENSED * 0.9 else np.float32(1)
            glow = shape * dome * grain * np.float32(body.light * population.drawn["dna"][cell])
            # Overlapping nuclei shine through each other in part.
            there = light[place]
            light[place] = np.maximum(there, glow) + np.float32(0.4) * np.minimum(there, glow)
            cover[place] = np.maximum(cover[place], shape)
            owner[place][relative < 1] = cell
    return Nuclei(light, owner, cover, pieces)


def _place(
    rng: np.random.Generator, body: Body, population: Population, cell: int, pixel_size: float
) -> tuple[Outline, int, int]:
    """Return a body's outline in pixels and its centre pixel."""
    outline = ellipse(body.area / pixel_size**2, body.elongation, body.axis)
    outline = outline * wobble(rng, body.lobes, 2, 5)
    y = round(float(population.y[cell]) + body.dy / pixel_size)
    x = round(float(population.x[cell]) + body.dx / pixel_size)
    return outline, y, x


def _chromatin(rng: np.random.Generator, phenotype: Phenotype, size: int, pixel_size: float) -> Map:
    """Return the factor that chromatin texture and dark nucleoli put on the stain."""
    fine = patch(rng, size, 0.55 / pixel_size)
    coarse = patch(rng, size, 1.3 / pixel_size)
    spots = patch(rng, size, 1.1 / pixel_size)
    texture = 1 + np.float32(phenotype.chromatin_contrast) * (0.65 * fine + 0.75 * coarse)
    hollow = np.clip((spots - np.float32(1.0)) * np.float32(1.3), 0, 1)
    factor: Map = np.clip(texture, 0.25, 2.5) * (
        1 - np.float32(min(phenotype.nucleoli, 0.9)) * hollow
    )
    return factor.astype(np.float32)


def _bodies(
    rng: np.random.Generator, phenotype: Phenotype, population: Population, cell: int
) -> list[Body]:
    """Return the pieces of chromatin of one cell."""
    state = State(int(population.state[cell]))
    area = float(population.drawn["nucleus_area"][cell])
    axis = float(population.axis[cell]) + rng.normal(0, 0.35)
    stretch = 1 + (phenotype.nucleus_elongation - 1) * rng.gamma(5.0, 0.2)
    if state is State.MULTINUCLEATED:
        return _several(rng, phenotype, area, stretch)
    if state is State.MICRONUCLEATED:
        return _broken(rng, area)
    if state is State.MITOTIC:
        return _plates(rng, axis)
    if state is State.MONOPOLAR:
        return _rosette(rng)
    if state is State.ROUNDED:
        return _pyknotic(rng)
    dy, dx = rng.normal(0, 0.6, 2)
    return [Body(dy, dx, area, stretch, axis, phenotype.nucleus_lobes, 1.0)]


def _several(
    rng: np.random.Generator, phenotype: Phenotype, area: float, stretch: float
) -> list[Body]:
    """Return two to four nuclei side by side."""
    count = int(rng.choice([2, 2, 2, 2, 3, 4]))
    each = area * (0.80 if count == 2 else 0.62)
    reach = 0.86 * np.sqrt(each / np.pi) * (1.0 if count == 2 else 1.25)
    turn = rng.uniform(0, 2 * np.pi) + np.arange(count) * 2 * np.pi / count
    return [
        Body(
            reach * np.sin(t), reach * np.cos(t), each * rng.uniform(0.75, 1.25), stretch,
            rng.uniform(0, np.pi), phenotype.nucleus_lobes, rng.uniform(0.9, 1.1),
        )
        for t in turn
    ]  # fmt: skip


def _broken(rng: np.random.Generator, area: float) -> list[Body]:
    """Return a nucleus in five to twelve small pieces, as a grape."""
    count = int(rng.integers(5, 13))
    share = rng.dirichlet(np.full(count, 2.5)) * area * 1.15
    reach = 1.25 * np.sqrt(area / np.pi) * np.sqrt(rng.random(count))
    turn = rng.uniform(0, 2 * np.pi, count)
    return [
        Body(r * np.sin(t), r * np.cos(t), max(a, 3.0), 1.1, t, 0.0, 1.0)
        for r, t, a in zip(reach, turn, share, strict=True)
    ]


def _plates(rng: np.random.Generator, axis: float) -> list[Body]:
    """Return a metaphase plate, or the two of anaphase."""
    apart = 0.0 if rng.random() < 0.65 else rng.uniform(2.0, 4.5)
    offsets = (0.0,) if apart == 0 else (-apart, apart)
    across = axis + np.pi / 2
    return [
        Body(
            o * np.sin(across), o * np.cos(across), 34.0 if apart == 0 else 24.0,
            rng.uniform(2.2, 3.2), axis, 0.06, CONDENSED,
        )
        for o in offsets
    ]  # fmt: skip


def _rosette(rng: np.random.Generator) -> list[Body]:
    """Return the chromosomes of a monopolar spindle: a ring."""
    count = int(rng.integers(11, 16))
    turn = np.arange(count) * 2 * np.pi / count + rng.normal(0, 0.12, count)
    reach = rng.normal(3.5, 0.8, count)
    return [
        Body(r * np.sin(t), r * np.cos(t), rng.uniform(3.5, 6.5), 1.6, t, 0.0, CONDENSED * 0.95)
        for r, t in zip(reach, turn, strict=True)
    ]


def _pyknotic(rng: np.random.Generator) -> list[Body]:
    """Return the dense nucleus of a dying cell, whole or in a few drops."""
    count = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
    spot = rng.normal(0, 2.2, (count, 2)) * (count > 1)
    area = 55.0 if count == 1 else 16.0
    return [
        Body(dy, dx, area * rng.uniform(0.7, 1.3), 1.15, 0.0, 0.03, CONDENSED * 0.92)
        for dy, dx in spot
    ]
