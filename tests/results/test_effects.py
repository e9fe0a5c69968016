"""Effects: one per treatment and line, with what the class rests on; controls are none."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.effects import effects_of, top_doses


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_one_per_treatment_and_line(run: RunContents) -> None:
    found = effects_of(run)
    assert len(found) == 4 * 2 * 2
    assert [e.name for e in found[:2]] == ["both 0.1 in A549", "both 10 in A549"]
    assert (found[0].called, found[0].truth, found[0].confidence) == ("mixed", "mixed", 0.9)
    assert (found[0].onset, found[0].low, found[0].high) == (8.0, 6.5, 10.0)
    water = found[-1]
    assert math.isnan(water.onset)
    assert water.note == "never leaves the controls"


def test_effects_are_counted_and_sorted_by_the_number_of_the_dose(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(dose_unit="nM", cell_line="A549")
    meta["concentration"] = meta["concentration"].map({0.1: 2.5, 10.0: 10.0})
    found = effects_of(replace(run, profiles=replace(run.profiles, meta=meta)))
    assert [e.name for e in found[:2]] == ["both 2.5 nM", "both 10 nM"]
    assert (found[0].dose, found[0].curves) == ("2.5 nM", 4)
    assert found[0].order < found[1].order < found[2].order


def test_the_highest_dose_counts_in_the_grid(run: RunContents) -> None:
    assert {e.concentration for e in top_doses(effects_of(run))} == {10.0}


def test_profiles_without_classes_and_onsets_have_none(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.drop(columns=["effect_called", "onset"])
    assert effects_of(replace(run, profiles=replace(run.profiles, meta=meta))) == []
    assert effects_of(replace(run, profiles=None)) == []
