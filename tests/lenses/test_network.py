from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.lenses.conftest import SIDE, small_lens

from phenolens.core.errors import InputError
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.explanations.base import Subject
from phenolens.lenses.network import extractor, new_lens, started

X = torch.rand(3, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_images_keep_their_size_and_their_range() -> None:
    lens = small_lens()
    assert lens(X).shape == X.shape
    torch.testing.assert_close(lens(X), lens.logits(X).sigmoid())
    assert ((lens(X) > 0) & (lens(X) < 1)).all()


def test_it_starts_as_the_autoencoder_of_the_run_and_leaves_that_alone(with_decoder: Seen) -> None:
    lens = new_lens(with_decoder, "", (8, 4, 2), 0)
    decoder = with_decoder.parts["decoder"]
    torch.testing.assert_close(lens(X), decoder(with_decoder.encoder(X)))
    with torch.no_grad():
        for parameter in lens.parameters():
            parameter.zero_()
    assert decoder(with_decoder.encoder(X)).std() > 0
    assert started(with_decoder, "") == "extractor"
    assert started(with_decoder, "random") == "random"


def test_at_random_it_depends_on_its_seed_alone(with_decoder: Seen, blind: Subject) -> None:
    state = torch.get_rng_state()
    one, same, other = (new_lens(with_decoder, "random", (8, 4, 2), s) for s in (1, 1, 2))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(one(X), same(X))
    assert not torch.equal(one(X), other(X))
    seen = blind.seen("test")
    assert started(seen, "") == "random"
    assert extractor(seen) is None
    assert torch.equal(new_lens(seen, "", (8, 4, 2), 1)(X), one(X))


def test_the_networks_of_the_paper() -> None:
    from phenolens.encoders.conv_stack import ConvStack
    from phenolens.lenses.network import LensNetwork
    from phenolens.networks.conv_stack_decoder import ConvStackDecoder

    encoder = ConvStack(("grey",), widths=(128, 64, 32, 4), size=128)
    decoder = ConvStackDecoder(encoder.dim, size=128, maps=4, widths=(32, 64, 128))
    lens = LensNetwork(encoder, decoder)
    assert sum(p.numel() for p in lens.parameters()) == 189_381


def test_no_decoder_and_other_sizes_are_refused(blind: Subject, with_decoder: Seen) -> None:
    seen = blind.seen("test")
    with pytest.raises(InputError, match="needs a decoder, and this model keeps none"):
        new_lens(seen, "extractor", (8, 4, 2), 0)
    small = replace(with_decoder, settings=EmbeddingSettings(tiles=Tiles(size=4)))
    with pytest.raises(InputError, match="images of 8 x 8 pixels, and the tiles have 4"):
        new_lens(small, "", (8, 4, 2), 0)
    odd = replace(seen, settings=EmbeddingSettings(tiles=Tiles(size=6)))
    with pytest.raises(InputError, match="a multiple of 4, the tiles have 6"):
        new_lens(odd, "", (8, 4, 2), 0)
