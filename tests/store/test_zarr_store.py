"""Writing a store in Zarr: exact, resumable, never half of one that opens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.store.s3_server import s3_server

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen, UnreadableImage
from phenolens.pixels.base import apply_chain
from phenolens.pixels.rescale import Rescale
from phenolens.store import zarr_store
from phenolens.store.reading import Workers
from phenolens.store.zarr_reader import open_zarr
from phenolens.store.zarr_store import write_zarr

pytest.importorskip("zarr")
ONE = Workers(threads=1)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zarr_store, "_LEAST", 5)  # 24 images: five shards, the last one short
    monkeypatch.setattr(zarr_store, "_MOST", 5)


def everything(screen: Screen) -> Images:
    return screen.read(np.arange(len(screen)))


@pytest.mark.parametrize("where", ["local", "memory://phenolens-test/a.zarr"])
def test_round_trip_is_exact(tiny_screen: Screen, tmp_path: Path, where: str) -> None:
    place = str(tmp_path / "a.zarr") if where == "local" else f"{where}{tmp_path.name}"
    screen = replace(apply_chain((Rescale(low=1.0),), tiny_screen), pixel_size=0.65)
    opened = write_zarr(screen, place, Workers(threads=2))
    assert np.array_equal(everything(opened), everything(screen))
    rows = np.array([23, 0, 7, 7])  # any order, and twice
    assert np.array_equal(opened.read(rows), everything(screen)[rows])
    pd.testing.assert_frame_equal(opened.meta, screen.meta)
    assert (opened.channels, opened.size) == (screen.channels, screen.size)
    assert (opened.pixel_size, opened.rescale) == (0.65, screen.rescale)
    assert opened.history == screen.history
    with pytest.raises(InputError, match=r"pixels of another screen \(channels, fingerprint"):
        write_zarr(screen.select(screen.channels[:1]), place, ONE)


def test_it_goes_on_where_it_was_stopped_and_cannot_be_opened_before(
    tiny_screen: Screen, tmp_path: Path
) -> None:
    seen: list[int] = []

    def read(rows: Rows, fail: int = -1) -> Images:
        if fail in rows:
            raise OSError("the disk is gone")
        seen.extend(rows.tolist() if len(rows) > 1 else [])
        return tiny_screen.read(rows)

    broken = replace(tiny_screen, read=lambda rows: read(rows, 11))
    with pytest.raises(OSError, match="disk is gone"):
        write_zarr(broken, tmp_path / "a", ONE)
    with pytest.raises(InputError, match="no finished pixel store; prepare it again"):
        open_zarr(tmp_path / "a")
    kept = sorted(seen)
    assert kept[:10] == list(range(10))
    (tmp_path / "a" / "pixels" / "c" / "0" / "0" / "0" / "0").write_bytes(b"cut")
    (tmp_path / "a" / "pixels" / "c" / "0" / "0" / "0" / "0.x.partial").write_bytes(b"cut")
    seen.clear()
    opened = write_zarr(replace(tiny_screen, read=read), tmp_path / "a", ONE)
    assert sorted(seen) == sorted([*range(5), *set(range(24)).difference(kept)])
    assert np.array_equal(everything(opened), everything(tiny_screen))
    names = [path.name for path in (tmp_path / "a").rglob("*")]
    assert "progress" not in names
    assert "0.x.partial" not in names


def test_a_kill_while_it_is_begun_and_folders_of_others(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(zarr_store, "write_table", lambda *_: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):  # noqa: PT011
            write_zarr(tiny_screen, tmp_path / "a", ONE)
    with pytest.raises(InputError, match="no finished pixel store"):
        open_zarr(tmp_path / "a")
    assert np.array_equal(
        everything(write_zarr(tiny_screen, tmp_path / "a", ONE)), everything(tiny_screen)
    )
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").touch()
    with pytest.raises(InputError, match=r"holds mine\.txt, and is not a pixel store"):
        write_zarr(tiny_screen, tmp_path / "b", ONE)
    about = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {}}}
    (tmp_path / "b" / "zarr.json").write_text(json.dumps(about))
    with pytest.raises(InputError, match="is not a pixel store"):
        write_zarr(tiny_screen, tmp_path / "b", ONE)
    assert len(list((tmp_path / "b").iterdir())) == 2


def test_images_that_cannot_be_read_are_left_out(tiny_screen: Screen, tmp_path: Path) -> None:
    def read(rows: Rows) -> Images:
        if 7 in rows:
            raise UnreadableImage("is empty", where="7.tif")
        return tiny_screen.read(rows)

    opened = write_zarr(replace(tiny_screen, read=read, left_out=()), tmp_path / "a", ONE)
    kept = np.array([row for row in range(24) if row != 7])
    assert opened.left_out == ("7.tif: is empty",)
    assert np.array_equal(everything(opened), everything(tiny_screen)[kept])
    assert opened.meta["well"].tolist() == tiny_screen.meta["well"].iloc[kept].tolist()


def test_object_storage_over_the_network(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By s3fs, as users do it: written, stopped, resumed, read by rows."""
    pytest.importorskip("s3fs")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    with s3_server() as (address, objects):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        where = f"s3://plates-{tmp_path.name.strip('_').replace('_', '-')}/a/b.zarr"

        def read(rows: Rows) -> Images:
            if 17 in rows:
                raise OSError("the disk is gone")
            return tiny_screen.read(rows)

        with pytest.raises(OSError, match="the disk is gone"):
            write_zarr(replace(tiny_screen, read=read), where, ONE)
        with pytest.raises(InputError, match="no finished pixel store"):
            open_zarr(where)
        opened = write_zarr(tiny_screen, where, Workers(threads=2))
        assert np.array_equal(everything(opened), everything(tiny_screen))
        rows = np.array([23, 0, 7, 7])
        assert np.array_equal(opened.read(rows), everything(tiny_screen)[rows])
        pd.testing.assert_frame_equal(opened.meta, tiny_screen.meta)
        assert sum(key.startswith("a/b.zarr/pixels/c/") for key in objects) == 5
        del objects["a/b.zarr/pixels/c/3/0/0/0"]
        with pytest.raises(InputError, match="1 of 5 files of its pixels are missing"):
            open_zarr(where)
