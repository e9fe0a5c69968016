"""The published protocols on real wells: CellProfiler's features of BBBC021 (Ljosa et al. 2013)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances

from phenolens.core.columns import to_ours
from phenolens.core.profiles import Profiles, Step
from phenolens.core.roles import with_roles
from phenolens.metrics.drop import Drop
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb, Protocol
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.standardize import Standardize
from phenolens.profiling.tvn import Tvn

TREATMENTS = Aggregate(by=("treatment",))
CHAINS: dict[str, tuple[Step, ...]] = {
    "none": (TREATMENTS,),
    "z": (Standardize(), TREATMENTS),
    # Three features are constant in some plate's DMSO: dropped (513 left), or zero there (516).
    "ridge 513": (Standardize(), Sphere(regularization=1.0, components="all"), TREATMENTS),
    "ridge 516": (
        Standardize(constant="zero"),
        Sphere(regularization=1.0, components="all"),
        TREATMENTS,
    ),
    "ridge carried": (Standardize(), Sphere(regularization=1.0), TREATMENTS),
}


@pytest.fixture(scope="module")
def wells(data_dir: Path) -> Profiles:
    """632 wells: the layout joins on plate and well, the MoA on compound and concentration."""
    folder = data_dir / "bbbc021-cellprofiler-wells"
    profiles = Profiles.load(folder / "ljosa_jbiomolscreen_2013_per_well_mean.csv.gz")
    metadata = data_dir / "bbbc021-metadata"
    images = to_ours(pd.read_csv(metadata / "BBBC021_v1_image.csv.gz"))
    layout = images[["plate", "well", "compound", "concentration", "replicate"]].drop_duplicates()
    moa = pd.read_csv(metadata / "BBBC021_v1_moa.csv")
    meta = profiles.meta[["plate", "well"]]
    meta = meta.merge(layout, how="left", on=["plate", "well"], validate="1:1")
    meta = meta.merge(moa, how="left", on=["compound", "concentration"], validate="m:1")
    meta["batch"] = meta["plate"].str.extract(r"^(Week\d+)_", expand=False)
    return replace(profiles, meta=with_roles(meta))


@pytest.fixture(scope="module")
def treated(wells: Profiles) -> Callable[[str], Profiles]:
    """Return the treatment profiles of a chain of steps, each chain run once."""
    made: dict[str, Profiles] = {}

    def through(chain: str) -> Profiles:
        if chain not in made:
            profiles = wells
            for step in CHAINS[chain]:
                profiles = step(profiles)
            made[chain] = profiles
        return made[chain]

    return through


@pytest.mark.parametrize(
    ("chain", "features", "nsc", "nscb"),
    [
        ("none", 516, 51, 30),
        ("z", 513, 84, 67),
        ("ridge 516", 516, 72, 69),
        ("ridge 513", 513, 72, 68),
        # 330 DMSO wells, 55 of whose directions the plates' z-scores took: 275 are left.
        ("ridge carried", 275, 76, 69),
    ],
)
def test_nsc_and_nscb(
    treated: Callable[[str], Profiles], chain: str, features: int, nsc: int, nscb: int
) -> None:
    profiles = treated(chain)
    assert profiles.features.shape == (104, features)  # 103 treatments and DMSO
    first, second = Nsc()(profiles), Nscb()(profiles)
    assert (first.hits, first.n) == (nsc, 103)
    assert (second.hits, second.n) == (nscb, 92)
    assert first.p < 0.01
    assert first.null_high < 0.2
    assert Drop(permutations=0)(profiles).value == pytest.approx(nsc / 103 - nscb / 92)


def test_what_nscb_leaves_out_is_found_and_said(treated: Callable[[str], Profiles]) -> None:
    assert Nscb()(treated("z")).notes == (
        "negative controls left out: 1",
        "moa in one batch only, left out: Cholesterol-lowering (6), Kinase inhibitors (5)",
    )


@pytest.fixture
def with_every_taxol(data_dir: Path, treated: Callable[[str], Profiles]) -> Profiles:
    """The table holds three of taxol 0.3 uM's wells; the plates' positive control is on all 55."""
    fields = pd.read_csv(data_dir / "bbbc021-metadata" / "BBBC021_annotated.csv.gz")
    batch = fields.groupby(["Image_Metadata_Compound", "Image_Metadata_Concentration"])["Batch"]
    weeks = batch.unique().loc[("taxol", 0.3)] + 1
    assert len(weeks) == 10
    profiles = treated("z")
    meta = profiles.meta.copy()
    joined = "|".join(f"Week{week}" for week in sorted(weeks))
    meta.loc[meta["treatment"] == "taxol@0.3", "batch"] = joined
    return replace(profiles, meta=meta)


def test_taxol_in_all_weeks_is_a_miss_in_the_strict_protocol(with_every_taxol: Profiles) -> None:
    score = Nscb()(with_every_taxol)
    assert score.n == 92
    assert score.notes[-1].endswith("neighbour, counted as misses: 1 (taxol@0.3)")
    assert Nscb(unmatched="skip")(with_every_taxol).n == 91


def test_taxol_matches_in_the_published_protocols(
    data_dir: Path, with_every_taxol: Profiles
) -> None:
    for protocol in ("string_batches", "median_batch"):
        score = Nscb(protocol=protocol)(with_every_taxol)
        assert score.n == 92
        assert score.rows["distance"].map(math.isfinite).all()
    # The lower middle of ten weeks is what WS-DINO's median over 55 plates gives: week 5.
    fields = pd.read_csv(data_dir / "bbbc021-metadata" / "BBBC021_annotated.csv.gz")
    taxol = fields[(fields["Image_Metadata_Compound"] == "taxol")]
    taxol = taxol[taxol["Image_Metadata_Concentration"] == 0.3].drop_duplicates("Plate")
    assert (len(taxol), taxol["Batch"].median()) == (55, 4)
    week = with_every_taxol.meta.set_index("treatment")["batch"]
    rows = score.rows.set_index("treatment")
    beside = rows.index[rows["neighbour_treatment"] == "taxol@0.3"]
    assert "Week5" not in {week[name] for name in beside}
    assert week[rows.loc["taxol@0.3", "neighbour_treatment"]] != "Week5"


@pytest.mark.parametrize(
    ("protocol", "hits", "moa"),
    [
        ("strict", 67, None),
        ("string_batches", 71, "Microtubule stabilizers"),
        ("median_batch", 71, "Microtubule stabilizers"),
        ("same_batch_and_label", 60, "Eg5 inhibitors"),
    ],
)
def test_one_treatment_moves_four_others(
    with_every_taxol: Profiles, protocol: Protocol, hits: int, moa: str | None
) -> None:
    """Allowed to stand with everyone, taxol is right itself and makes three others right."""
    score = Nscb(protocol=protocol, permutations=0)(with_every_taxol)
    assert (score.hits, score.n) == (hits, 92)
    found = score.rows.set_index("treatment").loc["taxol@0.3", "neighbour_moa"]
    assert (None if pd.isna(found) else found) == moa


def test_unidinos_protocol_over_wells(wells: Profiles) -> None:
    """Its code, word for word: wells of the compound, and wells of batch and MoA, are put last."""
    scaled = Standardize()(wells)
    score = Nscb(protocol="same_batch_and_label")(scaled)
    lost = ["Cholesterol-lowering", "Kinase inhibitors"]
    known = scaled.meta["moa"].notna() & ~scaled.meta["moa"].isin(lost) & ~scaled.meta["control"]
    used = scaled.take(known.to_numpy())
    moa, compound, batch = (used.meta[c].to_numpy() for c in ("moa", "compound", "batch"))
    far = pairwise_distances(used.features.astype(np.float64), metric="cosine")
    last = far.max()
    np.fill_diagonal(far, last)
    for i in range(len(far)):
        far[i, (batch == batch[i]) & (moa == moa[i])] = last
        far[i, compound == compound[i]] = last
    theirs = moa[far.argmin(axis=1)] == moa
    assert (score.hits, score.n) == (theirs.sum(), len(theirs)) == (134, 274)
    assert Nscb(permutations=0)(scaled).hits == 162  # strict, over the same wells


def test_tvn_on_wells_then_the_median(wells: Profiles) -> None:
    """The chain of Perakis et al. 2021; CORAL brings every week nearer to all DMSO wells."""
    facts = Tvn(family="deep_profiler")(Standardize()(wells)).provenance[-1]["facts"]
    assert facts["sphere"]["carried"] == 275
    assert facts["coral"]["batches"] == 10
    assert facts["coral"]["farthest_after"] < 0.5 * facts["coral"]["farthest_before"]
