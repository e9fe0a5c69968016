"""A table made elsewhere, with its metadata joined, its rows selected and its files stacked."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable, batch_of_plate


@pytest.fixture
def wells() -> pd.DataFrame:
    return pd.DataFrame(
        {"plate": ["Week1_a", "Week1_a", "Week2_b"], "well": ["A01", "A02", "A01"], "f": [1, 2, 3]}
    )


def write(folder: Path, name: str, **columns: list[object]) -> Path:
    path = folder / name
    table = pd.DataFrame(columns)
    table.to_parquet(path) if path.suffix == ".parquet" else table.to_csv(path, index=False)
    return path


def test_batch_is_found_in_the_plate() -> None:
    plates = pd.Series(["Week1_22123", "Week10_40111"])
    assert batch_of_plate(plates, r"^(Week\d+)_").tolist() == ["Week1", "Week10"]
    with pytest.raises(InputError, match="finds no batch in the plate name 'Week10_40111'"):
        batch_of_plate(plates, r"^(Week1)_")
    for broken in ("(", "Week"):
        with pytest.raises(InputError, match="is not a regular expression"):
            batch_of_plate(plates, broken)


@pytest.fixture
def folder(tmp_path: Path, wells: pd.DataFrame) -> Path:
    table = wells.rename(columns={"plate": "Metadata_Plate", "well": "Metadata_Well"})
    table.assign(f=table["f"] + 0.5).to_csv(tmp_path / "wells.csv", index=False)
    write(
        tmp_path,
        "map.csv",
        plate=["Week1_a", "Week1_a", "Week2_b"],
        well=["A01", "A02", "A01"],
        compound=["DMSO", "taxol", "taxol"],
        concentration=[0.0, 0.3, 1.0],
    )
    write(tmp_path, "moa.csv", compound=["taxol"], concentration=[0.3], moa=["stabiliser"])
    return tmp_path


def test_a_table_brings_all_its_metadata(folder: Path) -> None:
    table = ProfileTable(
        table="wells.csv", join=("map.csv", "moa.csv"), batch_of_plate=r"^(Week\d+)_"
    )
    profiles = table.load(folder)
    assert profiles.names == ("f",)
    assert profiles.features[:, 0].tolist() == [1.5, 2.5, 3.5]
    assert profiles.meta["treatment"].tolist() == ["DMSO", "taxol@0.3", "taxol@1"]
    assert profiles.meta["control"].tolist() == [True, False, False]
    assert profiles.meta["batch"].tolist() == ["Week1", "Week1", "Week2"]
    assert profiles.meta["moa"].fillna("?").tolist() == ["?", "stabiliser", "?"]


def test_rows_that_match_nothing_are_counted_and_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = ProfileTable(table="wells.csv", join=("map.csv", "moa.csv"), where="not control")
    with caplog.at_level(logging.WARNING, "phenolens"):
        profiles = table.load(folder)
    warning = "moa.csv: 2 of 3 rows have no match on ['compound', 'concentration']: compound"
    assert warning in caplog.text
    assert "map.csv" not in caplog.text
    load, first, second, where = profiles.provenance
    assert (load["step"], load["file"]) == ("load", "wells.csv")
    assert first == {
        "step": "join",
        "file": "map.csv",
        "on": ["plate", "well"],
        "brought": ["compound", "concentration"],
        "undetermined": [],
        "rows": 3,
        "rows_unmatched": 0,
        "sha256": hashlib.sha256((folder / "map.csv").read_bytes()).hexdigest(),
    }
    assert second["rows_unmatched"] == 2
    assert where == {"step": "where", "query": "not control", "rows_in": 3, "rows_out": 2}


def test_plates_of_one_screen_keep_their_fingerprints(folder: Path) -> None:
    (folder / "sub").mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / "sub" / name).write_text(f"Metadata_Plate,e0\n{name},0.5\n")
    made = ProfileTable(table="sub/*.csv").load(folder)
    (entry,) = made.provenance
    assert entry["step"] == "stack"
    assert list(entry["parts"]) == ["sub/a.csv", "sub/b.csv"]
    assert [chain[0]["rows"] for chain in entry["parts"].values()] == [1, 1]
    assert str(folder) not in str(made.provenance)


def test_a_query_keeps_rows_with_their_features(folder: Path) -> None:
    table = ProfileTable(table="wells.csv", join=("map.csv",), where="compound == 'taxol'")
    assert table.load(folder).features[:, 0].tolist() == [2.5, 3.5]


def test_a_table_without_plates_has_no_batches_in_them(tmp_path: Path) -> None:
    pd.DataFrame({"Metadata_Well": ["A01"], "f": [0.5]}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match="batch_of_plate needs a column 'plate'"):
        ProfileTable(table="t.csv", batch_of_plate="(.)").load(tmp_path)


def test_several_files_and_globs_are_one_table(tmp_path: Path) -> None:
    for plate in ("b", "a", "c"):
        table = pd.DataFrame({"Metadata_Plate": [plate], "Metadata_Well": ["A01"], "f": [0.5]})
        table.to_csv(tmp_path / f"plate_{plate}.csv", index=False)
    every = ProfileTable(table="plate_*.csv")
    assert every.load(tmp_path).meta["plate"].tolist() == ["a", "b", "c"]
    some = ProfileTable(table=("plate_c.csv", "plate_[bc].csv"))
    assert some.load(tmp_path).meta["plate"].tolist() == ["c", "b"]
    assert [p.name for p in some.paths(tmp_path)] == ["plate_c.csv", "plate_b.csv"]
    with pytest.raises(InputError, match="no file matches"):
        ProfileTable(table="nothing_*.csv").load(tmp_path)
    (tmp_path / "plate_[x].csv").write_text("Metadata_Plate,f\nx,0.5\n")
    exact = ProfileTable(table="plate_[x].csv")  # a file of that very name goes before the glob
    assert exact.load(tmp_path).meta["plate"].tolist() == ["x"]


def test_the_plates_of_a_screen_are_one_table(data_dir: Path) -> None:
    """CPJUMP1: 5 plates of 384 wells, 904 features, 64 negative controls per plate."""
    profiles = ProfileTable(table="cpjump1-cellprofiler-wells/BR*.csv.gz").load(data_dir)
    assert profiles.features.shape == (5 * 384, 904)
    assert profiles.meta.groupby("plate")["control"].sum().tolist() == [64] * 5


def test_the_published_wells_find_their_mechanisms(data_dir: Path) -> None:
    """Ljosa 2013: 632 wells of BBBC021 with a mechanism, 103 treatments of 38 compounds."""
    wells = data_dir / "bbbc021-cellprofiler-wells"
    table = ProfileTable(
        table=f"{wells.name}/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=("bbbc021-metadata/BBBC021_v1_image.csv.gz", "bbbc021-metadata/BBBC021_v1_moa.csv"),
        batch_of_plate=r"^(Week\d+)_",
        where="moa == moa and not control",
    )
    meta = table.load(data_dir).meta
    assert meta["treatment"].nunique() == 103
    assert meta["compound"].nunique() == 38
    assert meta["moa"].nunique() == 12
    assert np.isin(meta["batch"], [f"Week{i}" for i in range(1, 11)]).all()


def test_a_joined_table_of_features_is_named(tmp_path: Path, wells: pd.DataFrame) -> None:
    wells.to_csv(tmp_path / "wells.csv", index=False)
    with pytest.raises(InputError, match=r"wells\.csv: brings 'f', which is a feature already"):
        ProfileTable(table="wells.csv", join=("wells.csv",)).load(tmp_path)


def test_locks_of_excel_are_passed_over(tmp_path: Path) -> None:
    for name in ("P1.csv", "~$P1.csv", ".P1.csv"):
        (tmp_path / name).write_text("Metadata_Well,Cells_a\nA01,1.5\n")
    assert ProfileTable(table="*.csv").paths(tmp_path) == [tmp_path / "P1.csv"]
