"""Which columns are measurements, by name, type and values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.measurements import (
    Choice,
    choose,
    is_coordinate,
    is_measured,
    is_plain_number,
    whole,
)


def chosen(table: dict[str, object] | None = None, **more: object) -> Choice:
    coordinates = bool(more.pop("coordinates", False))
    frame = pd.DataFrame({**(table or {}), **more})
    types = {str(name): dtype for name, dtype in frame.dtypes.items()}
    return choose(types, frame.__getitem__, {}, coordinates=coordinates)


def test_every_object_is_measured() -> None:
    names = ["Mitochondria_AreaShape_Area", "Mean_Cells_Intensity_Mean", "AreaShape_Area"]
    assert all(map(is_measured, names))
    assert not is_measured("Metadata_AreaShape_Area")
    assert not is_measured("Image_FileName_DNA")
    assert chosen({name: [1, 2] for name in names}, e0=[0.5, 1.5]).names == [*names, "e0"]


def test_text_that_is_a_measurement_is_one() -> None:
    made = chosen(e0=[0.5, 1.5], e1=["0.5", "1.5"], kind=["x", "y"], lot=["007", "012"])
    assert made.names == ["e0", "e1"]
    assert chosen(Cells_AreaShape_Area=[None, None], e0=[1.5, 2.5]).names == [
        "Cells_AreaShape_Area",
        "e0",
    ]


def test_a_code_is_refused_with_the_way_out() -> None:
    for lot in ([1, 2], ["1", "2"]):
        with pytest.raises(InputError, match="'lot' holds whole numbers") as error:
            chosen(Cells_AreaShape_Area=[0.5, 1.5], lot=lot)
        assert "Metadata_lot" in error.value.fix


def test_coordinates_of_single_cells_are_metadata_unless_asked_for() -> None:
    cells = {
        "ObjectNumber": [1, 2],
        "Nuclei_Location_Center_X": [0.5, 1.5],
        "Nuclei_AreaShape_BoundingBoxMinimum_X": [3, 4],
        "Nuclei_AreaShape_BoundingBoxArea": [20, 30],
    }
    made = chosen(cells)
    assert made.names == ["Nuclei_AreaShape_BoundingBoxArea"]
    assert made.facts == {"coordinates_left_out": 2}
    assert len(chosen(cells, coordinates=True).names) == 3
    wells = {name: values for name, values in cells.items() if name != "ObjectNumber"}
    assert len(chosen(wells).names) == 3  # a mean over a well is a measurement
    assert is_coordinate("Cells_AreaShape_Center_Y")


def test_types_and_whole_numbers() -> None:
    assert is_plain_number(np.dtype("int8"))
    assert not is_plain_number(np.dtype(bool))
    assert whole(pd.Series(["1", None, "3"]))
    assert not whole(pd.Series([np.nan]))
    assert not whole(pd.Series(["a", "1"]))


def test_a_numbered_series_is_measured_throughout(tmp_path: Path) -> None:
    """`n.d.` and `ND` are most of f0, but f1 and f2 are numbers."""
    text = "plate,well,f0,f1,f2\nP,A1,n.d.,1.5,2.5\nP,A2,0.4,1.6,2.6\nP,A3,ND,1.6,2.7\n"
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=r"row 2: 'f0' is 'n.d.', not a number \(2 such values"):
        Profiles.load(tmp_path / "t.csv")


@pytest.mark.parametrize("name", ["drug", "dose_uM", "donor", "Conc (nM)"])
def test_a_drug_or_dose_without_a_mark_is_no_feature(tmp_path: Path, name: str) -> None:
    """`7E2` and `41E1` are numbers to a program, and a dose among the features is a leak."""
    (tmp_path / "t.csv").write_text(f"well,{name},f0,f1\nA1,7E2,0.5,1.5\nA2,41E1,0.7,2.5\n")
    with pytest.raises(InputError, match=r"is metadata, .* rename it 'Metadata_"):
        Profiles.load(tmp_path / "t.csv")
    text = f"Metadata_Well,{name},Cells_a\nA1,7E2,0.5\nA2,41E1,0.7\n"
    (tmp_path / "t.csv").write_text(text)
    assert Profiles.load(tmp_path / "t.csv").names == ("Cells_a",)


def test_a_flag_of_cellprofiler_is_a_feature(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Metadata_Well": ["A1", "A2"], "Cells_Classified_round": [True, False]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for ending in ("csv", "parquet"):
        assert Profiles.load(tmp_path / f"t.{ending}").features.tolist() == [[1.0], [0.0]]


def test_features_next_to_cellprofilers_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "t.csv").write_text("Metadata_Well,Cells_a,pIC50\nA1,1.5,6.5\nA2,2.5,7.5\n")
    made = Profiles.load(tmp_path / "t.csv")
    assert made.provenance[0]["facts"] == {"other_features": 1}
    assert "features next to CellProfiler's: pIC50; a column that is not" in caplog.text
