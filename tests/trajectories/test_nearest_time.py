from __future__ import annotations

import numpy as np

from phenolens.trajectories.nearest_time import grid_of, nearest_time


def test_the_next_frame_is_taken_where_it_is_nearer() -> None:
    """The paper's code compares differences with their sign, and always takes the one before."""
    known, asked = np.array([0.0, 2, 4, 6]), np.array([0.4, 1.6, 3.9, 5.5])
    assert nearest_time(known, asked, 1).tolist() == [0, 1, 2, 3]

    def as_coded(time: float) -> int:
        i = int(np.flatnonzero((known[:-1] <= time) & (time <= known[1:]))[0])
        return i if known[i] - time < known[i + 1] - time else i + 1

    assert [as_coded(t) for t in asked] == [0, 0, 1, 2]


def test_of_two_equally_near_the_earlier_whatever_the_rounding() -> None:
    assert nearest_time(np.array([0.0, 2]), np.array([1.0]), 1).tolist() == [0]
    assert 0.3 - 0.2 < 0.2 - 0.1
    assert nearest_time(np.array([0.1, 0.3]), np.array([0.2]), 0.1).tolist() == [0]
    assert nearest_time(np.array([-0.3, -0.1]), np.array([-0.2]), 0.1).tolist() == [0]


def test_too_far_away_is_none_and_half_the_spacing_is_not_too_far() -> None:
    known = np.array([0.0, 2, 4])
    assert nearest_time(known, np.array([-1.1, -1, 5, 5.01]), 1).tolist() == [-1, 0, 2, -1]
    assert nearest_time(np.array([0.7]), np.array([0.8]), 0.1).tolist() == [0]
    assert nearest_time(np.array([]), np.array([1.0]), 1).tolist() == [-1]
    assert nearest_time(known, np.array([]), 1).tolist() == []


def test_it_is_the_nearest_of_all() -> None:
    rng = np.random.default_rng(0)
    known, asked = np.sort(rng.uniform(-5, 90, 40)), rng.uniform(-10, 100, 200)
    slow = np.abs(asked[:, None] - known).argmin(axis=1)
    assert nearest_time(known, asked, np.inf).tolist() == slow.tolist()


def test_a_common_grid_is_itself_and_late_frames_join_the_common_time() -> None:
    hours, curve = np.tile([-4.0, -2, 0, 2, 4], 5), np.repeat(np.arange(5), 5)
    times, place = grid_of(hours, curve, 1)
    assert times.tolist() == [-4, -2, 0, 2, 4]
    assert place.tolist() == [0, 1, 2, 3, 4] * 5
    times, place = grid_of(np.append(hours, [2.3, -1.7]), np.append(curve, [5, 5]), 1)
    assert times.tolist() == [-4, -2, 0, 2, 4]
    assert place[-2:].tolist() == [3, 1]
    lone = np.zeros(4, dtype=np.int64)
    assert grid_of(np.array([0.0, 3, 6, 7]), lone, 1)[0].tolist() == [0, 3, 6, 7]
    assert grid_of(np.array([5.0]), lone[:1], 0)[0].tolist() == [5]


def test_two_frames_of_one_curve_are_two_times_however_dense() -> None:
    """Every hour at first, then every day: half of the usual spacing is 12 hours."""
    hours, curve = np.tile([0.0, 1, 2, 24, 48, 72], 2), np.repeat([0, 1], 6)
    hours[6:] += 0.25
    times, place = grid_of(hours, curve, 12)
    assert times.tolist() == [0, 1, 2, 24, 48, 72]
    assert place.tolist() == [0, 1, 2, 3, 4, 5] * 2
    for one in range(2):
        assert len(set(place[curve == one])) == 6


def test_no_curve_ever_has_two_frames_at_one_time() -> None:
    rng = np.random.default_rng(4)
    curve = np.repeat(np.arange(20), 30)
    hours = np.concatenate([np.sort(rng.uniform(0, 20, 30)) for _ in range(20)])
    times, place = grid_of(hours, curve, 0.7)
    assert len(np.unique(curve * len(times) + place)) == len(hours)
    assert (np.diff(times) > 0).all()
    assert np.abs(times[place] - hours).max() < 0.7
