from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phenolens.drawing.scale import Scale, round_step

NUMBERS = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))


@given(st.lists(NUMBERS, min_size=1, max_size=6))
def test_a_scale_around_values_holds_them(values: list[float]) -> None:
    scale = Scale.around(values)
    assert scale.low <= min(values) + 1e-6
    assert scale.high >= max(values) - 1e-6
    assert scale.low < scale.high


@given(st.lists(NUMBERS, min_size=2, max_size=6))
def test_ticks_lie_within_and_rise(values: list[float]) -> None:
    scale = Scale.around(values)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 12
    assert ticks == sorted(set(ticks))
    assert all(-1e-6 <= scale.percent(t) <= 100 + 1e-6 for t in ticks)


def test_places_are_linear() -> None:
    scale = Scale(-1, 3)
    assert [scale.percent(v) for v in (-1, 0, 1, 3)] == [0, 25, 50, 100]


def test_places_beyond_the_axis_are_held_at_its_ends() -> None:
    assert [Scale(0, 1).percent(v) for v in (-5, 7)] == [0, 100]


def test_a_doubling_is_one_stride_of_a_log_axis() -> None:
    scale = Scale(1, 256, log=True)
    assert [scale.percent(2.0**k) for k in range(9)] == pytest.approx([12.5 * k for k in range(9)])
    assert scale.percent(0) == 0


def test_nothing_finite_still_gives_an_axis() -> None:
    assert Scale.around([math.nan]) == Scale(0.0, 1.0)


@pytest.mark.parametrize(("rough", "step"), [(0.011, 0.02), (0.5, 0.5), (0.51, 1), (7, 10)])
def test_round_steps(rough: float, step: float) -> None:
    assert round_step(rough) == step
