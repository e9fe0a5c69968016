from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.effects.growth import (
    Window,
    death_rate_of,
    growing_window,
    live_and_dead,
    net_rates,
    rate_of,
)

T = np.arange(0.0, 73, 3)


def test_the_slope_of_the_logarithm_is_the_rate() -> None:
    rate = rate_of(T, 100 * np.exp(0.03 * T))
    assert rate.value == pytest.approx(0.03, abs=1e-12)
    assert rate.points == 25
    assert rate.low == pytest.approx(0.03) == rate.high


def test_outliers_and_missing_times_do_not_move_it() -> None:
    size = 100 * np.exp(0.03 * T)
    size[[4, 11, 17]] = [1.0, np.nan, 1e6]
    rate = rate_of(T, size)
    assert rate.value == pytest.approx(0.03, abs=1e-9)
    assert rate.points == 24


def test_the_interval_holds_the_true_rate_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        rate = rate_of(T, np.exp(0.03 * T + 0.1 * rng.normal(size=len(T))))
        held += rate.low <= 0.03 <= rate.high
    assert 90 <= held <= 99


def test_few_points_give_no_rate() -> None:
    assert math.isnan(rate_of(T[:3], np.ones(3)).value)
    assert rate_of(T[:3], np.ones(3), least=3).value == 0
    assert math.isnan(rate_of(T, np.zeros(25)).value)
    assert math.isnan(death_rate_of(T[:1], T[:1], T[:1]).value)


def test_many_points_are_medians_of_stretches_first() -> None:
    """All pairs of 20,000 points would be 1.6 GB."""
    time = np.linspace(0, 72, 20_000)
    tracemalloc.start()
    rate = rate_of(time, np.exp(0.03 * time + 0.1 * np.random.default_rng(0).normal(size=20_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rate.value == pytest.approx(0.03, abs=1e-4)
    assert rate.points == 20_000
    assert peak < 100e6


def test_cells_killed_at_once_are_in_the_net_rates() -> None:
    """dL/dt = k L and dD/dt = -k L for 12 hours, then nothing: k by cell-hours, however long."""
    time = np.arange(-3, 73, 0.5)
    live = 300 * np.exp(-0.3 * np.clip(time, 0, 12))
    dead = 300 - live
    used = time >= 24
    assert rate_of(time[used], live[used]).value == 0, "the slope sees nothing of it"
    k, d = net_rates(time, live, dead, used)
    after = time >= 0
    lived = float(np.trapezoid(live[after], time[after]))
    assert k == pytest.approx((live[-1] - 300) / lived, rel=1e-9)
    assert d == pytest.approx(-k, rel=1e-9)
    exact = net_rates(time, 300 * np.exp(-0.05 * np.clip(time, 0, None)), dead, used)[0]
    assert exact == pytest.approx(-0.05, rel=0.04), "with a constant rate it is the slope"


def test_without_a_loss_there_are_no_net_rates() -> None:
    none = net_rates(T, 100 * np.exp(-0.5 * T / T[-1]), 0 * T, T > 20)
    assert np.isnan(none).all(), "six tenths are left"
    dip = 100 * np.exp(0.03 * T)
    dip[5] = 1.0  # one frame out of focus
    assert np.isnan(net_rates(T, dip, 0 * T, T > 20)).all()
    assert np.isnan(net_rates(T, np.full(25, np.nan), 0 * T, T > 20)).all()
    assert np.isnan(net_rates(T, 100 * np.exp(-T), 0 * T, T > 70)).all(), "two points are no end"


def test_the_death_rate_is_known_whatever_the_growth() -> None:
    """dD/dt = d L, with L that grows, then shrinks."""
    t = np.linspace(0, 60, 241)
    live = np.where(t < 30, np.exp(0.03 * t), np.exp(0.9 - 0.02 * (t - 30)))
    dead = 5 + np.concatenate([[0], np.cumsum(np.diff(t) * 0.04 * (live[1:] + live[:-1]) / 2)])
    assert death_rate_of(t, live, dead).value == pytest.approx(0.04, rel=1e-9)


def test_dead_cells_that_detach_are_counted_where_their_stay_is_known() -> None:
    """dD/dt = d L - D / 10, by small steps."""
    t = np.linspace(0, 60, 6001)
    live = np.exp(-0.02 * t)
    dead = np.zeros(6001)
    for k in range(6000):
        dead[k + 1] = dead[k] + 0.01 * (0.04 * live[k] - dead[k] / 10)
    every = slice(None, None, 50)
    made = death_rate_of(t[every], live[every], dead[every], stay=10.0)
    assert made.value == pytest.approx(0.04, rel=0.01)
    assert death_rate_of(t[every], live[every], dead[every]).value < 0.02


def test_the_window_leaves_out_a_lag_and_a_confluent_end() -> None:
    """A lag of 9 hours, growth to hour 45, then none."""
    grown = 0.04 * np.clip(T, 9, 45)
    window = growing_window([(T, 10 * np.exp(grown)), (T, 20 * np.exp(grown))])
    assert 3 <= window.first <= 12
    assert 42 <= window.last <= 48
    assert window.most == pytest.approx(math.sqrt(200) * np.exp(0.04 * 45), rel=0.05)


def test_controls_that_grow_to_the_end_set_no_largest_size() -> None:
    window = growing_window([(T, np.exp(0.03 * T))])
    assert (window.first, window.last, window.most) == (0, 72, math.inf)
    before = growing_window([(T - 24, np.exp(0.03 * T))])
    assert before.first == 0, "times before the drug do not count"


@pytest.mark.parametrize("curves", [[], [(T, np.ones(25))], [(T, np.exp(-T))], [(T[:3], T[:3])]])
def test_controls_that_do_not_grow_have_no_window(curves: list[tuple[np.ndarray, ...]]) -> None:
    assert math.isnan(growing_window(curves).first)  # type: ignore[arg-type]


def test_a_slow_curve_is_used_longer_than_the_controls() -> None:
    window = Window(0.0, 30.0, most=4.0)
    fast, slow = np.exp(0.05 * T), np.exp(0.01 * T)
    assert T[window.holds(T, fast, 1 / 3)].tolist() == [12, 15, 18, 21, 24, 27]
    assert T[window.holds(T, slow, 1 / 3)].tolist() == T[T >= 10].tolist()
    assert not Window().holds(T, slow, 1 / 3).any()


def test_live_cells_are_what_is_not_dead_and_markers_are_not_added() -> None:
    size, markers = np.array([10.0, 10, 10]), np.array([[1.0, 2, np.nan], [1, 0.5, np.nan]])
    live, dead = live_and_dead(size, markers, (1.0, 0.25), includes_dead=True)
    np.testing.assert_allclose(dead, [4, 2, np.nan])
    np.testing.assert_allclose(live, [6, 8, np.nan])
    live, _ = live_and_dead(size, 100 * markers, (1.0, 0.25), includes_dead=True)
    np.testing.assert_allclose(live, [1, 1, np.nan], err_msg="a tenth at least")
    live, _ = live_and_dead(size, markers, (1.0, 0.25), includes_dead=False)
    assert live is size
    with pytest.raises(InputError, match="1 areas for 2 death markers"):
        live_and_dead(size, markers, (1.0,), includes_dead=True)
