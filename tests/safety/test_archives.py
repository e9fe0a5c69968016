"""Files that promise more than they hold, or than the memory holds, are named in one line."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from phenolens.chains.stream import aggregate_file
from phenolens.core.errors import InputError
from phenolens.core.formats import memory
from phenolens.core.formats.parts import unreadable
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate

_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': %s}"


def _npy(header: str, version: int = 1) -> bytes:
    text = f"{header}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 * version, "little") + text


ARRAYS = {
    "more rows than any computer holds": _npy(_HEADER % "(1000000000000, 4)") + bytes(64),
    "a number of rows of 30 digits": _npy(_HEADER % f"({10**30}, 4)") + bytes(64),
    "a negative number of rows": _npy(_HEADER % "(-2, 4)") + bytes(64),
    "no number of rows": _npy(_HEADER % "(True, 4)") + bytes(64),
    "nested 3,000 deep": _npy("(" * 3000 + ")" * 3000),
    "a sign 9,000 times": _npy("-" * 9000 + "1"),
    "nested in a long header": _npy("[" * 50_000 + "]" * 50_000, version=2),
    "text that does not end": _npy("{'descr': '''"),
    "other keys": _npy("{'descr': '<f4'}") + bytes(64),
    "objects": _npy(_HEADER.replace("<f4", "|O") % "(2, 4)") + bytes(64),
    "records of a huge size": _npy(_HEADER.replace("<f4", "|V99999999") % "(2, 4)"),
    "an unknown version": b"\x93NUMPY\x09\x00" + bytes(30),
    "half a zip file": b"PK\x03\x04 and no more",
    "nothing": b"",
}


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the bytes that are free in this test."""
    monkeypatch.setattr(memory, "free_memory", lambda: 100_000)
    return 100_000


def _message(path: Path, load: Any = Profiles.load) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert len(text) < 700
    assert text.isprintable()
    return text


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_whose_header_lies(name: str, tmp_path: Path) -> None:
    pd.DataFrame({"plate": ["p", "p"], "well": ["A01", "A02"]}).to_csv(tmp_path / "x.csv")
    path = tmp_path / "x.npy"
    path.write_bytes(ARRAYS[name])
    assert "is not a complete .npy file" in _message(path)


def test_compressed_text_that_is_larger_than_memory(tmp_path: Path, little: int) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"plate,Cells_a\n" + b"p,1.5\n" * little))
    assert path.stat().st_size < 2000
    assert "holds more than 0.0 GB of text" in _message(path)
    path.write_bytes(path.read_bytes()[:-200])  # damaged too: what is there is too much already
    assert "more than 1388 rows of 2 columns" in _message(path)
    path.write_bytes(gzip.compress(b"plate,Cells_a\n" + b"p,1.5\n" * 1000))
    assert len(Profiles.load(path)) == 1000


def test_a_parquet_file_that_is_larger_than_memory(tmp_path: Path, little: int) -> None:
    path = tmp_path / "x.parquet"
    meta = pd.DataFrame({"plate": ["p"] * 2 * little})  # a few bytes on disk
    Profiles(meta, np.ones((len(meta), 1), np.float32), ("Cells_a",)).save(path)
    text = _message(path)
    assert "of memory" in text
    assert "--stream" in text
    assert len(aggregate_file(path, Aggregate(by=("plate",)))) == 1


@pytest.mark.parametrize(
    "error",
    [
        pa.ArrowMemoryError("malloc of size 192000000 failed"),
        pd.errors.ParserError("Error tokenizing data. C error: out of memory"),
        OSError("Failed to launch worker thread: Resource temporarily unavailable"),
        MemoryError("Unable to allocate 18.6 GiB"),
    ],
)
def test_too_little_memory_is_no_damage(error: Exception) -> None:
    text = str(unreadable(error))
    assert "not enough memory" in text
    assert "copy or export" not in text


def test_what_a_library_says_about_a_file_is_short() -> None:
    assert len(str(unreadable(ValueError("x" * 100_000)))) < 400


def test_arrays_of_stores_that_promise_more_than_the_memory_holds(
    tmp_path: Path, little: int
) -> None:
    """The shape of an array without a single value in the file: a few hundred bytes on disk."""
    anndata, h5py = pytest.importorskip("anndata"), pytest.importorskip("h5py")
    obs = pd.DataFrame({"Metadata_Plate": ["p", "p"]}, index=["a", "b"])
    anndata.AnnData(X=np.ones((2, 3), np.float32), obs=obs).write_h5ad(tmp_path / "t.h5ad")
    with h5py.File(tmp_path / "t.h5ad", "r+") as file:
        del file["X"]
        shape = (2, little)
        made = file.create_dataset("X", shape=shape, chunks=(1, 1024), dtype="f4")
        made.attrs["encoding-type"], made.attrs["encoding-version"] = "array", "0.2.0"
    with pytest.raises(InputError, match=r"t\.h5ad: .*of memory, and .* are free"):
        Profiles.load(tmp_path / "t.h5ad")
