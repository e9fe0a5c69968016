from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.followed import generators, population_at
from phenolens.screens.simulator.growth import Growth, course
from phenolens.screens.simulator.kinetics import Kinetics, Response
from phenolens.screens.simulator.moment import AHEAD, Habit, Moment, moment
from phenolens.screens.simulator.per_cell import Draw
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import State
from phenolens.screens.simulator.streams import Stream, stream

CELLS = Phenotype()


def _at(hour: float) -> Moment:
    response = Response(Kinetics(rise=2.0, death=0.6), 1.0, 1.0)
    habit = Habit(founders=3e-4, clustering=0.3, radius=13.0, motility=15.0)
    expected = course(Growth(0.03, 0.003, 0.3), response, hour + AHEAD)
    return moment(stream(6, Stream.SITE, 1), habit, expected, hour, 300.0)


def test_states_follow_from_the_lives() -> None:
    now = _at(24.0)
    state = population_at(now, CELLS, 0.0, 0.5).state
    assert ((state == State.ROUNDED) == ~now.alive).all()
    assert (state[now.about_to(0.7, die=False)] >= State.MITOTIC).all()
    held = population_at(now, CELLS.changed({"monopolar": 0.9}), 0.5, 0.5).state
    assert (held[now.alive] == State.MONOPOLAR).mean() == pytest.approx(0.45, abs=0.15)


def test_a_cell_keeps_its_looks() -> None:
    one, two = _at(24.0), _at(25.0)
    first, second = (population_at(m, CELLS, 0.0, 0.5) for m in (one, two))
    _, i, j = np.intersect1d(one.cell, two.cell, return_indices=True)
    for name in ("tubulin", "actin", "dna"):
        np.testing.assert_allclose(first.drawn[name][i], second.drawn[name][j])
    before, after = (generators(m, Draw.OUTLINE) for m in (one, two))
    assert before[i[3]].random() == after[j[3]].random()
