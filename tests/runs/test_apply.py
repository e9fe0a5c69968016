"""A saved model on a screen gives what it gave in its own run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.runs import apply
from phenolens.runs.apply import embed_screen


def test_equals_the_embeddings_of_its_run(
    finished: Path, tiny_screen: Screen, tmp_path: Path
) -> None:
    model = finished / "models" / "joint"
    made = embed_screen(model, tiny_screen, tmp_path / "work")
    kept = Profiles.load(finished / "embeddings" / "joint.parquet")
    assert np.array_equal(made.features, kept.features)
    assert made.meta["tile"].tolist() == kept.meta["tile"].tolist()
    turned = tiny_screen.select(("Actin", "DNA"))  # the model's own order is restored
    again = embed_screen(model, turned, tmp_path / "other")
    assert np.array_equal(again.features, kept.features)


def test_a_screen_without_the_models_channels_is_refused(
    finished: Path, tiny_screen: Screen, tmp_path: Path
) -> None:
    model = finished / "models" / "joint"
    with pytest.raises(InputError, match=r"needs channels \['DNA', 'Actin'\], the screen has"):
        embed_screen(model, tiny_screen.select(("DNA",)), tmp_path)
    with pytest.raises(InputError, match="no model here"):
        embed_screen(finished, tiny_screen, tmp_path)


def test_another_screen_or_model_is_not_taken_for_the_first(
    finished: Path, tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same table with other pixels, and shards of another model whose run was killed."""
    first, second = finished / "models" / "joint", tmp_path / "second"
    shutil.copytree(first, second)
    card = (second / "config.json").read_text()
    (second / "config.json").write_text(card.replace('"seed": 0', '"seed": 1'))
    folders: list[Path] = []

    def spy(*given: Any, **_: Any) -> Profiles:
        folders.append(given[4])
        return Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.ones((1, 1)))

    monkeypatch.setattr(apply, "embed", spy)
    for model in (first, second, first):
        embed_screen(model, tiny_screen, tmp_path / "work")
    assert folders[0] == folders[2] != folders[1]
    bright = replace(tiny_screen, read=lambda rows: tiny_screen.read(rows) + 100)
    embed_screen(first, bright, tmp_path / "work")
    assert folders[3] not in folders[:3]
    assert len(list((tmp_path / "work").glob("store-*"))) == 2
