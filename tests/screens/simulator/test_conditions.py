from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.conditions import conditions, potency
from phenolens.screens.simulator.design import Well


def _well(batch: int, plate: int, place: int = 0) -> Well:
    return Well(batch, plate, 1, place, 0, 1.0)


def test_strength_zero_is_the_same_everywhere() -> None:
    one, other = conditions(0, _well(0, 0), 1, 0.0), conditions(0, _well(3, 9, 40), 2, 0.0)
    for name in ("gain", "background", "photons", "blur", "haze", "bleed", "field"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert set(one.culture.values()) == {1.0}
    assert potency(0, _well(0, 0), 0.0) == 1.0


def test_plates_of_a_batch_are_more_alike_than_batches() -> None:
    def gain(batch: int, plate: int) -> np.ndarray:
        return np.log(conditions(5, _well(batch, plate), 1, 1.0).gain)

    gains = np.array([[gain(b, 3 * b + k) for k in range(3)] for b in range(20)])
    within = gains.std(axis=1).mean()
    between = gains.mean(axis=1).std(axis=0).mean()
    assert between > 1.5 * within > 0


def test_sites_of_a_well_differ_in_focus_only() -> None:
    one, other = (conditions(0, _well(1, 2), site, 1.0) for site in (1, 2))
    assert np.array_equal(one.gain, other.gain)
    assert one.culture == other.culture
    assert not np.array_equal(one.blur, other.blur)
