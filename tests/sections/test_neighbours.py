from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.results.explained_cells import neighbours

from phenolens.results.contents import RunContents
from phenolens.sections.neighbours import Neighbours


def test_the_channel_that_costs_most_is_bold_and_names_are_text(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert Neighbours.of(run) is None
    made = Neighbours.of(replace(run, explanations={"neighbours": {"joint": neighbours()}}))
    assert made is not None
    assert "without DNA" in made.html
    assert "without no_change" not in made.html
    assert "<b>\u22120.10</b>" in made.html
    assert "<b>80%</b>" in made.html
    assert "<td>30%</td>" in made.html
    assert made.html.count("<img") == 4
    assert "b&lt;" in made.html
    assert "0.81 (\u2013 to \u2013)" in made.html
    assert "chance 0.25" in made.html
    assert made.html.index('data-treatment="a"') < made.html.index('data-treatment="b&lt;"')


def test_mechanisms_are_called_mechanisms_and_open_no_treatment(run_folder: Path) -> None:
    one = neighbours()
    rows = one.rows.drop(columns=["moa", "neighbour_moa"]).rename(columns={"treatment": "moa"})
    rows["without_Actin"] = -0.001
    run = replace(
        RunContents.read(run_folder),
        explanations={"neighbours": {"joint": replace(one, rows=rows)}},
    )
    made = Neighbours.of(run)
    assert made is not None
    assert "<th>Mechanism</th>" in made.html
    assert "Treatment</th>" not in made.html
    assert "data-treatment" not in made.html
    assert "<b>0.00</b>" in made.html  # not -0.00
