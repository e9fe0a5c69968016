"""A clean made table, in which nothing is wrong: every leak of the tests is planted in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profile_table import ProfileTable
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


def with_feature(profiles: Profiles, values: np.ndarray, name: str = "f99") -> Profiles:
    """Return the profiles with one feature more, under a harmless name."""
    features = np.column_stack([profiles.features, values]).astype(np.float32)
    return replace(profiles, features=features, names=(*profiles.names, name))


@pytest.fixture(scope="session")
def append() -> Callable[[Profiles, np.ndarray], Profiles]:
    return with_feature


@pytest.fixture(scope="session")
def batch_leak() -> Callable[[int], Profiles]:
    """Return tables in which each mechanism is run in one batch, and features show the batch."""

    def plant(seed: int) -> Profiles:
        table = clean_table(seed)
        meta, rng = table.meta, np.random.default_rng(100 + seed)
        moa = pd.to_numeric(meta["moa"].str[1:])
        batch = meta["batch"].str[1:].astype(int).to_numpy()
        kept = meta["control"].to_numpy() | (moa.to_numpy() % 3 == batch)
        x = rng.normal(size=table.features.shape) + 1.5 * rng.normal(size=(3, 30))[batch]
        return replace(table, features=x.astype(np.float32)).take(kept)

    return plant


@pytest.fixture(scope="session")
def position_leak() -> Callable[[int, float], Profiles]:
    """Return tables whose plates share one layout, with an effect of the position of that size."""

    def plant(seed: int, effect: float) -> Profiles:
        table = clean_table(seed)
        rng = np.random.default_rng(100 + seed)
        first = table.meta.loc[table.meta["plate"] == "p0", "well"].to_numpy()
        meta = table.meta.assign(well=np.tile(first, PLATES))
        place = pd.factorize(meta["well"], sort=True)[0]
        x = table.features + effect * rng.normal(size=(60, 30))[place]
        return replace(table, meta=meta, features=x.astype(np.float32))

    return plant


@pytest.fixture(scope="session")
def control_leak() -> Callable[[int], Profiles]:
    """Return tables whose controls have a mechanism and no flag, under names of their own."""

    def plant(seed: int) -> Profiles:
        table = clean_table(seed)
        meta = table.meta.copy()
        control = meta["control"].to_numpy()
        meta["compound"] = np.where(control, "DMSO_" + meta["well"].str[0], meta["compound"])
        meta["moa"] = np.where(control, "none", meta["moa"])
        return replace(table, meta=meta.assign(control=False, treatment=meta["compound"]))

    return plant


@pytest.fixture(scope="session")
def bbbc021(data_dir: Path) -> Profiles:
    """Return 632 real wells: the layout joins on plate and well, the MoA on the treatment."""
    wells = ProfileTable(
        table="bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=("bbbc021-metadata/BBBC021_v1_image.csv.gz", "bbbc021-metadata/BBBC021_v1_moa.csv"),
        batch_of_plate=r"^(Week\d+)_",
    ).load(data_dir)
    kept = ["plate", "well", "compound", "concentration", "replicate"]
    kept += ["moa", "batch", "control", "treatment"]
    return replace(wells, meta=wells.meta[kept])


@pytest.fixture(scope="session")
def cpjump1(data_dir: Path) -> Profiles:
    """Return 1,920 real wells of five plates with one layout."""
    folder = data_dir / "cpjump1-cellprofiler-wells"
    parts = [Profiles.load(path) for path in sorted(folder.glob("*.csv.gz"))]
    meta = pd.concat([part.meta for part in parts], ignore_index=True)
    features = np.concatenate([part.features for part in parts])
    return Profiles(meta=meta, features=features, names=parts[0].names)


@pytest.fixture(scope="session")
def lincs(data_dir: Path) -> Profiles:
    """Return 384 real wells of one plate."""
    return Profiles.load(next((data_dir / "lincs-a549-one-plate").glob("*.csv.gz")))
