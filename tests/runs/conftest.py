"""A run as its stages see it: a job, and the pixels it is about."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phenolens.core.machine import Machine
from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.cache import CACHE, Cache
from phenolens.runs.images import OpenImages
from phenolens.runs.job import Job
from phenolens.runs.prepare import Pixels
from phenolens.runs.recipe import Recipe

MakePixels = Callable[..., Pixels]


@pytest.fixture(autouse=True)
def without_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave umap out: it takes seconds to compile."""
    monkeypatch.setitem(sys.modules, "umap", None)


@pytest.fixture
def pixels_of(tiny: Path, tmp_path: Path) -> Iterator[MakePixels]:
    """Return what gives the pixels of the tiny recipe with changes; its cache is in `tmp_path`."""
    with Cache(tmp_path / CACHE) as cache:

        def make(*changes: str, cache: Cache = cache) -> Pixels:
            recipe = Recipe.load(tiny, changes)
            opened = recipe.source.open(Path())
            assert isinstance(opened, OpenImages)
            folder = RunFolder(tmp_path / "run")
            job = Job(recipe, folder, cache, Machine(), silent, opened.inputs)
            return Pixels(job, opened.learning, opened.screen, opened.inputs)

        yield make
