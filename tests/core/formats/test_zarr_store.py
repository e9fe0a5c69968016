"""Nothing is written to a Zarr folder after its block has ended."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.formats.zarr_store import whole_store

zarr = pytest.importorskip("zarr")
local = pytest.importorskip("zarr.storage._local")


def test_an_array_is_written_as_by_zarr_alone(tmp_path: Path) -> None:
    values = np.arange(60.0).reshape(12, 5)
    with whole_store(tmp_path / "a") as store:
        zarr.create_array(store, data=values, chunks=(2, 5))
    zarr.create_array(tmp_path / "b", data=values, chunks=(2, 5))
    assert np.array_equal(zarr.open_array(tmp_path / "a", mode="r")[:], values)
    files = [
        {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (tmp_path / "a", tmp_path / "b")
    ]
    assert files[0] == files[1]


def test_after_a_failure_no_part_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, late = local._put, []

    def slow(path: Path, value: object, exclusive: bool = False) -> int:
        if "/c/" not in path.as_posix():
            return int(put(path, value, exclusive))
        if path.name == "0" and path.parent.name == "0":
            raise OSError(28, "No space left on device")
        time.sleep(0.1)
        late.append(path)
        return int(put(path, value, exclusive))

    monkeypatch.setattr(local, "_put", slow)
    folder = tmp_path / "a"
    with pytest.raises(OSError, match="No space left"), whole_store(folder) as store:
        zarr.create_array(store, data=np.ones((100, 5)), chunks=(1, 5))
    shutil.rmtree(folder)
    count = len(late)
    time.sleep(0.3)
    assert not folder.exists()
    assert len(late) == count < 99
