from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.lenses.conftest import small_lens
from torch import Tensor

from phenolens.lenses.frozen import Frozen
from phenolens.lenses.train import LensTraining, train_lens

TRAINING = LensTraining(coefficient=-20.0, steps=4, lr=1e-2, batch_size=8)


def weights(frozen: Frozen, training: LensTraining, labels: np.ndarray, seed: int = 0) -> Tensor:
    lens = train_lens(
        small_lens(), frozen, labels, np.arange(len(labels)), training, seed, lambda: None
    )
    assert not any(p.requires_grad for p in lens.parameters())
    return torch.cat([p.flatten() for p in lens.parameters()])


def test_a_training_follows_from_its_seed_and_leaves_the_encoder_alone(frozen: Frozen) -> None:
    labels = frozen.task.label
    before = [p.clone() for p in frozen.network.parameters()]
    state = torch.get_rng_state()
    one = weights(frozen, TRAINING, labels)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(one, weights(frozen, TRAINING, labels))
    assert not torch.equal(one, weights(frozen, TRAINING, labels, seed=1))
    for old, new in zip(before, frozen.network.parameters(), strict=True):
        assert torch.equal(old, new)


def test_labels_move_the_lens_by_the_coefficient_alone(frozen: Frozen) -> None:
    labels = frozen.task.label
    alone = replace(TRAINING, coefficient=0.0)
    assert torch.equal(weights(frozen, alone, labels), weights(frozen, alone, 1 - labels))
    assert not torch.equal(weights(frozen, TRAINING, labels), weights(frozen, alone, labels))


def test_every_tile_is_seen_before_one_is_seen_again(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    true = Frozen.pixels
    rows = np.arange(3, 19)  # 16 tiles, two batches of 8

    def noted(self: Frozen, part: np.ndarray) -> Tensor:
        seen.extend(part.tolist())
        return true(self, part)

    done: list[int] = []
    monkeypatch.setattr(Frozen, "pixels", noted)
    train_lens(small_lens(), frozen, frozen.task.label, rows, TRAINING, 0, lambda: done.append(1))
    assert len(done) == 4
    for begin in (0, 16):
        assert sorted(seen[begin : begin + 16]) == rows.tolist()
