"""The pixel half of the self-test: two training steps and an embedding, on images of noise."""

from __future__ import annotations

from dataclasses import replace

import torch

from phenolens.encoders.conv_net import ConvNet
from phenolens.methods.base import Clock
from phenolens.methods.dino import Dino


def train_two_steps(device: str) -> str:
    """Return what is wrong with two training steps of DINO on a tiny encoder; empty: nothing.

    Args:
        device: As torch names it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        method, views = Dino.example()
    method = method.to(device)
    views = replace(views, images=tuple(image.to(device) for image in views.images))
    before = [parameter.detach().clone() for parameter in method.trainable()]
    optimizer = torch.optim.SGD(method.trainable(), lr=0.1)
    for step in range(2):
        clock = Clock(step=step, steps=2, epoch=step, epochs=2)
        loss = torch.stack(list(method.loss(views, clock).terms.values())).sum()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        if not bool(torch.isfinite(loss.detach())):
            return f"the loss of step {step} is not finite"
    after = method.trainable()
    moved = any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
    return "" if moved else "no weight has changed"


def embed_images() -> str:
    """Return what is wrong with the embedding of four images; empty: nothing."""
    encoder, images = ConvNet.example()
    encoder.eval()
    with torch.no_grad():
        together, alone = encoder(images), encoder(images[:1])
    if not bool(torch.isfinite(together).all()):
        return "an embedding is not finite"
    if not torch.allclose(together[:1], alone, atol=1e-4):
        return "the embedding of an image depends on the other images"
    return ""


def accelerator() -> str:
    """Return the name of the accelerator that torch can use; empty: none."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else ""
