"""Text that a file cannot hold: named before anything is written, or written in another way."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

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
