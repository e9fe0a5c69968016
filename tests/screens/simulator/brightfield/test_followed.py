from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.followed import ground_at, population_at
from phenolens.screens.simulator.brightfield.population import State
from phenolens.screens.simulator.growth import Growth, course
from phenolens.screens.simulator.kinetics import Kinetics, Response
from phenolens.screens.simulator.moment import AHEAD, Habit, Moment, moment
from phenolens.screens.simulator.streams import Stream, stream

CELLS = Appearance()


def _at(hour: float, death: float = 0.0) -> Moment:
    expected = course(
        Growth(0.03, 0.003, 0.3), Response(Kinetics(rise=2.0, death=death), 1.0, 1.0), hour + AHEAD
    )
    habit = Habit(founders=3e-4, clustering=0.3, radius=12.0, motility=15.0)
    return moment(stream(5, Stream.SITE, 1), habit, expected, hour, 300.0)


def test_dead_cells_are_dying_and_dividing_ones_round() -> None:
    now = _at(8.0, death=3.0)
    state = population_at(now, CELLS, 0.0, 1.24).state
    assert ((state == State.DYING) == ~now.alive).all()
    assert (state[now.about_to(0.7, die=False)] == State.MITOTIC).all()
    rounding = now.about_to(1.5, die=True)
    assert rounding.any()
    assert (state[rounding] >= State.ROUNDED).all()
    held = population_at(now, CELLS, 0.6, 1.24).state == State.MITOTIC
    assert held[now.alive].mean() == pytest.approx(0.6, abs=0.15)


def test_a_cell_keeps_its_size_place_and_outline() -> None:
    one, two = _at(40.0), _at(41.0)
    first, second = (population_at(m, CELLS, 0.0, 1.24) for m in (one, two))
    _, i, j = np.intersect1d(one.cell, two.cell, return_indices=True)
    calm = (first.state[i] == State.SPREAD) & (second.state[j] == State.SPREAD)
    i, j = i[calm], j[calm]
    assert len(i) > 30
    area = first.drawn["cell_area"][i] / second.drawn["cell_area"][j]
    assert np.abs(np.log(area)).max() < 0.1
    moved = np.hypot(first.y[i] - second.y[j], first.x[i] - second.x[j])
    assert np.median(moved) < 4
    outlines = [
        ground_at(m, p, CELLS, 242, 1.24).outlines[k]
        for m, p, k in ((one, first, i), (two, second, j))
    ]
    alike = [np.corrcoef(a, b)[0, 1] for a, b in zip(*outlines, strict=True)]
    other = [np.corrcoef(a, b)[0, 1] for a, b in zip(*outlines[:1], outlines[1][::-1], strict=True)]
    assert np.median(alike) > 0.85 > np.median(other) + 0.3
