"""CellProfiler's tables: a real one with one image, and one with illumination columns only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.screens.cell_profiler import CellProfiler, load_data_tables


def test_a_real_table_and_its_one_image(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "phenix" / "Version5"
    screen = CellProfiler(channels=("DPC",))(root)
    assert screen.meta[["plate", "well", "site"]].iloc[0].tolist() == ["BR00122249", "A01", 1]
    with pytest.raises(InputError, match=r"no such image images/r01c01f01p01-ch3"):
        CellProfiler()(root)


def test_a_table_and_its_copy_with_illumination_are_one(tmp_path: Path) -> None:
    layout = CellProfiler.fake(tmp_path)
    assert load_data_tables(Contents.of(tmp_path)) == ["load_data.csv"]
    plain = layout(tmp_path)
    (tmp_path / "load_data.csv").unlink()
    assert load_data_tables(Contents.of(tmp_path)) == ["load_data_with_illum.csv"]
    assert layout(tmp_path).meta.equals(plain.meta)
    (note,) = layout.problems(tmp_path)
    assert note.what.endswith("listed, and not applied: IllumDNA, IllumER")


def test_a_named_table_and_none(tmp_path: Path) -> None:
    CellProfiler.fake(tmp_path)
    assert len(CellProfiler(load_data="*illum.csv")(tmp_path)) == 4
    with pytest.raises(InputError, match="no load_data table"):
        CellProfiler(load_data="none*.csv")(tmp_path)


def test_two_plates_that_would_share_their_files_are_refused(tmp_path: Path) -> None:
    """Copied without the folders of the plates, `P1/A01.tif` and `P2/A01.tif` are one file."""
    tifffile.imwrite(tmp_path / "A01.tif", np.ones((8, 8), np.uint16))
    rows = {"FileName_DNA": "A01.tif", "PathName_DNA": ["/x/P1", "/x/P2"], "Metadata_Well": "A01"}
    table = pd.DataFrame({**rows, "Metadata_Plate": ["P1", "P2"]})
    table.to_csv(tmp_path / "load_data.csv", index=False)
    with pytest.raises(InputError, match="is listed as the image of 2 fields, as P1 A01 and P2"):
        CellProfiler()(tmp_path)


def test_tables_of_any_name_are_known_by_their_header_however_many(tmp_path: Path) -> None:
    for number in range(25):
        rows = {"FileName_DNA": ["a.tif"], "PathName_DNA": ["x"], "Metadata_Well": ["A01"]}
        pd.DataFrame(rows).to_csv(tmp_path / f"plate{number:02d}.csv", index=False)
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    (tmp_path / "broken.parquet").write_text("none")
    assert len(load_data_tables(Contents.of(tmp_path))) == 25
    (tmp_path / "Load_Data.csv").write_text("FileName_DNA,PathName_DNA,Metadata_Well\n")
    (tmp_path / "LOAD_DATA_with_ILLUM.csv").write_text("FileName_DNA,PathName_DNA,Metadata_Well\n")
    assert load_data_tables(Contents.of(tmp_path)) == ["Load_Data.csv"]
