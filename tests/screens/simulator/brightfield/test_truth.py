from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.population import State
from phenolens.screens.simulator.brightfield.scene import compose
from phenolens.screens.simulator.brightfield.truth import truth_of
from phenolens.screens.simulator.streams import Stream, stream


def test_truth_holds_parameters_cells_and_masks() -> None:
    appearance = Appearance(multinucleated=0.5, rounded=0.2)
    truth = truth_of(compose(stream(0, Stream.SITE), appearance, 160, 1.24))
    assert truth.parameters == appearance.as_dict()
    assert truth.cell_mask.shape == truth.nuclear_mask.shape == (160, 160)
    assert truth.cell_mask.dtype == truth.nuclear_mask.dtype == np.int32
    cells = truth.cells
    assert set(cells["state"]) <= {state.name.lower() for state in State}
    assert cells["label"].is_unique
    assert cells[["y", "x"]].min().min() >= 0
    assert cells[["y", "x"]].max().max() < 160
    assert (cells["nuclei"][cells["state"] == "multinucleated"] >= 2).all()
    nuclear = truth.nuclear_mask > 0
    assert np.array_equal(truth.nuclear_mask[nuclear], truth.cell_mask[nuclear])
    pixels = np.bincount(truth.cell_mask.ravel(), minlength=int(cells["label"].max()) + 1)
    assert np.array_equal(pixels[cells["label"]], cells["visible"])
