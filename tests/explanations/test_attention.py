"""An encoder that looks at what is bright is found to look at the nucleus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.explanations.conftest import Means, cell_screen, subject_of
from tests.explanations.test_compartment_knock_out import SIDE, drawn
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.explanations.attention import Attention
from phenolens.masks.compartments import NUCLEUS


class Looks(nn.Module):
    """Attention of two heads by the mean light of `DNA` in each patch, or by its place."""

    patch = 8

    def __init__(self, by_light: float = 20.0) -> None:
        super().__init__()
        self.by_light = nn.Parameter(torch.tensor(by_light))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x.mean((2, 3)), x.std((2, 3))), dim=1) * 100

    def attention(self, x: Tensor) -> Tensor:
        light = nn.functional.avg_pool2d(x[:, :1], self.patch).flatten(1)
        place = torch.linspace(0, 1, light.shape[1])
        score = self.by_light * light + (3 * place if self.by_light == 0 else 0)
        row = torch.softmax(torch.cat((torch.zeros(len(x), 1), score), dim=1), dim=1)
        return row[:, None, None].expand(-1, 2, row.shape[1], -1)

    def attentions(self, x: Tensor) -> list[Tensor]:
        return [self.attention(x)]


def test_the_nucleus_that_it_looks_at_has_the_mass() -> None:
    subject = subject_of(drawn(NUCLEUS), Looks())
    seen = replace(subject.seen("x"), new_encoder=lambda: Looks(0.0))
    made = Attention(most=3, shown=1)(replace(subject, images=lambda: seen))
    figures = made.figures
    assert figures["mass_nucleus"] > 4 * figures["mass_nucleus_chance"]
    assert figures["excess_nucleus_low"] > 0
    assert figures["mass_nucleus_untrained"] < 2 * figures["mass_nucleus_chance"]
    assert figures["mass_background"] < figures["mass_background_chance"]
    total = sum(made.rows[f"mass_{name}"] for name in ("nucleus", "cytoplasm", "background"))
    np.testing.assert_allclose(total, 1, rtol=1e-5)
    assert made.trusted
    assert len(made.rows) == 9  # three values, three images, one tile
    assert made.pictures["image"].shape == (3, 2, SIDE, SIDE)
    assert made.pictures["heads"].shape == (3, 2, 6, 6)
    assert set(made.shown["treatment"]) == {"actin drug", "nothing", "control"}


def test_the_picture_shows_what_the_maps_cover() -> None:
    large = cell_screen(NUCLEUS, side=256, radius=60, gain=1.0, noise=0.01)
    subject = subject_of(large, Looks(0.5))
    seen = replace(subject.seen("x"), new_encoder=lambda: Looks(0.0))
    made = Attention(most=1, shown=1)(replace(subject, images=lambda: seen))
    image, mean = made.pictures["image"], made.pictures["heads"].astype(np.float32).mean(axis=1)
    assert image.shape == (3, 2, 224, 224)
    assert mean.shape == (3, 32, 32)
    light = (image[:, 0] / 255.0) ** 2  # a picture is the square root
    patches = light.reshape(3, 32, 7, 32, 7).mean(axis=(2, 4))
    for own, bright in zip(mean, patches, strict=True):  # its softmax is of the light of DNA
        assert np.corrcoef(np.log(own.ravel()), bright.ravel())[0, 1] > 0.98


def test_maps_of_random_weights_are_not_trusted() -> None:
    subject = subject_of(drawn(NUCLEUS), Looks())
    seen = replace(subject.seen("x"), new_encoder=Looks)  # the same maps without training
    made = Attention(most=2)(replace(subject, images=lambda: seen))
    assert made.trusted is False
    assert made.figures["mass_nucleus"] == pytest.approx(made.figures["mass_nucleus_untrained"])


def test_an_encoder_without_attention_is_refused() -> None:
    with pytest.raises(InputError, match="the encoder Means has no attention"):
        Attention()(subject_of(drawn(NUCLEUS), Means()))
    with pytest.raises(InputError, match="share"):
        Attention(share=0.0)
