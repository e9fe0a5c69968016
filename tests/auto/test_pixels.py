"""Pixel steps and tiles for fields large and small, few and many, and for cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.auto.conftest import facts

from phenolens.auto.facts import Facts
from phenolens.auto.pixels import crops, resized, steps, tiles
from phenolens.core.screen import Screen
from phenolens.pixels.base import build_chain


@pytest.mark.parametrize(
    ("size", "level", "factor", "grid"),
    [
        ((256, 256), "field", 0.5, (64, 2, 2)),
        ((1080, 1080), "field", 0.237, (64, 4, 4)),
        ((1024, 1280), "field", 0.25, (64, 4, 4)),
        ((100, 90), "field", 1.0, (64, 1, 1)),
        ((48, 60), "field", 1.0, (48, 1, 1)),
        ((300, 300), "cell", 1.0, (64, 4, 4)),
    ],
)
def test_sizes(
    size: tuple[int, int], level: str, factor: float, grid: tuple[int, int, int]
) -> None:
    known = facts(size=size, level=level)
    assert resized(known)[0] == factor
    table, area, _ = tiles(known)
    assert (table["size"], table["rows"], table["columns"]) == grid
    height, width = (round(side * factor) for side in size)
    assert area == pytest.approx(grid[0] ** 2 / (height * width))
    cut = crops(known, table["size"], area)
    assert cut["global_area"] == ([0.5, 0.9] if level == "cell" else [area, area])


def test_the_steps_are_a_chain_and_few_images_are_not_evened_out() -> None:
    tables, choices = steps(facts())
    assert [one["step"] for one in tables] == ["flag_quality", "illumination", "resize", "rescale"]
    assert len(build_chain(tables)) == 4
    assert {choice.name for choice in choices} == {"quality", "illumination", "size", "intensity"}
    few, choices = steps(facts(images=24))
    assert "illumination" not in [one["step"] for one in few]
    assert any("cells would shape" in choice.reason for choice in choices)
    assert [one["step"] for one in steps(facts(level="cell"))[0]] == ["flag_quality", "rescale"]


def test_z_planes_and_times_are_said_and_are_no_fields() -> None:
    known = facts(images=1440, planes=12, times=2, times_in="timepoint")
    assert known.fields == 60
    tables, choices = steps(known)
    assert "illumination" not in [one["step"] for one in tables], "5 fields per plate, not 120"
    said = {choice.name: choice for choice in choices}
    assert said["z planes"].value == "12 of 60 fields, each an image of its own"
    assert 'over = "timepoint" before the other steps' in said["times"].reason
    assert "a well is the mean over them" in said["times"].reason
    assert not {"z planes", "times"} & {choice.name for choice in steps(facts())[1]}


def test_the_step_that_is_named_makes_one_image_of_a_field(tiny_screen: Screen) -> None:
    """What the choice says to write into recipe.toml is a chain that works."""
    rows = np.repeat(np.arange(len(tiny_screen)), 2)
    stacked = tiny_screen.take(rows)
    stacked = replace(stacked, meta=stacked.meta.assign(z=np.arange(len(stacked)) % 2))
    known = Facts.of(stacked)
    assert (known.planes, known.times, known.fields) == (2, 1, len(tiny_screen))
    tables = [{"step": "project", "over": "z"}, *steps(known)[0]]
    for step in build_chain(tables):
        stacked = step(stacked)
    assert len(stacked) == len(tiny_screen)


def test_steps_that_a_store_was_made_with_are_not_applied_again() -> None:
    made, choices = steps(facts(done=frozenset({"illumination", "flag_quality"})))
    assert [one["step"] for one in made] == ["resize", "rescale"]
    reasons = {one.name: one.reason for one in choices}
    assert (
        reasons["illumination"] == reasons["quality"] == "it was done when the store was prepared"
    )
