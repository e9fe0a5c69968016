from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.trajectories.curves import Curves
from phenolens.trajectories.departures import Departures, departures, placed
from phenolens.trajectories.distances import TimeDistance
from phenolens.trajectories.references import Matched


def far_from_controls(profiles: Profiles, distance: TimeDistance) -> Departures:
    return departures(profiles, Matched.of(profiles, (), 0, "test"), distance, "test")


def test_values_are_placed_at_the_time_they_are_nearest_to(table: Any) -> None:
    rows = [
        *(("A1", "DMSO", t, [0.0]) for t in (0.0, 2.0, 4.0)),
        *(("B1", "x", t, [1.0]) for t in (0.2, 3.9, 4.2)),
    ]
    curves = Curves.of(table(rows), "test")
    made = placed(curves, np.arange(6.0), np.array([0.0, 2, 4]))
    np.testing.assert_array_equal(made, [[0, 1, 2], [3, np.nan, 4]])


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
    with pytest.raises(InputError, match="no cosine distance to a control is defined"):
        far_from_controls(table(rows), "cosine")
