"""Shards: found where they are whole; damaged ones in `tests/safety/test_damaged_stores.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from phenolens.embedding.shards import Shards


def test_a_shard_is_made_once_and_is_of_its_length(tmp_path: Path) -> None:
    made = []

    def make(begin: int) -> np.ndarray:
        made.append(begin)
        return np.full((2, 3), begin, dtype=np.float32)

    shards = Shards(tmp_path / "parts", dim=3)
    for _ in range(2):
        assert [shards.obtain(b, 2, make)[0, 0] for b in (0, 10)] == [0, 10]
    assert made == [0, 10]
    Shards(tmp_path / "parts", dim=4).obtain(0, 2, make)  # of an encoder of another length
    assert made == [0, 10, 0]
    shards.remove()
    assert not (tmp_path / "parts").exists()
    shards.remove()
