"""Text of a table stays what it is: plates keep their zeros, features are never dropped.

The same table as CSV, TSV, parquet with and without types, and AnnData is one table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate


def table(n: int = 4, **more: Any) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    plain = {
        "Metadata_Plate": ["P1"] * n,
        "Metadata_Well": [f"A{i + 1:02d}" for i in range(n)],
        "Metadata_Compound": ["DMSO", "a", "b", "c"][:n],
    }
    features = {f"Cells_f{i}": rng.normal(size=n) for i in range(2)}
    return pd.DataFrame({**plain, **features, **more})


def written(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if ".tsv" in path.name else ",")
    return path


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "parquet"])
@pytest.mark.parametrize("column", ["Plate", "Compound", "Batch", "Site", "Treatment", "lot"])
@pytest.mark.parametrize(
    "ids",
    [
        ["0000", "0001", "012", "12"],
        ["41E1", "410", "7E2", "1E0"],
        ["True", "False", "True", "x"],
        ["0042", "42", "042", "4.2E1"],
    ],
    ids=str,
)
def test_ids_are_text_as_written(tmp_path: Path, ending: str, column: str, ids: list[str]) -> None:
    named: dict[str, Any] = {"Metadata_Compound": "a", f"Metadata_{column}": ids}
    path = written(table(**named), tmp_path / f"t.{ending}")
    made = Profiles.load(path)
    name = column if column == "lot" else column.lower()
    assert made.meta[name].tolist() == ids
    assert made.names == ("Cells_f0", "Cells_f1")
    by = Aggregate(by=(name,))(made)
    assert len(by) == len(set(ids))  # none was merged


def test_flags_of_a_batch_stay_text_in_every_format(tmp_path: Path) -> None:
    frame = table(Metadata_Batch=[True, False, True, False])
    made = [Profiles.load(written(frame, tmp_path / f"t.{e}")) for e in ("csv", "parquet")]
    assert [m.meta["batch"].tolist() for m in made] == [["True", "False", "True", "False"]] * 2


def test_a_compound_is_one_over_files_with_and_without_blanks(tmp_path: Path) -> None:
    written(table(Metadata_Compound=[2245.0, np.nan, 2245.0, 7.0]), tmp_path / "a.csv")
    written(table(Metadata_Compound=[2245, 7, 7, 2245], Metadata_Plate="P2"), tmp_path / "b.csv")
    frame = table(Metadata_Compound=[2245.0, np.nan, 7.0, 7.0], Metadata_Plate="P3")
    written(frame, tmp_path / "c.parquet")
    made = ProfileTable(table=("a.csv", "b.csv", "c.parquet")).load(tmp_path)
    assert sorted(made.meta["compound"].dropna().unique()) == ["2245", "7"]


def test_numbers_of_plates_with_a_blank_meet_their_text(tmp_path: Path) -> None:
    written(table(Metadata_Plate=[41744.0, np.nan, 41744.0, 41744.0]), tmp_path / "t.csv")
    pd.DataFrame({"plate": ["41744"], "batch": ["b1"]}).to_csv(tmp_path / "b.csv", index=False)
    made = ProfileTable(table="t.csv", join=("b.csv",)).load(tmp_path)
    assert made.meta["plate"].fillna("?").tolist() == ["41744", "?", "41744", "41744"]
    assert made.meta["batch"].fillna("?").tolist() == ["b1", "?", "b1", "b1"]


def test_a_csv_meets_a_parquet(tmp_path: Path) -> None:
    written(table(Metadata_Plate=["0000", "0000", "0001", "0001"]), tmp_path / "t.parquet")
    (tmp_path / "b.csv").write_text("plate,batch\n0000,x\n0001,y\n")
    made = ProfileTable(table="t.parquet", join=("b.csv",)).load(tmp_path)
    assert made.meta["batch"].tolist() == ["x", "x", "y", "y"]


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2009", "\t"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_name_with_a_blank_is_the_name(tmp_path: Path, blank: str, ending: str) -> None:
    frame = table(Metadata_Compound=["DMSO", f"DMSO{blank}", f"{blank}a", "a"])
    frame = frame.rename(columns={"Metadata_Plate": f"Metadata_Plate{blank}"})
    made = Profiles.load(written(frame, tmp_path / f"t.{ending}"))
    assert made.meta["control"].tolist() == [True, True, False, False]
    assert made.meta["treatment"].tolist() == ["DMSO", "DMSO", "a", "a"]
    assert made.provenance[0]["facts"] == {"blanks_stripped": 3}


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (["1,5", "2,5", "3,5", "4,5"], "decimal sign is a comma"),
        (["low", "high", "low", "low"], "rename the column"),
        (["#N/D"] * 3 + ["1.5"], "spreadsheet"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_a_feature_of_text_is_never_dropped(
    tmp_path: Path, values: list[str], what: str, ending: str
) -> None:
    path = written(table(Cells_f0=values), tmp_path / f"t.{ending}")
    with pytest.raises(InputError, match=r"row 2: 'Cells_f0' is ") as error:
        Profiles.load(path)
    assert what in str(error.value)
    assert str(path) in str(error.value)
