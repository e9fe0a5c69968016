"""Tables of cell centres, as CellProfiler and DeepProfiler write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.images.locations import read_locations


def test_one_table_of_cellprofiler(tmp_path: Path) -> None:
    path = tmp_path / "Nuclei.csv"
    path.write_text(
        "Metadata_Plate,Metadata_Well,Location_Center_X,Location_Center_Y\n007,b2,3.5,4\n"
    )
    made = read_locations(path)
    assert made[["plate", "well"]].to_numpy().tolist() == [["007", "B02"]]
    assert made[["y", "x"]].to_numpy().tolist() == [[4.0, 3.5]]


def test_a_folder_of_deepprofiler(tmp_path: Path) -> None:
    head = "Nuclei_Location_Center_X,Nuclei_Location_Center_Y\n"
    (tmp_path / "P1").mkdir()
    (tmp_path / "P1" / "a1-2-Nuclei.csv").write_text(head + "1,2\n3,4\n")
    (tmp_path / "P1" / "A02-1-Nuclei.csv").write_text(head)
    made = read_locations(tmp_path)
    assert made[["plate", "well", "y", "x"]].to_numpy().tolist() == [
        ["P1", "A01", 2.0, 1.0],
        ["P1", "A01", 4.0, 3.0],
    ]
    assert made["site"].astype(str).tolist() == ["2", "2"]


def test_wells_and_sites_may_be_joined_by_an_underscore(tmp_path: Path) -> None:
    """As the layout `deep_profiler` counts them."""
    (tmp_path / "P1").mkdir()
    text = "Nuclei_Location_Center_X,Nuclei_Location_Center_Y\n1,2\n"
    (tmp_path / "P1" / "A01_2-Nuclei.csv").write_text(text)
    found = read_locations(tmp_path)
    assert found[["plate", "well", "site"]].astype(str).to_numpy().tolist() == [["P1", "A01", "2"]]


def test_what_is_no_such_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("well,area\nA01,3\n")
    with pytest.raises(InputError, match=r"t.csv: has no columns of cell centres"):
        read_locations(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("well,x,y\nA01,3,4\nA01,,4\n")
    with pytest.raises(InputError, match=r"t.csv row 3: a centre that is not a number"):
        read_locations(tmp_path / "t.csv")
    with pytest.raises(InputError, match="contains no file like PLATE"):
        read_locations(tmp_path)
