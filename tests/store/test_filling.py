"""What is written into a store: in place, flushed, and out of the cache where it is large."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.screen import Screen
from phenolens.store import filling
from phenolens.store.filling import first_byte, overwrite
from phenolens.store.pixel_store import prepare


def test_bytes_are_written_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.arange(6, dtype=np.uint16))
    values = np.array([[9, 8]], dtype=np.uint16)
    overwrite(path, first_byte(path) + 4, values.data, forget=True)
    assert np.load(path).tolist() == [0, 1, 9, 8, 4, 5]


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system has no such advice")
def test_a_store_larger_than_a_part_of_memory_is_not_left_in_the_cache(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice is about the bytes of each chunk; a small store gets none."""
    asked: list[int] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, __, length, ___: asked.append(length))
    small = prepare(tiny_screen, tmp_path / "small", 1)
    assert asked == []
    monkeypatch.setattr(filling, "_memory", lambda: 1000)
    large = prepare(tiny_screen, tmp_path / "large", 1)
    rows = np.arange(len(tiny_screen))
    np.testing.assert_array_equal(large.read(rows), small.read(rows))
    assert sum(asked) == tiny_screen.read(rows).nbytes
