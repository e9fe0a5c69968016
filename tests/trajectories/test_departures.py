from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.curves import Curves
from phenolens.trajectories.departures import Departures, departures, placed
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.nearest_time import grid_of
from phenolens.trajectories.references import Matched


def far_from_controls(
    profiles: Profiles, distance: TimeDistance, farthest: float = 0
) -> Departures:
    return departures(profiles, Matched.of(profiles, (), farthest, "test"), distance, "test")


def test_values_are_placed_at_the_time_they_are_nearest_to(table: Any) -> None:
    rows = [
        *(("A1", "DMSO", t, [0.0]) for t in (0.0, 2.0, 4.0)),
        *(("B1", "x", t, [1.0]) for t in (0.2, 3.9, 4.2)),
    ]
    curves = Curves.of(table(rows), "test")
    times, place = grid_of(curves.hours, curves.curve, 1)
    made = placed(curves, np.arange(6.0), place, len(times))
    # 3.9 and 4.2 are two frames of one curve: neither is lost.
    assert times.tolist() == [0, 2, 3.9, 4.2]
    nan = np.nan
    np.testing.assert_array_equal(made, [[0, 1, 2, nan], [3, nan, 4, 5]])


def test_a_curve_with_missing_frames_has_missing_distances(table: Any) -> None:
    rows = [
        *(("A1", "DMSO", t, [0.0]) for t in (0.0, 2.0, 4.0)),
        *(("A2", "DMSO", t, [2.0]) for t in (0.0, 2.0, 4.0)),
        ("B1", "x", 0.0, [1.0]),
        ("B1", "x", 2.0, [np.nan]),
        ("B1", "x", 4.0, [5.0]),
    ]
    made = far_from_controls(table(rows), "euclidean")
    assert made.times.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(made.values, [[2, 2, 2], [2, 2, 2], [0, np.nan, 4]])
    assert made.undefined == 0


def test_no_defined_distance_is_refused(table: Any) -> None:
    rows = [("A1", "DMSO", 0.0, [0.0, 0.0]), ("B1", "x", 0.0, [1.0, 1.0])]
    with pytest.raises(InputError, match=r"the cosine distance is not defined.*euclidean"):
        far_from_controls(table(rows), "cosine")
    with pytest.raises(InputError, match="one control curve and no treatment"):
        far_from_controls(table(rows[:1]), "euclidean")
    apart = [("A1", "DMSO", 0.0, [0.0]), ("B1", "x", 5.0, [1.0])]
    with pytest.raises(InputError, match=r"no control has a frame within 0 hours.*`farthest`"):
        far_from_controls(table(apart), "euclidean")
    assert far_from_controls(table(apart), "euclidean", 5).values[1, 1] == 1
