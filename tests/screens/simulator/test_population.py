from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import State, populate
from phenolens.screens.simulator.streams import Stream, stream


def _many(phenotype: Phenotype, fields: int = 12) -> list[int]:
    found: list[int] = []
    for seed in range(fields):
        found += populate(stream(seed, Stream.SITE), phenotype, 300, 0.5).state.tolist()
    return found


def test_states_come_in_the_shares_asked_for() -> None:
    asked = Phenotype(mitotic=0.4, monopolar=0.5, multinucleated=0.3, rounded=0.0, micronucleated=0)
    state = np.array(_many(asked))
    assert abs(np.isin(state, (State.MITOTIC, State.MONOPOLAR)).mean() - 0.4) < 0.08
    assert abs((state == State.MONOPOLAR).mean() - 0.2) < 0.07
    assert abs((state == State.MULTINUCLEATED).mean() - 0.3 * 0.6) < 0.07
    assert not np.isin(state, (State.ROUNDED, State.MICRONUCLEATED)).any()


def test_cells_lie_inside_and_apart() -> None:
    cells = populate(stream(0, Stream.SITE), Phenotype(), 300, 0.5)
    assert 20 < len(cells) < 60
    assert all(len(v) == len(cells) for v in cells.drawn.values())
    for place in (cells.y, cells.x):
        assert place.min() >= 0
        assert place.max() < 300
    apart = np.hypot(cells.y[:, None] - cells.y, cells.x[:, None] - cells.x)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 6
    assert (cells.drawn["cell_area"] > 0).all()


def test_an_empty_field_is_a_field() -> None:
    assert len(populate(stream(0, Stream.SITE), Phenotype(density=1e-6), 64, 0.5)) == 0
