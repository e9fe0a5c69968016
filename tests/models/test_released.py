"""What is known of released weights builds, and is told apart by its tensors."""

from __future__ import annotations

import pytest

from phenolens.core.construct import construct
from phenolens.embedding.tiles import Tiles
from phenolens.models.released import RELEASED, Released, shapes_of_released
from phenolens.pixels.base import build_chain

COUNTS = {
    "morpho-learner autoencoder": 83_225,
    "morpho-learner classifier": 549_946,
    "pheno-ml autoencoder": 189_381,
}


@pytest.mark.parametrize("released", RELEASED, ids=lambda released: released.name)
def test_it_has_the_parameters_that_its_authors_give(released: Released) -> None:
    encoder, parts = released.build()
    networks = (encoder, *parts.values())
    made = sum(p.numel() for network in networks for p in network.parameters())
    assert made == COUNTS[released.name]
    assert encoder.channels == released.channels


@pytest.mark.parametrize("released", RELEASED, ids=lambda released: released.name)
def test_its_card_prepares_images_of_its_size(released: Released) -> None:
    build_chain(released.pixels)
    encoder, _ = released.build()
    assert construct(Tiles, released.tiles, "tiles").size == encoder.size


def test_no_two_have_the_same_tensors() -> None:
    assert len({tuple(sorted(shapes_of_released(r).items())) for r in RELEASED}) == len(RELEASED)


def test_names_are_those_of_our_networks() -> None:
    classifier = RELEASED[1]
    assert classifier.ours("model.8.bias") == "layers.8.bias"
    assert classifier.ours("model.12.weight") == "parts.head.2.weight"
    assert classifier.ours("model.80.bias") is None
    assert RELEASED[0].ours("decoder.3.weight") == "parts.decoder.layers.3.weight"
