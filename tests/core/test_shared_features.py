"""Files whose features differ: refused with the way out, or their intersection, stated."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.shared_features import shared_features


def table(names: tuple[str, ...], start: float = 0) -> Profiles:
    features = start + np.arange(2 * len(names), dtype=float).reshape(2, -1)
    return Profiles(meta=pd.DataFrame({"plate": ["p", "p"]}), features=features, names=names)


def test_what_all_have_is_kept_in_the_order_of_the_first() -> None:
    parts, entry = shared_features([table(("a", "b", "c")), table(("c", "d", "a"), 10)], ["x", "y"])
    assert [part.names for part in parts] == [("a", "c"), ("a", "c")]
    assert parts[1].features.tolist() == [[12, 10], [15, 13]]
    assert entry == {
        "step": "intersection",
        "features_in": {"x": 3, "y": 3},
        "features_out": 2,
    }
    with pytest.raises(InputError, match="x: no feature is in all of the 2 tables"):
        shared_features([table(("a",)), table(("b",))], ["x", "y"])


def test_files_are_refused_with_the_way_out_or_intersected(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    head = "Metadata_Plate,Metadata_Well"
    (tmp_path / "p1.csv").write_text(f"{head},Cells_a,Cells_b\nP1,A1,1.5,2.5\n")
    (tmp_path / "p2.csv").write_text(f"{head},Cells_c,Cells_a\nP2,A1,3.5,4.5\n")
    with pytest.raises(InputError, match=r"p2.csv: lacks .*'Cells_b'.*--features intersection"):
        ProfileTable(table="p?.csv").load(tmp_path)
    with caplog.at_level(logging.INFO, "phenolens"):
        made = ProfileTable(table="p?.csv", features="intersection").load(tmp_path)
    assert made.names == ("Cells_a",)
    assert made.features.tolist() == [[1.5], [4.5]]
    assert made.provenance[-1]["features_out"] == 1
    assert "features that all of the files have: 1 (2 files, of 2 to 2 features)" in caplog.text


def test_real_plates_share_494_of_their_features(data_dir: Path) -> None:
    """The count that the README of these plates states."""
    plates = ProfileTable(
        table="single-cell-profiles-4plates/*.parquet", features="intersection"
    ).load(data_dir)
    assert len(plates) == 1385
    assert len(plates.names) == 494
