"""Baselines are made of the run's own pixels, once, and declare whether they use an encoder."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from phenolens.baselines.base import Given
from phenolens.core.profiles import Profiles
from phenolens.runs import baselines as making
from phenolens.runs.baselines import make_baselines
from phenolens.runs.cache import Cache
from phenolens.runs.embed import embed_into
from phenolens.runs.prepare import Pixels

MakePixels = Callable[..., Pixels]
INTENSITY = importlib.import_module("phenolens.baselines.intensity")


def keys(pixels: Pixels) -> dict[str, str]:
    return {
        title: next(iter(models.values())).key for title, models in make_baselines(pixels).items()
    }


def test_each_is_kept_under_its_own_name_in_the_order_of_its_models(pixels_of: MakePixels) -> None:
    pixels = pixels_of("design=per_channel", 'baselines=["intensity", "untrained"]')
    made = make_baselines(pixels)
    assert {title: list(models) for title, models in made.items()} == {
        "intensity statistics": ["all"],
        "untrained encoder": ["DNA", "Actin"],
    }
    folder = pixels.job.folder
    assert {path.name for path in folder.baselines.iterdir()} == {"intensity", "untrained"}
    for models in made.values():
        assert all(len(embeddings.load()) >= 24 for embeddings in models.values())
    parts = [embeddings.load().features for embeddings in made["untrained encoder"].values()]
    assert parts[0].shape == parts[1].shape == (96, 192)
    assert not np.array_equal(parts[0], parts[1])
    assert not list(pixels.job.cache.root.rglob("parts/*"))


CHANGES = {
    "seed=1": {"untrained encoder"},
    "encoder.depth=2": {"untrained encoder"},
    "embedding.tiles={size=16, rows=1, columns=1}": {"untrained encoder"},
    'pixels=[{step="rescale", low=1}]': {"untrained encoder"},
    "training.lr=0.1": set(),
    "screen.seed=1": {"untrained encoder", "intensity statistics"},
}


@pytest.mark.parametrize(("change", "moved"), CHANGES.items(), ids=CHANGES)
def test_a_key_is_of_what_the_baseline_uses(
    pixels_of: MakePixels, change: str, moved: set[str]
) -> None:
    two = 'baselines=["intensity", "untrained"]'
    before, after = keys(pixels_of(two)), keys(pixels_of(two, change))
    assert {title for title in before if before[title] != after[title]} == moved


def test_one_found_is_not_made_again_even_without_the_cache(
    pixels_of: MakePixels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = 'baselines=["intensity"]'
    made = make_baselines(pixels_of(only))["intensity statistics"]["all"].load()
    monkeypatch.setattr(INTENSITY, "intensity_profiles", lambda *_: pytest.fail("made before"))
    with Cache(tmp_path / "empty") as empty:
        again = make_baselines(pixels_of(only, cache=empty))["intensity statistics"]["all"].load()
    assert np.array_equal(made.features, again.features)


@dataclass(frozen=True, kw_only=True)
class Undeclared:
    """Uses an encoder and does not say so."""

    title: ClassVar[str] = "undeclared"
    uses_encoder: ClassVar[bool] = False

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        return {"all": given.embed(given.new_encoder(given.screen), given.screen)}


def test_an_encoder_that_was_not_declared_is_refused(
    pixels_of: MakePixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = pixels_of()
    with_own: dict[str, Any] = {**vars(pixels.learning), "baselines": {"own": Undeclared()}}
    monkeypatch.setattr(pixels, "learning", pixels.learning.__class__(**with_own))
    with pytest.raises(RuntimeError, match="must say `uses_encoder = True`"):
        make_baselines(pixels)


def test_a_killed_baseline_keeps_the_models_it_has_embedded(
    pixels_of: MakePixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = pixels_of("design=per_channel", 'baselines=["untrained"]')
    true, calls = embed_into, list[tuple[str, ...]]()

    def second_killed(_: Any, encoder: Any, screen: Any, table: Path, *names: str) -> Profiles:
        if not table.exists():
            calls.append(screen.channels)
            if len(calls) == 2:
                raise KeyboardInterrupt
        return true(pixels, encoder, screen, table, *names)

    monkeypatch.setattr(making, "embed_into", second_killed)
    with pytest.raises(KeyboardInterrupt):
        make_baselines(pixels)
    make_baselines(pixels)
    assert calls == [("DNA",), ("Actin",), ("Actin",)]


def test_what_is_measured_is_a_column_of_every_row_and_in_the_key(pixels_of: MakePixels) -> None:
    two = 'baselines=["untrained", "cell_count"]'
    pixels = pixels_of(two, 'measured=["cell_count"]')
    made, plain = make_baselines(pixels), keys(pixels_of(two))
    counted = made["cell count"]["all"].load()
    assert counted.names[0] == "cells_per_image"
    assert "cells_per_image" not in counted.meta
    tiles = made["untrained encoder"]["joint"].load()
    each = len(tiles) // len(counted)
    assert (
        tiles.meta["cells_per_image"].tolist() == np.repeat(counted.features[:, 0], each).tolist()
    )
    stages = making.measured_stages(pixels)
    for title, key in keys(pixels).items():
        assert key == f"{plain[title]} + {stages['cell_count'].key}"
