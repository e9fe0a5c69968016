"""Similarities of calls, by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from phenolens.calls.linear import fit_calls
from phenolens.calls.similar import Wells, cosines, nearest, redrawn, shares
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_wells_are_means_of_tiles_less_their_plates_controls(planted: Planted) -> None:
    table = planted(tiles=2)
    calls = fit_calls(table)
    wells = Wells.of(calls, table.features, np.arange(len(table)))
    assert len(wells.vectors) == 16
    scaled = calls.scales.apply(table.features, calls.places)
    first = np.flatnonzero((table.meta["treatment"] == "up").to_numpy())[:2]
    assert wells.vectors[0] == pytest.approx(scaled[first].mean(axis=0), abs=1e-9)
    means = wells.means(2)
    up = calls.names.index("up")
    assert means[up, 1] == pytest.approx(4.0, abs=1.2)
    assert np.abs(means[1 - up]).max() < 1.2


def test_what_a_change_does_to_every_image_cancels(planted: Planted) -> None:
    table = planted()
    calls = fit_calls(table)
    rows = np.arange(len(table))
    moved = Wells.of(calls, table.features + np.float32(7), rows)
    assert moved.vectors == pytest.approx(Wells.of(calls, table.features, rows).vectors, abs=1e-5)


def test_cosines_and_shares_by_hand() -> None:
    found = cosines(np.array([[3.0, 4.0], [4.0, 3.0], [0.0, 0.0], [np.nan, 1.0]]))
    assert found[0, 1] == pytest.approx(24 / 25)
    assert found[0, 0] == pytest.approx(1)
    assert np.isnan(found[2]).all()
    assert np.isnan(found[3]).all()
    assert shares(np.array([3.0, 4.0]), np.array([4.0, 3.0])) == pytest.approx([12 / 25] * 2)


def test_draws_of_equal_wells_are_all_the_same() -> None:
    wells = Wells(
        np.array([[1.0, 0], [1, 0], [1, 1], [1, 1], [-1, 0]]),
        np.array([0, 0, 1, 1, 2], dtype=np.int64),
    )
    order = np.array([[1, 2], [0, 2], [1, 0]])
    drawn, first = redrawn(wells, order, 20, seed=3)
    assert drawn.shape == (20, 3, 2)
    assert drawn[:, 0, 0] == pytest.approx(np.sqrt(0.5))
    assert drawn[:, 2, 1] == pytest.approx(-1)
    assert first.tolist() == [[1, 0], [1, 0], [1, 0]]
    assert np.isnan(wells.means(4)[3]).all()


def test_no_call_is_its_own_neighbour_where_cosines_are_missing() -> None:
    found = cosines(np.array([[np.nan, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    order = nearest(found, 5)
    assert order.tolist() == [[1, 2], [2, 0], [1, 0]]
