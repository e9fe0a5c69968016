"""The pixel half from end to end: found and fingerprinted, embedded, compared, described."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.images import OpenImages
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run


def opened(tiny: Path, *changes: str) -> tuple[Recipe, OpenImages]:
    recipe = Recipe.load(tiny, changes)
    images = recipe.source.open(Path())
    assert isinstance(images, OpenImages)
    return recipe, images


def test_all_that_makes_the_embeddings_is_named(tiny: Path) -> None:
    _, images = opened(tiny, 'baselines=["intensity"]')
    named = {getattr(maker, "__name__", type(maker).__name__) for maker in images.makers}
    assert named == {"Tiny", "Rescale", "Intensity", "Vit", "Dino"}


def test_a_source_gives_embeddings_baselines_cost_notes_and_facts(
    tiny: Path, finished: Path, tmp_path: Path
) -> None:
    recipe, images = opened(tiny)
    with Cache(finished.parent / CACHE) as cache:
        folder = RunFolder(tmp_path / "run")
        learned = images.embeddings(Job(recipe, folder, cache, Machine(), silent, images.inputs))
    assert list(learned.embeddings) == ["joint"]
    assert list(learned.baselines) == ["untrained encoder", "intensity statistics", "cell count"]
    assert learned.notes[0].startswith("20 images paired")
    assert learned.cost["steps"] == 4
    assert learned.cost["embed_seconds"] > 0  # what it took the run that made them
    assert learned.data["plates"] == 2
    assert learned.data["fingerprint"] == images.inputs["data"]["fingerprint"]


def test_features_that_are_measured_need_no_training_and_are_found_again(
    tiny: Path, tmp_path: Path
) -> None:
    whole = tomllib.loads(tiny.read_text(encoding="utf-8"))
    table = {key: whole[key] for key in ("screen", "profiling", "metrics")}
    recipe = Recipe.from_table({**table, "features": "intensity", "baselines": ["plain"]})
    first = run(recipe, out=tmp_path / "first", cache=tmp_path / CACHE, page=False)
    assert set(first.baselines) == {"plain features"}
    assert first.training == {}
    lines: list[str] = []
    again = run(
        recipe, out=tmp_path / "again", say=lines.append, cache=tmp_path / CACHE, page=False
    )
    assert again.scores == first.scores
    profiles = [Profiles.load(tmp_path / name / "profiles.parquet") for name in ("first", "again")]
    assert np.array_equal(profiles[0].features, profiles[1].features)
    assert all("intensity" in entry["step"] for entry in profiles[0].provenance[:1])
