"""AnnData that scanpy and pycytominer read, and theirs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

anndata = pytest.importorskip("anndata")


def same(one: Profiles, other: Profiles) -> None:
    assert one.features.tobytes() == other.features.tobytes()
    assert one.names == other.names
    assert one.provenance == other.provenance
    columns = list(other.meta)
    missing = (
        p.meta[columns].astype(object).where(p.meta[columns].notna(), None) for p in (one, other)
    )
    pd.testing.assert_frame_equal(*missing)
    assert one.meta[columns].dtypes.tolist() == other.meta.dtypes.tolist()


@pytest.mark.parametrize("ending", ["h5ad", "zarr"])
def test_nothing_is_lost(wells: Profiles, tmp_path: Path, ending: str) -> None:
    path = wells.save(tmp_path / f"wells.{ending}")
    same(Profiles.load(path), wells)
    wells.take(np.arange(3)).save(path)  # over the old one
    assert len(Profiles.load(path)) == 3
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_in_memory_and_back(wells: Profiles) -> None:
    adata = wells.to_anndata()
    assert adata.X.dtype == np.float32
    assert list(adata.obs)[:2] == ["Metadata_Plate", "Metadata_Well"]
    assert adata.obs_names.tolist() == [str(i) for i in range(24)]
    assert json.loads(adata.uns["phenolens"])["provenance"] == list(wells.provenance)
    same(Profiles.from_anndata(adata), wells)
    adata.X[0, 0] = 99  # a copy: the profiles are not changed
    assert wells.features[0, 0] != 99


@pytest.mark.parametrize("ending", ["h5ad", "zarr"])
def test_scanpy_reads_what_is_written(wells: Profiles, peers: dict[str, Any], ending: str) -> None:
    expected = peers[f"scanpy {ending}"]
    assert expected["obs"] == list(wells.to_anndata().obs)
    assert expected["compounds"] == ["DMSO", "a", "b", "c", "d"]
    assert expected["chain"] == ["shift"]
    x = wells.features.astype(np.float64)
    singular = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(singular[:3] ** 2 / 23, expected["variance"], rtol=1e-5)
    by_pycytominer = peers[f"pycytominer {ending}"]
    assert by_pycytominer["features"] == list(wells.names)
    assert set(expected["obs"]) <= set(by_pycytominer["metadata"])
    np.testing.assert_allclose(
        by_pycytominer["medians"], peers["pycytominer parquet"]["medians"], rtol=1e-6
    )


def test_a_file_of_pycytominers_is_read(wells: Profiles, golden: Path) -> None:
    made = Profiles.load(golden / "pycytominer.h5ad")
    np.testing.assert_array_equal(made.features, wells.features)
    assert made.names == wells.names
    assert made.meta["control"].tolist() == wells.meta["control"].tolist()
    assert made.provenance[0]["file"] == "pycytominer.h5ad"
    # Its writer moves numbers to X: they are metadata here as they were before.
    assert made.meta["count"].tolist() == wells.meta["count"].tolist()
    assert made.meta["treatment"].tolist()[:5] == ["a@0.3", "b@0.3", "c@0.3", "d@0.3", "DMSO"]


def foreign(**obs: object) -> Any:
    table = pd.DataFrame(obs, index=["x", "y", "z"])
    x = sparse.csr_matrix(np.array([[0.0, 1.5], [2.5, 0.0], [0.0, 0.0]]))
    return anndata.AnnData(X=x, obs=table, var=pd.DataFrame(index=["g1", "g2"]))


def test_sparse_features_and_bare_names() -> None:
    adata = foreign(plate=["p", "p", "q"], Drug=pd.Categorical(["DMSO", "a", "a"]), n=[1, 2, 3])
    adata.obs.index = ["x", "y", "z"]
    made = Profiles.from_anndata(adata, {"compound": "Drug"})
    assert made.features.tolist() == [[0.0, 1.5], [2.5, 0.0], [0.0, 0.0]]
    assert made.meta["control"].tolist() == [True, False, False]
    assert made.meta["n"].tolist() == ["1", "2", "3"]  # obs is metadata, whatever it holds
    assert made.meta.dtypes.astype(str).tolist()[:2] == ["object", "object"]
    assert made.provenance == ()


@pytest.mark.parametrize("layout", ["csr_matrix", "csc_matrix"])
@pytest.mark.parametrize(
    ("indices", "ends"),
    [
        ([0, 1, 2, 99_999_999], [0, 1, 2, 3, 4]),
        ([0, 1, 2, -5_000_000], [0, 1, 2, 3, 4]),
        ([0, 1, 2, 0], [0, 1, 2, 3, 400_000_000]),
        ([0, 1, 2, 0], [0, 4, -9, 3, 4]),
        ([0, 1, 2, 0], [0, 4, 2, 3, 4]),
    ],
    ids=["beyond", "below zero", "too long", "below", "falling"],
)
def test_a_sparse_matrix_writes_nowhere_else(
    layout: str, indices: list[int], ends: list[int]
) -> None:
    made = getattr(sparse, layout)(np.eye(4, dtype=np.float32))
    plates = pd.DataFrame({"Metadata_Plate": list("pppp")}, index=list("abcd"))
    adata = anndata.AnnData(X=made, obs=plates)
    adata.X.indices = np.array(indices, dtype=np.int32)
    adata.X.indptr = np.array(ends, dtype=np.int32)
    with pytest.raises(InputError, match=r"X is a damaged sparse matrix: .*; copy or export"):
        Profiles.from_anndata(adata, {})


def test_bad_anndata_is_named(tmp_path: Path) -> None:
    empty = foreign(plate=["p", "p", "q"])[:, []]
    with pytest.raises(InputError, match="has no features"):
        Profiles.from_anndata(empty)
    only = foreign(plate=["p", "p", "q"])
    only.var_names = ["Metadata_a", "Metadata_b"]
    with pytest.raises(InputError, match="X contains only metadata"):
        Profiles.from_anndata(only)
    twice = foreign(Metadata_a=["p", "p", "q"])
    twice.var_names = ["g1", "Metadata_a"]
    with pytest.raises(InputError, match="column 'Metadata_a' appears twice"):
        Profiles.from_anndata(twice)
    twice = foreign(plate=["p", "p", "q"])
    twice.var_names = ["g1", "g1"]
    with pytest.raises(InputError, match="column 'g1' appears twice"):
        Profiles.from_anndata(twice)
    leak = foreign(plate=["p", "p", "q"])
    leak.var_names = ["g1", "Batch"]
    with pytest.raises(InputError, match="'Batch' is metadata"):
        Profiles.from_anndata(leak)
    for name in ("torn.h5ad", "torn.zarr"):
        (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\nhalf")
        with pytest.raises(InputError, match=f"{name}: cannot be read as a table"):
            Profiles.load(tmp_path / name)
    slash = Profiles(meta=pd.DataFrame({"a/b": [1]}), features=np.ones((1, 1)))
    with pytest.raises(InputError, match="cannot store the column 'Metadata_a/b'"):
        slash.to_anndata()


def test_another_programs_key_is_no_chain() -> None:
    adata = foreign(plate=["p", "p", "q"])
    adata.uns["phenolens"] = "not json"
    assert Profiles.from_anndata(adata).provenance == ()


def test_a_missing_package_is_named(wells: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(InputError, match=r"pip install 'phenolens\[anndata\]'"):
        wells.to_anndata()


def test_the_room_is_there_before_hdf5_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk HDF5 ends the process with a fault of the memory."""
    asked = []

    def full(path: Path, size: int) -> None:
        asked.append(size)
        raise InputError("no space left on the disk", where=path)

    meta = pd.DataFrame({"plate": ["a", "b"] * 50, "well": [f"A{i:02d}" for i in range(100)]})
    profiles = Profiles(meta, np.ones((100, 20), np.float32))
    size = profiles.save(tmp_path / "x.h5ad").stat().st_size
    before = (tmp_path / "x.h5ad").read_bytes()
    monkeypatch.setattr("phenolens.core.formats.ann_data.reserve", full)
    with pytest.raises(InputError, match="no space left"):
        profiles.save(tmp_path / "x.h5ad")
    assert (tmp_path / "x.h5ad").read_bytes() == before
    assert size < asked[0] < 4 * size


def test_layers_are_named_if_x_has_one_value(caplog: pytest.LogCaptureFixture) -> None:
    obs = pd.DataFrame({"Metadata_Well": ["A01", "A02"]}, index=["0", "1"])
    made = anndata.AnnData(X=np.ones((2, 1)), obs=obs, layers={"raw": np.array([[1.5], [2.5]])})
    Profiles.from_anndata(made)
    assert "X is 1.0 everywhere; only X is read, not the layers raw" in caplog.text
    caplog.clear()
    made.X = made.layers["raw"]
    Profiles.from_anndata(made)
    assert not caplog.text
