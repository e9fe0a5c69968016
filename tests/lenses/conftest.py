"""A screen that a frozen encoder is blind to, until a lens turns texture into light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.explanations.conftest import subject_of
from torch import Tensor, nn

from phenolens.calls.scales import Scales
from phenolens.core.screen import IntensityRule, Screen
from phenolens.embedding.seen import Seen
from phenolens.encoders.conv_stack import ConvStack
from phenolens.explanations.base import Subject
from phenolens.lenses.frozen import Frozen
from phenolens.lenses.network import LensNetwork
from phenolens.lenses.task import Task
from phenolens.networks.conv_stack_decoder import ConvStackDecoder

SIDE = 8


class Mean(nn.Module):
    """The mean of each channel: it cannot see texture."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x.mean((2, 3))


def texture_screen(wells: int = 16) -> Screen:
    """One plate, two channels: controls are even, the drug has stripes of the same mean."""
    kinds = ["DMSO"] * wells + ["stripes"] * wells
    meta = pd.DataFrame(
        {
            "plate": "p0",
            "well": [f"w{i:02d}" for i in range(len(kinds))],
            "treatment": kinds,
            "control": [kind == "DMSO" for kind in kinds],
        }
    )
    rng = np.random.default_rng(0)
    stripes = np.where(np.arange(SIDE) % 2, 900.0, -900.0)
    pixels = rng.normal(1500, 30, size=(len(meta), 2, SIDE, SIDE))
    pixels += rng.normal(0, 30, size=(len(meta), 2, 1, 1))
    pixels[wells:, 1] += stripes
    raw = pixels.clip(0).astype(np.uint16)
    made = Screen(
        meta=meta, channels=("DNA", "Actin"), read=lambda rows: raw[rows], size=(SIDE, SIDE)
    )
    return replace(made, rescale=IntensityRule(mode="fixed", low=0, high=3000))


def small_lens(seed: int = 0, channels: tuple[str, ...] = ("DNA", "Actin")) -> LensNetwork:
    """Return a lens of a few maps."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = ConvStack(channels, widths=(4, 4, 2), size=SIDE)
        decoder = ConvStackDecoder(
            encoder.dim, channels=len(channels), size=SIDE, maps=2, widths=(4, 4)
        )
    return LensNetwork(encoder, decoder).eval()


@pytest.fixture
def blind() -> Subject:
    """Return a model that does not see what tells the drug."""
    return subject_of(texture_screen(), Mean())


@pytest.fixture
def with_decoder(blind: Subject) -> Seen:
    """Return a model that keeps a decoder."""
    lens = small_lens()
    return replace(blind.seen("test"), encoder=lens.encoder, parts={"decoder": lens.decoder})


def frozen_of(subject: Subject) -> Frozen:
    """Return the frozen encoder of a model, with all of its tiles."""
    controls = subject.embeddings.meta["control"].to_numpy(bool)
    scales = Scales.of(subject.embeddings, controls)
    task = Task.of(subject.embeddings, scales, 1, "", 99, 0)
    return Frozen.of(subject.seen("test"), task, scales)


@pytest.fixture
def frozen(blind: Subject) -> Frozen:
    """Return the frozen encoder of the blind model."""
    return frozen_of(blind)
