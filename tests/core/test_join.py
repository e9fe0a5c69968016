"""Tables are joined by the columns they share; only columns that these determine are added."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.join import join


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


@pytest.mark.parametrize("name", ["map.csv", "map.parquet", "map.csv.gz"])
def test_takes_what_the_shared_columns_determine(
    tmp_path: Path, wells: pd.DataFrame, name: str
) -> None:
    """Two sites per well: the compound belongs to the well, the site does not."""
    path = write(
        tmp_path,
        name,
        Metadata_Plate=["Week2_b", "Week2_b", "Week1_a", "Week1_a"],
        Metadata_Well=["A01", "A01", "A01", "A01"],
        Metadata_Site=[1, 2, 1, 2],
        Metadata_Compound=["taxol", "taxol", "DMSO", "DMSO"],
    )
    joined = join(wells, path)[0]
    assert joined["f"].tolist() == [1, 2, 3]  # rows stay, in their order
    assert joined["compound"].fillna("?").tolist() == ["DMSO", "?", "taxol"]
    assert "site" not in joined


def test_a_gap_does_not_make_a_column_undetermined(tmp_path: Path, wells: pd.DataFrame) -> None:
    path = write(
        tmp_path, "map.csv", plate=["Week1_a", "Week1_a"], well=["A01", "A01"], moa=[None, "Eg5"]
    )
    assert join(wells, path, allow_unmatched=True)[0]["moa"].tolist()[0] == "Eg5"


def test_numbers_meet_their_text(tmp_path: Path) -> None:
    meta = pd.DataFrame({"plate": ["41", "42"]})
    path = write(tmp_path, "plates.csv", plate=[42, 41], batch=["b", "a"])
    assert join(meta, path)[0]["batch"].tolist() == ["a", "b"]
    other = pd.DataFrame({"plate": [41, 42]})
    path = write(tmp_path, "plates.parquet", plate=["42", "41"], batch=["b", "a"])
    assert join(other, path)[0]["batch"].tolist() == ["a", "b"]


def test_what_cannot_be_joined_is_refused(tmp_path: Path, wells: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no such file"):
        join(wells, tmp_path / "absent.csv")
    with pytest.raises(
        InputError, match=r"no column to join on: none of plate, well, .* it has x, moa"
    ):
        join(wells, write(tmp_path, "a.csv", x=["x"], moa=["y"]))
    with pytest.raises(InputError, match=r"no row matches on \['plate', 'well'\]"):
        join(wells, write(tmp_path, "b.csv", plate=["p9"], well=["A01"], moa=["y"]))


def test_what_the_shared_columns_do_not_determine_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "map.tsv.gz", plate=["a", "a"], well=["A1", "A2"], batch=["x", "x"])
    pd.read_csv(path).to_csv(path, index=False, sep="\t")
    made, facts, unmatched = join(pd.DataFrame({"plate": ["a", "b"]}), path)
    assert (facts["brought"], facts["undetermined"]) == (["batch"], ["well"])
    assert made["batch"].fillna("?").tolist() == ["x", "?"]
    assert unmatched.tolist() == [False, True]


def test_platemaps_in_one_table_are_joined_by_their_names(tmp_path: Path) -> None:
    """A table of barcodes says which platemap a plate has."""
    meta = pd.DataFrame({"plate": ["P1", "P2"], "well": ["A01", "A01"]})
    barcodes = write(
        tmp_path, "b.csv", Assay_Plate_Barcode=["P1", "P2"], Plate_Map_Name=["mA", "mB"]
    )
    meta = join(meta, barcodes).meta
    maps = write(
        tmp_path,
        "m.csv",
        plate_map_name=["mA", "mB"],
        well_position=["a1", "a1"],
        broad_sample=["x", "y"],
    )
    made = join(meta, maps)
    assert made.meta["compound"].tolist() == ["x", "y"]
    assert made.facts["on"] == ["well", "Plate_Map_Name"]
