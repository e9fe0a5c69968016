from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.results import well_tables as module
from phenolens.results.well_tables import by_well, well_tables


def write(path: Path, rows: int = 60) -> Profiles:
    generator = np.random.default_rng(0)
    meta = pd.DataFrame({
        "plate": [f"P{i % 2}" for i in range(rows)],
        "well": [f"A{1 + i % 3:02d}" for i in range(rows)],
        "compound": [f"c{i % 3}" for i in range(rows)],
        "control": [i % 3 == 0 for i in range(rows)],
    })  # fmt: skip
    features = generator.normal(size=(rows, 2))
    features[4, 1] = np.nan
    made = Profiles(meta, features, ("area", "light"))
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(path)
    return made


@pytest.mark.parametrize("piece", [7, 20_000])
def test_means_per_well_are_those_of_pandas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(module, "_ROWS", piece)
    made = write(tmp_path / "t.parquet")
    table = by_well(tmp_path / "t.parquet")
    assert table is not None
    frame = made.meta[["plate", "well"]].assign(
        area=made.features[:, 0].astype(float), light=made.features[:, 1].astype(float)
    )
    means = frame.groupby(["plate", "well"], observed=True).mean()
    own = means.loc[list(zip(table.meta["plate"], table.meta["well"], strict=True))]
    assert np.allclose(table.values, own.to_numpy())
    assert table.names == ("area", "light")
    assert table.counts.tolist() == [10] * 6
    assert table.meta["control"].tolist() == [w == "A01" for w in table.meta["well"]]


@pytest.mark.parametrize("piece", [1, 3, 20_000])
def test_a_flag_is_its_share_and_what_varies_in_a_well_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(module, "_ROWS", piece)
    meta = pd.DataFrame({
        "plate": "P1",
        "well": ["A01", "A02", "A01", "A02", "A01", "A02", "A01", "A03"],
        "site": [1, 1, 2, 2, 3, 3, 4, 1],
        "treatment": ["a", "b", "a", "b", "a", "c", "a", "d"],
        "blurred": [False, True, True, True, False, False, False, False],
        "control": [True, True, True, False, True, False, True, False],
        "empty": [True, None, None, None, None, None, None, None],
    })  # fmt: skip
    Profiles(meta, np.ones((8, 1))).save(tmp_path / "t.parquet")
    table = by_well(tmp_path / "t.parquet")
    assert table is not None
    assert table.meta["well"].tolist() == ["A01", "A02", "A03"]
    assert table.flags["blurred"].tolist() == [1 / 4, 2 / 3, 0]
    assert table.flags["empty"].tolist() == [1 / 4, 0, 0]
    assert table.meta["control"].tolist() == [True, False, False]
    assert table.meta["treatment"].fillna("").tolist() == ["a", "", "d"]
    assert table.meta["site"].isna().tolist() == [True, True, False]


def test_a_table_without_wells_is_none(tmp_path: Path) -> None:
    Profiles(pd.DataFrame({"treatment": ["a"]}), np.ones((1, 2))).save(tmp_path / "t.parquet")
    assert by_well(tmp_path / "t.parquet") is None


def test_embeddings_and_baselines_with_names_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    write(folder.embedding("joint"))
    write(folder.baseline("intensity") / "all.parquet")
    write(folder.baseline("untrained") / "joint.parquet")
    found, large = well_tables(folder)
    assert list(found) == ["embeddings joint", "intensity"]
    assert large == []
    monkeypatch.setattr(module, "LARGEST", 10)
    assert well_tables(folder) == (
        {},
        ["embeddings/joint.parquet", "baselines/intensity/all.parquet"],
    )


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match=r"t\.parquet"):
        by_well(path)
