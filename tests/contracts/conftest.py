"""One small screen's wells and treatments, whose mechanisms are real and batches are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.profiling.trajectories import Trajectories

HOURS = (-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0)


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


@pytest.fixture
def curves() -> Profiles:
    """Return one row per well and time: three mechanisms have an effect from 2 hours on."""
    rng = np.random.default_rng(7)
    wells = _meta().assign(cell_line=lambda t: t["batch"].map({"w0": "A", "w1": "B", "w2": "A"}))
    rows = np.repeat(np.arange(len(wells)), len(HOURS))
    time = np.tile(HOURS, len(wells))
    moa = pd.factorize(wells["moa"], use_na_sentinel=True)[0][rows]
    centres = np.concatenate([5 * rng.normal(size=(3, 6)), np.zeros((2, 6))])
    features = rng.normal(size=(len(rows), 6)) + 3
    features += centres[moa] * np.clip(time, 0, 6)[:, None]
    features += 1 - features.min(axis=0)  # areas, some of which grow
    meta = wells.iloc[rows].assign(time=time, true_onset=np.where(moa % 4 < 3, 2.0, np.nan))
    meta.loc[meta["control"], "true_onset"] = np.nan
    return Profiles(meta=meta.reset_index(drop=True), features=features)


@pytest.fixture
def trajectories(curves: Profiles) -> Profiles:
    """Return the trajectories of the curves."""
    return replace(Trajectories()(curves), provenance=(), source=None)
