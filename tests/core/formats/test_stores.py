"""A store that runs code, or that takes values from other files, is refused before it is opened."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.stores import check_hdf5, check_zarr
from phenolens.core.profiles import Profiles

anndata = pytest.importorskip("anndata")
zarr = pytest.importorskip("zarr")
h5py = pytest.importorskip("h5py")
numcodecs = pytest.importorskip("numcodecs")


@pytest.fixture
def wells() -> Profiles:
    """Three wells of two features."""
    meta = pd.DataFrame({"plate": ["p1"] * 3, "well": ["A01", "A02", "A03"]})
    return Profiles(meta=meta, features=np.arange(6, dtype=np.float32).reshape(3, 2))


def write_zarr(path: Path, version: int) -> Path:
    """Write a store of zarr's version 2 or 3, as anndata does."""
    obs = pd.DataFrame({"Metadata_Plate": ["p1", "p1"]}, index=["a", "b"])
    made = anndata.AnnData(X=np.ones((2, 2), np.float32), obs=obs, uns={"filters": "text"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = zarr.open_group(path, mode="w", zarr_format=version)
        anndata.io.write_elem(group, "/", made)
        zarr.consolidate_metadata(path, zarr_format=version)
    return path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("version", [2, 3])
def test_what_anndata_writes_is_read(tmp_path: Path, version: int) -> None:
    path = write_zarr(tmp_path / "x.zarr", version)
    check_zarr(path)
    assert len(Profiles.load(path)) == 2


def test_what_we_write_is_read(tmp_path: Path, wells: Profiles) -> None:
    for name in ("x.zarr", "x.h5ad"):
        assert len(Profiles.load(wells.save(tmp_path / name))) == 3


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return Path.touch, (self.place,)


@pytest.mark.parametrize("consolidated", [True, False])
def test_the_pickle_codec_is_refused(tmp_path: Path, *, consolidated: bool) -> None:
    """As an array of text would name it; the chunk is a pickle that writes a file."""
    path = write_zarr(tmp_path / "x.zarr", 2)
    array = path / "obs" / "_index"
    filters = [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}]
    described = json.loads((array / ".zarray").read_text())
    (array / ".zarray").write_text(json.dumps({**described, "filters": filters}))
    whole = path / ".zmetadata"
    if consolidated:
        content = json.loads(whole.read_text())
        content["metadata"]["obs/_index/.zarray"]["filters"] = filters
        whole.write_text(json.dumps(content))
        (array / ".zarray").write_text(json.dumps(described))
    else:
        whole.unlink()
    (array / "0").write_bytes(pickle.dumps(Harmful(tmp_path / "PWNED")))
    with pytest.raises(InputError, match=r"is decoded by 'pickle', which could run code"):
        Profiles.load(path)
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ({"name": "numcodecs.pickle", "configuration": {}}, "pickle"),
        ({"name": "somebody.else"}, "somebody.else"),
        ("pickle", "pickle"),
        (
            {
                "name": "sharding_indexed",
                "configuration": {"codecs": [{"name": "bytes"}, {"name": "numcodecs.pickle"}]},
            },
            "pickle",
        ),
        ({"id": "pickle", "name": "zstd"}, "pickle"),
        ({"id": "zstd", "name": "numcodecs.pickle"}, "pickle"),
        ({}, "None"),
    ],
)
def test_codecs_of_version_3_are_found(tmp_path: Path, codec: Any, named: str) -> None:
    path = write_zarr(tmp_path / "x.zarr", 3)
    document = path / "X" / "zarr.json"
    content = json.loads(document.read_text())
    content["codecs"].append(codec)
    document.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"X/zarr.json: is decoded by '{named}'"):
        check_zarr(path)


def test_what_is_not_a_document_is_named(tmp_path: Path) -> None:
    for text in ("no json", "[" * 100_000, "\ud800"):
        (tmp_path / ".zarray").write_text(text, errors="surrogatepass")
        with pytest.raises(InputError, match=r"\.zarray: is not a document of zarr"):
            check_zarr(tmp_path)


def test_a_link_out_of_the_store_is_refused(tmp_path: Path) -> None:
    path = write_zarr(tmp_path / "x.zarr", 2)
    (tmp_path / "private").write_bytes(b"secret")
    chunk = next(path / "X" / name for name in ("0.0", "0/0") if (path / "X" / name).exists())
    chunk.unlink()
    chunk.symlink_to(tmp_path / "private")
    with pytest.raises(InputError, match="leads out of the folder"):
        Profiles.load(path)


def _external_link(file: Any, other: Path) -> None:
    file["obs/more"] = h5py.ExternalLink(str(other), "/X")


def _external_bytes(file: Any, other: Path) -> None:
    file["obs"].create_dataset("more", (4,), "u1", external=[(str(other), 0, 4)])


def _virtual(file: Any, other: Path) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(str(other), "X", (4,))
    file["obs"].create_virtual_dataset("more", layout)


@pytest.mark.parametrize("add", [_external_link, _external_bytes, _virtual])
def test_values_of_other_files_are_refused(
    tmp_path: Path, wells: Profiles, add: Callable[[Any, Path], None]
) -> None:
    path = wells.save(tmp_path / "x.h5ad")
    (tmp_path / "private").write_bytes(b"secret")
    with h5py.File(path, "a") as file:
        file["loop"] = file["obs"]
        file["obs"]["itself"] = file["obs"]
        del file["obs"]["itself"], file["loop"]
        add(file, tmp_path / "private")
    with pytest.raises(InputError, match=r"x\.h5ad: takes /obs/more from"):
        Profiles.load(path)


def test_groups_in_themselves_end(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a/b"] = h5py.SoftLink("/a")
        file["a/c"] = file["a"]
        file["x"] = np.ones(3)
    check_hdf5(tmp_path / "x.h5")


@pytest.mark.parametrize("place", ["X/0.0", "obs/.zattrs", ".zmetadata"])
def test_a_pipe_in_a_store_is_refused(tmp_path: Path, place: str) -> None:
    path = write_zarr(tmp_path / "x.zarr", 2)
    (path / place).unlink()
    os.mkfifo(path / place)
    with pytest.raises(InputError, match=rf"x\.zarr/{place}: is not a file"):
        check_zarr(path)


@pytest.mark.parametrize("version", [2, 3])
def test_a_chunk_that_decodes_to_more_is_refused(tmp_path: Path, version: int) -> None:
    """Also below a document that says otherwise, and behind a link in the store."""
    path = write_zarr(tmp_path / "x.zarr", version)
    chunk = path / "X" / ("0.0" if version == 2 else "c/0/0")
    chunk.write_bytes(bytes(numcodecs.Zstd().encode(np.zeros(1 << 20))))
    with pytest.raises(InputError, match=rf"{chunk.name}: decodes to more than its array holds"):
        check_zarr(path)
    shutil.move(chunk, path / "other")
    chunk.symlink_to(path / "other")
    with pytest.raises(InputError, match=rf"{chunk.name}: decodes to more than its array holds"):
        check_zarr(path)
    chunk.unlink()
    (path / "X" / "away").symlink_to(path / "obs")
    with pytest.raises(InputError, match="away: is not a file"):
        check_zarr(path)


def test_a_part_that_was_lost_is_named_in_a_store_of_ours(tmp_path: Path, wells: Profiles) -> None:
    """zarr reads what is missing as 0: features, or the first compound."""
    zeros = replace(wells, features=np.zeros((3, 2), np.float32))
    path = zeros.save(tmp_path / "x.zarr")
    assert len(Profiles.load(path)) == 3  # parts of 0 alone are written too
    (path / "X" / "0.0").unlink()
    with pytest.raises(InputError, match=r"x\.zarr: 1 part of X missing; copy the store"):
        Profiles.load(path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("version", [2, 3])
def test_a_part_that_is_missing_elsewhere_is_a_warning(
    tmp_path: Path, version: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Other writers leave out parts that hold nothing but the fill value."""
    path = write_zarr(tmp_path / "x.zarr", version)
    Profiles.load(path)
    assert "missing" not in caplog.text
    shutil.rmtree(path / "X" / "c") if version == 3 else (path / "X" / "0.0").unlink()
    assert not Profiles.load(path).features.any()
    assert "x.zarr: 1 part of X missing: what is missing is read as" in caplog.text
