"""What every encoder in the catalogue must keep."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.registry import catalogue, find
from phenolens.encoders.base import Encoder, HasAttention, HasMaps, HasTokens

ENCODERS = sorted(catalogue("encoders"))


def make(name: str, seed: int = 0) -> tuple[Encoder, Tensor]:
    torch.manual_seed(seed)
    entry = find("encoders", name)
    try:
        encoder, images = entry.example()
    except InputError as error:
        if "pip install" in str(error):
            pytest.skip(str(error))
        raise
    return encoder, images


pytestmark = pytest.mark.parametrize("name", ENCODERS)


def test_it_knows_its_channels_by_name_and_its_dim(name: str) -> None:
    encoder, images = make(name)
    assert isinstance(encoder, Encoder)
    assert len(encoder.channels) == images.shape[1]
    assert all(isinstance(channel, str) for channel in encoder.channels)
    made = encoder(images)
    assert made.shape == (len(images), encoder.dim)
    assert made.dtype == torch.float32
    assert torch.isfinite(made).all()


def test_example_is_the_same_each_time_but_for_its_seed(name: str) -> None:
    (first, images), (second, again), (other, _) = make(name), make(name), make(name, seed=1)
    assert torch.equal(images, again)
    if not list(first.parameters()):
        pytest.skip("has no weights of its own")
    theirs = second.state_dict()
    assert all(torch.equal(v, theirs[k]) for k, v in first.state_dict().items())
    assert not all(torch.equal(v, theirs[k]) for k, v in other.state_dict().items())


def test_an_embedding_in_evaluation_depends_on_its_own_image_alone(name: str) -> None:
    encoder, images = make(name)
    encoder.eval()
    with torch.inference_mode():
        made = encoder(images)
        assert torch.equal(made, encoder(images))
        order = torch.arange(len(images)).flip(0)
        torch.testing.assert_close(encoder(images[order]), made[order], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(encoder(images[:1]), made[:1], rtol=1e-4, atol=1e-5)


def test_images_that_differ_get_embeddings_that_differ_and_each_channel_counts(name: str) -> None:
    encoder, images = make(name)
    encoder.eval()
    with torch.inference_mode():
        made = encoder(images)
        assert not torch.allclose(made[0], made[1])
        for channel in range(images.shape[1]):
            changed = images.clone()
            changed[:, channel] = 1 - changed[:, channel]
            assert not torch.allclose(encoder(changed), made)


def test_a_gradient_reaches_every_parameter(name: str) -> None:
    encoder, images = make(name)
    if not any(parameter.requires_grad for parameter in encoder.parameters()):
        pytest.skip("is frozen")
    target = torch.randn(encoder.dim, generator=torch.Generator().manual_seed(2))
    torch.autograd.backward((encoder(images) @ target).square().sum())
    dead = [k for k, p in encoder.named_parameters() if p.grad is None or not p.grad.any()]
    assert not dead


def test_another_number_of_channels_is_refused(name: str) -> None:
    encoder, images = make(name)
    count = images.shape[1]
    for other in (torch.cat((images, images[:, :1]), dim=1), images[:, 1:]):
        if not other.shape[1]:
            continue
        with pytest.raises(InputError, match=rf"takes {count} channels .*got {other.shape[1]}"):
            encoder(other)


def test_weights_through_a_file_give_the_same_embeddings(name: str, tmp_path: Path) -> None:
    (encoder, images), (other, _) = make(name), make(name, seed=1)
    torch.save(encoder.state_dict(), tmp_path / "weights.pt")
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    with torch.inference_mode():
        assert torch.equal(other.eval()(images), encoder.eval()(images))


def test_maps_are_as_wide_as_it_says_and_the_embedding_is_made_of_the_last(name: str) -> None:
    encoder, images = make(name)
    if not isinstance(encoder, HasMaps):
        pytest.skip("has no feature maps")
    encoder.eval()
    with torch.inference_mode():
        maps, made = encoder.maps(images), encoder(images)
    assert tuple(m.shape[1] for m in maps) == encoder.map_widths
    assert all(m.ndim == 4 and len(m) == len(images) for m in maps)
    flat = maps[-1].flatten(1)
    ends = flat if flat.shape[1] == encoder.dim else maps[-1].mean((2, 3))
    torch.testing.assert_close(made, ends)


def test_tokens_begin_with_the_embedding(name: str) -> None:
    encoder, images = make(name)
    if not isinstance(encoder, HasTokens):
        pytest.skip("has no tokens")
    encoder.eval()
    with torch.inference_mode():
        tokens = encoder.tokens(images)
        assert tokens.ndim == 3
        assert tokens.shape[1] > 1
        torch.testing.assert_close(tokens[:, 0], encoder(images))


def test_rows_of_the_attention_sum_to_one(name: str) -> None:
    encoder, images = make(name)
    if not isinstance(encoder, HasAttention):
        pytest.skip("has no attention")
    encoder.eval()
    with torch.inference_mode():
        attention = encoder.attention(images)
        n, heads, rows, columns = attention.shape
        assert (n, rows) == (len(images), columns)
        assert heads >= 1
        assert (attention >= 0).all()
        torch.testing.assert_close(attention.sum(-1), torch.ones(n, heads, rows))
        every = encoder.attentions(images)
        torch.testing.assert_close(every[-1], attention)
        assert all(one.shape == attention.shape for one in every)
        torch.testing.assert_close(every[0].sum(-1), torch.ones(n, heads, rows))
        if isinstance(encoder, HasTokens):
            assert rows == encoder.tokens(images).shape[1]
