"""Effects and verdicts come from the folder of a comparison alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.comparison.fakes import finish

from phenolens.comparison.compare import write_tables
from phenolens.comparison.findings import findings
from phenolens.comparison.finished import finished
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.core.errors import InputError

CLAIMS = """
[[claim]]
id = "plates"
score = "nsc"
one = { scale = "per_plate" }
other = { scale = "none" }
expect = "more"
"""


def test_a_grid_with_claims(place: Path) -> None:
    without = Grid.load(place / "grid.toml", root=place)
    assert without.claims is None
    text = (place / "grid.toml").read_text()
    (place / "grid.toml").write_text(f'claims = "mine.toml"\n{text}')
    (place / "mine.toml").write_text(CLAIMS)
    grid, folder = Grid.load(place / "grid.toml", root=place), ComparisonFolder(place / "out")
    assert grid.claims == place / "mine.toml"
    assert grid.claims in grid.files
    claim(folder, grid)
    (place / "mine.toml").unlink()
    for k, name in enumerate(["per_plate+cosine", "none+cosine", "per_plate+euclidean"]):
        values = {f"c{i}": float(k != 1) for i in range(8)}
        finish(folder.run(f"{name}-seed0"), folder.recipe(f"{name}-seed0"), values)
    write_tables(folder)
    tables = findings(folder, finished(folder))
    assert folder.table("claims", "csv").is_file()
    assert folder.table("effects", "parquet").is_file()
    (row,) = tables["claims"].to_dict("records")
    assert (row["verdict"], row["difference"], row["pairs"]) == ("holds", 1.0, 1)
    effects = tables["effects"].set_index(["score", "axis"])["difference"]
    assert effects["nsc", "scale"] == 1
    assert effects["nsc", "distance"] == 0
    folder.claims.write_text(CLAIMS.replace("more", "most"))
    with pytest.raises(InputError, match=r"claims\.toml: claim\[0\]\.expect"):
        findings(folder, finished(folder))
    folder.claims.write_text(CLAIMS)
    claim(folder, without)
    assert not folder.claims.exists()
    assert findings(folder, finished(folder))["claims"].empty


def test_claims_that_are_wrong_are_refused_with_the_grid(place: Path) -> None:
    text = (place / "grid.toml").read_text()
    (place / "grid.toml").write_text(f'claims = "mine.toml"\n{text}')
    with pytest.raises(InputError, match=r"grid\.toml: claims: no such file"):
        Grid.load(place / "grid.toml", root=place)
    (place / "mine.toml").write_text(CLAIMS.replace("more", "most"))
    with pytest.raises(InputError, match=r"grid\.toml: claims: mine\.toml: claim\[0\]\.expect"):
        Grid.load(place / "grid.toml", root=place)
