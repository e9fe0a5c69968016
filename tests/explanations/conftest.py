"""A screen with a planted channel, and what an explanation is given of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from phenolens.core.progress import uncounted
from phenolens.core.screen import IntensityRule, Screen
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.explanations.base import Subject
from phenolens.masks.compartments import BACKGROUND, CYTOPLASM, NUCLEUS
from phenolens.store.limits import Limits


class Means(nn.Module):
    """Mean and spread of each channel, times 100."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(100.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * torch.cat((x.mean((2, 3)), x.std((2, 3))), dim=1)


def channel_screen() -> Screen:
    """Two plates: 8 control wells, 6 wells brighter in `Actin`, 6 like controls."""
    rows = [
        {"plate": f"p{p}", "well": f"A{w:02d}", "treatment": kind, "control": kind == "DMSO"}
        for p in range(2)
        for w, kind in enumerate(["DMSO"] * 8 + ["actin drug"] * 6 + ["nothing"] * 6)
    ]
    meta = pd.DataFrame(rows)
    rng = np.random.default_rng(0)
    level = rng.normal(1000, 40, size=(len(meta), 2, 1, 1))
    level[(meta["treatment"] == "actin drug").to_numpy(), 1] += 300
    pixels = np.clip(rng.normal(level, 60, size=(len(meta), 2, 8, 8)), 0, 65535).astype(np.uint16)
    made = Screen(meta=meta, channels=("DNA", "Actin"), read=lambda rows: pixels[rows], size=(8, 8))
    return replace(made, rescale=IntensityRule(mode="fixed", low=0, high=4000))


def cell_screen(place: int, side: int, radius: int, gain: float, noise: float) -> Screen:
    """Return one cell per image; the drug makes one compartment brighter in both channels.

    Args:
        place: Of the compartment in `masks.compartments.NAMES`.
        side: Of the image.
        radius: Of the cell; its nucleus has half of it.
        gain: How much brighter.
        noise: Standard deviation of the factor that images differ by.
    """
    one = channel_screen()
    y, x = np.mgrid[:side, :side] - side // 2
    where = np.full((side, side), BACKGROUND)
    where[x**2 + y**2 < radius**2] = CYTOPLASM
    where[x**2 + y**2 < (radius // 2) ** 2] = NUCLEUS
    light = np.array([[200.0, 250.0, 6000.0], [200.0, 4000.0, 4000.0]])  # channel, compartment
    rng = np.random.default_rng(2)
    pixels = np.stack([light[:, where]] * len(one.meta))
    drug = (one.meta["treatment"] == "actin drug").to_numpy()
    pixels[np.ix_(drug, [0, 1])] *= np.where(where == place, gain, 1.0)
    pixels *= rng.normal(1, noise, size=(len(pixels), 2, 1, 1))
    made = rng.poisson(pixels).astype(np.uint16)
    rule = replace(one.rescale, high=8000) if one.rescale else None
    return replace(one, read=lambda rows: made[rows], size=(side, side), rescale=rule)


def subject_of(one: Screen, encoder: nn.Module | None = None) -> Subject:
    """Return a screen seen by an encoder, whose one tile is the image."""
    seen = Seen(
        encoder=encoder or Means(),
        new_encoder=Means,
        settings=EmbeddingSettings(tiles=Tiles(size=one.size[0], rows=1, columns=1)),
        screen=one,
        limits=Limits.of(one),
    )
    embeddings = seen.embed(np.arange(len(one)))
    return Subject(
        model="joint",
        embeddings=embeddings,
        images=lambda: seen,
        bar=lambda _: nullcontext(uncounted),
    )


@pytest.fixture
def subject() -> Subject:
    """Return the screen whose drug changes one of two channels."""
    return subject_of(channel_screen())
