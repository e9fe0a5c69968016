"""What a store in Zarr must have to be opened, and damage that is found when it is read."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.store import zarr_store
from phenolens.store.reading import Workers
from phenolens.store.zarr_reader import is_zarr_store, open_zarr, zarr_sources
from phenolens.store.zarr_store import write_zarr

zarr = pytest.importorskip("zarr")


def test_a_reader_pickles_and_damage_is_named(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zarr_store, "_LEAST", 5)
    monkeypatch.setattr(zarr_store, "_MOST", 5)
    opened = write_zarr(tiny_screen, tmp_path / "a", Workers())
    opened.read(np.arange(24))
    sent = pickle.dumps(opened.read)
    assert len(sent) < 1000
    assert np.array_equal(pickle.loads(sent)(np.array([3])), opened.read(np.array([3])))
    shard = tmp_path / "a" / "pixels" / "c" / "1" / "0" / "0" / "0"
    whole = bytearray(shard.read_bytes())
    whole[-1] ^= 1  # the checksum of its index
    shard.write_bytes(whole)
    assert np.array_equal(opened.read(np.arange(5)), tiny_screen.read(np.arange(5)))
    with pytest.raises(InputError, match=r"images 6 cannot be read: .*; write the store again"):
        opened.read(np.array([6, 2]))
    shard.unlink()
    with pytest.raises(InputError, match="1 of 5 files of its pixels are missing"):
        open_zarr(tmp_path / "a")
    about, images, _ = zarr_sources(tmp_path / "a")
    assert (about.complete, images) == (True, 24)


def foreign(folder: Path, about: dict[str, Any], *, rows: int = 3, dtype: str = "uint16") -> Path:
    group = zarr.create_group(folder, attributes={"phenolens": about})
    group.create_array("pixels", data=np.ones((3, 2, 4, 5), dtype), chunks=(1, 2, 4, 5))
    table = group.create_group("table")
    for name in ("well", "plate"):
        column = table.create_array(name, shape=(rows,), dtype="string", chunks=(rows,))
        column[:] = np.array(["A01", "B02", "C03", "D04"][:rows], dtype=object)
    return folder


def test_a_store_of_others(tmp_path: Path) -> None:
    about = {"format": "pixels", "channels": ["DNA", "ER"]}
    screen = open_zarr(foreign(tmp_path / "good", about))
    assert screen.meta["well"].tolist() == ["A01", "B02", "C03"]
    assert (screen.read(np.array([2])) == 1).all()
    for name, more, message in (
        ("rows", {"rows": 4}, r"shape \(3, 2, 4, 5\), expected uint16 of \(4 images, 2 channels"),
        ("type", {"dtype": "float32"}, "are float32 of shape"),
    ):
        with pytest.raises(InputError, match=message):
            open_zarr(foreign(tmp_path / name, about, **more))
    for name, other, message in (
        ("none", {"channels": ["DNA", "ER"]}, "format"),
        ("version", {**about, "version": 2}, "version"),
        ("left", {**about, "unreadable": [[9, "x"]]}, "leaves out rows that it does not have"),
    ):
        with pytest.raises(InputError, match=message):
            open_zarr(foreign(tmp_path / name, other))


def test_what_is_not_one(tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "other")
    with pytest.raises(InputError, match="is a Zarr group, and not a pixel store"):
        open_zarr(tmp_path / "other")
    with pytest.raises(InputError, match="is not a Zarr group that can be opened"):
        open_zarr(tmp_path / "nothing")
    assert not is_zarr_store(tmp_path / "other")
    assert not is_zarr_store(tmp_path / "nothing")
