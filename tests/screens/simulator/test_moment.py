from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.growth import Growth, course
from phenolens.screens.simulator.kinetics import Kinetics, Response
from phenolens.screens.simulator.moment import AHEAD, Habit, Moment, moment
from phenolens.screens.simulator.per_cell import Draw
from phenolens.screens.simulator.streams import Stream, stream

HABIT = Habit(founders=4e-4, clustering=0.3, radius=10.0, motility=12.0)
KILLED = Response(Kinetics(rise=3.0, division=0.5, death=2.0), 1.0, 2.0)


def _at(
    hour: float, response: Response = KILLED, until: float | None = None, field: int = 1
) -> Moment:
    growth = Growth(rate=0.03, death=0.003, confluence=0.1)
    expected = course(growth, response, (hour if until is None else until) + AHEAD)
    return moment(stream(3, Stream.SITE, field), HABIT, expected, hour, 240.0)


def test_a_moment_is_a_function_of_its_field_and_hour() -> None:
    one, again = _at(20.0), _at(20.0, until=80.0)
    np.testing.assert_array_equal(one.cell, again.cell)
    np.testing.assert_allclose(one.place, again.place)
    np.testing.assert_allclose(one.bits, again.bits)


def test_cells_are_found_again_close_to_where_they_were() -> None:
    before, after = _at(0.0, Response()), _at(4.0, Response())
    same, i, j = np.intersect1d(before.cell, after.cell, return_indices=True)
    assert len(same) > 0.7 * len(before)
    moved = np.hypot(*(after.place[j] - before.place[i]).T)
    assert np.median(moved) < 2 * HABIT.radius
    divided = np.setdiff1d(after.cell, before.cell)
    mothers = after.mother[np.isin(after.cell, divided)]
    assert np.isin(mothers, before.cell).all()


def test_dead_cells_stay_then_leave_bits_that_fade() -> None:
    dead = [int((~_at(h).alive).sum()) for h in (0.0, 20.0, 200.0)]
    bits = [len(_at(h).bits) for h in (0.0, 40.0, 300.0)]
    assert dead[1] > 10 * max(dead[0], 1)
    assert dead[2] < 0.2 * dead[1]
    assert bits[1] > 10 * max(bits[0], 1)
    assert bits[2] < 0.2 * bits[1]
    later = _at(20.0)
    assert (later.left[~later.alive] <= 0).all()
    assert later.dies[~later.alive].all()


def test_slow_numbers_stay_even_and_change_slowly() -> None:
    now, soon = (_at(h, Response()) for h in (30.0, 31.0))
    same, i, j = np.intersect1d(now.cell, soon.cell, return_indices=True)
    first, second = (m.slow(Draw.SHAPE, 2, 50.0) for m in (now, soon))
    assert np.abs(first[i] - second[j]).max() == pytest.approx(2 / 50)
    assert len(same) > 30
    assert first.mean() == pytest.approx(0.5, abs=0.1)


def test_cells_know_that_they_are_about_to_divide_or_die() -> None:
    """As many as the rates say: divisions per hour times an hour."""
    fields = [_at(12.0, field=k) for k in range(40)]
    living = sum(int(now.alive.sum()) for now in fields)
    course_ = fields[0].course
    for die, rate in ((False, course_.divided), (True, course_.died)):
        soon = sum(int(now.about_to(1.0, die=die).sum()) for now in fields)
        wanted = living * float(np.diff(np.interp([12.0, 13.0], course_.hours, rate))[0])
        assert wanted > 20
        assert soon == pytest.approx(wanted, abs=3 * np.sqrt(wanted))
