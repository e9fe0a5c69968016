"""DeepProfiler's folder of fields: one row per cell, with its plate, well and site."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def field(path: Path, cells: int = 2, width: int = 3, **metadata: Any) -> Path:
    """Write the file of one field, with this metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "features": np.arange(cells * width, dtype=np.float32).reshape(cells, width),
        "metadata": metadata,
        "locations": np.arange(cells * 2).reshape(cells, 2),
    }
    np.savez_compressed(path, **arrays)
    return path


def test_one_file_is_read_as_pycytominer_reads_it(
    tables: Any, peers: dict[str, Any], tmp_path: Path
) -> None:
    path = tables.deep_profiler_file(tmp_path)
    made = Profiles.load(path)
    columns, first = peers["npz"]["columns"], peers["npz"]["first"]
    expected = dict(zip(columns, first, strict=True))
    assert made.names == tuple(name for name in columns if name.startswith("efficientnet"))
    np.testing.assert_allclose(
        made.features[0], [float(expected[name]) for name in made.names], rtol=1e-6
    )
    assert made.meta.loc[0, ["plate", "well", "site"]].tolist() == ["P1", "B02", "1"]
    assert expected["Metadata_DNA"] == made.meta["DNA"][0] == "d.tif"
    assert made.meta["cell"].tolist() == [0, 1, 2]
    raw = np.load(path, allow_pickle=True)["locations"]
    np.testing.assert_array_equal(made.meta["Location_Center_X"], raw[:, 0])


def test_the_folder_is_one_table(tmp_path: Path) -> None:
    root = tmp_path / "features"
    field(
        root / "P1" / "A01" / "1.npz", 2, Metadata_Plate="P1", Metadata_Well="A01", Metadata_Site=1
    )
    field(root / "P1" / "A02" / "7.npz", 3, Model="net")
    field(root / "P2" / "B01_4.npz", 1, Metadata_Compound="DMSO")
    np.savez(root / "P2" / "B02_1.npz", features=np.empty(0), metadata=np.array({}, dtype=object))
    made = Profiles.load(root)
    assert made.meta["plate"].tolist() == ["P1"] * 5 + ["P2"]
    assert made.meta["well"].tolist() == ["A01"] * 2 + ["A02"] * 3 + ["B01"]
    assert made.meta["site"].astype(str).tolist() == ["1", "1", "7", "7", "7", "4"]
    assert made.names == ("net_0", "net_1", "net_2")
    assert made.meta["control"].tolist() == [False] * 5 + [True]
    (entry,) = made.provenance
    assert entry["file"] == "features"
    assert entry["facts"] == {"files": 4, "without_cells": 1, "path_disagrees": 0}
    assert (entry["rows"], entry["features"]) == (6, 3)


def test_metadata_that_disagrees_with_the_path_is_used_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "features"
    metadata: dict[str, Any] = {"Metadata_Plate": "P1", "Metadata_Well": "A01"}
    field(root / "P1" / "A01" / "1.npz", **metadata)
    field(root / "P1" / "A1" / "2.npz", **metadata)  # the same well, written shorter
    field(root / "P1" / "A02" / "1.npz", **metadata)
    with caplog.at_level(logging.WARNING, "phenolens"):
        made = Profiles.load(root)
    assert made.meta["well"].unique().tolist() == ["A01"]
    assert made.provenance[0]["facts"]["path_disagrees"] == 1
    assert (
        "A02/1.npz: its metadata and its path disagree on plate, well or site (1 of 3 files)"
        in caplog.text
    )


def test_a_path_of_another_layout_is_not_used(tmp_path: Path) -> None:
    made = Profiles.load(field(tmp_path / "runs" / "model" / "cells.npz", Metadata_Well="C07"))
    assert made.meta["well"].tolist() == ["C07", "C07"]
    assert "plate" not in made.meta
    assert made.names == ("DP_0", "DP_1", "DP_2")


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    root = tmp_path / "features"
    field(root / "P1" / "A01" / "1.npz")
    wide = field(root / "P1" / "A02" / "1.npz", width=4)
    with pytest.raises(
        InputError, match=r"A02/1.npz: has 4 features, but the files before it have 3"
    ):
        Profiles.load(root)
    wide.unlink()
    cases: dict[str, dict[str, Any]] = {
        "has no array 'features', only .'x'.": {"x": np.ones(3)},
        "float64 of shape .3,., not cells": {"features": np.ones(3)},
        "2 rows of features, but 5 of locations": {
            "features": np.ones((2, 3)),
            "locations": np.ones((5, 2)),
        },
        "metadata is int, expected one value": {
            "features": np.ones((2, 3)),
            "metadata": np.array(3, dtype=object),
        },
        "metadata has 1001 values": {
            "features": np.ones((2, 3)),
            "metadata": np.array({f"k{i}": 1 for i in range(1001)}, dtype=object),
        },
        "the longest of 10001 characters": {
            "features": np.ones((2, 3)),
            "metadata": np.array({"k": "x" * 10_001}, dtype=object),
        },
        "has 100001 features, which is more": {"features": np.ones((1, 100_001), np.float32)},
    }
    for what, arrays in cases.items():
        np.savez(wide, **arrays)
        with pytest.raises(InputError, match=what) as error:
            Profiles.load(wide)
        assert error.value.where == str(wide)
    whole = field(wide).read_bytes()
    for torn in (whole[: len(whole) // 2], b"", b"PK\x03\x04"):
        wide.write_bytes(torn)
        with pytest.raises(InputError, match=r"1.npz: is not a complete .npz file"):
            Profiles.load(root)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: contains no .npz file"):
        Profiles.load(tmp_path / "empty")
    np.savez(tmp_path / "empty" / "1.npz", features=np.empty((0, 3)))
    with pytest.raises(InputError, match="no cells in 1 files"):
        Profiles.load(tmp_path / "empty")


class Harmful:
    """What a pickle must not be able to do."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("run",))


def test_a_pickle_that_would_run_code_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = field(tmp_path / "A01" / "1.npz", Metadata_Plate=Harmful())
    with pytest.raises(InputError, match=r"would load builtins.print: only plain values"):
        Profiles.load(path)
    assert capsys.readouterr().out == ""
