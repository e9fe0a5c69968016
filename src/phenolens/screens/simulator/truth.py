"""What is known of an image because it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int32
from scipy import ndimage

from phenolens.screens.simulator.moment import Moment
from phenolens.screens.simulator.population import State
from phenolens.screens.simulator.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The ground truth of one image.

    Attributes:
        parameters: Phenotype parameter -> value that this well's cells were drawn from, its
            compound's effect and its batch's culture included.
        cells: One row per cell whose centre is in the image: label (in the masks), y, x (pixels),
            state (of `State`, by name), nuclei (pieces of chromatin), visible (pixels), and the
            drawn parameters of the cell. With times also the columns of `lives_of`.
        nuclear_mask: Label of the cell whose nucleus covers a pixel, 0 elsewhere.
        cell_mask: Label of the cell that covers a pixel, 0 elsewhere.
    """

    parameters: Mapping[str, float]
    cells: pd.DataFrame
    nuclear_mask: Int32[np.ndarray, "h w"]
    cell_mask: Int32[np.ndarray, "h w"]


def lives_of(moment: Moment) -> dict[str, np.ndarray]:
    """Return columns of the cells of a moment.

    `cell` is the number by which a cell is found in other frames of its site, `mother` that of the
    cell that it came from (its own number for founders), `age` its hours, `alive` whether it lives.
    """
    return {
        "cell": moment.cell,
        "mother": moment.mother,
        "age": moment.age,
        "alive": moment.alive,
    }


def truth_of(scene: Scene) -> Truth:
    """Return the truth of a scene."""
    window = (scene.window, scene.window)
    nuclear = scene.nuclei.owner[window] + 1
    cell = np.where(nuclear > 0, nuclear, scene.territory.owner[window] + 1).astype(np.int32)
    population = scene.population
    y, x = population.y - scene.margin, population.x - scene.margin
    label = np.arange(1, len(population) + 1)
    cells = pd.DataFrame(
        {
            "label": label,
            "y": y,
            "x": x,
            "state": [State(int(s)).name.lower() for s in population.state],
            "nuclei": scene.nuclei.pieces,
            "visible": ndimage.sum_labels(cell > 0, cell, label).astype(np.int64),
            **population.drawn,
            **(lives_of(scene.moment) if scene.moment is not None else {}),
        }
    )
    inside = (y >= 0) & (y < scene.size) & (x >= 0) & (x < scene.size)
    return Truth(
        parameters=scene.phenotype.as_dict(),
        cells=cells[inside].reset_index(drop=True),
        nuclear_mask=nuclear.astype(np.int32),
        cell_mask=cell,
    )
