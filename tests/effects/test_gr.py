"""GR values against the paper's equation by hand, and curves against known parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.effects.gr import fit_gr, gr_of_rates, gr_over_time, gr_value, static_and_toxic


def test_equation_1_by_hand() -> None:
    """x0 = 100, controls 400 (two doublings): 2^(log2(x / 100) / 2) - 1 = sqrt(x / 100) - 1."""
    made = gr_value(np.array([400.0, 200.0, 100.0, 25.0]), 100.0, 400.0)
    np.testing.assert_allclose(made, [1.0, math.sqrt(2) - 1, 0.0, -0.5], rtol=1e-15)


def test_a_start_of_the_controls_own_and_sizes_that_say_nothing() -> None:
    assert gr_value(200.0, 100.0, 800.0, 200.0) == pytest.approx(math.sqrt(2) - 1, abs=1e-15)
    assert np.isnan(gr_value(np.array([0.0, 50.0]), np.array([10.0, 0.0]), 100.0)).all()
    assert np.isnan(gr_value(50.0, 10.0, 10.0)), "controls that do not grow"


def test_rates_give_what_sizes_give() -> None:
    k = np.array([0.04, 0.01, 0.0, -0.02])
    sizes = gr_value(100 * np.exp(48 * k), 100.0, float(100 * np.exp(48 * 0.04)))
    np.testing.assert_allclose(gr_of_rates(k, 0.04), sizes, rtol=1e-12)


def test_the_time_dependent_form_sees_an_effect_that_begins_late() -> None:
    t = np.arange(0.0, 48, 4)
    control = 100 * np.exp(0.03 * t)
    size = np.where(t < 24, control, 100 * np.exp(0.03 * 24 - 0.03 * (t - 24)))
    made = gr_over_time(size, control, 1)
    assert np.isnan(made[[0, -1]]).all()
    np.testing.assert_allclose(made[1:6], 1.0, atol=1e-12)
    np.testing.assert_allclose(made[7:-1], -0.5, atol=1e-12)
    with pytest.raises(InputError, match="curves of 12 and 3 times"):
        gr_over_time(size, control[:3])


def test_static_and_toxic_are_those_of_dead_and_live_counts() -> None:
    """GRmetrics' own form, from counts: D = (dead - dead0) / (x - x0), time in days."""
    s, d, s0, d0, hours, x0, dead0 = 0.03, 0.02, 0.04, 0.002, 72.0, 1000.0, 20.0

    def counts(s: float, d: float) -> tuple[float, float]:
        x = x0 * math.exp((s - d) * hours)
        return x, dead0 + d / (s - d) * (x - x0)

    (x, dead), (xc, deadc) = counts(s, d), counts(s0, d0)
    ratio, ratio0 = (dead - dead0) / (x - x0), (deadc - dead0) / (xc - x0)
    grown, grown0 = math.log2(x / x0), math.log2(xc / x0)
    wanted = 2 ** ((1 + ratio) * grown / ((1 + ratio0) * grown0)) - 1
    toxic = 2 ** ((ratio0 * grown0 - ratio * grown) / (hours / 24)) - 1
    made = static_and_toxic(s - d, d, s0 - d0, d0)
    assert made[0] == pytest.approx(wanted, rel=1e-12)
    assert made[1] == pytest.approx(toxic, rel=1e-12)


def test_a_known_curve_is_found_again() -> None:
    dose = np.tile(np.geomspace(0.01, 100, 9), 3)
    gr = -0.4 + 1.4 / (1 + (dose / 2.0) ** 1.5)
    made = fit_gr(dose, gr)
    assert made.gec50 == pytest.approx(2.0, rel=1e-3)
    assert made.slope == pytest.approx(1.5, rel=1e-3)
    assert made.gr_inf == pytest.approx(-0.4, abs=1e-3)
    assert made.gr_max == pytest.approx(gr[8])
    by_hand = 2.0 * (1.4 / 0.9 - 1) ** (1 / 1.5)  # GR = 0.5 solved for the dose
    assert made.gr50 == pytest.approx(by_hand, rel=2e-3)
    assert made.aoc == pytest.approx(np.trapezoid(1 - gr[:9], np.log10(dose[:9])) / 4)


def test_a_drug_that_does_nothing_has_no_gr50() -> None:
    dose = np.geomspace(0.01, 100, 9)
    made = fit_gr(dose, np.full(9, 1.0))
    assert (made.gr50, made.gr_inf) == (math.inf, 1.0)
    assert math.isnan(made.gec50)
    assert fit_gr(dose, np.full(9, 0.2)).gr50 < 0.01, "below the doses"
    assert math.isnan(fit_gr(dose[:2], np.ones(2)).gr_max)
    with pytest.raises(InputError, match="doses above 0"):
        fit_gr(np.array([0.0, 1, 2, 3]), np.ones(4))
