"""A cell is named by its set-up, its run by its seed too."""

from __future__ import annotations

from phenolens.comparison.cell import Cell, folder_of
from phenolens.runs.recipe import Recipe

TABLE = {"profiles": {"table": "wells.csv"}, "metrics": {"nsc": {}}}


def test_the_folder_names_the_seed() -> None:
    cell = Cell("byol+multi", {"method": "byol"}, 4, Recipe.from_table(TABLE))
    assert cell.folder == folder_of("byol+multi", 4) == "byol+multi-seed4"
