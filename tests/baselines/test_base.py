"""Every entry of the room is a baseline that can be made without settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from phenolens.baselines.base import Baseline, Given
from phenolens.core.profiles import Profiles
from phenolens.core.registry import Entry, catalogue
from phenolens.core.screen import Screen

ENTRIES = list(catalogue("baselines").values())


class Means(nn.Module):
    """Stands in for an encoder: the mean of each channel."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(2, 3))


def given_of(screen: Screen) -> Given:
    def embed(encoder: nn.Module, seen: Screen) -> Profiles:
        import torch

        images = torch.from_numpy(seen.read(np.arange(len(seen))).astype(np.float32))
        return Profiles(meta=seen.meta, features=encoder(images).numpy())

    designs = {name: screen.select([name]) for name in screen.channels}
    return Given(screen, designs, lambda _: Means(), embed)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_gives_profiles_of_every_image(entry: Entry, tiny_screen: Screen) -> None:
    if entry.name == "cell_profiler":
        pytest.importorskip("cp_measure", reason="cp-measure is not installed")
    baseline: Any = entry.load()()
    assert isinstance(baseline, Baseline)
    assert baseline.title
    screen = tiny_screen
    if entry.name == "confluence":  # of transmitted light alone
        screen = replace(screen, channels=("DNA", "Brightfield"))
    made: Mapping[str, Profiles] = baseline(given_of(screen))
    assert list(made)
    for profiles in made.values():
        assert len(profiles) % len(tiny_screen) == 0
        assert np.isfinite(profiles.features).all()


def test_titles_are_unique() -> None:
    titles = [entry.load().title for entry in ENTRIES]
    assert len(set(titles)) == len(titles)


def test_the_room_holds_entries_alone() -> None:
    folder = Path(__file__).resolve().parents[2] / "src" / "phenolens" / "baselines"
    names = {path.stem for path in folder.glob("*.py")} - {"__init__", "base"}
    assert names == {entry.name for entry in ENTRIES}
