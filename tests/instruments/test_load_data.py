"""CellProfiler's load_data tables: a real one, illumination columns, folders of elsewhere."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.load_data import image_columns, is_load_data, read_load_data


def _table(root: Path, **columns: object) -> str:
    base = {"Metadata_Plate": "P", "Metadata_Well": ["A1"], "Metadata_Site": ["01"]}
    pd.DataFrame({**base, **columns}).to_csv(root / "load_data.csv", index=False)
    return "load_data.csv"


def test_a_real_table(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "phenix" / "Version5"
    there = "images/r01c01f01p01-ch1sk1fk1fl1.tiff"
    files, channels, notes = read_load_data(root, "load_data_version5.csv", [there], {})
    assert channels == ("RNA", "ER", "AGP", "Mito", "Brightfield", "DPC")
    assert files["path"].tolist()[-1] == there
    assert files["path"].tolist()[0] == "images/r01c01f01p01-ch3sk1fk1fl1.tiff"
    assert (files["plate"][0], files["well"][0], files["site"][0]) == ("BR00122249", "A01", 1)
    assert not notes
    assert not [name for name in files if "Orig" in name]


@pytest.mark.parametrize(
    ("folder", "there", "found"),
    [
        ("/home/u/bucket/P1/Images/", "P1/Images/a.tif", "P1/Images/a.tif"),
        ("/home/u/bucket/P1/Images", "Images/a.tif", "Images/a.tif"),
        ("C:\\data\\P1", "P1/a.tif", "P1/a.tif"),
        ("../up", "a.tif", "a.tif"),
        ("/home/u/P1", "other.tif", "P1/a.tif"),
    ],
)
def test_folders_of_another_computer(tmp_path: Path, folder: str, there: str, found: str) -> None:
    name = _table(tmp_path, FileName_OrigDNA=["a.tif"], PathName_OrigDNA=[folder])
    files, _, _ = read_load_data(tmp_path, name, [there], {})
    assert files["path"].tolist() == [found]
    assert files["well"].tolist() == ["A01"]


def test_urls_illumination_and_repeated_fields(tmp_path: Path) -> None:
    name = _table(
        tmp_path,
        Metadata_Well=["A1", "A01"],
        Metadata_Site=[1, 1],
        URL_OrigER=["s3://bucket/P1/e.tif", "file:///x/P1/f.tif"],
        FileName_IllumER=["i.npy", "i.npy"],
        PathName_IllumER=["/x", "/x"],
    )
    files, channels, notes = read_load_data(tmp_path, name, ["P1/e.tif", "P1/f.tif"], {})
    assert channels == ("ER",)
    assert files["path"].tolist() == ["P1/e.tif", "P1/f.tif"]
    assert [note.kind for note in notes] == ["illumination", "repeated field"]
    assert "row 3" in notes[1].what


def test_a_channel_without_a_file_has_no_row(tmp_path: Path) -> None:
    table = {"FileName_DNA": ["a.tif", ""], "PathName_DNA": ["", ""]}
    name = _table(tmp_path, Metadata_Well=["A1", "A2"], Metadata_Site=[1, 1], **table)
    files, _, _ = read_load_data(tmp_path, name, ["a.tif"], {})
    assert files["well"].tolist() == ["A01"]


def test_other_tables(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lists no image"):
        read_load_data(tmp_path, _table(tmp_path), [], {})
    assert not is_load_data(["Metadata_Well", "Cells_AreaShape_Area"])
    assert image_columns(["FileName_DNA"]) == {}
