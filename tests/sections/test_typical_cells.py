from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.results.explained_cells import typical_cells

from phenolens.results.contents import RunContents
from phenolens.sections.typical_cells import TypicalCells


def test_controls_come_first_and_every_strip_has_its_kind(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert TypicalCells.of(run) is None
    made = TypicalCells.of(replace(run, explanations={"typical_cells": {"joint": typical_cells()}}))
    assert made is not None
    html = made.html
    assert html.index("<b>controls</b>") < html.index("<b>m2</b>") < html.index("<b>m10</b>")
    assert "50% (40% to 60%)" in html
    assert "beyond the controls: 25%</small>" in html
    assert html.count("<span>like controls</span>") == 1
    assert html.count("<img") == 4
