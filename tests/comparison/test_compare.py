"""A whole comparison: resumed cell by cell, its tables written, other grids refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.comparison.fakes import FakeCrew

from phenolens.comparison.carry_out import Crew
from phenolens.comparison.compare import compare, failures, selected
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.grid import Grid
from phenolens.core.errors import InputError
from phenolens.core.lock import held
from phenolens.runs.job import Job


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the results of fakes for whole ones, and look at processes often."""
    monkeypatch.setattr("phenolens.comparison.carry_out._EVERY", 0.001)
    monkeypatch.setattr(Job, "is_done", lambda job: job.folder.results.exists())


def test_a_finished_cell_is_never_repeated(place: Path) -> None:
    grid, folder = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    first = FakeCrew(folder, ["none+cosine-seed0"])
    said: list[str] = []
    crew = Crew(root=place, cache=place / "cache", start=first)
    outcomes = compare(grid, folder, crew, said.append, only=["*cosine*"])
    assert len(first.started) == 4
    assert failures(outcomes).startswith("1 of 4 cells failed: none+cosine-seed0: profiling.0:")
    assert said[0] == "8 cells: 0 done, 4 to run now"
    table = pd.read_csv(folder.table("table", "csv"))
    assert table["cell"].tolist() == ["per_plate+cosine"] * 2 + ["none+cosine"]
    page = folder.page.read_text(encoding="utf-8")
    assert "<b>none+cosine-seed0</b> failed: profiling.0: no such column" in page
    assert "Not run yet: per_plate+euclidean-seed0" in page
    second = FakeCrew(folder)
    outcomes = compare(grid, folder, Crew(root=place, cache=place / "cache", start=second))
    assert len(second.started) == 5
    assert set(second.started).isdisjoint({"per_plate+cosine-seed0", "none+cosine-seed1"})
    assert failures(outcomes) == ""
    table = pd.read_parquet(folder.table("table", "parquet"))
    assert table["cell"].nunique() == 4
    assert "is ahead in" in folder.page.read_text(encoding="utf-8")
    assert len(pd.read_parquet(folder.table("differences", "parquet"))) == 6
    third = FakeCrew(folder)
    compare(grid, folder, Crew(root=place, cache=place / "cache", start=third))
    assert third.started == []


def test_what_is_refused_before_anything_is_begun(place: Path) -> None:
    grid, folder = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    fake = FakeCrew(folder)
    crew = Crew(root=place, cache=place / "cache", start=fake)
    with pytest.raises(InputError, match="--only: no cell is named 'robst'; did you mean 'robust'"):
        compare(grid, folder, crew, only=["robst"])
    with held(folder.root), pytest.raises(InputError, match="is being written by process"):
        compare(grid, folder, crew)
    inner = ComparisonFolder(place.parent / place.name)
    with pytest.raises(InputError, match="is not a comparison"):
        compare(grid, inner, crew)
    assert fake.started == []
    assert not folder.root.exists()


def test_patterns_choose_set_ups_and_runs(place: Path) -> None:
    grid = Grid.load(place / "grid.toml", root=place)
    assert selected(grid, ["robust"]) == {"robust-seed0", "robust-seed1"}
    assert selected(grid, ["*-seed1", "robust"]) == {
        "robust-seed0",
        *(f"{name}-seed1" for name in ("per_plate+cosine", "per_plate+euclidean")),
        *("none+cosine-seed1", "robust-seed1"),
    }
    assert len(selected(grid, [])) == 8
