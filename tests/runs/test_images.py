"""The pixel half from end to end: found and fingerprinted, embedded, compared, described."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.images import OpenImages
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe


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
