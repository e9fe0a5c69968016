"""Data that several cells begin with are read once."""

from __future__ import annotations

from pathlib import Path

from phenolens.comparison.grid import Grid
from phenolens.comparison.sources import Sources


def test_one_table_is_opened_once_and_another_one_anew(place: Path) -> None:
    sources = Sources(place)
    first, *others = Grid.load(place / "grid.toml", root=place).cells
    opened = sources.open(first.recipe)
    assert all(sources.open(cell.recipe) is opened for cell in others)
    assert set(opened.inputs["data"]) == {"wells.csv"}
    changed = Grid.load(place / "grid.toml", ["profiles.where=well != 'A01'"], place).cells[0]
    assert sources.open(changed.recipe) is not opened


def test_a_screen_has_the_settings_of_each_recipe(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "grid.toml").write_text(
        f'recipe = "{tiny.as_posix()}"\nseeds = [0]\n'
        "[axes.lr]\nslow = { training = { lr = 1e-4 } }\nfast = { training = { lr = 1e-3 } }\n"
    )
    cells = Grid.load(tmp_path / "grid.toml", outside=True).cells
    sources = Sources(tmp_path)
    slow, fast = (sources.open(cell.recipe) for cell in cells)
    assert slow.inputs is fast.inputs
    rates = [opened.learning.training.lr for opened in (slow, fast)]  # type: ignore[attr-defined]
    assert rates == [1e-4, 1e-3]
