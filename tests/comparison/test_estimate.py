"""What trainings will take: in words, and from steps that were taken."""

from __future__ import annotations

from pathlib import Path

from phenolens.comparison.estimate import Estimate, estimate
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.grid import Grid
from phenolens.comparison.plan import Plan
from phenolens.runs.timed import Pace


def test_in_words() -> None:
    found = Estimate((("a-seed0", Pace(0.5, 100)), ("b-seed0", Pace(2.0, 1000))), 2)
    assert found.seconds == 1025
    assert list(found.lines()) == [
        "trainings, from 4 steps of each after 2 that are not timed (preparing, embedding and "
        "scoring come on top):",
        "  a-seed0: 100 steps of 0.500 s, 50 s",
        "  b-seed0: 1000 steps of 2.000 s, 33 min",
        "  in all 17 min, 2 at a time",
    ]


def test_tables_have_nothing_to_train(place: Path) -> None:
    grid = Grid.load(place / "grid.toml", root=place)
    plan = Plan.of(grid, place, ComparisonFolder(place / "out"), place / "cache")
    assert list(estimate(plan, 1).lines()) == ["nothing is left to train"]
    assert not (place / "cache").exists()
