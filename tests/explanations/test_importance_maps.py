"""A drug that changes one channel of nuclei: maps are there, of that channel, and trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from tests.explanations.conftest import Means, subject_of
from tests.explanations.test_compartment_knock_out import SIDE, drawn
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.encoders.vit import Vit
from phenolens.explanations.base import Subject
from phenolens.explanations.importance_maps import ImportanceMaps, trusted
from phenolens.masks.compartments import NUCLEUS


class Random(Means):
    """Numbers that look at pixels at random: what the same shape is without training."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.randn(4, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("nchw,dchw->nd", x, self.weights)


def planted() -> Subject:
    """Return nuclei that the drug makes brighter in `Actin` alone."""
    whole, plain = drawn(NUCLEUS), drawn(9)  # no compartment has the number 9
    actin = whole.read(np.arange(len(whole)))
    dna = plain.read(np.arange(len(plain)))[:, 0]
    pixels = np.stack([dna, actin[:, 1]], axis=1)
    screen: Screen = replace(whole, read=lambda rows: pixels[rows])
    return with_random(subject_of(screen), Random())


def with_random(subject: Subject, random: nn.Module) -> Subject:
    seen = replace(subject.seen("test"), new_encoder=lambda: random)
    return replace(subject, images=lambda: seen)


OCCLUSION = ImportanceMaps(methods=("occlusion",), most=3, controls=1, steps=6, shown=1)


def test_the_planted_place_and_channel_are_found() -> None:
    made = OCCLUSION(planted())
    rows = made.rows.set_index("treatment")
    drug = rows.loc["actin drug"]
    assert drug["share_Actin"] > 0.8
    assert drug["share_Actin_low"] > 0.6
    assert drug["share_DNA"] + drug["share_Actin"] == pytest.approx(1)
    assert drug["mass_nucleus"] > 2 * drug["area_nucleus"]
    assert drug["deletion_low"] > 0
    assert drug["insertion_low"] > 0
    assert drug["trusted"]
    assert not rows.loc["nothing", "trusted"]
    assert made.trusted
    assert made.pictures["image"].shape == (2, 2, SIDE, SIDE)
    assert made.pictures["map_occlusion"].shape == (2, 2, 6, 6)
    assert list(made.shown["treatment"]) == ["actin drug", "nothing"]
    assert len(drug["curve_deletion"]) == 7


def test_gradients_give_the_gap_and_the_same_answer_again() -> None:
    pytest.importorskip(
        "captum", reason="captum is not installed: pip install 'phenolens[explain]'"
    )
    asked = replace(OCCLUSION, methods=("integrated_gradients", "grad_cam"), shown=1)
    made, again = asked(planted()), asked(planted())
    pd.testing.assert_frame_equal(made.rows, again.rows)
    assert "grad_cam was left out: the encoder has no feature maps" in made.notes
    drug = made.rows.iloc[0]
    assert drug["share_Actin"] > 0.8
    one = asked(replace(planted()))
    total = one.pictures["map_integrated_gradients"][0].astype(float).sum()
    assert total > 0


def test_maps_that_random_weights_give_as_well_are_not_trusted() -> None:
    made = OCCLUSION(with_random(planted(), Means()))
    assert made.rows.loc[0, "as_random_weights"] == pytest.approx(1)
    assert made.trusted is False


def test_a_transformer_has_attention_gradients() -> None:
    torch.manual_seed(0)
    encoder = Vit(("DNA", "Actin"), size="tiny", depth=1, patch=16, image=48)
    subject = subject_of(drawn(NUCLEUS), encoder.eval())
    subject = with_random(subject, encoder)
    made = replace(OCCLUSION, methods=("attention_gradients",), most=1, steps=1)(subject)
    assert made.pictures["map_attention_gradients"].shape == (2, 1, 6, 6)
    assert "share_DNA" not in made.rows
    assert made.rows["as_random_weights"].tolist() == pytest.approx([1, 1])


def test_the_rule_of_trust() -> None:
    table = pd.DataFrame(
        [
            (0.01, 0.4, 0.4),
            (0.2, 0.0, 0.0),
            (0.01, 0.6, 0.0),
            (0.01, 0.0, 0.6),
            (0.01, np.nan, 0.0),
        ],
        columns=["p_holm", "as_random_weights", "as_permuted_labels"],
    )
    assert trusted(table).tolist() == [True, False, False, False, False]


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InputError, match="patches of 7 px do not fill a tile of 48 px"):
        replace(OCCLUSION, patch=7)(planted())
    with pytest.raises(InputError, match="'saliency' is not a method"):
        ImportanceMaps(methods=("saliency",))
    with pytest.raises(InputError, match="steps"):
        ImportanceMaps(steps=0)
