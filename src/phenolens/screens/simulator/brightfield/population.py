"""The cells of one field: where they are and what each one is like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Bool, Float, Int64

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.population import settle

F = Float[np.ndarray, " n"]


class State(IntEnum):
    """What a cell is doing."""

    SPREAD = 0
    MULTINUCLEATED = 1
    ROUNDED = 2
    MITOTIC = 3
    DYING = 4


# Cell-to-cell spread (log standard deviation) of what is drawn for every cell.
SPREAD = {"cell_area": 0.28, "thickness": 0.14, "nucleus_area": 0.15}
# Area (square micrometres) and phase (radians, at the middle) of a cell that is not spread. Phase
# is 2 pi / wavelength x difference of refractive index x height: 14 um, 0.03, 0.55 um make 4.8.
ROUND_AREA = {State.ROUNDED: 150.0, State.MITOTIC: 190.0, State.DYING: 85.0}
ROUND_PHASE = {State.ROUNDED: 5.2, State.MITOTIC: 5.4, State.DYING: 4.6}


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Cells of one field, one entry per cell; positions in pixels, areas in square micrometres.

    Attributes:
        y: Row of the centre.
        x: Column of the centre.
        state: `State` of each cell.
        axis: Direction of the long axis, radians.
        nuclei: Nuclei of each cell.
        drawn: Parameter -> value of each cell, for what differs from cell to cell.
    """

    y: Int64[np.ndarray, " n"]
    x: Int64[np.ndarray, " n"]
    state: Int64[np.ndarray, " n"]
    axis: F
    nuclei: Int64[np.ndarray, " n"]
    drawn: dict[str, F]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def round(self) -> Bool[np.ndarray, " n"]:
        """Cells that are not spread: each is nearly a ball on top of the others."""
        return self.state >= State.ROUNDED


def populate(
    rng: np.random.Generator, appearance: Appearance, size: int, pixel_size: float
) -> Population:
    """Return the cells of a square field of `size` pixels.

    Args:
        rng: Stream of this image.
        appearance: Of the well.
        size: Side of the field in pixels.
        pixel_size: Micrometres per pixel.
    """
    wanted = int(rng.poisson(appearance.density * (size * pixel_size) ** 2 / 1000))
    state = _states(rng, appearance, wanted)
    drawn = _draw(rng, appearance, state)
    several = np.where(rng.random(wanted) < 0.75, 2, 3)
    nuclei = np.where(state == State.MULTINUCLEATED, several, 1)
    radius = np.sqrt(drawn["cell_area"] / np.pi) / pixel_size
    y, x, kept = settle(rng, radius, size, appearance.clustering)
    # Neighbours align: the axis follows a slow swirl across the field.
    swirl = rng.uniform(0, np.pi) + 0.9 * np.sin(y * pixel_size / 40 + rng.uniform(0, 6))
    return Population(
        y=y,
        x=x,
        state=state[kept],
        axis=swirl + rng.normal(0, 0.5, len(y)),
        nuclei=nuclei[kept],
        drawn={name: value[kept] for name, value in drawn.items()},
    )


def _states(rng: np.random.Generator, appearance: Appearance, n: int) -> Int64[np.ndarray, " n"]:
    """Return what each cell is doing."""
    state = np.zeros(n, dtype=np.int64)
    several, loose, divides, dies = rng.random((4, n))
    state[several < appearance.multinucleated] = State.MULTINUCLEATED
    state[loose < appearance.rounded] = State.ROUNDED
    state[divides < appearance.mitotic] = State.MITOTIC
    state[dies < appearance.dying] = State.DYING
    return state


def _draw(
    rng: np.random.Generator, appearance: Appearance, state: Int64[np.ndarray, " n"]
) -> dict[str, F]:
    """Return parameter -> value of each cell."""
    n = len(state)
    noise = {name: rng.standard_normal(n) for name in SPREAD}
    stretch = rng.gamma(4.0, 0.25, n)
    size, height = rng.standard_normal((2, n))
    return shaped(appearance, state, {**noise, "stretch": stretch, "size": size, "height": height})


def shaped(
    appearance: Appearance, state: Int64[np.ndarray, " n"], chance: Mapping[str, F]
) -> dict[str, F]:
    """Return parameter -> value of each cell, from the numbers that were drawn for it.

    Args:
        appearance: Of the well.
        state: `State` of each cell.
        chance: Standard normal numbers for the parameters in `SPREAD` and for the `size` and
            `height` of a cell that is not spread; `stretch`: gamma numbers of mean 1.
    """
    values = appearance.as_dict()
    drawn = {
        name: values[name] * np.exp(sd * chance[name] - sd * sd / 2) for name, sd in SPREAD.items()
    }
    drawn["elongation"] = np.clip(1 + (values["elongation"] - 1) * chance["stretch"], 1, 5)
    noise, more = chance["size"], chance["height"]
    for kind, area in ROUND_AREA.items():
        mine = state == kind
        # A line of larger cells has larger round ones.
        usual = area * (values["cell_area"] / Appearance().cell_area) ** 0.5
        drawn["cell_area"][mine] = usual * np.exp(0.22 * noise[mine])
        height = np.sqrt(drawn["cell_area"][mine] / area)  # a ball is as high as it is wide
        drawn["thickness"][mine] = ROUND_PHASE[kind] * height * np.exp(0.15 * more[mine])
        drawn["elongation"][mine] = 1.0 + 0.15 * np.abs(more[mine])
    # A cell must have room for its nuclei.
    need = np.select([state >= State.ROUNDED, state == State.MULTINUCLEATED], [0.0, 3.2], 1.9)
    drawn["cell_area"] = np.maximum(drawn["cell_area"], need * drawn["nucleus_area"])
    return drawn
