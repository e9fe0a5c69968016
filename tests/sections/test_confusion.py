from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.confusion import Confusion, matrices_of


def test_there_is_a_matrix_per_score_that_names_neighbours(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    run = replace(run, rows={**run.rows, "drop": run.rows["nsc"].drop(columns="neighbour_moa")})
    matrices = matrices_of(run)
    assert [(matrix.key, matrix.title) for matrix in matrices] == [("nscb", "NSCB"), ("nsc", "NSC")]


def test_one_matrix_needs_no_switch(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    both, one = Confusion.of(run), Confusion.of(replace(run, rows={"nsc": run.rows["nsc"]}))
    assert both is not None
    assert one is not None
    assert 'data-tab="nsc"' in both.html
    assert "data-tab=" not in one.html
    assert Confusion.of(replace(run, rows={})) is None
