"""What a preparation costs, by a few images that are timed."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen
from phenolens.intake.estimate import Estimate

META = pd.DataFrame({"plate": "p", "well": [f"A{i:02d}" for i in range(1, 11)]})


def _slow(rows: Rows) -> Images:
    time.sleep(0.01)
    return np.zeros((len(rows), 2, 8, 6), dtype=np.uint16)


def _broken(_: Rows) -> Images:
    raise InputError("is damaged")


def test_size_is_exact_and_time_is_that_of_all_images(tmp_path: Path) -> None:
    screen = Screen(meta=META, channels=("a", "b"), read=_slow, size=(8, 6))
    one = Estimate.of(screen, tmp_path / "not" / "yet", threads=1)
    assert one.store_bytes == 2 * 10 * 2 * 8 * 6
    assert one.timed == 4
    assert 0.1 <= one.seconds < 5
    assert one.free_bytes > 0
    assert "(4 images were timed)" in one.words


def test_images_that_cannot_be_read_give_no_time(tmp_path: Path) -> None:
    screen = Screen(meta=META, channels=("a",), read=_broken, size=(8, 6))
    one = Estimate.of(screen, tmp_path, threads=2)
    assert math.isnan(one.seconds)
    assert "an unknown time" in one.words
    assert one.timed == 0
