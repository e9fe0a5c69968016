"""What a comparison will do, before it does anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.grid import Grid
from phenolens.comparison.plan import Count, Plan
from phenolens.core.errors import InputError
from phenolens.runs.cache import Cache


def plan(place: Path) -> Plan:
    grid = Grid.load(place / "grid.toml", root=place)
    return Plan.of(grid, place, ComparisonFolder(place / "out"), place / "cache")


def test_shared_stages_are_counted_and_nothing_is_written(place: Path) -> None:
    before = sorted(place.iterdir())
    found = plan(place)
    # Three chains; the first has two distances. Seeds share all: no draw is in a key.
    assert found.counts() == {"profile": Count(8, 3, 0), "score": Count(8, 4, 0)}
    assert sorted(place.iterdir()) == before
    lines = list(found.lines())
    assert lines[:2] == ["8 cells, 0 done", "  new    per_plate+cosine-seed0"]
    assert lines[-1].split() == ["score", "8", "4", "0"]
    assert len(found.only({"robust-seed0"}).cells) == 1


def test_what_is_made_is_found(place: Path) -> None:
    found = plan(place)
    chain = next(stage for stage in found.cells[0].stages if stage.name == "profile")
    with Cache(place / "cache") as cache:
        cache.make(chain, lambda work: (work / "x").write_text("x"))
    assert plan(place).counts()["profile"] == Count(8, 3, 1)


def test_cells_that_do_not_fit_the_data_are_named_together(place: Path) -> None:
    text = (place / "grid.toml").read_text()
    bad = 'other = { "profiles.table" = "absent.csv" }\nper_plate = {}'
    (place / "grid.toml").write_text(text.replace("per_plate = {}", bad))
    with pytest.raises(InputError) as found:
        plan(place)
    message = str(found.value)
    assert message.startswith("scalings: nothing was begun: ['other+cosine-seed0', 'other+cosine-")
    assert "absent.csv: no such file" in message


def test_an_optional_cell_is_left_out_where_its_files_are_not_there(place: Path) -> None:
    more = '[[cells]]\nname = "CellProfiler"\noptional = true\nbaseline = true\n'
    more += 'set = { "profiles.table" = "absent.csv" }\n'
    with (place / "grid.toml").open("a") as file:
        file.write(more)
    found = plan(place)
    assert "CellProfiler" not in {planned.cell.name for planned in found.cells}
    assert "absent.csv: no such file" in found.left_out["CellProfiler"]
    assert any(line.startswith("  left out: 1 (['CellProfiler']): ") for line in found.lines())
