from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.growth import START, Growth, course, usual_death
from phenolens.screens.simulator.kinetics import Kinetics, Response

RATE = float(np.log(2) / 24)


def test_a_sparse_culture_doubles_in_its_doubling_time() -> None:
    found = course(Growth(RATE, death=0.004, confluence=1e-3), Response(), 72.0)
    hours = np.array([-24.0, 0.0, 24.0, 48.0, 72.0])
    assert [found.grown(h) for h in hours] == pytest.approx([1, 2, 4, 8, 16], rel=1e-6)
    assert found.crowded(0.0) == pytest.approx(1e-3)


def test_growth_ends_where_divisions_only_make_up_for_deaths() -> None:
    growth = Growth(RATE, death=0.004, confluence=0.4)
    found = course(growth, Response(), 330.0)
    full = (1 - growth.death / growth.division) ** (1 / 3)
    assert found.crowded(330.0) == pytest.approx(full, rel=1e-3)
    assert (np.diff(found.confluence) >= 0).all()


def test_arrest_keeps_the_number_and_deaths_lower_it_at_their_rate() -> None:
    growth = Growth(RATE, death=0.0, confluence=1e-3)
    stopped = course(growth, Response(Kinetics(rise=1.0, division=0.0), 1.0, 0.5), 50.0)
    assert stopped.grown(50.0) == pytest.approx(stopped.grown(2.0))
    kinetics = Kinetics(rise=1.0, division=0.0, death=1.5)
    killed = course(growth, Response(kinetics, 1.0, 0.5), 50.0)
    lost = np.log(killed.grown(10.0) / killed.grown(50.0)) / 40
    assert lost == pytest.approx(1.5 * RATE, rel=1e-6)


def test_the_past_does_not_depend_on_how_far_the_course_goes() -> None:
    growth, response = Growth(RATE, 0.003, 0.3, dry=0.2), Response(Kinetics(death=1.0), 0.7, 4.0)
    short, long = course(growth, response, 20.0), course(growth, response, 90.0)
    np.testing.assert_array_equal(short.divided, long.divided[: len(short.hours)])
    assert course(growth, response, START).grown(START) == 1.0
    wet = course(Growth(RATE, 0.003, 0.3), response, 90.0)
    assert long.grown(90.0) < wet.grown(90.0)


def test_usual_deaths_keep_the_share_of_dead_cells() -> None:
    """In a growing culture dead / living is death / (1 / 16 h + rate)."""
    death = usual_death(0.05, RATE)
    assert death / (1 / 16 + RATE) == pytest.approx(0.05 / 0.95)
