from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.explanations.conftest import subject_of
from tests.lenses.conftest import SIDE, Mean, frozen_of, texture_screen
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.screen import IntensityRule
from phenolens.explanations.base import Subject
from phenolens.lenses.frozen import Frozen, scaled


class Blocked(Mean):
    """No gradient passes."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).detach()


def test_through_no_lens_the_embeddings_are_those_of_the_run(
    blind: Subject, frozen: Frozen
) -> None:
    expected = scaled(frozen.scales, blind.embeddings.features, frozen.task)
    np.testing.assert_allclose(frozen.embed_all(nn.Identity()), expected, rtol=1e-3, atol=1e-3)
    controls = frozen.task.label == frozen.task.names.index("control")
    np.testing.assert_allclose(expected[controls].mean(axis=0), 0, atol=1e-9)


def test_a_lens_sees_pixels_from_0_to_1_where_the_encoder_takes_standardized_ones() -> None:
    rule = IntensityRule(mode="fixed", low=0, high=3000, standardize=True)
    subject = subject_of(replace(texture_screen(), rescale=rule), Mean())
    frozen = frozen_of(subject)
    pixels = frozen.pixels(np.arange(len(frozen.task)))
    assert float(pixels.min()) >= 0
    assert float(pixels.max()) <= 1
    expected = scaled(frozen.scales, subject.embeddings.features, frozen.task)
    np.testing.assert_allclose(frozen.embed_all(nn.Identity()), expected, rtol=1e-3, atol=1e-3)


def test_gradients_reach_the_pixels_and_not_the_encoder(frozen: Frozen) -> None:
    rows = np.array([0, 5])
    pixels = frozen.pixels(rows).requires_grad_()
    torch.autograd.backward(frozen.embed(pixels, rows).sum())
    place = frozen.task.place[rows]
    expected = 1 / frozen.scales.spread[place] / SIDE**2
    assert pixels.grad is not None
    np.testing.assert_allclose(pixels.grad[:, :, 0, 0], expected, rtol=1e-4)
    assert not any(p.requires_grad for p in frozen.network.parameters())
    assert all(p.requires_grad for p in frozen.seen.encoder.parameters())


def test_an_encoder_without_gradients_and_a_broken_lens_are_refused(frozen: Frozen) -> None:
    with pytest.raises(InputError, match="no gradient passes through the encoder Blocked"):
        frozen_of(subject_of(texture_screen(), Blocked()))

    class Broken(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * torch.nan

    with pytest.raises(InputError, match="not finite"):
        frozen.embed_all(Broken())
