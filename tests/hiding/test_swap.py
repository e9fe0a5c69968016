"""A channel of the donor takes the place of the own one, and nothing else changes."""

from __future__ import annotations

import numpy as np
import torch
from tests.explanations.conftest import channel_screen, subject_of

from phenolens.hiding.swap import swap


def test_only_these_channels_are_the_donors() -> None:
    subject = subject_of(channel_screen())
    seen = subject.seen("a test")
    rows = np.array([3, 5])
    tiles = seen.tiles(rows)
    made = swap(seen, {3: 9, 5: -1}, [1])(tiles, rows)
    assert torch.equal(made[0, :, 1], seen.tiles(np.array([9]))[0, :, 1])
    assert torch.equal(made[:, :, 0], tiles[:, :, 0])
    assert torch.equal(made[1], tiles[1])  # it has no donor
