from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.filaments import Seeds, grow, splat
from phenolens.screens.simulator.territory import Territory

SIZE = 64
Y, X = np.mgrid[:SIZE, :SIZE].astype(np.float32)
DEPTH = np.hypot(Y - 32, X - 32) / 24
DISC = Territory(
    owner=np.where(DEPTH < 1, 0, -1).astype(np.int32),
    depth=DEPTH.astype(np.float32),
    gap=np.full((SIZE, SIZE), 4, dtype=np.float32),
)


def _seeds(n: int, length: float) -> Seeds:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    start = np.full(n, 32.0)
    return Seeds(start, start, turn, np.full(n, length), np.zeros(n, int), np.ones(n))


def test_light_is_the_length_drawn_inside_the_cell() -> None:
    light = grow(np.random.default_rng(0), _seeds(8, 10.0), DISC, curl=0.0, steer=0.0)
    assert light.sum() == 80
    assert light[~DISC.inside].sum() == 0


def test_straight_filaments_end_at_the_border_and_steered_ones_follow_it() -> None:
    straight = grow(np.random.default_rng(0), _seeds(64, 60.0), DISC, curl=0.02, steer=0.0)
    steered = grow(np.random.default_rng(0), _seeds(64, 60.0), DISC, curl=0.02, steer=1.0)
    assert straight.sum() < 0.45 * 64 * 60
    assert steered.sum() > 0.6 * 64 * 60
    rim = (DEPTH > 0.75) & DISC.inside
    assert steered[rim].sum() > 2 * straight[rim].sum()


def test_no_filaments_are_dark() -> None:
    assert grow(np.random.default_rng(0), _seeds(0, 5.0), DISC, 0.1, 1.0).sum() == 0


def test_points_outside_are_dropped() -> None:
    light = splat(np.array([1.5, -0.5, 70.0]), np.array([2.5, 3.0, 3.0]), np.ones(3), SIZE)
    assert light.sum() == 1
    assert light[1, 2] == 1
