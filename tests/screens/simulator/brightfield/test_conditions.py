from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.brightfield.conditions import conditions, potency
from phenolens.screens.simulator.brightfield.design import Well


def _well(batch: int, plate: int, place: int = 30) -> Well:
    return Well(batch, plate, 0, 1, place, 0, 1.0)


def test_at_strength_zero_batches_and_plates_do_nothing_and_wells_still_differ() -> None:
    one, other = conditions(0, _well(0, 0), 1, 0.0), conditions(0, _well(3, 9), 1, 0.0)
    for name in ("gain", "blur", "haze", "photons", "read_noise"):
        assert getattr(one, name) == getattr(other, name), name
    assert not one.field.any()
    assert not one.dust[:, 3].any()
    assert one.culture != other.culture
    assert one.focus != other.focus
    assert potency(0, _well(0, 0), 0.0) == 1.0


def test_plates_of_a_batch_are_more_alike_than_batches() -> None:
    found = [[conditions(5, _well(b, 3 * b + k), 1, 1.0) for k in range(3)] for b in range(16)]
    for name in ("gain", "haze", "photons"):
        table = np.log([[getattr(c, name) for c in batch] for batch in found])
        assert table.mean(axis=1).std() > 1.3 * table.std(axis=1).mean() >= 0, name


def test_sites_of_a_well_share_the_lamp_and_its_dust_but_not_focus_and_density() -> None:
    one, other = (conditions(0, _well(1, 2), site, 1.0) for site in (1, 2))
    assert one.gain == other.gain
    assert np.array_equal(one.field, other.field)
    assert np.array_equal(one.dust, other.dust)
    assert one.focus != other.focus
    assert one.culture["density"] != other.culture["density"]


def test_wells_at_the_rim_have_fewer_cells() -> None:
    def density(place: int) -> float:
        found = [conditions(s, _well(0, 0, place), 1, 1.0).culture["density"] for s in range(80)]
        return float(np.mean(np.log(found)))

    assert density(5) < density(8 * 24 + 12)
