from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import State, populate
from phenolens.screens.simulator.streams import Stream, stream
from phenolens.screens.simulator.territory import spread


def test_cells_own_their_centres_and_share_no_pixel() -> None:
    rng = stream(1, Stream.SITE)
    cells = populate(rng, Phenotype(), 256, 0.5)
    ground = spread(rng, Phenotype(), cells, 256, 0.5)
    at = ground.owner[cells.y, cells.x]
    spread_out = cells.state < State.MITOTIC
    # A round cell may cover a neighbour's centre; nothing else may.
    assert ((at == np.arange(len(cells))) | ~spread_out | cells.tall[at]).all()
    assert ((ground.depth < 1) == ground.inside).mean() > 0.99
    assert (ground.gap[ground.inside] >= 0).all()
    assert ground.room.min() == 0


def test_values_of_cells_reach_their_pixels_and_no_other() -> None:
    rng = stream(1, Stream.SITE)
    cells = populate(rng, Phenotype(), 128, 0.5)
    ground = spread(rng, Phenotype(), cells, 128, 0.5)
    value = ground.of(np.arange(1.0, len(cells) + 1))
    assert np.array_equal(value, ground.owner + 1)
