"""Pixels of earlier stores; whole screens are in `tests/safety/test_damaged_stores.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from phenolens.core.screen import Screen
from phenolens.store.earlier import find_earlier
from phenolens.store.note import read_note
from phenolens.store.pixel_store import Reuse, prepare


def identify(rows: np.ndarray) -> np.ndarray:
    return np.repeat(rows[:, None], 16, axis=1).astype(np.uint8)


def test_the_store_with_most_of_the_images_is_found(tiny_screen: Screen, tmp_path: Path) -> None:
    screen = replace(tiny_screen, identify=identify)
    for name, count in {"few": 3, "most": 20}.items():
        prepare(screen.take(np.arange(count)), tmp_path / name, reuse=Reuse("x"))
    prepare(screen, tmp_path / "other", reuse=Reuse("y"))
    prepare(tiny_screen, tmp_path / "unknown", reuse=Reuse("x"))  # the hashes of its files are not
    folders = [*tmp_path.iterdir(), tmp_path / "nowhere"]
    note = read_note(tmp_path / "most")
    assert note is not None
    found = find_earlier(folders, note, identify(np.arange(10, 24)))
    assert found is not None
    assert found.path == tmp_path / "most" / "pixels.npy"
    assert found.rows.tolist() == [*range(10, 20), -1, -1, -1, -1]
    assert found.has(np.array([0, 12])).tolist() == [True, False]
    assert np.array_equal(found.read(np.array([1])), tiny_screen.read(np.array([11])))
    assert find_earlier(folders, note, identify(np.arange(100, 103))) is None
    assert find_earlier(folders, replace(note, made_by="z"), identify(np.arange(3))) is None
