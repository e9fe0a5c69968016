"""The real tables have the shapes and counts that their README states."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles

PLATES = {"BR00117010": 48, "BR00117011": 48, "BR00117012": 48, "BR00117024": 24, "BR00117025": 24}


@pytest.fixture(scope="module")
def jump(data_dir: Path) -> Profiles:
    return ProfileTable(table="cpjump1-cellprofiler-wells/BR*.csv.gz").load(data_dir)


def test_cpjump1_is_five_plates_of_one_layout(jump: Profiles) -> None:
    assert jump.features.shape == (5 * 384, 904)
    meta = jump.meta
    assert meta["plate"].value_counts().to_dict() == dict.fromkeys(PLATES, 384)
    assert meta[meta["control"]].groupby("plate").size().tolist() == [64] * 5
    treated = meta[~meta["control"]]
    assert treated["compound"].nunique() == 306
    assert meta["target"].nunique() == 160
    assert (meta.groupby("well")["compound"].nunique() == 1).all()


def test_cpjump1_controls_are_dmso_and_nothing_else_is(jump: Profiles) -> None:
    meta = jump.meta
    assert (meta["control"] == (meta["compound"] == "DMSO")).all()
    assert (meta["treatment"] == meta["compound"]).all()
    assert meta["control_type"].str.startswith("poscon").sum() > 0
    assert not meta["control"][meta["control_type"].fillna("").str.startswith("poscon")].any()


def test_lincs_has_doses_mechanisms_and_its_cell_line(data_dir: Path) -> None:
    wells = Profiles.load(
        data_dir / "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz"
    )
    assert wells.features.shape == (384, 454)
    meta = wells.meta
    treated = meta[~meta["control"]]
    assert treated["compound"].nunique() == 58
    assert meta["control"].sum() == 24
    assert meta["moa"].nunique() == 50
    assert meta["moa"].str.contains("|", regex=False).any()
    assert meta["cell_line"].unique().tolist() == ["A549"]
    doses = treated.groupby("compound")["concentration"].nunique()
    assert doses.median() == 6


def test_embeddings_of_others_are_an_array_and_its_table(data_dir: Path) -> None:
    """306 compounds of 23 plates. The table's own wells add up to 6,848: the 8,243 that its
    authors name hold controls too, which the table does not list.
    """
    folder = data_dir / "jump-dino-compound-embeddings"
    columns = {"compound": "compound_id", "moa": "dominant_moa", "count": "n_wells"}
    made = Profiles.load(folder / "compound_embeddings.npy", columns, table="compounds.parquet")
    assert made.features.shape == (306, 384)
    assert made.meta["compound"].nunique() == 306
    assert made.meta["treatment"].equals(made.meta["compound"])
    assert made.meta["moa"].nunique() == 210
    wells = made.meta["well_ids"].str.split("|").explode()
    assert len(wells) == wells.nunique() == made.meta["count"].sum() == 6848
    assert wells.str.split("_").str[0].nunique() == 23
    assert made.provenance[0]["file"] == "compound_embeddings.npy"
    assert made.provenance[0]["facts"] == {"table": "compounds.parquet"}
    by_table = ProfileTable(
        table="compound_embeddings.npy", rows="compounds.parquet", columns=columns
    ).load(folder)
    pd.testing.assert_frame_equal(by_table.meta, made.meta)


def test_jumps_published_tables_joined_by_us_have_64_controls(
    data_dir: Path, tmp_path: Path
) -> None:
    """A platemap with blank compounds, and the compounds' table with DMSO as its blank row."""
    folder = data_dir / "instrument-layouts/platemaps"
    platemap, compounds = (
        folder / f"JUMP-Target-2_compound_{what}.tsv" for what in ("platemap", "metadata")
    )
    wells = pd.read_csv(platemap, sep="\t")["well_position"]
    features = pd.DataFrame({"Metadata_Plate": "P1", "Metadata_Well": wells, "f0": 0.5})
    features.to_csv(tmp_path / "f.csv", index=False)
    table = ProfileTable(table=str(tmp_path / "f.csv"), join=(str(platemap), str(compounds)))
    meta = table.load(tmp_path).meta
    assert meta["control"].sum() == 64
    assert meta.loc[meta["control"], "treatment"].unique().tolist() == ["DMSO"]
    listed = pd.read_csv(compounds, sep="\t").drop_duplicates("broad_sample")  # some are twice
    one = pd.read_csv(platemap, sep="\t").merge(listed, how="left")
    one.assign(f0=0.5).to_csv(tmp_path / "merged.csv", index=False)
    merged = ProfileTable(table="merged.csv").load(tmp_path).meta
    assert merged["treatment"].tolist() == meta["treatment"].tolist()
    assert merged["control"].tolist() == meta["control"].tolist()
