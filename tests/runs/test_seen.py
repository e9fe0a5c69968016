"""A run's model embeds its own images as the run did."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.profiles import Profiles
from phenolens.explanations.base import Subject
from phenolens.explanations.channel_knock_out import ChannelKnockOut
from phenolens.models.folder import load
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run


def test_it_embeds_as_the_run_did(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished.parent, tmp_path / "runs")
    folder = tmp_path / "runs" / finished.name
    found: list[Any] = []
    kept_parts: list[Any] = []

    def look(self: ChannelKnockOut, subject: Subject) -> Any:
        seen = subject.seen("test")
        kept_parts.append(seen.parts)
        found.append(seen.embed(np.array([3, 0])).features)
        untrained = replace(seen, encoder=seen.new_encoder())
        found.append(untrained.embed(np.array([3, 0])).features)
        return true(self, subject)

    true = ChannelKnockOut.__call__
    monkeypatch.setattr(ChannelKnockOut, "__call__", look)
    changes = ['explanations.channel_knock_out.same="moa"', "explanations.channel_knock_out.most=1"]
    run(Recipe.load(folder / "recipe.toml", changes), out=folder)
    kept = Profiles.load(folder / "embeddings" / "joint.parquet")
    expected = kept.features[[12, 13, 14, 15, 0, 1, 2, 3]]  # four tiles of each image
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-5)
    assert np.abs(found[1] - expected).max() > 1e-3
    assert set(kept_parts[0]) == set(load(folder / "models" / "joint").parts)
