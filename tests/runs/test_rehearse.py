"""What would stop a run at its end is found in the metadata; nothing that works is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue, find
from phenolens.core.screen import Screen
from phenolens.pixels.base import apply_chain
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe, shipped_recipes
from phenolens.runs.rehearse import rehearse, rehearse_on
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


def wells() -> pd.DataFrame:
    """Return 96 wells of two plates: 8 controls and 16 treatments of 4 mechanisms on each."""
    names = [f"{row}{column:02d}" for row in "ABCD" for column in range(1, 13)]
    compound = (["DMSO"] * 16 + [f"c{i % 16}" for i in range(32)]) * 2
    number = [int(c[1:]) if c != "DMSO" else -1 for c in compound]
    return pd.DataFrame(
        {
            "plate": np.repeat(["p0", "p1"], 48),
            "batch": np.repeat(["b0", "b1"], 48),
            "well": names * 2,
            "compound": compound,
            "treatment": compound,
            "concentration": 1.0,
            "control": [c == "DMSO" for c in compound],
            "moa": [None if i < 0 else f"m{i % 4}" for i in number],
            "cell_count": 100.0,
        }
    )


ODD: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it is": lambda m: m,
    "no control": lambda m: m.assign(control=False),
    "one plate has none": lambda m: m.assign(control=m["control"] & (m["plate"] == "p0")),
    "one control": lambda m: m.assign(control=np.arange(len(m)) == 0),
    "all are": lambda m: m.assign(control=True),
    "one plate": lambda m: m.assign(plate="p", batch="b"),
    "one treatment": lambda m: m.assign(compound="c", treatment="c"),
    "one mechanism": lambda m: m.assign(moa="m"),
    "blank mechanisms": lambda m: m.assign(moa=None),
    "blank treatments": lambda m: m.assign(treatment=m["treatment"].where(m.index % 3 > 0)),
    "one row": lambda m: m.head(1),
    "no row": lambda m: m.head(0),
    **{f"no {name}": partial(pd.DataFrame.drop, columns=name) for name in wells()},
}


def entries(room: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name in catalogue(room):
        maker = find(room, name, "test")
        examples = maker.examples() if hasattr(maker, "examples") else (maker(),)
        found += [(f"{name} {i}", each) for i, each in enumerate(examples)]
    return found


SOME = ("no control", "one plate has none", "blank treatments", "no compound", "no moa")


@pytest.mark.parametrize(
    "odd", [pytest.param(SOME, id="some"), pytest.param(ODD, id="all", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("room", ["profiling", "metrics"])
def test_it_refuses_only_what_is_refused_with_features_too(
    tiny: Path, room: str, odd: Iterable[str]
) -> None:
    """Every step and metric on odd metadata, and in the same words."""
    recipe, found = Recipe.load(tiny), 0
    rng = np.random.default_rng(0)
    for title, entry in entries(room):
        changes: dict[str, Any] = {"profiling": (entry,), "metrics": {}}
        if room == "metrics":
            changes = {"profiling": (), "metrics": {"m": entry}, "stages": {"m": 0}}
        for name in odd:
            meta = ODD[name](wells()).reset_index(drop=True)
            early = refusal(lambda: rehearse_on(meta, replace(recipe, **changes)))  # noqa: B023
            if early:
                found += 1
                features = rng.normal(size=(len(meta), 8)).astype(np.float32)
                late = refusal(lambda: entry(Profiles(meta=meta, features=features)))  # noqa: B023
                assert late == early, (title, name)
    assert found >= 10


def refusal(call: Callable[[], object]) -> str:
    """Return what is refused; empty where nothing is."""
    try:
        call()
    except InputError as error:
        return error.what
    return ""


def test_steps_of_ours_keep_the_rows_unless_they_combine_them() -> None:
    from phenolens.runs import rehearse as module

    features = np.random.default_rng(0).normal(size=(96, 8)).astype(np.float32)
    profiles = Profiles(meta=wells(), features=features)
    for title, step in (each for each in entries("profiling") if each[0].endswith("0")):
        if type(step).__module__ not in module._COMBINE and not step.changes_metadata:
            try:
                made = step(profiles)
            except InputError:
                continue
            assert made.meta.equals(profiles.meta), title


def test_what_a_step_of_ours_adds_is_not_missed(tiny: Path) -> None:
    """`onset` adds the column that `onset_error` needs, and `trajectories` has other rows."""
    steps = tuple(find("profiling", name, "test")() for name in ("trajectories", "onset"))
    metrics = {"onset_error": find("metrics", "onset_error", "test")()}
    recipe = replace(Recipe.load(tiny), profiling=steps, metrics=metrics, stages={"onset_error": 2})
    rehearse_on(wells().assign(time=0.0, true_onset=2.0), recipe)
    with pytest.raises(InputError, match="trajectories needs a column 'time'"):
        rehearse_on(wells(), recipe)


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
    elif hasattr(layout, "fake"):  # simulated screens need no files
        layout = layout.fake(root)
    planned = apply_chain(recipe.source.pixels, layout(root))
    rehearse(recipe, planned, recipe.source.embedding.tiles)
