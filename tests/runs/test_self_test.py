"""The pixel half of the self-test: it passes here, and it can fail."""

from __future__ import annotations

import pytest
import torch

from phenolens.encoders.conv_net import ConvNet
from phenolens.runs.self_test import accelerator, embed_images, train_two_steps


def test_it_passes() -> None:
    assert train_two_steps("cpu") == ""
    assert embed_images() == ""
    assert accelerator() in ("", "cuda", "mps")


def test_a_step_that_moves_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: None)  # noqa: ARG005
    assert train_two_steps("cpu") == "no weight has changed"


def test_an_embedding_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = ConvNet.forward
    monkeypatch.setattr(ConvNet, "forward", lambda self, x: forward(self, x) / 0)
    assert embed_images() == "an embedding is not finite"
    monkeypatch.setattr(ConvNet, "forward", lambda self, x: forward(self, x) * len(x))
    assert embed_images() == "the embedding of an image depends on the other images"
