"""The page of a comparison's folder: what the folder holds, and what it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.comparison.fakes import finish

from phenolens.comparison.compare import write_tables
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.comparison.page import write_page
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


@pytest.fixture
def folder(place: Path) -> ComparisonFolder:
    """Return a comparison with one seed of each cell finished."""
    folder = ComparisonFolder(place / "out")
    grid = Grid.load(place / "grid.toml", root=place)
    claim(folder, grid)
    for k, cell in enumerate(grid.cells[::2]):
        run = folder.run(cell.folder)
        values = {f"t{i}": float((i + k) % 3) / 2 for i in range(6)}
        finish(run, folder.recipe(cell.folder), values, {"<untrained>": 0.2})
        meta = pd.DataFrame({"treatment": list(values), "moa": ["a", "b"] * 3})
        made = place / f"made{k}.parquet"  # a file of a run is not saved over
        Profiles(meta, np.random.default_rng(k).normal(size=(6, 3))).save(made)
        made.replace(run.profiles)
    write_tables(folder)
    return folder


def test_the_page_shows_what_the_folder_holds(folder: ComparisonFolder) -> None:
    note = {"versions": {"phenolens": "9.9"}, "started": "2026-01-01T00:00:00+00:00"}
    folder.run("robust-seed0").provenance.write_text(json.dumps(note))
    said: list[str] = []
    path = write_page(folder, said.append, failed={"robust-seed1": "no <space>"})
    text = path.read_text(encoding="utf-8")
    assert path == folder.root / "report.html"
    for words in (
        "<title>scalings", ">NSC<", "4 cells", "4 not finished", "Axis: mean rank",
        "<b>robust-seed1</b> failed: no &lt;space&gt;", "&lt;untrained&gt;",
        "robustize, then aggregate", "phenolens of the runs", "9.9", "2026-01-01",
        "coloured by mechanism", "<code>profiling</code>",
    ):  # fmt: skip
        assert words in text
    assert text.count('class="small-map"') == 4
    assert len(said) == 1


def test_maps_are_left_out_when_asked_and_when_profiles_cannot_be_read(
    folder: ComparisonFolder,
) -> None:
    text = write_page(folder, maps=False).read_text(encoding="utf-8")
    assert 'id="maps"' not in text
    folder.run("robust-seed0").profiles.write_bytes(b"no parquet")
    said: list[str] = []
    text = write_page(folder, said.append).read_text(encoding="utf-8")
    assert text.count('class="small-map"') == 3
    assert any(line.startswith("robust has no map: ") for line in said)


def test_effects_and_claims_are_read_where_they_are_there(folder: ComparisonFolder) -> None:
    claims = pd.DataFrame({"claim": ["crops"], "text": ["Crops help."], "verdict": ["holds"]})
    claims.to_parquet(folder.table("claims", "parquet"))
    assert "Crops help." in write_page(folder, maps=False).read_text(encoding="utf-8")


def test_the_page_is_one_of_the_folders_names(folder: ComparisonFolder, place: Path) -> None:
    write_page(folder, maps=False)
    claim(folder, Grid.load(place / "grid.toml", root=place))  # it is still the same comparison
    with pytest.raises(InputError, match="is not the folder of a comparison"):
        write_page(ComparisonFolder(place / "other"))


def test_a_cell_that_failed_before_keeps_its_reason(folder: ComparisonFolder) -> None:
    folder.log("robust-seed1").parent.mkdir()
    folder.log("robust-seed1").write_text("reads the table\nerror: no such column <b>\n")
    text = write_page(folder, maps=False).read_text(encoding="utf-8")
    assert "<b>robust-seed1</b> failed: no such column &lt;b&gt;" in text
    assert "Not run yet: per_plate+cosine-seed1" in text
