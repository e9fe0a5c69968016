"""Embeddings with planted directions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles


@pytest.fixture
def planted() -> Callable[..., Profiles]:
    """Return what makes them."""
    return _planted


def _planted(effect: float = 4.0, tiles: int = 2, seed: int = 0) -> Profiles:
    """Return two plates of 6 control wells and 4 wells each of `up` and `flat`, d = 4.

    `up` adds `effect` to feature 1; `flat` is like the controls. Plates differ in mean and scale.
    """
    rng = np.random.default_rng(seed)
    rows, values = [], []
    for plate in range(2):
        kinds = ["DMSO"] * 6 + ["up"] * 4 + ["flat"] * 4
        for well, kind in enumerate(kinds):
            for tile in range(tiles):
                x = rng.normal(size=4)
                x[1] += effect if kind == "up" else 0.0
                values.append(x * (1 + 2 * plate) + 10 * plate)
                rows.append(
                    {
                        "plate": f"p{plate}",
                        "well": f"A{well:02d}",
                        "treatment": kind,
                        "control": kind == "DMSO",
                        "tile": tile,
                    }
                )
    return Profiles(meta=pd.DataFrame(rows), features=np.array(values, dtype=np.float32))
