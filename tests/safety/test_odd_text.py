"""Text that a file cannot hold: named before anything is written, or written in another way."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching

_HALF = "half \ud800"
_NUL = "a\0b"


def _profiles(compound: str = "x", name: str = "Cells_a", step: str = "load") -> Profiles:
    meta = pd.DataFrame({"plate": ["p", "p"], "compound": [compound, "DMSO"]})
    return Profiles(meta, np.ones((2, 1), np.float32), (name,), ({"step": step},))


@pytest.mark.parametrize("ending", ["parquet", "csv", "tsv.gz", "h5ad", "zarr"])
@pytest.mark.parametrize("text", [_HALF, _NUL])
def test_of_a_value_or_a_name(text: str, ending: str, tmp_path: Path) -> None:
    if ending in ("h5ad", "zarr"):
        pytest.importorskip("anndata")
    path = tmp_path / f"t.{ending}"
    for profiles in (_profiles(compound=text), _profiles(name=text)):
        if text == _NUL and ending in ("parquet", "zarr"):  # they can hold it
            read = Profiles.load(profiles.save(path))
            assert read.meta["compound"][0] == profiles.meta["compound"][0]
            assert read.names == profiles.names
            continue
        with pytest.raises(InputError, match="cannot be written") as caught:
            profiles.save(path)
        assert ascii(text) in str(caught.value)
        assert str(caught.value).isprintable()
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["parquet", "csv", "h5ad"])
def test_of_a_step_is_written_as_a_question_mark(ending: str, tmp_path: Path) -> None:
    if ending == "h5ad":
        pytest.importorskip("anndata")
    path = _profiles(step=_HALF).save(tmp_path / f"t.{ending}")
    assert Profiles.load(path).provenance[0]["step"] == "half ?"
    assert "é" in Profiles.load(_profiles(step="é").save(path)).provenance[0]["step"]


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_a_file_whose_name_is_not_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/week\xff.csv"
    try:
        Path(os.fsdecode(name)).write_text("plate,Cells_a\np,1.5\n")
    except OSError:
        pytest.skip("this disk takes UTF-8 names only")
    read = Profiles.load(os.fsdecode(name))
    again = Profiles.load(read.save(tmp_path / "t.parquet"))
    assert again.provenance[0]["file"] == "week?.csv"


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz"])
def test_a_carriage_return_would_end_the_line(ending: str, tmp_path: Path) -> None:
    for profiles in (_profiles(compound="a\rb"), _profiles(name="a\rb")):
        with pytest.raises(InputError, match="holds a carriage return"):
            profiles.save(tmp_path / f"t.{ending}")
    assert not list(tmp_path.iterdir())


HEADER = "Metadata_Plate,Metadata_Well,f1\n"
ODD = {
    "a NUL": (HEADER + "p,A01,1.5\np\0,A02,2.5\n", "row 3: holds a NUL"),
    "other ends of lines": ("\r\r" + HEADER + "p,A01,1.5\np,A02,2.5\n", "have different line ends"),
    "a name of ours": (
        "Metadata_Plate,Metadata_Well,f1,,Unnamed: 3\np,A01,1.5,,x\n",
        "'Unnamed: 3' appears twice",
    ),
    "a well of many digits": (HEADER + f"p,{'1' * 6000},1.5\n", "is not a well of a plate"),
}


@pytest.mark.parametrize("what", ODD)
def test_text_that_pandas_would_cut_or_count_otherwise(what: str, tmp_path: Path) -> None:
    text, message = ODD[what]
    (tmp_path / "t.csv").write_bytes(text.encode())
    with pytest.raises(InputError, match=message):
        Profiles.load(tmp_path / "t.csv")


def test_a_time_zone_that_does_not_exist_is_named(tmp_path: Path) -> None:
    when = pa.array([1], pa.timestamp("s", tz="Nowhere/X"))
    table = pa.table({"Metadata_Plate": ["p"], "Metadata_Start": when, "f1": [1.5]})
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="'Metadata_Start' is in an unknown time zone"):
        Profiles.load(tmp_path / "t.parquet")


def test_a_dose_is_the_same_number_in_every_format(tmp_path: Path) -> None:
    dose = np.random.default_rng(0).random(500) * 10
    frame = pd.DataFrame({"Metadata_Concentration": dose, "f1": 1.5})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        read = Profiles.load(tmp_path / name).meta["concentration"].to_numpy(float)
        np.testing.assert_array_equal(read, dose)


def test_times_of_a_zone_are_text_in_conditions(tmp_path: Path) -> None:
    times = pa.array([0, 86_400], pa.timestamp("s", tz="Europe/Berlin"))
    table = {"Metadata_Plate": ["p", "p"], "Metadata_when": times, "Cells_a": [1.0, 2.0]}
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    profiles = Profiles.load(tmp_path / "t.parquet")
    assert profiles.meta["when"].tolist() == [
        "1970-01-01 01:00:00+01:00",
        "1970-01-02 01:00:00+01:00",
    ]
    assert matching(profiles.meta, "when > '1970-01-01 12'").tolist() == [False, True]
    with pytest.raises(InputError, match="column 'when' holds text, and 3 is not text"):
        matching(profiles.meta, "when > 3")
