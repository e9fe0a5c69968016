"""The training of a lens together with the classifier behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor, nn

from phenolens.lenses.frozen import Frozen
from phenolens.lenses.loss import lens_terms
from phenolens.lenses.network import LensNetwork


@dataclass(frozen=True, kw_only=True)
class LensTraining:
    """How a lens is trained.

    Attributes:
        coefficient: c of the loss: above 0 adversarial, below 0 regularized.
        steps: Mini-batches.
        lr: Learning rate of the lens.
        linear_lr: Of the classifier behind it.
        batch_size: Tiles per step.
    """

    coefficient: float
    steps: int
    lr: float
    linear_lr: float = 1e-3
    batch_size: int = 64


def train_lens(  # noqa: PLR0913 - the network, what it learns from, then how
    lens: LensNetwork,
    frozen: Frozen,
    labels: Int64[np.ndarray, " n"],
    rows: Int64[np.ndarray, " m"],
    training: LensTraining,
    seed: int,
    step_done: Callable[[], None],
) -> LensNetwork:
    """Return the lens, trained in place on some tiles of the task.

    Args:
        lens: At its start.
        frozen: The extractor, with the task.
        labels: Class of every tile of the task.
        rows: Places of the tiles that are learnt from.
        training: Of the lens.
        seed: Of the order of tiles, and of the classifier's first weights.
        step_done: Called after each step.
    """
    device = frozen.seen.device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        linear = nn.Linear(frozen.scales.mean.shape[1], len(frozen.task.names)).to(device)
    optimizer = torch.optim.Adam(
        [
            {"params": lens.requires_grad_().parameters(), "lr": training.lr},
            {"params": linear.parameters(), "lr": training.linear_lr},
        ]
    )
    for part in _in_batches(rows, training, np.random.default_rng(seed)):

        def called(images: Tensor, part: Int64[np.ndarray, " k"] = part) -> Tensor:
            return linear(frozen.embed(images, part))

        y = torch.from_numpy(labels[part]).to(device)
        terms = lens_terms(lens, called, frozen.pixels(part), y, training.coefficient)
        optimizer.zero_grad()
        loss = terms[0] + terms[1]
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        step_done()
    return lens.requires_grad_(requires_grad=False)


def _in_batches(
    rows: Int64[np.ndarray, " m"], training: LensTraining, rng: np.random.Generator
) -> Iterator[Int64[np.ndarray, " k"]]:
    """Yield so many mini-batches; every tile is seen before one is seen again."""
    left = rows[:0]
    size = min(training.batch_size, len(rows))
    for _ in range(training.steps):
        if len(left) < size:
            left = rng.permutation(rows)
        yield left[:size]
        left = left[size:]
