"""Autoencoder: cross-entropy of pixels in [0, 1]; its decoder is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.conv_stack import ConvStack
from phenolens.losses.reconstruction import bce_loss
from phenolens.methods.autoencoder import Autoencoder
from phenolens.methods.base import Clock, example_views
from phenolens.models.card import Card
from phenolens.models.folder import load, save

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)
FACTS = ViewFacts(("DNA", "Actin"), {"global": 16})


def make() -> tuple[Autoencoder, Views]:
    torch.manual_seed(0)
    encoder = ConvNet(FACTS.channels, widths=(4, 8))
    return Autoencoder(encoder, FACTS, maps=4, widths=(8, 8)), example_views(FACTS)


@torch.no_grad()
def test_loss_is_the_mean_over_views() -> None:
    method, views = make()
    each = [bce_loss(method.decoder.logits(method.encoder(x)), x).item() for x in views.images]
    found = method.loss(views, CLOCK)
    assert found.terms["reconstruction"].item() == pytest.approx(sum(each) / 2, rel=1e-5)
    assert torch.allclose(found.embedding, method.encoder(views.images[0]), atol=1e-6)


def test_the_papers_network_is_the_default_for_its_encoder() -> None:
    facts = ViewFacts(("gray",), {"global": 64})
    method = Autoencoder(ConvStack(("gray",)), facts)
    assert sum(p.numel() for p in method.encoder.parameters()) == 24_888
    assert sum(p.numel() for p in method.decoder.parameters()) == 58_337


def test_pixels_that_a_change_of_intensity_pushed_out_are_clipped_for_the_target() -> None:
    method, views = make()
    wide = replace(views, images=tuple(2 * x for x in views.images))
    _, pixels = method.encode(wide)
    assert [pixels.min().item(), pixels.max().item()] == pytest.approx([0, 1], abs=0.01)


@torch.no_grad()
def test_the_decoder_is_kept(tmp_path: Path) -> None:
    method, views = make()
    card = Card(encoder={"name": "conv_net", "widths": [4, 8]}, channels=FACTS.channels)
    save(tmp_path, card, method.encoder, method.parts())
    model = load(tmp_path, FACTS.channels)
    made = model.parts["decoder"](model.encoder(views.images[0]))
    assert made.shape == views.images[0].shape
    expected = method.eval().decoder(method.encoder(views.images[0]))
    assert torch.equal(made, expected)
    assert made.min() >= 0
    assert made.max() <= 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(FACTS, standardized=True), "these are standardized; set standardize = false"),
        (replace(FACTS, sizes={"global": 16, "local": 8}), r"the views have \[8, 16\]"),
        (replace(FACTS, sizes={"global": 18}), "the views have 18 pixels; use 20"),
    ],
)
def test_views_that_cannot_be_drawn_are_refused(facts: ViewFacts, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Autoencoder(ConvNet(facts.channels, widths=(4,)), facts)


def test_wrong_widths_are_named() -> None:
    with pytest.raises(InputError, match="widths: must be from 2 to 16 numbers"):
        Autoencoder(ConvNet(FACTS.channels, widths=(4,)), FACTS, widths=(4,))
