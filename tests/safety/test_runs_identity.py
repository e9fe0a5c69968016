"""A result belongs to its recipe, its data and its version: nothing else is "done"."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from tests.safety.runs_kit import command, recipe, save_wells

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc
from phenolens.runs import results, stages
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run


@pytest.fixture
def wells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a table."""
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile
    monkeypatch.setattr(sys, "argv", ["phenolens"])
    return save_wells(tmp_path / "data" / "wells.parquet").parent


def test_other_data_under_the_same_names_are_never_done(wells: Path, tmp_path: Path) -> None:
    """From another root, and copied over the first ones."""
    save_wells(tmp_path / "other" / "wells.parquet", seed=1)
    out, other = tmp_path / "out", tmp_path / "fresh"
    first = run(recipe(), wells, out)
    message = r"out: holds a run of other data \(wells.parquet: \w+ before, \w+ now\); choose anoth"
    with pytest.raises(InputError, match=message):
        run(recipe(), tmp_path / "other", out)
    shutil.copy(tmp_path / "other" / "wells.parquet", wells)
    with pytest.raises(InputError, match=message):
        run(recipe(), wells, out)
    assert Results.read(out) == first
    assert run(recipe(), wells, other).scores != first.scores


def test_a_table_that_changes_while_it_is_read_is_named(
    wells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = ProfileTable.load

    def load(table: ProfileTable, root: Path) -> Profiles:
        save_wells(wells / "wells.parquet", seed=1)
        return true(table, root)

    monkeypatch.setattr(ProfileTable, "load", load)
    with pytest.raises(InputError, match=r"wells.parquet: was changed while the run read it"):
        run(recipe(), wells, tmp_path / "out")


def test_another_version_is_scored_again_from_the_same_embeddings(
    wells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, said = tmp_path / "out", list[str]()
    first = run(recipe(), wells, out)
    for module in (stages, results):
        monkeypatch.setattr(module, "version", lambda: "99.0")
    again = run(recipe(), wells, out, said.append)
    assert again.scores == first.scores
    assert said[0].startswith(f"{out}: scored by phenolens 0.")
    assert f"{out} is done" not in said
    assert json.loads((out / "results.json").read_text())["version"] == "99.0"


def test_results_of_another_recipe_are_not_this_ones(
    wells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As two processes without a lock once left them: results of A under the recipe of B."""
    one, two = tmp_path / "one", tmp_path / "two"
    first = run(recipe(), wells, one)
    changed = recipe(metrics={"nsc": {"same": "plate"}})
    second = run(changed, wells, two)
    assert first.scores != second.scores
    for name in ("recipe.toml", "stages.json"):
        shutil.copy(two / name, one)
    with pytest.raises(InputError, match=r"holds the results of another recipe than recipe.toml"):
        Results.read(one)
    page = (one / "report.html").read_bytes()
    assert command("report", one) == 2
    assert "give the run again, with the recipe that you mean" in capsys.readouterr().err
    assert (one / "report.html").read_bytes() == page
    assert run(changed, wells, one).scores == second.scores


def test_a_channel_named_like_a_baseline_keeps_to_itself(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one model per channel, one of which is named `intensity`."""
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setattr(importlib.import_module("tiny_layout"), "CHANNELS", ("intensity", "B"))
    changes = ["design=per_channel", "baselines=[intensity]", "training.epochs=1"]
    out = tmp_path / "out"
    found = run(Recipe.load(tiny, changes), out=out)
    model, baseline = (
        Profiles.load(out / f"{name}.parquet")
        for name in ("embeddings/intensity", "baselines/intensity/all")
    )
    assert model.features.shape != baseline.features.shape
    steps = Recipe.load(tiny).profiling
    alone = Nsc()(reduce(lambda profiles, step: step(profiles), steps, baseline))
    assert found.baselines["intensity statistics"]["nsc"]["value"] == alone.value


def test_shuffled_rows_are_other_data_with_the_same_score(wells: Path, tmp_path: Path) -> None:
    first = run(recipe(), wells, tmp_path / "one")
    path = wells / "wells.parquet"
    profiles = Profiles.load(path)
    order = np.random.default_rng(0).permutation(len(profiles))
    meta = profiles.meta.iloc[order].reset_index(drop=True)
    Profiles(meta=meta, features=profiles.features[order]).save(path)
    with pytest.raises(InputError, match="other data"):
        run(recipe(), wells, tmp_path / "one")
    assert run(recipe(), wells, tmp_path / "two").scores == first.scores
