"""What training starts from: the seed alone, or weights; and who is paired, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.models.folder import load
from phenolens.runs.prepare import Pixels
from phenolens.runs.start import (
    new_encoder,
    pairs_note,
    start_encoder,
    start_method,
)
from phenolens.views.pairing import Pairing
from phenolens.views.stream import ViewSettings, ViewStream

MakePixels = Callable[..., Pixels]


def test_a_new_encoder_comes_from_the_seed_alone(pixels_of: MakePixels) -> None:
    pixels = pixels_of()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = new_encoder(pixels, pixels.screen).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    two = new_encoder(pixels, pixels.screen).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert new_encoder(pixels, pixels.screen).channels == ("DNA", "Actin")


def test_training_starts_from_a_model_of_ours(pixels_of: MakePixels, finished: Path) -> None:
    model = finished / "models" / "joint"
    encoder, published = start_encoder(pixels_of(), "joint", model)
    assert published is None
    expected = load(model).encoder.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in encoder.state_dict().items())


def test_a_model_of_another_kind_than_the_recipes_encoder_is_refused(
    pixels_of: MakePixels, finished: Path
) -> None:
    model = finished / "models" / "joint"
    with pytest.raises(InputError, match=r"blocks\.1"):
        start_encoder(pixels_of("encoder.depth=2"), "joint", model)
    with pytest.raises(InputError, match="takes the channels"):
        start_encoder(pixels_of("design=per_channel"), "DNA", model)


def test_a_method_is_given_what_the_views_are(pixels_of: MakePixels) -> None:
    pixels = pixels_of()
    assert pixels.learning.method
    method, stream = start_method(pixels, "joint", None, pixels.learning.method)
    assert method.facts == stream.facts
    assert method.facts.channels == ("DNA", "Actin")
    assert method.facts.sizes == {"global": 16, "local": 8}
    assert stream.steps_per_epoch == 2


@pytest.mark.parametrize(
    ("pairs", "note"),
    [
        (Pairing(), "24 images, each its own partner."),
        (
            Pairing(same=("moa",), differ=("batch",), fallback="drop"),
            "24 images paired by same moa and different batch. Without such a partner: 4 dropped.",
        ),
        (
            Pairing(same=("moa",)),
            "24 images paired by same moa. Without such a partner: 4 paired with themselves.",
        ),
    ],
)
def test_who_is_paired_is_noted_with_counts(
    pixels_of: MakePixels, pairs: Pairing, note: str
) -> None:
    pixels = pixels_of()
    stream = ViewStream(
        pixels.screen, pixels.limits, ViewSettings(pairs=pairs), batch_size=2, seed=0
    )
    assert pairs_note(stream) == note
