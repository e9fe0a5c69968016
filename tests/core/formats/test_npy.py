"""An array and its table: the same rows in both, or the message names the one that differs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

ROWS = pd.DataFrame({"plate": ["p", "q"], "donor": [7, 8], "wells": [["A1", "A2"], ["B1"]]})
X = np.array([[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]])


@pytest.fixture
def array(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", X)
    ROWS.to_parquet(tmp_path / "x.parquet")
    return tmp_path / "x.npy"


def test_the_table_of_its_name_is_taken(array: Path) -> None:
    made = Profiles.load(array)
    assert made.features.tolist() == X.tolist()
    assert made.names == ("f0000", "f0001", "f0002")
    # All of the table is metadata, numbers too, as text; a list in a cell is a set.
    assert made.meta["donor"].tolist() == ["7", "8"]
    assert made.meta["wells"].tolist() == ["A1|A2", "B1"]
    (entry,) = made.provenance
    assert (entry["file"], entry["facts"]) == ("x.npy", {"table": "x.parquet"})


def test_a_table_is_named_by_path_or_by_name(array: Path, tmp_path: Path) -> None:
    other = tmp_path / "rows.csv"
    pd.DataFrame({"well": ["A1", "A2"]}).to_csv(other, index=False)
    for table in (other, "rows.csv"):
        assert Profiles.load(array, table=table).meta["well"].tolist() == ["A01", "A02"]
    named = Profiles.load(array, {"batch": "donor"})
    assert named.meta["batch"].tolist() == ["7", "8"]


def test_the_fingerprint_is_of_both_files(array: Path, tmp_path: Path) -> None:
    first = Profiles.load(array).provenance[0]["sha256"]
    assert Profiles.load(array).provenance[0]["sha256"] == first
    ROWS.assign(donor=[7, 9]).to_parquet(tmp_path / "x.parquet")
    assert Profiles.load(array).provenance[0]["sha256"] != first


def test_what_does_not_fit_is_named(array: Path, tmp_path: Path) -> None:
    ROWS.iloc[:1].to_parquet(tmp_path / "one.parquet")
    with pytest.raises(InputError, match=r"x.npy: has 2 rows, but one.parquet has 1; one row"):
        Profiles.load(array, table="one.parquet")
    with pytest.raises(InputError, match=r"none.parquet: no such file"):
        Profiles.load(array, table="none.parquet")
    np.save(tmp_path / "alone.npy", X)
    with pytest.raises(InputError, match=r"needs a table .* example alone.parquet; .* x.parquet"):
        Profiles.load(tmp_path / "alone.npy")
    with pytest.raises(InputError, match=r"only used with an \.npy array"):
        Profiles.load(tmp_path / "x.parquet", table="one.parquet")
    (tmp_path / "bad.csv").write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match=r"bad.csv: column 'a' appears twice"):
        Profiles.load(array, table="bad.csv")


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.zeros(3), "float64 of shape .3,., not a matrix"),
        (np.zeros((2, 3, 4)), "not a matrix of features"),
        (np.array([["a", "b"]]), "not a matrix of features"),
        (np.zeros((2, 0)), "has no features"),
        (np.array([[object()]]), "is not a complete .npy file"),
    ],
)
def test_only_a_matrix_of_numbers_is_read(tmp_path: Path, array: np.ndarray, what: str) -> None:
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    ROWS.to_parquet(tmp_path / "x.parquet")
    with pytest.raises(InputError, match=what):
        Profiles.load(tmp_path / "x.npy")


def test_a_torn_array(array: Path) -> None:
    whole = array.read_bytes()
    for torn in (whole[:-9], whole[:20], b""):
        array.write_bytes(torn)
        with pytest.raises(InputError, match=r"x.npy: is not a complete .npy file"):
            Profiles.load(array)
