"""Beginning a store; damaged ones are in `tests/safety/test_damaged_stores.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from phenolens.core.screen import Screen
from phenolens.store.begin import begin
from phenolens.store.note import damage, marks, note_of


def test_a_store_that_was_begun_is_whole_but_for_its_pixels(
    tiny_screen: Screen, tmp_path: Path
) -> None:
    note = note_of(tiny_screen, "f", "x", 10)
    known = begin(tiny_screen, tmp_path, note)
    assert known.ready
    assert not known.complete
    assert damage(tmp_path, known) == ""
    assert marks(tmp_path, known).tolist() == [0, 0, 0]
    assert not np.load(tmp_path / "pixels.npy").any()
    assert (tmp_path / "pixels.npy").stat().st_blocks * 512 >= 24 * 2 * 40 * 48 * 2
    assert begin(tiny_screen, tmp_path, note) == known
