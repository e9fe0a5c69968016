"""How a frame is split: measurements are features, identifiers are metadata."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.note import Note
from phenolens.core.formats.parts import from_frame
from phenolens.core.reading.measurements import whole
from phenolens.core.reading.metadata import described, joined


def names(columns: dict[str, str] | None = None, **table: object) -> tuple[str, ...]:
    return from_frame(pd.DataFrame(table), Note(), columns or {}).names


def test_of_compartments_only_measurements_are_features() -> None:
    assert names(
        Cells_AreaShape_Area=[1.5, 2.5],
        Nuclei_AreaShape_EulerNumber=[1, 0],
        Cells_Neighbors_NumberOfNeighbors_5=[3, 4],
        Cells_Parent_Nuclei=[1.0, 2.0],
        Cytoplasm_Number_Object_Number=[1.0, 2.0],
        Cells_Neighbors_FirstClosestObjectNumber_5=[2.0, 1.0],
        Nuclei_TrackObjects_ParentObjectNumber_20=[1, 2],
        Image_ExecutionTime_01Images=[0.25, 0.5],
        Image_Width_DNA=[1080, 1080],
        Image_Metadata_Site=[1, 2],
        Image_Granularity_1_DNA=[0.5, 0.75],
        e0=[0.5, 1.5],
    ) == (
        "Cells_AreaShape_Area",
        "Nuclei_AreaShape_EulerNumber",
        "Cells_Neighbors_NumberOfNeighbors_5",
        "Image_Granularity_1_DNA",
        "e0",
    )


def test_a_mean_of_running_numbers_is_what_cellprofiler_exports() -> None:
    assert names(Cells_Parent_Nuclei=[70.5, 71.0], Cells_Area=[1.5, 2.5]) == (
        "Cells_Parent_Nuclei",
        "Cells_Area",
    )


def test_a_named_column_is_metadata_whatever_it_holds() -> None:
    assert names({"batch": "e1"}, e0=[0.5, 1.5], e1=[0.5, 2.5]) == ("e0",)
    with pytest.raises(InputError, match="no column 'e9'"):
        names({"batch": "e9"}, e0=[0.5, 1.5])


def test_flags_and_complex_numbers_are_no_features() -> None:
    assert names(e0=[0.5, 1.5], passed=[True, False], phase=[1j, 2j]) == ("e0",)


def test_a_measurement_that_is_no_number_is_named() -> None:
    with pytest.raises(InputError, match="row 4: 'Cells_Area' is 'n/a!', not a number") as error:
        names(Cells_Area=["1.5", "2.5", "n/a!", None], Cells_Width=[0.5] * 4)
    assert error.value.fix == "correct the value, or leave the cell empty"
    with pytest.raises(InputError, match="row 2: 'Cells_Class' is 'round'") as error:
        names(Cells_Class=["round", "flat"], Cells_Width=[0.5, 1.5])
    assert "rename the column 'Metadata_Cells_Class'" in error.value.fix
    table = {"Cells_Class": ["round", "flat"], "Cells_Width": [0.5, 1.5]}
    assert names({"shape": "Cells_Class"}, **table) == ("Cells_Width",)


def test_the_note_of_a_file_decides() -> None:
    table = pd.DataFrame({"Metadata_Plate": ["p"], "n": [3], "e0": [0.5]})
    made = from_frame(table, Note(("n", "e0"), ({"step": "x"},)), {})
    assert made.names == ("n", "e0")
    assert made.provenance == ({"step": "x"},)
    with pytest.raises(InputError, match="lacks the feature 'e1'"):
        from_frame(table, Note(("e0", "e1")), {})
    with pytest.raises(InputError, match="holds object, no numbers"):
        from_frame(table, Note(("e0", "Metadata_Plate")), {})


def test_lists_become_sets_in_a_cell() -> None:
    cells = pd.Series([["a", "b"], np.array([1, 2]), None, "c"])
    assert joined(cells).tolist() == ["a|b", "1|2", None, "c"]
    assert described(pd.DataFrame({"wells": cells}), {})[0]["wells"].tolist()[:2] == ["a|b", "1|2"]


def test_whole_numbers() -> None:
    assert whole(pd.Series([1.0, np.nan, 3.0]))
    assert whole(pd.Series([1, 2]))
    assert not whole(pd.Series([1.0, 2.5]))
