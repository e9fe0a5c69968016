from __future__ import annotations

from itertools import product

import pytest

from phenolens.screens.simulator.compounds import compounds
from phenolens.screens.simulator.design import INNER_WELLS, Design, edge_distance


@pytest.mark.parametrize(("batches", "each"), list(product(range(2, 7), range(2, 6))))
def test_every_compound_has_a_partner_of_its_mechanism_elsewhere(batches: int, each: int) -> None:
    design = Design(batches=batches, replicates=1, doses=1, controls=2)
    for mechanism in range(7):
        places = [set(design.batches_of(mechanism, c, each)) for c in range(each)]
        for mine in places:
            assert any(mine.isdisjoint(other) for other in places)


def test_wells_are_used_once_and_counts_add_up() -> None:
    design = Design(batches=3, replicates=2, doses=2, controls=5)
    wells = design.wells(0, compounds(0, 4, 3), 3)
    assert len({(w.plate, w.place) for w in wells}) == len(wells)
    plates = {w.plate for w in wells}
    assert len(plates) == 6
    assert all(sum(w.plate == p and w.compound < 0 for w in wells) == 5 for p in plates)
    # 12 compounds, none screened twice (3 compounds in 3 batches), 2 doses, 2 replicates.
    assert sum(w.compound >= 0 for w in wells) == 12 * 2 * 2


def test_places_are_the_inner_sixty() -> None:
    assert len(set(INNER_WELLS)) == 60
    assert edge_distance(INNER_WELLS.index("B11")) == (-1.0, 1.0)
