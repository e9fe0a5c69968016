"""Chains are built from tables, applied in order, and replayed for a saved model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import IntensityRule, Screen
from phenolens.pixels.base import PixelStep, apply_chain, build_chain, replay
from phenolens.pixels.rescale import Rescale
from phenolens.pixels.resize import Resize
from phenolens.pixels.where import Where

TABLES: list[dict[str, Any]] = [
    {"step": "where", "query": "plate == 'p1'"},
    {"step": "select_channels", "channels": ["Actin", "DNA"]},
    {"step": "resize", "factor": 0.5},
    {"step": "rescale", "mode": "fixed", "low": 0, "high": 9000},
]


def test_a_chain_is_built_from_tables() -> None:
    steps = build_chain(TABLES)
    assert steps[0] == Where(query="plate == 'p1'")
    assert steps[-1] == Rescale(mode="fixed", low=0, high=9000)
    assert all(isinstance(step, PixelStep) for step in steps)


@pytest.mark.parametrize("tables", [[], TABLES[:1]])
def test_a_chain_without_a_rule_gets_the_default_one(tables: list[dict[str, Any]]) -> None:
    steps = build_chain(tables)
    assert len(steps) == len(tables) + 1
    assert steps[-1] == Rescale()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([TABLES[3], TABLES[2]], r"pixels\.0: 'rescale' must be the last pixel step"),
        ([TABLES[3], TABLES[3]], r"pixels\.0: 'rescale' must be the last pixel step"),
        ([{"step": "resise"}], r"pixels\.0\.step: no 'resise' in pixels; did you mean 'resize'"),
        ([TABLES[2], {"step": "where"}], r"pixels\.1: needs query"),
        ([{"step": "resize", "factor": 9.0}], r"pixels\.0\.factor: must be above 0"),
        ([{"step": "resize", "factor": 0.5}] * 101, "has 101 steps, and 100 are the most"),
    ],
)
def test_bad_chains_are_refused_before_any_runs(tables: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_chain(tables)


def test_steps_are_applied_in_order(tiny_screen: Screen) -> None:
    made = apply_chain(build_chain(TABLES), tiny_screen)
    assert [entry["step"] for entry in made.history] == [table["step"] for table in TABLES]
    assert (len(made), made.channels, made.size) == (12, ("Actin", "DNA"), (20, 24))
    assert made.rescale == IntensityRule(mode="fixed", low=0, high=9000)
    by_hand = Resize(factor=0.5)(tiny_screen.where("plate == 'p1'")).read(np.arange(12))
    assert np.array_equal(made.read(np.arange(12)), by_hand[:, ::-1])


def test_an_error_names_the_place_of_its_step(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match=r"pixels\.1: cannot apply query"):
        apply_chain(build_chain([TABLES[2], {"step": "where", "query": "a == 1"}]), tiny_screen)


def test_a_model_replays_all_but_the_selection_of_images(tiny_screen: Screen) -> None:
    """The other screen has no plate p1, and none of its images is left out."""
    meta = tiny_screen.meta.assign(plate="other")
    made = replay(TABLES, replace(tiny_screen, meta=meta))
    assert [entry["step"] for entry in made.history] == ["select_channels", "resize", "rescale"]
    assert len(made) == 24
    whole = apply_chain(build_chain(TABLES[1:]), tiny_screen)
    assert np.array_equal(made.read(np.arange(24)), whole.read(np.arange(24)))
    assert made.rescale == whole.rescale


def test_a_replay_that_does_not_fit_says_where(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match=r"model/config.json: pixels\.1: no channel 'Actin'"):
        replay(TABLES, tiny_screen.select(["DNA"]), "model/config.json: pixels")


@pytest.mark.parametrize("harmful", ["os:mkdir", "subprocess:Popen"])
def test_a_table_of_somebody_else_calls_nothing_that_is_no_step(
    tiny_screen: Screen, tmp_path: Path, harmful: str
) -> None:
    key = {"os:mkdir": "path", "subprocess:Popen": "args"}[harmful]
    table = {"step": harmful, key: str(tmp_path / "made")}
    with pytest.raises(InputError, match=f"'{harmful}' is not a name of the catalogue"):
        replay([table], tiny_screen)
    assert not (tmp_path / "made").exists()
