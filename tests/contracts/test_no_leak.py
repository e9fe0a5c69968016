"""No metadata column can enter the features: every door is tried.

WS-DINO's evaluation left the compound's integer code among the features, codes sorted by MoA, and
gained four points of NSC by it. Here each way in is refused, or leads to the metadata.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

CODES = ["compound", "Compound", "moa", "MoA", "Batch", "Unique_Compounds", "compound_id", "Plate"]


def write(folder: Path, columns: dict[str, list[Any]]) -> Path:
    path = folder / "table.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("codes", [[1, 2, 3], [1.0, 2.0, 3.0], [0.5, 1.5, 2.5]])
def test_loading_a_numeric_code_without_a_prefix(
    tmp_path: Path, name: str, codes: list[Any]
) -> None:
    path = write(tmp_path, {name: codes, "f1": [0.1, 0.2, 0.3]})
    try:
        names = Profiles.load(path).names
    except InputError:
        return
    assert names == ("f1",)  # a name that is known goes to the metadata


def test_loading_a_code_under_a_name_of_its_own(tmp_path: Path) -> None:
    """Whole numbers among real ones are a code, whatever they are called."""
    path = write(tmp_path, {"qz": [1, 2, 3], "f1": [0.1, 0.2, 0.3]})
    with pytest.raises(InputError, match="'qz' holds whole numbers"):
        Profiles.load(path)


def test_naming_the_code_leads_it_to_the_metadata(tmp_path: Path) -> None:
    path = write(tmp_path, {"Unique_Compounds": [1, 2, 3], "f1": [0.1, 0.2, 0.3]})
    made = Profiles.load(path, columns={"compound": "Unique_Compounds"})
    assert made.names == ("f1",)
    assert "compound" in made.meta.columns


def test_beside_cellprofilers_names_a_code_is_metadata(tmp_path: Path) -> None:
    path = write(tmp_path, {"compound": [1, 2, 3], "Cells_AreaShape_Area": [0.1, 0.2, 0.3]})
    assert Profiles.load(path).names == ("Cells_AreaShape_Area",)


@pytest.mark.parametrize("name", [*CODES, "Metadata_anything", "Image_Metadata_Well", "donor"])
def test_building_profiles_with_it(name: str) -> None:
    meta = pd.DataFrame({"well": ["a", "b"], "donor": ["x", "y"]})
    with pytest.raises(InputError, match=f"'{name}' is metadata"):
        Profiles(meta=meta, features=np.zeros((2, 1)), names=(name,))


def test_concatenating_does_not_rename_it_in() -> None:
    meta = pd.DataFrame({"well": ["a", "b"]})
    part = Profiles(meta=meta, features=np.zeros((2, 1)), names=("x",))
    with pytest.raises(InputError, match="'Metadata_x' is metadata"):
        Profiles.concatenate({"Metadata": part})
    assert Profiles.concatenate({"dna": part, "actin": part}).names == ("dna_x", "actin_x")


def test_a_step_cannot_name_it_so() -> None:
    meta = pd.DataFrame({"well": ["a", "b"], "moa": ["x", "y"]})
    profiles = Profiles(meta=meta, features=np.zeros((2, 1)))
    with pytest.raises(InputError, match="'moa' is metadata"):
        profiles.after(object(), features=np.zeros((2, 2)), names=("f0", "moa"))
