"""A small table over time, by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles

Row = tuple[str, str, float, list[float]]  # well, compound, time, features
Table = Callable[..., Profiles]


@pytest.fixture
def table() -> Table:
    """Return a maker of long-form tables from rows; DMSO is the control."""

    def made(rows: Sequence[Row], **columns: object) -> Profiles:
        meta = pd.DataFrame(
            [(well, compound, time, compound == "DMSO") for well, compound, time, _ in rows],
            columns=["well", "compound", "time", "control"],
        ).assign(**columns)
        features = np.array([row[3] for row in rows], dtype=np.float32)
        return Profiles(meta=meta, features=features)

    return made
