"""Courses are read from the rows of the score, dose by dose, in the order of time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.results.time_run import DOSES, HOURS, course, departure_rows, write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.courses import courses_of, farthest


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_every_drug_and_line_with_its_doses_weakest_first(run: RunContents) -> None:
    shuffled = departure_rows().sample(frac=1, random_state=1)
    found = courses_of(replace(run, rows={"any name": shuffled}))
    assert [c.name for c in found[:3]] == ["both in A549", "both in HT29", "killer in A549"]
    assert len(found) == 8
    killer = found[2]
    assert tuple(dose.concentration for dose in killer.doses) == DOSES
    np.testing.assert_array_equal(killer.doses[1].hours, HOURS)
    np.testing.assert_allclose(killer.doses[1].distance, course("cytotoxic", 10.0))
    assert killer.doses[1].outside.tolist() == (course("cytotoxic", 10.0) > 1.4).tolist()
    np.testing.assert_array_equal(killer.control_high, np.full(len(HOURS), 1.4))
    assert killer.reach == pytest.approx(9 / 1.4)


def test_of_too_many_those_stay_that_go_farthest(run: RunContents) -> None:
    kept, left_out = farthest(courses_of(run), 2)
    assert [c.name for c in kept] == ["killer in A549", "killer in HT29"]
    assert left_out == 6


def test_a_table_without_lines_and_doses_has_one_course_per_drug(run: RunContents) -> None:
    rows = departure_rows().query("cell_line == 'A549' and concentration == 10.0")
    rows = rows.drop(columns=["cell_line", "concentration", "outside"])
    found = courses_of(replace(run, rows={"departure": rows}))
    assert [c.name for c in found] == ["both", "killer", "stopper", "water"]
    assert np.isnan(found[0].doses[0].concentration)
    assert found[1].doses[0].outside.tolist() == (course("cytotoxic", 10.0) > 1.4).tolist()


def test_without_the_score_the_trajectories_have_courses(run: RunContents) -> None:
    rows = departure_rows().drop(columns="control_low")
    found = courses_of(replace(run, rows={"nsc": rows}))
    assert [c.name for c in found[:3]] == ["both in A549", "both in HT29", "killer in A549"]
    killer = found[2].doses[1]
    np.testing.assert_allclose(killer.distance, course("cytotoxic", 10.0), rtol=1e-6)
    assert killer.curves == 2
    assert np.isnan(killer.low).all()
    assert courses_of(replace(run, rows={}, profiles=None)) == []


def test_doses_have_the_unit_of_the_profiles_and_one_line_is_not_named(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(cell_line="A549", concentration_unit="ng/ml")
    rows = departure_rows().query("cell_line == 'A549'")
    profiles = replace(run.profiles, meta=meta)
    found = courses_of(replace(run, rows={"departure": rows}, profiles=profiles))
    assert [c.name for c in found] == ["both", "killer", "stopper", "water"]
    assert [dose.name for dose in found[0].doses] == ["0.1 ng/ml", "10 ng/ml"]
    assert found[0].doses[0].curves == 3
