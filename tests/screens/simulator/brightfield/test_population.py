from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.appearance import Appearance
from phenolens.screens.simulator.brightfield.population import Population, State, populate
from phenolens.screens.simulator.streams import Stream, stream

SIZE, PIXEL = 320, 1.24


def _cells(appearance: Appearance, seed: int = 0) -> Population:
    return populate(stream(seed, Stream.SITE), appearance, SIZE, PIXEL)


def test_states_come_in_their_shares() -> None:
    appearance = Appearance(density=1.5, rounded=0.2, mitotic=0.1, dying=0.3)
    state = np.concatenate([_cells(appearance, seed).state for seed in range(4)])
    assert len(state) > 400
    assert (state == State.DYING).mean() == pytest.approx(0.3, abs=0.08)
    assert (state == State.MITOTIC).mean() == pytest.approx(0.1 * 0.7, abs=0.05)
    assert (state == State.ROUNDED).mean() == pytest.approx(0.2 * 0.9 * 0.7, abs=0.06)


def test_cells_are_in_the_field_and_round_ones_small_and_thick() -> None:
    cells = _cells(Appearance(rounded=0.3))
    assert ((cells.y >= 0) & (cells.y < SIZE) & (cells.x >= 0) & (cells.x < SIZE)).all()
    area, thick = cells.drawn["cell_area"], cells.drawn["thickness"]
    assert area[cells.round].mean() < 0.5 * area[~cells.round].mean()
    assert thick[cells.round].min() > thick[~cells.round].mean()
    assert (cells.nuclei[cells.state == State.SPREAD] == 1).all()


def test_density_and_clustering_do_what_they_say() -> None:
    few, many = (_cells(Appearance(density=d, dying=0.0)) for d in (0.3, 1.2))
    assert len(many) > 2.5 * len(few)
    gap = []
    for clustering in (0.0, 0.95):
        cells = _cells(Appearance(density=0.4, clustering=clustering))
        place = np.column_stack([cells.y, cells.x]).astype(float)
        away = np.hypot(*(place[:, None] - place[None]).T) + 1e6 * np.eye(len(place))
        gap.append(np.median(away.min(axis=0)))
    assert gap[1] < 0.85 * gap[0]


def test_an_empty_field_is_empty() -> None:
    assert len(_cells(Appearance(density=1e-9))) == 0
