"""What would stop a run at its end is found in the metadata; nothing that works is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.pixels.base import apply_chain
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe, shipped_recipes
from phenolens.runs.rehearse import rehearse
from phenolens.runs.rehearse_table import rehearse_on
from phenolens.runs.run import run
from phenolens.runs.source import CurveTables, Table

STEP = '[{step="standardize"}, {step="aggregate", by=["treatment"]}]'


def meta_of(screen: Screen, change: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    return change(screen.meta).reset_index(drop=True)


def on_one_plate(meta: pd.DataFrame) -> pd.DataFrame:
    return meta.assign(control=meta["control"] & (meta["plate"] == "p0"))


def unnamed(meta: pd.DataFrame) -> pd.DataFrame:
    """Take the names of the treatments of two rows away."""
    meta = meta.copy()
    meta.loc[[5, 7], ["compound", "treatment"]] = None
    return meta


@pytest.mark.parametrize(
    ("changes", "change", "message"),
    [
        ((), lambda m: m.drop(columns="moa"), r"metrics\.nsc: nsc needs a column 'moa'"),
        (
            ("metrics={nscb={}}",),
            lambda m: m.drop(columns="batch"),
            r"metrics\.nscb: nscb needs a column 'batch'",
        ),
        (
            (f"profiling={STEP}",),
            lambda m: m.assign(control=False, compound=m["compound"].replace("DMSO", "x")),
            r"profiling\.0: standardize needs negative controls, but no row is one",
        ),
        (
            (f"profiling={STEP}",),
            on_one_plate,
            r"profiling\.0: standardize needs at least 2 negative controls in every group, "
            r"and plate=p1 has 0",
        ),
        (
            (f"profiling={STEP}",),
            unnamed,
            r"profiling\.1: aggregate: 8 of 96 rows have no value for \['treatment'\]",
        ),
        (  # the column is gone after the rows were combined
            ('profiling=[{step="aggregate", by=["moa"], missing="drop"}]', "metrics={grit={}}"),
            lambda m: m,
            r"metrics\.grit: grit needs negative controls",
        ),
        (  # `before` is followed
            (f"profiling={STEP}", 'metrics={nsc={before="aggregate", same="dose"}}'),
            lambda m: m,
            r"metrics\.nsc: nsc needs a column 'dose'",
        ),
    ],
)
def test_it_names_what_will_be_missed(
    tiny: Path,
    tiny_screen: Screen,
    changes: tuple[str, ...],
    change: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    recipe = Recipe.load(tiny, changes)
    assert isinstance(recipe.source, Learning)
    tiles = recipe.source.embedding.tiles
    rehearse(Recipe.load(tiny), tiny_screen, tiles)
    planned = replace(tiny_screen, meta=meta_of(tiny_screen, change))
    with pytest.raises(InputError, match=message):
        rehearse(recipe, planned, tiles)
    # Where rows may be left out, only a column that the screen never had is certain.
    lenient = replace(planned, left_out=())
    if "needs a column" in message:
        with pytest.raises(InputError, match=message):
            rehearse(recipe, lenient, tiles)
    else:
        rehearse(recipe, lenient, tiles)


def test_rows_that_may_be_left_out_make_no_refusal(tiny: Path, tiny_screen: Screen) -> None:
    """A column that varies is dropped when rows are combined, unless those rows are left out."""
    chain = 'profiling=[{step="aggregate", by=["treatment"]}]'
    recipe = Recipe.load(tiny, (chain, 'metrics={nsc={same="dye"}}'))
    meta = tiny_screen.meta.assign(dye=[f"d{i}" for i in range(len(tiny_screen))])
    with pytest.raises(InputError, match="needs a column 'dye'"):
        rehearse_on(meta, recipe)
    rehearse_on(meta, recipe, rows_are_certain=False)
    wrong = meta.assign(concentration=-1.0)
    with pytest.raises(InputError, match="below zero"):
        rehearse_on(wrong, recipe)
    rehearse_on(wrong, recipe, rows_are_certain=False)


def test_a_run_says_so_before_it_prepares_pixels(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe.load(tiny, ['metrics={nsc={same="target"}}'])
    monkeypatch.setattr("phenolens.runs.prepare.prepare", lambda *_: pytest.fail("too late"))
    with pytest.raises(InputError, match=r"metrics\.nsc: nsc needs a column 'target'"):
        run(recipe, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(InputError, match="this machine has no"):
        run(tiny, out=tmp_path / "run", machine=Machine(accelerator="mps"))
    assert not (tmp_path / "run").exists()


def test_after_a_step_of_somebody_else_nothing_is_certain(tiny: Path, tiny_screen: Screen) -> None:
    recipe = Recipe.load(tiny, ['metrics={nsc={same="target"}}'])

    def target(profiles: Profiles) -> Profiles:
        return replace(profiles, meta=profiles.meta.assign(target="a"))

    changed = replace(recipe, profiling=(target, *recipe.profiling), stages={"nsc": 2})
    rehearse_on(tiny_screen.meta, changed)
    with pytest.raises(InputError, match="needs a column 'target'"):
        rehearse_on(tiny_screen.meta, recipe)


SLOW = ("cellprofiler_bbbc021", "cellprofiler_cpjump1")  # their tables are large


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in shipped_recipes()],
)
def test_no_shipped_recipe_is_refused_on_its_data(name: str, request: Any) -> None:
    """Those of images on the fake screen of their layout; those of tables on the real table."""
    recipe = Recipe.load(name)
    if isinstance(recipe.source, Table):
        data: Path = request.getfixturevalue("data_dir")
        rehearse_on(recipe.source.table.load(data).meta, recipe)
        return
    if isinstance(recipe.source, CurveTables):
        data = request.getfixturevalue("data_dir")
        rehearse_on(recipe.source.curves.load(data).meta, recipe)
        return
    assert isinstance(recipe.source, Learning)
    layout: Any = recipe.source.screen
    root: Path = request.getfixturevalue("tmp_path")
    if recipe.settings["screen"]["layout"] == "cells":
        root = request.getfixturevalue("data_dir") / "bbbc021-singlecells-13moa"
    elif name == "translocation":
        root = request.getfixturevalue("data_dir") / "bbbc013-plate"
    elif hasattr(layout, "fake"):  # simulated screens need no files
        layout = layout.fake(root)
    planned = apply_chain(recipe.source.pixels, layout(root))
    rehearse(recipe, planned, recipe.source.embedding.tiles if recipe.source.encoder else None)
