from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.nuclei import Nuclei, nuclei
from phenolens.screens.simulator.phenotype import Phenotype
from phenolens.screens.simulator.population import Population, State, populate
from phenolens.screens.simulator.streams import Stream, stream


def _drawn(phenotype: Phenotype, size: int = 256) -> tuple[Population, Nuclei]:
    rng = stream(2, Stream.SITE)
    cells = populate(rng, phenotype, size, 0.5)
    return cells, nuclei(rng, phenotype, cells, size, 0.5)


def test_pieces_follow_the_state() -> None:
    plain = Phenotype(multinucleated=0.3, micronucleated=0.3, mitotic=0.3, monopolar=0.5)
    cells, found = _drawn(plain)
    for state, low, high in (
        (State.INTERPHASE, 1, 1),
        (State.MULTINUCLEATED, 2, 4),
        (State.MICRONUCLEATED, 5, 12),
        (State.MITOTIC, 1, 2),
        (State.MONOPOLAR, 11, 15),
    ):
        pieces = found.pieces[cells.state == state]
        assert len(pieces)
        assert pieces.min() >= low
        assert pieces.max() <= high


def test_light_lies_where_nuclei_are() -> None:
    _, found = _drawn(Phenotype())
    inside = found.owner >= 0
    assert found.light[inside].mean() > 20 * found.light[~inside].mean()
    assert found.cover.min() >= 0
    assert found.cover.max() <= 1


def test_nuclei_have_the_area_asked_for() -> None:
    alone = Phenotype(
        density=0.4, multinucleated=0, micronucleated=0, mitotic=0, rounded=0, nucleus_area=120.0
    )
    cells, found = _drawn(alone, 400)
    away = np.flatnonzero(
        (np.minimum(cells.y, cells.x) > 30) & (np.maximum(cells.y, cells.x) < 370)
    )
    area = np.bincount(found.owner[found.owner >= 0], minlength=len(cells)) * 0.25
    assert area[away].mean() == pytest.approx(cells.drawn["nucleus_area"][away].mean(), rel=0.1)
