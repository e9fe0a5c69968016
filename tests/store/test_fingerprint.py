"""The fingerprint of a screen; that of real files is in `tests/safety/test_damaged_stores.py`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phenolens.core.screen import Screen
from phenolens.store.fingerprint import fingerprint


def test_where_files_are_known_no_image_is_read(tiny_screen: Screen) -> None:
    def fail(_: np.ndarray) -> np.ndarray:
        raise AssertionError

    def identify(rows: np.ndarray) -> np.ndarray:
        return np.repeat(rows[:, None], 16, axis=1).astype(np.uint8)

    known = replace(tiny_screen, read=fail, identify=identify)
    other = replace(known, identify=lambda rows: identify(rows) + (rows[:, None] == 7))
    assert fingerprint(known) == fingerprint(known) != fingerprint(tiny_screen)
    assert fingerprint(known) != fingerprint(replace(other, identify=lambda r: identify(r + 1)))
    assert fingerprint(known.take(np.arange(5))) != fingerprint(known)
