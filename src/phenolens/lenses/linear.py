"""The linear classifier of frozen embeddings, with the same training whatever they come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class LinearTraining:
    """How the classifier is trained: Adam on mini-batches, as in Dmitrenko et al. 2022.

    Attributes:
        epochs: Passes over the tiles of the training wells.
        lr: Learning rate.
        batch_size: Tiles per step.
    """

    epochs: int = 30
    lr: float = 1e-3
    batch_size: int = 256


def linear_probabilities(
    codes: Float64[np.ndarray, "n d"],
    labels: Int64[np.ndarray, " n"],
    used: Bool[np.ndarray, " n"],
    classes: int,
    training: LinearTraining,
    seed: int,
) -> Float64[np.ndarray, "m k"]:
    """Return the probabilities of the rows that were not used, by a classifier of the used ones.

    Features are scaled to mean 0 and spread 1 over the used rows, weights start at 0. With and
    without a lens the steps, the order of rows and the optimizer are the same.

    Args:
        codes: Embeddings.
        labels: Class of each.
        used: Which rows are learnt from.
        classes: How many there are.
        training: Of the classifier.
        seed: Of the order of rows.
    """
    mean, spread = codes[used].mean(axis=0), codes[used].std(axis=0)
    unit = np.where(spread > 1e-6 * np.maximum(1.0, np.abs(mean)), spread, np.inf)  # dead: 0
    x = torch.from_numpy(((codes - mean) / unit).astype(np.float32))
    here, y = x[torch.from_numpy(used)], torch.from_numpy(labels[used])
    weight = torch.zeros(classes, x.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=training.lr)
    rng = np.random.default_rng(seed)
    for _ in range(training.epochs):
        order = torch.from_numpy(rng.permutation(len(here)))
        for begin in range(0, len(here), training.batch_size):
            part = order[begin : begin + training.batch_size]
            optimizer.zero_grad()
            loss = functional.cross_entropy(here[part] @ weight.T + bias, y[part])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    with torch.no_grad():
        scores = x[torch.from_numpy(~used)] @ weight.T + bias
        return scores.double().softmax(dim=1).numpy()
