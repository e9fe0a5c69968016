from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.ground import dome, lay_out
from phenolens.screens.simulator.brightfield.population import State, populate
from phenolens.screens.simulator.streams import Stream, stream

SIZE, PIXEL = 200, 1.24


def test_spread_cells_share_the_ground_and_round_ones_are_on_top() -> None:
    appearance = Appearance(density=1.4, rounded=0.2)
    cells = populate(stream(0, Stream.SITE), appearance, SIZE, PIXEL)
    ground = lay_out(stream(1, Stream.SITE), appearance, cells, SIZE, PIXEL)
    spread = np.flatnonzero(~cells.round)
    assert set(np.unique(ground.territory.owner)) <= {-1, *spread.tolist()}
    ball = int(np.flatnonzero(cells.state == State.ROUNDED)[0])
    assert ground.owner[cells.y[ball], cells.x[ball]] >= 0
    peak = ground.balls[cells.y[ball], cells.x[ball]]
    assert peak >= cells.drawn["thickness"][ball] * 0.999
    assert (ground.owner[ground.balls > 0] >= 0).all()
    assert (ground.territory.room[~ground.territory.inside] == 0).all()


def test_a_flatter_cell_of_twice_the_area_covers_more() -> None:
    covered = []
    for factor in (1.0, 2.0):
        appearance = Appearance(density=0.4, cell_area=400 * factor, clustering=0.0)
        cells = populate(stream(3, Stream.SITE), appearance, SIZE, PIXEL)
        ground = lay_out(stream(4, Stream.SITE), appearance, cells, SIZE, PIXEL)
        covered.append(ground.territory.inside.mean())
    assert covered[1] > 1.4 * covered[0]


def test_a_dome_is_a_half_ball() -> None:
    found = dome(np.array([[0.0, 0.6, 1.0, 2.0]], dtype=np.float32))
    assert found[0] == pytest.approx([1, 0.8, 0, 0], abs=1e-6)
