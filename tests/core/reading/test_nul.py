"""A NUL is named by column and row, whatever the format."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.nul import refuse_nul


def test_names_and_cells_are_looked_at() -> None:
    refuse_nul(
        pd.DataFrame({"a": ["x", None, 3], "b": [1, 2, 3], "c": pd.Categorical(list("xyz"))})
    )
    with pytest.raises(InputError, match=r"row 3: 'a' holds a NUL .* remove it from the cell"):
        refuse_nul(pd.DataFrame({"a": ["x", "y\0"]}))
    with pytest.raises(InputError, match="name of column 2 holds a NUL"):
        refuse_nul(pd.DataFrame({"a": ["x"], "b\0": [1]}))


def test_a_table_with_types_refuses_it_as_a_csv_does(tmp_path: Path) -> None:
    table = pd.DataFrame({"Metadata_Plate": ["p", "p\0"], "Cells_a": [1.0, 2.0]})
    table.to_parquet(tmp_path / "t.parquet")
    table.to_csv(tmp_path / "t.csv", index=False)
    for ending in ("parquet", "csv"):
        with pytest.raises(InputError, match="holds a NUL"):
            Profiles.load(tmp_path / f"t.{ending}")


def test_true_is_no_dose_in_any_format(tmp_path: Path) -> None:
    made = {"Metadata_Compound": ["a", "b"], "Metadata_Concentration": [True, False]}
    table = pd.DataFrame({**made, "Cells_a": [1.0, 2.0]})
    table.to_parquet(tmp_path / "t.parquet")
    table.to_csv(tmp_path / "t.csv", index=False)
    for ending in ("parquet", "csv"):
        with pytest.raises(InputError, match="row 2: concentration 'True' is not a number"):
            Profiles.load(tmp_path / f"t.{ending}")
