"""Files of a stage that a killed process left are used as they were written, or made again.

A stage is unfinished until its folder in the cache is renamed. What was done in it before the kill
is worth keeping, but nobody has vouched for it yet.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runs.conftest import MakePixels, pixels_of, without_umap

from phenolens.core.profiles import Profiles
from phenolens.runs import embed as embedding
from phenolens.runs import train as training
from phenolens.runs.cache import ABOUT, CACHE, Cache
from phenolens.runs.embed import embed_model
from phenolens.runs.prepare import Pixels
from phenolens.runs.stages import Stage
from phenolens.runs.train import stage_of, train
from phenolens.store.note import NOTE

__all__ = ["pixels_of", "without_umap"]


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lose(path: Path) -> None:
    path.unlink()


def link(path: Path) -> None:
    """Put a link to the same content in its place."""
    path.symlink_to(path.rename(path.with_suffix(".moved")))


@pytest.fixture
def pixels(pixels_of: MakePixels, finished: Path, tmp_path: Path) -> Pixels:
    """Return the pixels of the tiny recipe; all its stages are in the cache."""
    shutil.copytree(finished.parent / CACHE, tmp_path / CACHE)
    return pixels_of()


def unfinished(cache: Cache, stage: Stage) -> Path:
    """Take a stage back to the moment before it was published; return its folder."""
    cache.close()
    work = cache.path(stage).rename(cache.work(stage))
    (work / ABOUT).unlink()
    return work


def said_of(pixels: Pixels) -> tuple[Pixels, list[str]]:
    """Return the same pixels, and what is said of them from now on."""
    said: list[str] = []
    object.__setattr__(pixels.job, "say", said.append)
    return pixels, said


@pytest.mark.parametrize("how", [flip, cut, lose, link], ids=lambda how: how.__name__)
def test_a_model_that_was_not_published_is_used_only_as_it_was_written(
    pixels: Pixels, how: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = stage_of(pixels, "joint")
    pixels, said = said_of(pixels)
    whole = shutil.copytree(pixels.job.cache.path(stage), tmp_path / "whole")
    calls: list[Path] = []

    def write(*given: Any) -> None:
        calls.append(given[-1])
        assert not (given[-1] / "model").exists()
        shutil.copytree(whole, given[-1], dirs_exist_ok=True)
        (given[-1] / ABOUT).unlink()

    monkeypatch.setattr(training, "_write", write)
    files = ["model/model.safetensors", "model/config.json", "model/training.json"]
    for name in (*files, "log.csv", "log.json", "finished.json"):
        shutil.rmtree(pixels.job.folder.root, ignore_errors=True)
        work = unfinished(pixels.job.cache, stage)
        how(work / name)
        said.clear()
        train(pixels, "joint", None)
        # A note that is not there says nothing: as if the process had been killed before it.
        quiet = name == "finished.json" and how in (lose, link)
        assert bool(said) != quiet, name
        assert quiet or "will be made again" in said[0]
        assert name == "finished.json" or str(work / name) in said[0]
        weights = "model/model.safetensors"
        assert (pixels.job.cache.path(stage) / weights).read_bytes() == (
            whole / weights
        ).read_bytes()
    assert len(calls) >= 5


def test_a_model_that_was_finished_is_not_trained_again(
    pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, said = said_of(pixels)
    unfinished(pixels.job.cache, stage_of(pixels, "joint"))
    monkeypatch.setattr(training, "_write", lambda *_: pytest.fail("it was there"))
    train(pixels, "joint", None)
    assert not said


def test_a_file_of_somebody_else_does_not_come_into_a_model(
    pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, said = said_of(pixels)
    work = unfinished(pixels.job.cache, stage_of(pixels, "joint"))
    (work / "model" / "more.txt").write_text("mine")

    def write(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_write", write)
    with pytest.raises(KeyboardInterrupt):
        train(pixels, "joint", None)
    assert "more.txt: is not a file of this stage; it will be made again" in said[0]
    assert not (work / "model").exists()


def other_table(path: Path) -> None:
    """Put another run's table in its place, as the note says it was written."""
    table = Profiles.load(path)
    Profiles(meta=table.meta, features=table.features + 1).save(path)


def of_another_stage(path: Path) -> None:
    """Put the table and the note of another run in their place."""
    from phenolens.runs.kept import keep

    other_table(path)
    keep(path.with_suffix(".json"), "another key", [path])


@pytest.mark.parametrize("how", [flip, cut, other_table, of_another_stage])
def test_embeddings_that_were_not_published_are_used_only_as_they_were_written(
    pixels: Pixels, how: Callable[[Path], None]
) -> None:
    model = train(pixels, "joint", None)
    made, _ = embed_model(pixels, model)
    expected = made.load().features
    stage = embedding.stage_of(pixels, model.name, model.key)
    pixels, said = said_of(pixels)
    shutil.rmtree(pixels.job.folder.root)
    work = unfinished(pixels.job.cache, stage)
    model = train(pixels, "joint", None)
    how(work / "embeddings.parquet")
    again, _ = embed_model(pixels, model)
    assert len(said) == 1
    assert "will be made again" in said[0]
    assert np.array_equal(again.load().features, expected)


def test_shards_of_another_model_are_not_taken(tmp_path: Path) -> None:
    from phenolens.embedding.shards import Shards

    one, two = Shards(tmp_path / "a.parts"), Shards(tmp_path / "b.parts")
    one.obtain(0, 2, lambda _: np.zeros((2, 3), np.float32))
    shutil.copytree(one.folder, two.folder)
    fresh = two.obtain(0, 2, lambda _: np.ones((2, 3), np.float32))
    assert fresh.all()


@pytest.mark.parametrize("damage", [lose, cut], ids=["lost", "cut"])
def test_pixels_without_the_note_that_says_what_they_are_are_prepared_again(
    pixels: Pixels, damage: Callable[[Path], None]
) -> None:
    whole = pixels.screen.read(np.arange(len(pixels.screen)))
    work = unfinished(pixels.job.cache, pixels.prepared)
    damage(work / NOTE)
    again = Pixels(pixels.job, pixels.learning, pixels._raw, pixels.inputs)
    assert np.array_equal(again.screen.read(np.arange(len(whole))), whole)
