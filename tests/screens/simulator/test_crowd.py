from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.crowd import apart


def _nearest(place: np.ndarray, side: float) -> np.ndarray:
    way = place[:, None] - place[None]
    way -= side * np.rint(way / side)
    far = np.hypot(way[..., 0], way[..., 1]) + 1e9 * np.eye(len(place))
    return far.min(axis=1)


def test_a_heap_of_cells_spreads_over_the_ground() -> None:
    rng = np.random.default_rng(1)
    heap = 120 + rng.normal(0, 12, (60, 2))
    radius = np.full(60, 9.0)
    found = apart(heap, radius, 240.0)
    assert (found >= 0).all()
    assert (found < 240).all()
    assert np.median(_nearest(heap, 240.0)) < 5
    assert np.median(_nearest(found, 240.0)) > 9
    # It stays one heap, around the same middle.
    assert np.abs(found.mean(axis=0) - heap.mean(axis=0)).max() < 3


def test_cells_with_room_stay_where_they_are_and_the_field_has_no_border() -> None:
    far = np.array([[10.0, 10.0], [100.0, 100.0], [150.0, -5.0]])
    found = apart(far, np.full(3, 8.0), 200.0)
    np.testing.assert_allclose(found, [[10, 10], [100, 100], [150, 195]], atol=1e-9)
    across = apart(np.array([[100.0, 1.0], [100.0, 199.0]]), np.full(2, 8.0), 200.0)
    assert _nearest(across, 200.0).min() > 8
    assert apart(np.zeros((0, 2)), np.zeros(0), 50.0).shape == (0, 2)


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    place, radius = rng.uniform(0, 80, (30, 2)), rng.uniform(6, 10, 30)
    turned = apart(place[::-1], radius[::-1], 120.0)[::-1]
    np.testing.assert_allclose(turned, apart(place, radius, 120.0), atol=1e-6)
