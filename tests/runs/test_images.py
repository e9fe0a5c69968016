"""The pixel half from end to end: found and fingerprinted, embedded, compared, described."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.images import OpenImages
from phenolens.runs.job import Job
from phenolens.runs.recipe import Recipe


def opened(tiny: Path, *changes: str, root: Path = Path()) -> tuple[Recipe, OpenImages]:
    recipe = Recipe.load(tiny, changes)
    images = recipe.source.open(root)
    assert isinstance(images, OpenImages)
    return recipe, images


def test_the_data_and_the_weights_are_fingerprinted(tiny: Path, finished: Path) -> None:
    _, first = opened(tiny)
    assert first.inputs["data"] == opened(tiny, "seed=1")[1].inputs["data"]
    assert first.inputs["data"] != opened(tiny, "screen.seed=1")[1].inputs["data"]
    assert first.inputs["weights"] == ""
    _, with_weights = opened(tiny, "weights=joint", root=finished / "models")
    assert len(with_weights.inputs["weights"]) == 64
    with pytest.raises(InputError, match=r"absent.*: no such weights; paths start at --root"):
        opened(tiny, "weights=absent.pt")


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
