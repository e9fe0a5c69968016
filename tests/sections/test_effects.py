from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.results.time_run import HOSTILE, dose_order_rows, write_time_run

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


def test_the_confidence_is_never_certain_and_absent_where_there_is_none(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta
    shown = {}
    for name, value in (("sure", 0.995), ("known", 0.9), ("none", float("nan"))):
        profiles = replace(run.profiles, meta=meta.assign(effect_confidence=value))
        section = Effects.of(replace(run, profiles=profiles))
        assert section is not None
        shown[name] = section.html
    assert "&gt; 99 %" in shown["sure"]
    assert "100 %" not in shown["sure"]
    assert "<small>90 %</small>" in shown["known"]
    assert "<small>no confidence</small>" in shown["none"]
    undecided = replace(run.profiles, meta=meta.assign(effect_called="cannot tell"))
    section = Effects.of(replace(run, profiles=undecided))
    assert section is not None
    assert "90 %" not in section.html, "it is that of the class which is not called"


def test_the_order_of_doses_is_next_to_the_class(run: RunContents) -> None:
    section = Effects.of(replace(run, rows={"dose_order": dose_order_rows()}))
    assert section is not None
    counts = [section.html.count(f">{words}<") for words in (
        "rises with the dose", "not monotone in the dose", "dose order: cannot tell"
    )]  # fmt: skip
    assert counts == [4, 2, 2]
    assert "The arrow is the metric" in section.html
    without = Effects.of(run)
    assert without is not None
    assert "dose_order" not in without.html


def test_doses_have_their_unit(run: RunContents) -> None:
    assert run.profiles is not None
    profiles = replace(run.profiles, meta=run.profiles.meta.assign(concentration_unit="uM"))
    section = Effects.of(replace(run, profiles=profiles))
    assert section is not None
    assert section.html.count("<small>10 \u00b5M</small>") == 4
    assert section.html.count('<td class="figure">0.1 \u00b5M</td>') == 8


def test_without_a_called_class_there_is_no_section(run: RunContents) -> None:
    assert run.profiles is not None
    meta = run.profiles.meta.drop(columns="effect_called")
    assert Effects.of(replace(run, profiles=replace(run.profiles, meta=meta))) is None
