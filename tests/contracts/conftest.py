"""One small screen's wells and treatments, whose mechanisms are real and batches are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles


def _meta() -> pd.DataFrame:
    """Twelve compounds of four mechanisms in three batches of two plates, six controls a plate."""
    rows = []
    for plate in range(6):
        for k in range(18):
            compound = k if k < 12 else None
            rows.append(
                {
                    "plate": f"p{plate}",
                    "well": f"{'ABC'[k % 3]}{k // 3 + 1:02d}",
                    "batch": f"w{plate // 2}",
                    "replicate": plate,
                    "compound": "DMSO" if compound is None else f"c{compound:02d}",
                    "concentration": np.nan if compound is None else 1.0 + plate % 2,
                    "moa": None if compound is None else f"m{compound % 4}",
                    "control": compound is None,
                }
            )
    meta = pd.DataFrame(rows)
    dose = meta["concentration"].map(lambda v: "" if np.isnan(v) else f"@{v:g}")
    return meta.assign(treatment=meta["compound"] + dose)


@pytest.fixture
def wells() -> Profiles:
    rng = np.random.default_rng(5)
    meta = _meta()
    moa = pd.factorize(meta["moa"])[0]
    features = np.concatenate([3 * rng.normal(size=(4, 6)), np.zeros((1, 6))])[moa]
    features += rng.normal(size=(len(meta), 6)) @ rng.normal(size=(6, 6))
    features += rng.normal(size=(6, 6))[pd.factorize(meta["plate"])[0]]
    return Profiles(meta=meta, features=features)


@pytest.fixture
def treatments(wells: Profiles) -> Profiles:
    """Return one row a compound and batch, close to its mechanism and nothing else."""
    rng = np.random.default_rng(6)
    meta = wells.meta[~wells.meta["control"]]
    meta = meta.drop_duplicates(["compound", "batch"]).reset_index(drop=True)
    meta["treatment"] = meta["treatment"] + "/" + meta["batch"]
    meta = meta.drop(columns=["plate", "well", "replicate"])
    centres = rng.normal(size=(4, 6))
    features = centres[pd.factorize(meta["moa"])[0]] + 0.001 * rng.normal(size=(len(meta), 6))
    return Profiles(meta=meta, features=features)
