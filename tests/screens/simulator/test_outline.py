from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.outline import corners, ellipse, relative_distance, wobble


@pytest.mark.parametrize("elongation", [1.0, 2.5])
def test_an_ellipse_has_its_area(elongation: float) -> None:
    _, relative = relative_distance(ellipse(2000.0, elongation, 0.7), 64, 64, 128)
    assert (relative < 1).sum() == pytest.approx(2000, rel=0.03)


def test_an_ellipse_lies_along_its_axis() -> None:
    place, relative = relative_distance(ellipse(1500.0, 3.0, np.pi / 2), 64, 64, 128)
    rows, columns = np.nonzero(relative < 1)
    assert np.ptp(rows) > 2 * np.ptp(columns)
    assert (place[0].stop - place[0].start, place[1].stop - place[1].start) == relative.shape


def test_an_outline_at_the_edge_is_cut_there() -> None:
    place, relative = relative_distance(ellipse(900.0, 1.0, 0.0), -5, 63, 64)
    assert place[0].start == 0
    assert place[1].stop == 64
    assert relative.shape == (place[0].stop, 64 - place[1].start)


def test_corners_reach_out_and_wobble_stays_near_one() -> None:
    rng = np.random.default_rng(0)
    factor = corners(rng, 0.8, 0.0)
    assert factor.min() >= 1
    assert factor.max() > 1.2
    assert np.allclose(corners(rng, 0.0, 0.0), 1)
    assert np.allclose(wobble(rng, 0.0), 1)
    assert 0.01 < np.std([wobble(rng, 0.05) for _ in range(20)]) < 0.15
