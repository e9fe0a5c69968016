"""A planted channel is found, and the other is not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

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
