"""Shares that are lost, against gaps counted by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from phenolens.calls.linear import fit_calls
from phenolens.calls.lost import Gaps
from phenolens.core.profiles import Profiles

Planted = Callable[..., Profiles]


def test_nothing_changed_loses_nothing_and_controls_in_its_place_lose_all(planted: Planted) -> None:
    table = planted(effect=6.0)
    calls = fit_calls(table)
    rows = np.arange(len(table))
    gaps = Gaps(calls, rows, table.features, 0)
    value, low, high = gaps.lost(1, table.features.copy())
    assert value == pytest.approx(0, abs=1e-12)
    assert (low, high) == pytest.approx((0, 0), abs=1e-12)
    undone = table.features.copy()
    up = (calls.label == 1) & (calls.places == 0)
    undone[up, 1] -= 6.0
    undone[(calls.label == 1) & (calls.places == 1), 1] -= 18.0  # that plate has 3 times the scale
    value, low, high = gaps.lost(1, undone)
    assert 0.7 < value < 1.3
    assert low < value < high


def test_the_share_is_that_of_the_gaps_by_hand(planted: Planted) -> None:
    table = planted()
    calls = fit_calls(table)
    rows = np.flatnonzero(calls.places == 0)
    after = table.features[rows] * 0.5
    value, *_ = Gaps(calls, rows, table.features[rows], 0).lost(1, after)
    gap = []
    for features in (table.features[rows], after):
        margins = calls.margins(features, rows, 1)
        own, base = calls.label[rows] == 1, calls.controls[rows]
        gap.append(margins[own].mean() - margins[base].mean())  # as many tiles in every well
    assert value == pytest.approx(1 - gap[1] / gap[0])


def test_what_all_images_share_cancels(planted: Planted) -> None:
    table = planted()
    calls = fit_calls(table)
    gaps = Gaps(calls, np.arange(len(table)), table.features, 0)
    moved = table.features + 3 * calls.scales.spread[calls.places]
    assert gaps.lost(1, moved)[0] == pytest.approx(0, abs=1e-6)


def test_a_call_without_a_gap_has_no_share(planted: Planted) -> None:
    table = planted(effect=-4.0)
    calls = fit_calls(table)
    turned = -table.features
    value, low, high = Gaps(calls, np.arange(len(table)), turned, 0).lost(1, turned)
    assert all(map(math.isnan, (value, low, high)))
