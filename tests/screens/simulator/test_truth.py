from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import State
from phenolens.screens.simulator.scene import compose
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.truth import truth_of


def test_truth_holds_parameters_cells_and_masks() -> None:
    phenotype = Phenotype(multinucleated=0.5)
    truth = truth_of(compose(stream(0, Stream.SITE), phenotype, 200, 0.5))
    assert truth.parameters == phenotype.as_dict()
    assert truth.cell_mask.shape == truth.nuclear_mask.shape == (200, 200)
    cells = truth.cells
    assert set(cells["state"]) <= {state.name.lower() for state in State}
    assert cells["label"].is_unique
    assert cells[["y", "x"]].min().min() >= 0
    assert cells[["y", "x"]].max().max() < 200
    assert (cells["nuclei"][cells["state"] == "multinucleated"] >= 2).all()
    assert set(np.unique(truth.nuclear_mask)) <= set(np.unique(truth.cell_mask))
