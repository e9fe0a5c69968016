"""The cells of one field: where they are and what each one is like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Float, Int64

from phenolens.screens.simulator.phenotype import Phenotype

F = Float[np.ndarray, " n"]


class State(IntEnum):
    """What a cell is doing: most are spread and in interphase."""

    INTERPHASE = 0
    MULTINUCLEATED = 1
    MICRONUCLEATED = 2
    MITOTIC = 3
    MONOPOLAR = 4
    ROUNDED = 5


# Cell-to-cell spread (log standard deviation) of what is drawn for every cell.
SPREAD = {
    "cell_area": 0.24,
    "nucleus_area": 0.13,
    "filaments": 0.15,
    "puncta": 0.35,
    "fibres": 0.35,
    "tubulin": 0.24,
    "actin": 0.22,
    "cortex": 0.25,
}
ROUND_AREA = 200.0  # square micrometres: a cell rounded up for mitosis or death


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Cells of one field, one entry per cell; positions in pixels, areas in square micrometres.

    Attributes:
        y: Row of the centre.
        x: Column of the centre.
        state: `State` of each cell.
        axis: Direction of the long axis, radians.
        drawn: Parameter -> value of each cell, for what differs from cell to cell.
    """

    y: Int64[np.ndarray, " n"]
    x: Int64[np.ndarray, " n"]
    state: Int64[np.ndarray, " n"]
    axis: F
    drawn: dict[str, F]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def tall(self) -> np.ndarray:
        """Cells that rise above the focal plane: rounded up."""
        return self.state >= State.MITOTIC


def populate(
    rng: np.random.Generator, phenotype: Phenotype, size: int, pixel_size: float
) -> Population:
    """Return the cells of a square field of `size` pixels.

    Args:
        rng: Stream of this image.
        phenotype: Of the well.
        size: Side of the field in pixels.
        pixel_size: Micrometres per pixel.
    """
    wanted = rng.poisson(phenotype.density * (size * pixel_size) ** 2 / 1000)
    state = _states(rng, phenotype, wanted)
    drawn = _draw(rng, phenotype, state)
    radius = np.sqrt(drawn["cell_area"] / np.pi) / pixel_size
    y, x, kept = settle(rng, radius, size, phenotype.clustering)
    drawn = {name: value[kept] for name, value in drawn.items()}
    # Neighbours align: the axis follows a slow swirl across the field.
    swirl = rng.uniform(0, np.pi) + 0.9 * np.sin(y / 60 + rng.uniform(0, 6))
    axis = swirl + rng.normal(0, 0.5, len(y))
    return Population(y, x, state[kept], axis, drawn)


def _states(rng: np.random.Generator, phenotype: Phenotype, n: int) -> Int64[np.ndarray, " n"]:
    """Return what each cell is doing."""
    state = np.zeros(n, dtype=np.int64)
    broken, several, divides, pole, dying = rng.random((5, n))
    state[several < phenotype.multinucleated] = State.MULTINUCLEATED
    state[broken < phenotype.micronucleated] = State.MICRONUCLEATED
    state[divides < phenotype.mitotic] = State.MITOTIC
    state[(divides < phenotype.mitotic) & (pole < phenotype.monopolar)] = State.MONOPOLAR
    state[dying < phenotype.rounded] = State.ROUNDED
    return state


def _draw(
    rng: np.random.Generator, phenotype: Phenotype, state: Int64[np.ndarray, " n"]
) -> dict[str, F]:
    """Return parameter -> value of each cell."""
    n = len(state)
    chance = {name: rng.standard_normal(n) for name in SPREAD}
    chance["doubled"] = rng.random(n)
    chance["dna"] = rng.standard_normal(n)
    chance["stretch"] = rng.gamma(4.0, 0.25, n)
    tall = state >= State.MITOTIC
    chance["round_area"], chance["round_shape"] = np.zeros((2, n))
    chance["round_area"][tall] = rng.standard_normal(tall.sum())
    chance["round_shape"][tall] = rng.random(tall.sum())
    return shaped(phenotype, state, chance)


def shaped(
    phenotype: Phenotype, state: Int64[np.ndarray, " n"], chance: Mapping[str, F]
) -> dict[str, F]:
    """Return parameter -> value of each cell, from the numbers that were drawn for it.

    Args:
        phenotype: Of the well.
        state: `State` of each cell.
        chance: Standard normal numbers for the parameters in `SPREAD`, for `dna` and
            `round_area`; evenly spread ones for `doubled` and `round_shape`; `stretch`: gamma
            numbers of mean 1.
    """
    values = phenotype.as_dict()
    drawn = {
        name: values[name] * np.exp(sd * chance[name] - sd * sd / 2) for name, sd in SPREAD.items()
    }
    # DNA content: G1, or G2 with twice as much in a larger nucleus.
    doubled = chance["doubled"] < 0.3
    drawn["dna"] = values["dna"] * np.exp(0.12 * chance["dna"]) * (1 + 0.25 * doubled)
    drawn["nucleus_area"] *= 1 + 0.28 * doubled
    drawn["elongation"] = 1 + (values["elongation"] - 1) * chance["stretch"]
    drawn["elongation"] = np.clip(drawn["elongation"], 1.0, 3.5)
    tall = state >= State.MITOTIC
    drawn["cell_area"][tall] = ROUND_AREA * np.exp(0.2 * chance["round_area"][tall])
    drawn["elongation"][tall] = 1.0 + 0.12 * chance["round_shape"][tall]
    # A cell must have room for what it holds: more of it where there are several nuclei.
    need = np.select([tall, state > State.INTERPHASE], [0.0, 3.4], default=2.2)
    drawn["cell_area"] = np.maximum(drawn["cell_area"], need * drawn["nucleus_area"])
    return drawn


def settle(
    rng: np.random.Generator, radius: F, size: int, clustering: float
) -> tuple[Int64[np.ndarray, " k"], Int64[np.ndarray, " k"], Int64[np.ndarray, " k"]]:
    """Return centres, and which cells found room: cells settle one by one, some next to others."""
    tries = 12
    n = len(radius)
    place = rng.uniform(0, size, (n, tries, 2))
    social = rng.random((n, tries)) < clustering
    chosen = rng.random((n, tries))
    turn = rng.uniform(0, 2 * np.pi, (n, tries))
    ys, xs, rs = np.empty((3, n))
    kept: list[int] = []
    for cell in range(n):
        k = len(kept)
        y, x = place[cell, :, 0], place[cell, :, 1]
        if k:
            friend = (chosen[cell] * k).astype(int)
            reach = 0.92 * (rs[friend] + radius[cell])
            adjacent = social[cell]
            y = np.where(adjacent, ys[friend] + reach * np.sin(turn[cell]), y)
            x = np.where(adjacent, xs[friend] + reach * np.cos(turn[cell]), x)
        inside = (y >= 1) & (y < size - 2) & (x >= 1) & (x < size - 2)
        gap = np.hypot(y[:, None] - ys[:k], x[:, None] - xs[:k]) / (rs[:k] + radius[cell])
        free = inside & (gap.min(axis=1, initial=9.0) > 0.64)
        if free.any():
            pick = int(np.argmax(free))
            ys[k], xs[k], rs[k] = y[pick], x[pick], radius[cell]
            kept.append(cell)
    k = len(kept)
    return ys[:k].astype(np.int64), xs[:k].astype(np.int64), np.array(kept, dtype=np.int64)
