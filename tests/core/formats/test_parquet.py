"""Parquet that pycytominer and copairs read, and theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.parquet import column_names, opened
from phenolens.core.profiles import Profiles


def average_precisions(frame: pd.DataFrame, features: list[str]) -> list[float]:
    """AP of each treated well: the same compound on the other plate among other compounds."""
    treated = frame[~frame["Metadata_Control"]].reset_index(drop=True)
    x = treated[features].to_numpy(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    plate, compound = treated["Metadata_Plate"], treated["Metadata_Compound"]
    found = []
    for i in range(len(x)):
        positive = ((compound == compound[i]) & (plate != plate[i])).to_numpy()
        rows = np.flatnonzero(positive | (compound != compound[i]).to_numpy())
        hits = positive[rows[np.argsort(-(x[rows] @ x[i]), kind="stable")]]
        precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
        found.append(float(precision[hits].mean()))
    return found


@pytest.mark.parametrize("ending", ["parquet", "csv.gz"])
def test_pycytominer_reads_what_is_written(
    wells: Profiles, peers: dict[str, Any], tmp_path: Path, ending: str
) -> None:
    """Its columns, its groups and its medians of our file are those worked out here."""
    expected = peers[f"pycytominer {ending}"]
    path = wells.save(tmp_path / f"wells.{ending}")
    frame = pd.read_parquet(path) if ending == "parquet" else pd.read_csv(path)
    assert list(frame) == expected["metadata"] + expected["features"]
    assert expected["features"] == list(wells.names)
    medians = frame.groupby(["Metadata_Plate", "Metadata_Compound"])[expected["features"]].median()
    assert [list(key) for key in medians.index] == expected["groups"]
    np.testing.assert_allclose(medians.to_numpy(np.float64), expected["medians"], rtol=1e-6)


def test_copairs_reads_what_is_written(
    wells: Profiles, peers: dict[str, Any], tmp_path: Path
) -> None:
    frame = pd.read_parquet(wells.save(tmp_path / "wells.parquet"))
    by_hand = average_precisions(frame, list(wells.names))
    np.testing.assert_allclose(by_hand, peers["copairs"], atol=1e-6)


def test_a_file_of_pycytominers_is_read(wells: Profiles, golden: Path) -> None:
    made = Profiles.load(golden / "pycytominer.parquet")
    np.testing.assert_array_equal(made.features, wells.features)
    assert made.names == wells.names
    for name in ("plate", "well", "batch", "control", "count"):
        assert made.meta[name].tolist() == wells.meta[name].tolist()
    assert made.meta["treatment"].tolist()[:6] == ["a@0.3", "b@0.3", "c@0.3", "d@0.3"] + 2 * [
        "DMSO"
    ]


def test_a_file_of_ours_keeps_its_chain_and_gets_no_second_entry(
    wells: Profiles, tmp_path: Path
) -> None:
    once = Profiles.load(wells.save(tmp_path / "a.parquet"))
    twice = Profiles.load(once.save(tmp_path / "b.parquet"))
    assert twice.provenance == wells.provenance
    assert [entry["step"] for entry in twice.provenance] == ["shift"]


def test_cytotables_joins_are_read(data_dir: Path) -> None:
    path = data_dir / "cellpainting-images/NF1_Plate_2/Plate_2_with_image_data_shrunken.parquet"
    cells = Profiles.load(path)
    assert cells.features.shape == (5, 1926)  # and 80 coordinates, which are metadata
    assert set(cells.meta["plate"]) == {"Plate_2"}
    assert {"well", "site", "ImageNumber", "Metadata_ImageNumber"} <= set(cells.meta)
    ids = (
        "Number_Object_Number",
        "_Parent_",
        "ClosestObjectNumber",
        "ExecutionTime",
        "Image_Width",
    )
    assert not [name for name in cells.names if any(part in name for part in ids)]
    kept = {"Nuclei_AreaShape_EulerNumber", "Cells_Neighbors_NumberOfNeighbors_Adjacent"}
    assert kept <= set(cells.names)


def test_the_index_that_pandas_writes_is_no_feature(tmp_path: Path) -> None:
    table = pd.DataFrame({"Metadata_Plate": ["p", "q"], "e0": [0.5, 1.5], "Metadata_Well": "A1"})
    table[table["e0"] > 1].to_parquet(tmp_path / "kept.parquet")
    with opened(tmp_path / "kept.parquet") as file:
        assert column_names(file) == ["Metadata_Plate", "e0", "Metadata_Well"]
    assert Profiles.load(tmp_path / "kept.parquet").names == ("e0",)
    table.set_index("Metadata_Well").to_parquet(tmp_path / "named.parquet")
    named = Profiles.load(tmp_path / "named.parquet")
    assert named.meta["well"].tolist() == ["A01", "A01"]


def test_a_lost_feature_and_a_name_twice_are_named(wells: Profiles, tmp_path: Path) -> None:
    table = pq.read_table(wells.save(tmp_path / "a.parquet"))
    pq.write_table(table.drop_columns(["Cells_Texture_3"]), tmp_path / "b.parquet")
    with pytest.raises(InputError, match="lacks the feature 'Cells_Texture_3'"):
        Profiles.load(tmp_path / "b.parquet")
    twice = pa.Table.from_arrays([pa.array([1.5]), pa.array([2.5])], ["e0", "e0"])
    pq.write_table(twice, tmp_path / "c.parquet")
    with pytest.raises(InputError, match=r"c.parquet: column 'e0' appears twice; rename or drop"):
        Profiles.load(tmp_path / "c.parquet")


def test_a_damaged_file_is_named(wells: Profiles, tmp_path: Path) -> None:
    path = wells.save(tmp_path / "a.parquet")
    whole = path.read_bytes()
    for torn in (whole[:-20], whole[: len(whole) // 2], b""):
        path.write_bytes(torn)
        with pytest.raises(InputError, match=r"a\.parquet: cannot be read .*; copy or export"):
            Profiles.load(path)


def test_a_list_that_a_few_bytes_hold_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pa.array([np.zeros(5, np.float32)] * 2)
    path = tmp_path / "wells.parquet"
    pq.write_table(
        pa.table({"Metadata_Plate": ["p"] * 2, "Metadata_Well": ["A01", "A02"], "emb": one}), path
    )
    assert Profiles.load(path).features.shape == (2, 5)
    monkeypatch.setattr("phenolens.core.formats.parquet_size._MOST_IN_A_LIST", 4)
    with pytest.raises(InputError, match=r"wells\.parquet: column 'emb' holds lists of 5 values"):
        Profiles.load(path)
