"""A clean made table, in which nothing is wrong: every leak of the tests is planted in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles

MOAS, COMPOUNDS, CONTROLS, PLATES = 6, 24, 12, 6


def clean_table(seed: int) -> Profiles:
    """24 compounds of six mechanisms, once on each of six plates in three batches, at positions
    drawn anew for every plate; twelve controls a plate; features of mechanism, compound and noise.
    """
    rng = np.random.default_rng(seed)
    wells = [f"{row}{column:02d}" for row in "BCDEFG" for column in range(2, 12)]
    tables = []
    for plate in range(PLATES):
        compound = [*(f"c{k:02d}" for k in range(COMPOUNDS)), *["DMSO"] * CONTROLS]
        tables.append(
            pd.DataFrame(
                {
                    "plate": f"p{plate}",
                    "well": rng.permutation(wells)[: len(compound)],
                    "batch": f"w{plate // 2}",
                    "compound": compound,
                    "control": [name == "DMSO" for name in compound],
                }
            )
        )
    meta = pd.concat(tables, ignore_index=True)
    number = pd.to_numeric(meta["compound"].str[1:], errors="coerce")
    meta["moa"] = (number % MOAS).map(lambda k: None if np.isnan(k) else f"m{k:.0f}")
    meta["treatment"] = meta["compound"]
    centres = rng.normal(size=(MOAS, 30)), 0.7 * rng.normal(size=(COMPOUNDS, 30))
    features = rng.normal(size=(len(meta), 30))
    treated = number.notna().to_numpy()
    k = number[treated].to_numpy(dtype=int)
    features[treated] += centres[0][k % MOAS] + centres[1][k]
    names = tuple(f"f{i:02d}" for i in range(30))
    return Profiles(meta=meta, features=features.astype(np.float32), names=names)


@pytest.fixture(scope="session")
def clean() -> Callable[[int], Profiles]:
    return clean_table
