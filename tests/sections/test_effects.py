from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import HOSTILE, write_time_run

from phenolens.results.contents import RunContents
from phenolens.results.effects import effects_of, top_doses
from phenolens.sections.effects import EffectGrid, Effects


@pytest.fixture
def run(tmp_path: Path) -> RunContents:
    return RunContents.read(write_time_run(tmp_path / "run"))


def test_drugs_of_one_class_are_together(run: RunContents) -> None:
    grid = EffectGrid.of(top_doses(effects_of(run)))
    assert grid.lines == ("A549", "HT29")
    assert [compound for compound, _ in grid.rows] == ["killer", "stopper", "both", "water"]
    assert [e.called for e in grid.rows[0][1] if e] == ["cytotoxic", "cytotoxic"]


def test_a_line_that_was_not_tested_is_empty(run: RunContents) -> None:
    effects = [e for e in effects_of(run) if (e.compound, e.cell_line) != ("water", "HT29")]
    (water,) = [found for name, found in EffectGrid.of(effects).rows if name == "water"]
    assert water[1] is None


def test_evidence_is_text_and_never_markup(run: RunContents) -> None:
    section = Effects.of(run)
    assert section is not None
    assert HOSTILE not in section.html
    assert "&lt;i&gt;x&lt;/i&gt;" in section.html
    assert "<th>Truth</th>" in section.html


def test_without_a_called_class_there_is_no_section(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.drop(columns="effect_called")
    assert Effects.of(replace(run, profiles=replace(run.profiles, meta=meta))) is None
