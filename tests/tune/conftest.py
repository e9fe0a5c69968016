"""Wells whose best chain is known: plates differ in scale, and one loud direction tells nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles


def _made_wells(seed: int = 0, *, batches: int = 2, moved: bool = True) -> Profiles:
    """Return 12 compounds and 10 controls on each of four plates of two batches.

    Every plate has its own shift, and a direction that varies five times as much as what the
    compounds do: standardizing by plate helps, and whitening by the controls helps more.

    Args:
        seed: Of the draws.
        batches: In how many batches the plates lie.
        moved: Whether every plate has a layout of its own.
    """
    rng = np.random.default_rng(seed)
    centres = 1.5 * rng.normal(size=(12, 6))
    loud = rng.normal(size=6)
    rows, features = [], []
    places = np.arange(22)
    for plate in range(4):
        places = rng.permutation(22) if moved else places
        shift = 4 * rng.normal(size=6)
        for k in range(22):
            compound = k if k < 12 else None
            rows.append(
                {
                    "plate": f"p{plate}",
                    "well": f"A{places[k]:02d}",
                    "batch": f"b{plate % batches}",
                    "compound": "DMSO" if compound is None else f"c{compound:02d}",
                    "treatment": "DMSO" if compound is None else f"c{compound:02d}",
                    "moa": None if compound is None else f"m{compound // 3}",
                    "control": compound is None,
                }
            )
            centre = np.zeros(6) if compound is None else centres[compound]
            noise = 0.4 * rng.normal(size=6) + 5 * rng.normal() * loud
            features.append(centre + shift + noise)
    return Profiles(meta=pd.DataFrame(rows), features=np.array(features))


@pytest.fixture(scope="session")
def made_wells() -> Callable[..., Profiles]:
    return _made_wells


@pytest.fixture(scope="session")
def wells() -> Profiles:
    return _made_wells()
