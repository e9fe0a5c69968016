from __future__ import annotations

from dataclasses import replace

import pytest

from phenolens.screens.simulator.brightfield.design import FIXED, WELLS, Design, edge_distance
from phenolens.screens.simulator.brightfield.drugs import drugs

DESIGN = Design(lines=4, batches=4, lines_per_batch=2, replicates=2, doses=2, wells=1, controls=8)
DRUGS = drugs(0, 5, 2, 4)


def test_one_line_per_plate_and_all_treatments_on_each() -> None:
    wells = DESIGN.layout(0, DRUGS)
    assert len({(w.plate, w.place) for w in wells}) == len(wells)
    plates = {w.plate: [v for v in wells if v.plate == w.plate] for w in wells}
    assert len(plates) == 4 * 2 * 2
    for content in plates.values():
        assert len({(w.batch, w.line, w.replicate) for w in content}) == 1
        assert len(content) == DESIGN.used(len(DRUGS)) == 5 * 2 * 2 + 8
        assert len({(w.drug, w.concentration) for w in content}) == 5 * 2 * 2 + 1
        assert [w.place for w in content] == sorted(w.place for w in content)


@pytest.mark.parametrize("controls", [3, 6, 9])
def test_controls_are_in_the_fixed_wells_first_and_drugs_in_none(controls: int) -> None:
    design = replace(DESIGN, controls=controls)
    wells = design.layout(1, DRUGS)
    for plate in {w.plate for w in wells}:
        mine = [w for w in wells if w.plate == plate]
        dmso = {WELLS[w.place] for w in mine if w.drug < 0}
        assert len(dmso) == controls
        assert set(FIXED[:controls]) <= dmso
        assert not {WELLS[w.place] for w in mine if w.drug >= 0} & set(FIXED)
    places = [[w.place for w in wells if w.plate == p and w.drug == 0] for p in (0, 1)]
    assert places[0] != places[1], "places are drawn anew for every plate"


def test_a_full_plate_uses_every_well() -> None:
    design = replace(DESIGN, doses=2, wells=19, controls=4)
    wells = design.layout(0, DRUGS)
    assert {w.place for w in wells if w.plate == 0} == set(range(len(WELLS)))


def test_every_line_is_screened_and_with_the_defaults_in_two_batches() -> None:
    found: dict[int, set[int]] = {}
    for batch, line, _ in DESIGN.plates():
        found.setdefault(line, set()).add(batch)
    assert {len(batches) for batches in found.values()} == {2}
    assert set(found) == {0, 1, 2, 3}


def test_places_are_those_of_a_384_well_plate() -> None:
    assert len(set(WELLS)) == 384
    assert edge_distance(WELLS.index("A24")) == (-1.0, 1.0)
    assert edge_distance(WELLS.index("P01")) == (1.0, -1.0)
