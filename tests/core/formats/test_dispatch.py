"""The ending selects the format; a write is complete or leaves the old file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats import ann_data, delimited, dispatch
from phenolens.core.profiles import Profiles

ENDINGS = ("parquet", "csv", "csv.gz", "h5ad", "zarr")


def test_every_reader_is_a_file_that_reads_and_every_writer_one_that_writes() -> None:
    for kind in set(dispatch.READERS.values()):
        assert callable(dispatch._load(kind).read)
    for kind in set(dispatch.WRITERS.values()):
        assert callable(dispatch._load(kind).write)


@pytest.mark.parametrize("name", ["wells.xlsx", "wells", "wells.gz", "wells.npy", "wells.npz"])
def test_an_ending_without_a_writer_is_refused(wells: Profiles, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"cannot write .*supported endings: .parquet, .csv"):
        wells.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_ending_without_a_reader_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wells.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"wells.xlsx: cannot read '.xlsx' files; supported"):
        Profiles.load(tmp_path / "wells.xlsx")
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(InputError, match=r"folder.parquet: is a folder"):
        Profiles.load(tmp_path / "folder.parquet")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_write_that_fails_leaves_the_old_one_whole(
    wells: Profiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = wells.save(tmp_path / f"wells.{ending}")
    before = sorted(p.name for p in tmp_path.iterdir())

    def full(_: object, where: Path) -> None:
        where.write_bytes(b"half")
        raise KeyboardInterrupt

    for module in (dispatch._load("parquet"), delimited, ann_data):
        monkeypatch.setattr(module, "write", full)
    with pytest.raises(KeyboardInterrupt):
        wells.take(np.arange(2)).save(path)
    monkeypatch.undo()
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    back = Profiles.load(path)
    assert (len(back), back.provenance) == (24, wells.provenance)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_carries_where_it_came_from(tmp_path: Path, ending: str) -> None:
    """A foreign table, a step, a file of ours: the fingerprint of the first is still there."""
    outside = tmp_path / "in" / "plate.csv"
    outside.parent.mkdir()
    pd.DataFrame({"Metadata_Plate": ["p", "q"], "e0": [0.5, 1.5]}).to_csv(outside, index=False)
    read = Profiles.load(outside, {"batch": "Metadata_Plate"})
    back = Profiles.load(read.save(tmp_path / f"out.{ending}"))
    (entry,) = back.provenance
    assert entry["step"] == "load"
    assert entry["file"] == "plate.csv"
    assert str(tmp_path) not in str(back.provenance)
    assert (entry["rows"], entry["features"]) == (2, 1)
    assert entry["parameters"] == {"columns": {"batch": "Metadata_Plate"}}
    assert len(entry["sha256"]) == 64


def test_the_row_that_is_wrong_is_named_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Metadata_Compound,Metadata_Concentration,e0\na,1,0.5\nb,low,1.5\n")
    with pytest.raises(InputError, match=r"t.csv: row 3: concentration 'low' is not a number"):
        Profiles.load(path)


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "wells.csv")
    with pytest.raises(InputError, match=r"wells.csv: is not a file"):
        Profiles.load(tmp_path / "wells.csv")


def test_a_text_file_is_to_be_named_by_its_separator(tmp_path: Path) -> None:
    (tmp_path / "P1.txt").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match=r"name it \.tsv if tabs separate its cells"):
        dispatch.read(tmp_path / "P1.txt", {})
