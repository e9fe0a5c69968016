"""Flags are counted by image, not by tile."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.auto.report import flagged
from phenolens.core.profiles import Profiles


def test_an_image_counts_once() -> None:
    meta = pd.DataFrame({"well": ["A01"] * 4 + ["A02"] * 4, "tile": [0, 1, 2, 3] * 2})
    meta = meta.assign(quality_blurred=[True] * 4 + [False] * 4, quality_empty=False)
    found = flagged(Profiles(meta=meta, features=np.zeros((8, 2))))
    assert found == {"blurred": 1, "empty": 0}
