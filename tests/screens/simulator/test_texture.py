from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.texture import TILE, patch


def test_texture_is_standard_and_as_coarse_as_asked() -> None:
    rng = np.random.default_rng(0)
    fine, coarse = patch(rng, 512, 1.0), patch(rng, 512, 6.0)
    for found in (fine, coarse):
        assert abs(found.std() - 1) < 0.2
    jump = [np.abs(np.diff(found, axis=0)).mean() for found in (fine, coarse)]
    assert jump[0] > 4 * jump[1]


def test_a_field_larger_than_the_tile_is_covered() -> None:
    assert patch(np.random.default_rng(0), TILE + 10, 2.0).shape == (TILE + 10, TILE + 10)


def test_a_tile_cannot_be_written_to() -> None:
    assert not patch(np.random.default_rng(0), 8, 1.0).flags.writeable
