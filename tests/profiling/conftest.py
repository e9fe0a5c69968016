"""A table of wells whose structure is known: two batches, four plates, controls on each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles


@pytest.fixture
def wells() -> Profiles:
    rng = np.random.default_rng(7)
    plates = np.repeat(["p1", "p2", "p3", "p4"], 16)
    control = np.tile(np.arange(16) < 8, 4)
    meta = pd.DataFrame(
        {
            "plate": plates,
            "well": [f"A{i:02d}" for i in np.tile(np.arange(16), 4)],
            "batch": np.where(np.isin(plates, ["p1", "p2"]), "w1", "w2"),
            "compound": np.where(control, "DMSO", np.tile(np.arange(16) % 4, 4).astype(str)),
            "control": control,
        }
    )
    features = rng.normal(size=(64, 5)) @ rng.normal(size=(5, 5)) + 3
    features += (plates == "p3")[:, None] * 2.0
    return Profiles(meta=meta, features=features)
