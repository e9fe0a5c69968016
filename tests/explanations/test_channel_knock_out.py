"""A planted channel is found, and the other is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.explanations.conftest import channel_screen, subject_of
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.encoders.conv_net import ConvNet
from phenolens.explanations.base import Subject
from phenolens.explanations.channel_knock_out import ChannelKnockOut


def test_the_planted_channel_carries_the_call_and_the_other_does_not(subject: Subject) -> None:
    made = ChannelKnockOut(most=99)(subject)
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


class Fit(nn.Module):
    """How much the means of two channels differ."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(100.0))

    def forward(self, x: Tensor) -> Tensor:
        mean = self.scale * x.mean((2, 3))
        return (mean[:, :1] - mean[:, 1:]).abs()


def test_one_image_per_plate_loses_what_unfitting_channels_cost() -> None:
    """The drug makes both channels equal: a swap between its own images takes all of that."""
    rows = [
        {"plate": f"p{p}", "well": f"A{w:02d}", "treatment": kind, "control": kind == "DMSO"}
        for p in range(30)
        for w, kind in enumerate(["DMSO"] * 6 + ["drug"])
    ]
    meta = pd.DataFrame(rows)
    rng = np.random.default_rng(0)
    level = rng.normal(1000, 100, size=(len(meta), 2, 1, 1))
    drug = (meta["treatment"] == "drug").to_numpy()
    level[drug, 1] = level[drug, 0]
    pixels = rng.normal(level, 10, size=(len(meta), 2, 8, 8)).astype(np.uint16)
    one = replace(channel_screen(), meta=meta, read=lambda rows: pixels[rows])
    made = ChannelKnockOut(most=99)(subject_of(one, Fit()))
    assert (made.rows["p_holm"] < 0.01).all()
    np.testing.assert_allclose(made.rows["lost_chance"], 1, atol=0.35)


def test_the_same_seed_gives_the_same_answer(subject: Subject) -> None:
    pd.testing.assert_frame_equal(
        ChannelKnockOut(most=3)(subject).rows, ChannelKnockOut(most=3)(subject).rows
    )


def test_one_channel_and_no_images_are_refused(subject: Subject) -> None:
    with pytest.raises(InputError, match="sees one channel, which carries every call"):
        ChannelKnockOut().check(ConvNet(("DNA",), widths=(8,)))
    ChannelKnockOut().check(ConvNet(("DNA", "Actin"), widths=(8,)))
    with pytest.raises(InputError, match="needs images"):
        ChannelKnockOut()(replace(subject, images=None))
