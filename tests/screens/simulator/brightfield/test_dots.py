from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield.dots import dotted, places_in
from phenolens.screens.simulator.brightfield.outlines import ANGLES
from phenolens.screens.simulator.streams import Stream, stream


def test_a_dot_has_its_phase_and_width() -> None:
    field = dotted(np.array([[20.0, 30.0], [999.0, 3.0]]), np.array([0.7, 5.0]), 2.0, 64)
    assert field.dtype == np.float32
    assert field[20, 30] == pytest.approx(0.7, rel=0.03)
    assert field[20, 32] == pytest.approx(0.7 * np.exp(-0.5), rel=0.03)
    assert field.sum() == pytest.approx(0.7 * 2 * np.pi * 4, rel=0.03)  # the other is outside


def test_no_dots_make_an_empty_field() -> None:
    assert not dotted(np.empty((0, 2)), np.empty(0), 1.0, 16).any()


def test_places_fill_the_ring_of_their_cell() -> None:
    outlines = np.full((2, ANGLES), 10.0, dtype=np.float32)
    outlines[1] = 20
    cell = np.repeat(np.array([0, 1]), 500)
    found = places_in(stream(0, Stream.SITE), np.zeros((1000, 2)), outlines, cell, (0.5, 0.9))
    away = np.hypot(*found.T)
    for k, radius in ((0, 10), (1, 20)):
        mine = away[cell == k] / radius
        assert 0.5 <= mine.min() < mine.max() <= 0.9 + 1e-9
        # Evenly: half of the places are beyond the radius that halves the ring's area.
        assert (mine > np.sqrt((0.25 + 0.81) / 2)).mean() == pytest.approx(0.5, abs=0.07)
