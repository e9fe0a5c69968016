"""A clean made table, in which nothing is wrong, and made evidence for the page and the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.about import About
from phenolens.audit.baselines import Baseline, Rival
from phenolens.audit.batches import BatchEffect
from phenolens.audit.codes import Code, Codes, NearestFeature
from phenolens.audit.evidence import Evidence
from phenolens.audit.finding import Finding
from phenolens.audit.layout import Confounds
from phenolens.audit.positions import Positions
from phenolens.audit.predictability import Prediction
from phenolens.audit.protocols import PROTOCOLS, Answer
from phenolens.audit.scored_rows import ScoredRows
from phenolens.audit.shares import Share
from phenolens.audit.verdict import Verdict
from phenolens.audit.waterfall import Stage, StageScore
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.statistics.paired import Difference

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


def made_evidence() -> Evidence:
    """Return evidence with a leak, of every section, as an audit could find it."""
    by_key = {protocol.key: protocol for protocol in PROTOCOLS}
    rows = pd.DataFrame({"compound": list("aabbccddee"), "value": [1.0] * 8 + [0.0] * 2})
    nsc = Score(
        "nsc", 0.8, low=0.7, high=0.9, hits=8, n=10, null=0.1, null_high=0.2, p=0.001,
        rows=rows, notes=("controls left out: 1",),
    )  # fmt: skip
    drawn = Score("nsc", 0.1, low=0.0, high=0.2, n=5)
    gain = Difference(0.3, 0.1, 0.4, 10)
    plate = Prediction(
        "plate", "controls", "knn", grouped_by="well", value=0.4, chance=0.2, null_high=0.3,
        p=0.005, z=6.0, n=40, classes=5,
    )  # fmt: skip
    return Evidence(
        verdict=Verdict("not believable", "Not believable: a <leak>.", "f"),
        findings=(
            Finding(
                key="code_in_features", severity="leak", title="column 'x' is in", fix="`drop`",
                evidence="f99 is <x>", columns=("x",), features=("f99",),
            ),
            Finding(key="chance", severity="fine", title="above chance", evidence="p 0.001"),
        ),
        about=About(
            rows=40, level="wells", features=7, treatments=10, compounds=5, plates=2, batches=0,
            controls=4, truth="moa", truths=3, steps=("tvn",), provenance=(), seed=0,
            notes=("wells averaged",),
        ),
        protocols=(
            Answer(by_key["nsc"], nsc, ""),
            Answer(by_key["nscb_strict"], None, "no `batch`"),
            Answer(by_key["grit"], Score("grit", 2.5, low=2.4, high=2.6, n=10), ""),
        ),
        baselines=(
            Baseline("cell count", why_not="no count"),
            Baseline("random features", {"nsc": Rival(drawn, Difference(0.7, 0.5, 0.8, 10))}),
        ),
        codes=Codes(
            features=7, columns=("x",), threshold=0.05, also_before=True,
            nearest=(NearestFeature("x", 5, "f99", 0.0, 0.05),),
            traces=(Code("f99", "x", "constant", "one value", 0.0),),
        ),
        probes=(plate, Prediction("batch", "all", why_not="no batch")),
        neighbours=(Share(0.6, 0.2, 0.5, 0.7, 34, "NSC hits", "plate", "plate"),),
        confounds=Confounds(
            BatchEffect("one batch"), Positions("", 0.9, 0.1, 20, confounded=True),
            ScoredRows(40, 4, 0),
        ),
        waterfall=tuple(
            Stage(step, 40, 7, {"nsc": StageScore("NSC", value, value - 0.1, value + 0.1, gained)},
                  None, plate)
            for step, value, gained in (("as given", 0.5, None), ("tvn", 0.8, gain))
        ),
        seconds={"codes": 0.2},
    )  # fmt: skip


@pytest.fixture
def evidence() -> Evidence:
    return made_evidence()
