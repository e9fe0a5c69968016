"""A planted channel is found, and the other is not."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.progress import uncounted
from phenolens.core.screen import IntensityRule, Screen
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.explanations.base import Subject
from phenolens.explanations.channel_knock_out import ChannelKnockOut
from phenolens.store.limits import Limits


class Means(nn.Module):
    """Mean and spread of each channel, times 100."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(100.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * torch.cat((x.mean((2, 3)), x.std((2, 3))), dim=1)


def screen() -> Screen:
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


def subject() -> Subject:
    one = screen()
    seen = Seen(
        encoder=Means(),
        new_encoder=Means,
        settings=EmbeddingSettings(tiles=Tiles(size=8, rows=1, columns=1)),
        screen=one,
        limits=Limits.of(one),
    )
    embeddings = seen.embed(np.arange(len(one)))
    return Subject(
        model="joint",
        embeddings=embeddings,
        profile=lambda p: p,
        images=lambda: seen,
        bar=lambda _: nullcontext(uncounted),
    )


def test_the_planted_channel_carries_the_call_and_the_other_does_not() -> None:
    made = ChannelKnockOut(most=99)(subject())
    rows = made.rows.set_index(["treatment", "channel"])
    actin, dna = rows.loc[("actin drug", "Actin")], rows.loc[("actin drug", "DNA")]
    assert actin["lost"] == pytest.approx(1, abs=0.15)
    assert actin["low"] < actin["lost"] < actin["high"]
    assert dna["lost"] == pytest.approx(0, abs=0.15)
    assert actin["alone"] == pytest.approx(1, abs=0.15)
    assert dna["alone"] == pytest.approx(0, abs=0.15)
    assert actin["lost_chance"] == pytest.approx(0, abs=0.15)  # channels are independent here
    assert actin["p_holm"] < 0.01
    assert rows.loc[("nothing", "DNA"), "p_holm"] > 0.05
    assert made.figures["lost_Actin"] == pytest.approx(actin["lost"])  # the one real call
    assert made.trusted


def test_the_same_seed_gives_the_same_answer() -> None:
    pd.testing.assert_frame_equal(
        ChannelKnockOut(most=3)(subject()).rows, ChannelKnockOut(most=3)(subject()).rows
    )


def test_one_channel_and_no_images_are_refused() -> None:
    one = subject()
    seen = one.seen("x")
    single = replace(seen, screen=seen.screen.select(("DNA",)))
    with pytest.raises(InputError, match="sees one channel, which carries every call"):
        ChannelKnockOut()(replace(one, images=lambda: single))
    with pytest.raises(InputError, match="needs images"):
        ChannelKnockOut()(replace(one, images=None))


def test_profiles_are_not_asked_for() -> None:
    def refuse(_: Profiles) -> Profiles:
        raise AssertionError

    ChannelKnockOut(most=2)(replace(subject(), profile=refuse))
