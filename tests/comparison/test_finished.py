"""Which cells of a comparison are finished."""

from __future__ import annotations

import pandas as pd
import pytest

from phenolens.comparison.finished import finished
from phenolens.comparison.folder import ComparisonFolder
from phenolens.core.errors import InputError


def test_only_finished_cells_of_this_grid_count(three: ComparisonFolder) -> None:
    run = three.run("robust-seed0")
    run.recipe.write_text(run.recipe.read_text().replace("seed = 0", "seed = 7"))
    said: list[str] = []
    assert len(finished(three, said.append)) == 2
    assert len(said) == 1
    assert said[0].startswith("robust-seed0 is left out:")
    with pytest.raises(InputError, match="is not the folder of a comparison"):
        finished(ComparisonFolder(three.root / "cells"))


def test_what_was_changed_since_is_left_out_by_name(three: ComparisonFolder) -> None:
    """Rows and figures that somebody edited are nobody's result."""
    rows = three.run("robust-seed0").score("nsc")
    pd.read_parquet(rows).assign(value=1.0).to_parquet(rows)
    results = three.run("per_plate+cosine-seed0").results
    results.write_text(results.read_text().replace('"hits": 3', '"hits": 4'))
    said: list[str] = []
    assert [one.cell.seed for one in finished(three, said.append)] == [1]
    assert "results.json: is damaged (its content has changed)" in said[0]
    assert "nsc.parquet: is damaged" in said[1]
