from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import write_time_run

from phenolens.results.contents import RunContents
from phenolens.sections.onset import Onset


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_every_onset_with_its_interval_and_the_reasons_for_none(run: RunContents) -> None:
    section = Onset.of(run)
    assert section is not None
    assert section.html.count("8 h (6.5 to 10)") == 12
    assert "<b>4</b> never leaves the controls: <span>water 0.1 in A549, </span>" in section.html
    assert "(2 curves)" in section.html


def test_doses_of_one_onset_are_in_the_order_of_numbers(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(concentration_unit="uM")
    meta["concentration"] = meta["concentration"].map({0.1: 2.5, 10.0: 10.0})
    section = Onset.of(replace(run, profiles=replace(run.profiles, meta=meta)))
    assert section is not None
    weak, strong = (section.html.index(f">killer {dose} \u00b5M in A549<") for dose in (2.5, 10))
    assert weak < strong


def test_hours_before_the_drug_have_a_true_minus(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(onset_low=-4.0)
    section = Onset.of(replace(run, profiles=replace(run.profiles, meta=meta)))
    assert section is not None
    assert "8 h (\u22124 to 10)" in section.html


def test_an_onset_without_an_end_says_so(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(onset_high=float("nan"))
    section = Onset.of(replace(run, profiles=replace(run.profiles, meta=meta)))
    assert section is not None
    assert "8 h (6.5 to ?)" in section.html


def test_profiles_without_onsets_have_no_section(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.drop(columns="onset")
    assert Onset.of(replace(run, profiles=replace(run.profiles, meta=meta))) is None


def test_an_interval_without_an_end_is_drawn_to_the_end_of_the_axis(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.assign(onset_high=float("inf"))
    section = Onset.of(replace(run, profiles=replace(run.profiles, meta=meta)))
    assert section is not None
    assert "8 h (6.5 to never)" in section.html
    assert section.html.count('x2="100%"') >= 12
