"""A chunk of an HDF5 file that inflates to more than its dataset is refused."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats import hdf5_chunks
from phenolens.core.formats.stores import check_hdf5

h5py = pytest.importorskip("h5py")


@pytest.mark.parametrize("filters", [{}, {"shuffle": True, "fletcher32": True}])
def test_a_bomb_is_refused_and_a_chunk_is_not(
    tmp_path: Path, filters: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hdf5_chunks, "_HARMLESS", 0)
    path = tmp_path / "x.h5ad"
    x = np.random.default_rng(0).normal(size=(60, 50))
    for name in ("gzip", "lzf"):
        with h5py.File(path, "w") as file:
            made = file.create_dataset("X", data=x, chunks=(7, 9), compression=name, **filters)
            file["text"] = ["a", "b"]
        check_hdf5(path)
        with h5py.File(path, "r+") as file:
            bomb = zlib.compress(bytes(1 << 20)) if name == "gzip" else bytes(20_000)
            made = file["X"]
            made.id.write_direct_chunk((0, 0), bomb)
        with pytest.raises(InputError, match=r"x\.h5ad: a chunk of /X decodes to more than"):
            check_hdf5(path)


def test_a_value_of_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.h5ad"
    with h5py.File(path, "w") as file:
        file.create_dataset("uns/phenolens", shape=(), dtype=h5py.string_dtype(length=2 * 10**9))
    with pytest.raises(InputError, match="2,000,000,000 bytes for each value of /uns/phenolens"):
        check_hdf5(path)
