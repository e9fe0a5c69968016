"""A baseline's features side by side with an encoder's, through the same chain."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.chain import build_steps, profile
from phenolens.core.each_model import each_model
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.baselines import embeddings_of, measured_table, models_of
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.folder import is_whole
from phenolens.runs.job import Job
from phenolens.runs.joined import on_rows_of, per_image, refuse_names
from phenolens.runs.planned import planned_stages
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run
from phenolens.runs.source import inputs_of

CHAIN: list[dict[str, Any]] = [
    {"step": "aggregate", "by": ["plate", "well"]},
    {"step": "standardize", "on": "all"},
    {"step": "unit_length"},
    {"step": "aggregate", "by": ["treatment"]},
]


@pytest.fixture
def table(tiny: Path) -> dict[str, Any]:
    """Return a recipe of an encoder with random weights, joined with plain features."""
    whole = tomllib.loads(tiny.read_text(encoding="utf-8"))
    kept = {key: whole[key] for key in ("screen", "metrics", "encoder", "embedding")}
    return {**kept, "profiling": CHAIN, "baselines": [], "joined": ["plain"]}


def test_profiles_are_those_of_both_each_normalized_by_itself(
    table: dict[str, Any], tmp_path: Path
) -> None:
    recipe = Recipe.from_table({**table, "explanations": {"channel_knock_out": {}}})
    results = run(recipe, out=tmp_path / "run", cache=tmp_path / CACHE, page=False)
    folder = RunFolder(results.folder)
    assert set(results.explanations["channel_knock_out"]) == {"joint"}, "plain has no network"
    assert is_whole(folder)
    made = Profiles.load(folder.profiles)
    assert models_of(folder, recipe.settings) == ("joint", "plain")
    learned, plain = Profiles.load(folder.embedding("joint")), measured_table(folder, "plain")
    assert len(learned) > len(plain), "several tiles to an image"
    steps = build_steps(CHAIN)
    parts = {"joint": profile(learned, steps), "plain": profile(plain, steps)}
    wanted = np.concatenate([part.features for part in parts.values()], axis=1)
    np.testing.assert_allclose(made.features, wanted, atol=1e-5)
    assert made.names[0].startswith("joint_")
    assert made.names[-1] == f"plain_{parts['plain'].names[-1]}"
    whole = embeddings_of(folder, recipe.settings)
    again = profile(whole, each_model(steps, ("joint", "plain")))
    np.testing.assert_array_equal(again.features, made.features)


def test_stages_are_known_before_and_another_list_is_another_profile(
    table: dict[str, Any], tmp_path: Path
) -> None:
    recipe = Recipe.from_table(table)
    opened = recipe.open(Path())
    inputs = inputs_of(opened, recipe.makers)
    with Cache(tmp_path / CACHE) as cache:
        job = Job(recipe, RunFolder(tmp_path / "run"), cache, Machine(), silent, inputs)
        planned = {stage.key for stage in planned_stages(job, opened)}
    run(recipe, out=tmp_path / "run", cache=tmp_path / CACHE, page=False)
    keys = json.loads((tmp_path / "run" / "provenance.json").read_text())["stages"]
    assert set(keys.values()) <= planned
    less = run(
        Recipe.from_table({**table, "joined": []}),
        out=tmp_path / "run",
        cache=tmp_path / CACHE,
        page=False,
    )
    assert all(n.startswith("f") for n in Profiles.load(RunFolder(less.folder).profiles).names)
    assert "joined" not in Recipe.from_table({**table, "joined": []}).settings


def test_what_cannot_be_joined_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="untrained needs an encoder"):
        Recipe.from_table({**table, "joined": ["untrained"]})
    only = {key: value for key, value in table.items() if key not in ("encoder", "embedding")}
    with pytest.raises(InputError, match="no encoder is left for joined"):
        Recipe.from_table({**only, "features": "intensity"})
    with pytest.raises(InputError, match="'plain' is the name of a channel's model too"):
        refuse_names({"plain": None}, {"plain": None})


def test_rows_of_other_images_are_an_error() -> None:
    meta = pd.DataFrame({"well": ["a", "b"]})
    tiles = meta.loc[meta.index.repeat(2)].reset_index(drop=True)
    embeddings = Profiles(meta=tiles, features=np.zeros((4, 1)))
    plain = Profiles(meta=meta, features=np.array([[1.0], [2.0]]), names=("x",))
    assert on_rows_of(embeddings, "plain", plain).features[:, 0].tolist() == [1, 1, 2, 2]
    with pytest.raises(RuntimeError, match="rows of plain are not those"):
        on_rows_of(embeddings, "plain", plain.take(np.array([1, 0])))


def test_tiles_of_an_image_become_their_mean() -> None:
    meta = pd.DataFrame({"well": ["a", "a", "b", "b"], "tile": [0, 1, 0, 1]})
    made = per_image(Profiles(meta=meta, features=np.array([[1.0], [3.0], [5.0], [5.0]])))
    assert made.features[:, 0].tolist() == [2, 5]
    assert made.meta.to_dict("list") == {"well": ["a", "b"]}
    assert per_image(made) is made
