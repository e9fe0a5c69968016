"""Profiles on disk and in memory: nothing lost, nothing mixed, no id among the features."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

META = pd.DataFrame(
    {
        "plate": ["p1", "p1", "p2"],
        "well": ["A01", "A02", "A01"],
        "batch": ["01", "01", "02"],
        "concentration": [0.0, 0.3, np.nan],
        "control": [True, False, False],
        "compound": ["DMSO", "taxol", "noc"],
        "treatment": ["DMSO", "taxol@0.3", "noc"],
        "passage": [3, 4, 5],
    }
)


@dataclass(frozen=True)
class Halve:
    by: float = 2.0


@pytest.fixture
def profiles() -> Profiles:
    rng = np.random.default_rng(0)
    made = Profiles(meta=META, features=rng.normal(size=(3, 4)))
    return made.after(Halve(by=4.0), features=made.features / 4, largest=np.float64(0.5))


# Disk -------------------------------------------------------------------------------------------


def test_save_and_load_give_the_same_profiles(profiles: Profiles, tmp_path: Path) -> None:
    back = Profiles.load(profiles.save(tmp_path / "deep" / "wells.parquet"))
    assert np.array_equal(back.features, profiles.features)
    assert back.features.dtype == np.float32
    assert back.names == profiles.names
    pd.testing.assert_frame_equal(back.meta, profiles.meta)
    assert back.provenance == profiles.provenance
    assert back.provenance[0]["parameters"] == {"by": 4.0}
    assert back.provenance[0]["facts"] == {"largest": 0.5}


def test_what_others_wrote_begins_with_its_fingerprint(tmp_path: Path) -> None:
    path = _csv(tmp_path, **EMBEDDING)
    read = Profiles.load(path)
    assert read.provenance == (
        {
            "step": "load",
            "file": "table.csv",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "rows": 2,
            "features": 2,
            "parameters": {"columns": {}},
            "facts": {},
        },
    )
    chain = read.after(Halve(), features=read.features / 2)
    back = Profiles.load(chain.save(tmp_path / "out.parquet"))
    assert [entry["step"] for entry in back.provenance] == ["load", "halve"]


def test_metadata_types_survive(profiles: Profiles, tmp_path: Path) -> None:
    meta = Profiles.load(profiles.save(tmp_path / "wells.parquet")).meta
    assert meta["control"].dtype == bool
    assert meta["concentration"].dtype == np.float64
    assert meta["passage"].dtype == np.int64
    assert meta["batch"].tolist() == ["01", "01", "02"]


def test_the_file_is_one_that_pycytominer_reads(profiles: Profiles, tmp_path: Path) -> None:
    frame = pd.read_parquet(profiles.save(tmp_path / "wells.parquet"))
    metadata = [name for name in frame if name.startswith("Metadata_")]
    assert metadata[:3] == ["Metadata_Plate", "Metadata_Well", "Metadata_Batch"]
    assert list(frame.columns) == [*metadata, *profiles.names]


def test_a_failed_write_leaves_the_old_file(
    profiles: Profiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = profiles.save(tmp_path / "wells.parquet")
    before = path.read_bytes()

    def full(_: object, where: Path) -> None:
        where.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        profiles.take(np.array([0])).save(path)
    assert path.read_bytes() == before
    assert len(Profiles.load(path)) == 3


def test_no_rows_round_trip(profiles: Profiles, tmp_path: Path) -> None:
    none = profiles.take(np.zeros(3, dtype=bool))
    assert Profiles.load(none.save(tmp_path / "none.parquet")).features.shape == (0, 4)


@pytest.mark.parametrize(
    ("file", "shape", "controls"),
    [
        (
            "bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
            (632, 516),
            None,
        ),
        (
            "cpjump1-cellprofiler-wells/BR00117010_normalized_feature_select_negcon_batch.csv.gz",
            (384, 904),
            64,
        ),
        (
            "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz",
            (384, 454),
            24,
        ),
    ],
)
def test_real_tables_load_and_round_trip(
    data_dir: Path, tmp_path: Path, file: str, shape: tuple[int, int], controls: int | None
) -> None:
    loaded = Profiles.load(data_dir / file)
    assert loaded.features.shape == shape
    assert np.isfinite(loaded.finite("test")).all()
    assert {"plate", "well"} <= set(loaded.meta)
    if controls is not None:
        assert loaded.controls("test").sum() == controls
    raw = pd.read_csv(data_dir / file)
    assert np.array_equal(
        loaded.features, raw[list(loaded.names)].to_numpy(dtype=np.float32), equal_nan=True
    )
    back = Profiles.load(loaded.save(tmp_path / "back.parquet"))
    assert np.array_equal(back.features, loaded.features)
    # Parquet gives None for a missing text where CSV gives NaN; nothing here tells them apart.
    missing, same = (meta.where(meta.notna(), None) for meta in (loaded.meta, back.meta))
    pd.testing.assert_frame_equal(same, missing)


def test_a_running_number_is_an_id_of_a_cell_and_a_measurement_of_a_well(tmp_path: Path) -> None:
    area = {"Cells_AreaShape_Area": [10.5, 11.5]}
    cells = Profiles.load(_csv(tmp_path, **area, Cells_Number_Object_Number=[1, 2]))
    assert cells.names == ("Cells_AreaShape_Area",)
    wells = Profiles.load(_csv(tmp_path, **area, Cells_Number_Object_Number=[40.5, 71.25]))
    assert wells.names == ("Cells_AreaShape_Area", "Cells_Number_Object_Number")


def test_single_cells_of_a_real_cellprofiler_export(data_dir: Path) -> None:
    folder = data_dir / "cellpainting-images/pediatric_BR00143976"
    cells = Profiles.load(folder / "BR00143976_shrunken.parquet")
    assert cells.meta["well"].notna().all()
    assert not [name for name in cells.names if "Number_Object_Number" in name]
    assert len(cells.names) > 2000


@pytest.mark.parametrize("name", ["absent.parquet", "absent.csv"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no such file") as error:
        Profiles.load(tmp_path / name)
    assert error.value.where == str(tmp_path / name)


def test_what_is_not_a_table_is_named(tmp_path: Path) -> None:
    torn = gzip.compress(("a,b\n" + "1.5,2.5\n" * 999).encode())
    for name, content in {
        "text.parquet": b"hello",
        "empty.csv": b"",
        "torn.csv.gz": torn[: len(torn) // 2],
        "latin.csv": b"a,b\n\xe9\xe9,1.0\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="cannot be read as a table") as error:
            Profiles.load(tmp_path / name)
        assert error.value.where == str(tmp_path / name)


# Ids among the features -------------------------------------------------------------------------


def _csv(tmp_path: Path, **columns: object) -> Path:
    path = tmp_path / "table.csv"
    pd.DataFrame({"Metadata_Plate": ["p", "p"], "Metadata_Well": ["A1", "A2"]} | columns).to_csv(
        path, index=False
    )
    return path


EMBEDDING: Mapping[str, Any] = {"e0": [0.5, 1.5], "e1": [1.25, 2.5]}


@pytest.mark.parametrize("name", ["code", "cluster", "zzz"])
def test_a_numeric_code_without_prefix_is_refused_whatever_its_name(
    tmp_path: Path, name: str
) -> None:
    path = _csv(tmp_path, **EMBEDDING, **{name: [3, 7]})
    with pytest.raises(InputError, match=f"'{name}' holds whole numbers among real ones") as error:
        Profiles.load(path)
    assert error.value.where == str(path)


@pytest.mark.parametrize("name", ["Unique_Compounds", "Unique_MoA", "plate_id", "Unnamed: 0"])
def test_columns_as_in_ws_dinos_tables_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' is metadata"):
        Profiles.load(_csv(tmp_path, **EMBEDDING, **{name: [3.0, 7.0]}))


@pytest.mark.parametrize("name", ["Batch", "batch", "label", "TableNumber", "Concentration"])
def test_a_name_of_the_convention_is_metadata_without_its_prefix(tmp_path: Path, name: str) -> None:
    made = Profiles.load(_csv(tmp_path, **EMBEDDING, **{name: [3.0, 7.0]}))
    assert made.names == ("e0", "e1")
    rows = made.meta.T.to_numpy().tolist()
    assert [3.0, 7.0] in rows or ["3", "7"] in rows  # an id is text


def test_a_csv_written_with_its_index_is_refused(tmp_path: Path) -> None:
    frame = pd.read_csv(_csv(tmp_path, **EMBEDDING))
    frame.to_csv(tmp_path / "indexed.csv")
    with pytest.raises(InputError, match="'Unnamed: 0' is metadata"):
        Profiles.load(tmp_path / "indexed.csv")


def test_a_column_named_as_metadata_is_no_feature(tmp_path: Path) -> None:
    path = _csv(tmp_path, **EMBEDDING, donor=[1, 2])
    assert Profiles.load(path, {"replicate": "donor"}).names == ("e0", "e1")


def test_a_name_shared_with_the_metadata_is_refused() -> None:
    with pytest.raises(InputError, match="'passage' is metadata"):
        Profiles(meta=META, features=np.zeros((3, 2)), names=("f0", "passage"))
    with pytest.raises(InputError, match="'Metadata_Plate' is metadata"):
        Profiles(meta=META, features=np.zeros((3, 1)), names=("Metadata_Plate",))
    with pytest.raises(InputError, match="'PASSAGE' is metadata"):
        Profiles(meta=META, features=np.zeros((3, 1)), names=("PASSAGE",))


def test_features_that_are_all_counts_are_features(tmp_path: Path) -> None:
    assert Profiles.load(_csv(tmp_path, spots=[3, 7], rings=[1, 2])).names == ("spots", "rings")


def test_a_table_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no numeric feature column"):
        Profiles.load(_csv(tmp_path))


# Memory -----------------------------------------------------------------------------------------


def test_rows_names_and_columns_must_agree() -> None:
    with pytest.raises(InputError, match="3 rows of metadata but features of shape"):
        Profiles(meta=META, features=np.zeros((2, 4)))
    with pytest.raises(InputError, match="1 feature names for 4 features"):
        Profiles(meta=META, features=np.zeros((3, 4)), names=("a",))
    with pytest.raises(InputError, match="feature names must be unique"):
        Profiles(meta=META, features=np.zeros((3, 2)), names=("a", "a"))
    twice = pd.concat([META, META[["plate"]]], axis=1)
    with pytest.raises(InputError, match="metadata columns must be unique"):
        Profiles(meta=twice, features=np.zeros((3, 2)))


def test_take_by_index_and_by_mask(profiles: Profiles) -> None:
    back = profiles.take(np.array([2, 0]))
    assert back.meta["compound"].tolist() == ["noc", "DMSO"]
    assert back.meta.index.tolist() == [0, 1]
    assert np.array_equal(back.features, profiles.features[[2, 0]])
    assert back.provenance == profiles.provenance
    masked = profiles.take(np.array([True, False, True]))
    assert np.array_equal(masked.features, profiles.features[[0, 2]])
    with pytest.raises((IndexError, ValueError)):
        profiles.take(np.array([True, False]))


def test_after_writes_the_provenance_and_leaves_the_input(profiles: Profiles) -> None:
    before = profiles.features.copy()
    made = profiles.after(Halve(), features=np.zeros((3, 2)), meta=None)
    assert np.array_equal(profiles.features, before)
    assert len(profiles.provenance) == 1
    assert made.names == ("f0000", "f0001")
    assert made.provenance[1] == {
        "step": "halve",
        "parameters": {"by": 2.0},
        "rows_in": 3,
        "facts": {},
        "rows_out": 3,
    }


def test_concatenate_puts_features_side_by_side(profiles: Profiles) -> None:
    joined = Profiles.concatenate({"dna": profiles, "actin": profiles})
    assert joined.names[0] == "dna_f0000"
    assert joined.names[4] == "actin_f0000"
    assert np.array_equal(joined.features[:, 4:], profiles.features)
    assert set(joined.provenance[0]["parts"]) == {"dna", "actin"}
    with pytest.raises(InputError, match="'b' does not describe the same rows"):
        Profiles.concatenate({"a": profiles, "b": profiles.take(np.array([1, 0, 2]))})


def test_what_a_step_needs_is_asked_for_by_name(profiles: Profiles) -> None:
    with pytest.raises(
        InputError, match="nsc needs a column 'moa'; the table has: batch, compound"
    ):
        profiles.column("moa", "nsc")
    none = profiles.take(np.array([1, 2]))
    with pytest.raises(InputError, match="sphere needs negative controls, but no row is one"):
        none.controls("sphere")
    assert profiles.controls("sphere").tolist() == [True, False, False]


def test_a_value_that_is_not_finite_is_named() -> None:
    features = np.ones((3, 2))
    features[2, 1] = np.nan
    features[0, 0] = np.inf
    profiles = Profiles(meta=META, features=features, names=("area", "width"))
    with pytest.raises(InputError) as error:
        profiles.finite("tvn")
    assert str(error.value) == (
        "tvn needs finite features; 'area' is inf in plate p1, well A01 (row 2) (2 such values); "
        "drop or fill them in an earlier step"
    )
    assert Profiles(meta=META, features=np.ones((3, 2))).finite("tvn").dtype == np.float64


def test_a_table_without_rows_or_features_is_refused_by_who_needs_them(profiles: Profiles) -> None:
    assert profiles.not_empty("pca") is profiles
    none = np.zeros(len(profiles), dtype=bool)
    with pytest.raises(InputError, match="pca needs at least one row, and the table has none"):
        profiles.take(none).not_empty("pca")
    bare = Profiles(meta=profiles.meta, features=np.empty((len(profiles), 0)))
    with pytest.raises(InputError, match="nsc needs at least one feature"):
        bare.finite("nsc")


def test_the_mask_of_the_controls_is_the_callers_own() -> None:
    profiles = Profiles(meta=pd.DataFrame({"control": [True, False]}), features=np.zeros((2, 1)))
    profiles.controls("a test")[:] = False
    assert profiles.meta["control"].tolist() == [True, False]
