"""What is known of a brightfield image because it was made."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import ndimage

from phenolens.screens.simulator.brightfield.population import State
from phenolens.screens.simulator.brightfield.scene import Scene
from phenolens.screens.simulator.truth import Truth, lives_of


def truth_of(scene: Scene) -> Truth:
    """Return the truth of a scene.

    `cells` has one row per cell whose centre is in the image, dead ones included: label (in the
    masks), y, x (pixels), state (of `State`, by name), nuclei, visible (pixels), and the drawn
    parameters of the cell. Living cells are those whose state is not `dying`. With times there are
    also the columns of `lives_of`.
    """
    window = (scene.window, scene.window)
    cell = (scene.ground.owner[window] + 1).astype(np.int32)
    nuclear = np.where(scene.nuclear[window], scene.ground.territory.owner[window] + 1, 0)
    nuclear = np.where(nuclear == cell, nuclear, 0).astype(np.int32)
    population = scene.population
    y, x = population.y - scene.margin, population.x - scene.margin
    label = np.arange(1, len(population) + 1)
    cells = pd.DataFrame(
        {
            "label": label,
            "y": y,
            "x": x,
            "state": [State(int(s)).name.lower() for s in population.state],
            "nuclei": population.nuclei,
            "visible": ndimage.sum_labels(cell > 0, cell, label).astype(np.int64),
            **population.drawn,
            **(lives_of(scene.moment) if scene.moment is not None else {}),
        }
    )
    inside = (y >= 0) & (y < scene.size) & (x >= 0) & (x < scene.size)
    return Truth(
        parameters=scene.appearance.as_dict(),
        cells=cells[inside].reset_index(drop=True),
        nuclear_mask=nuclear,
        cell_mask=cell,
    )
