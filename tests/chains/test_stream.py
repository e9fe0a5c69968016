"""A file that is aggregated without being held gives what it gives in memory, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.chains import stream
from phenolens.chains.stream import aggregate_file
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate

N = 2000


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and reduce a few rows and columns at a time, as a large file makes it do."""
    monkeypatch.setattr(stream, "_ROWS", 357)
    monkeypatch.setattr(stream, "_MEMORY", 4 * N * 5)


def cells(**more: Any) -> pd.DataFrame:
    """A single-cell table as CytoTable writes it, 13 features, wells of unequal size."""
    rng = np.random.default_rng(0)
    well = rng.choice([f"{r}{c:02d}" for r in "ABC" for c in range(1, 9)], N)
    x = (rng.normal(size=(N, 13)) * 10.0 ** rng.integers(-4, 4, (N, 13))).astype(np.float32)
    x[1::2] = x[::2]  # ties
    table = pd.DataFrame(
        {
            "Metadata_ImageNumber": rng.integers(1, 99, N),
            "Metadata_ObjectNumber": np.arange(N),
            "Image_Metadata_Plate": rng.choice(["P1", "P2"], N),
            "Image_Metadata_Well": well,
            "Metadata_Compound": np.where(well < "B", "DMSO", "drug " + pd.Series(well).str[0]),
            "Metadata_Concentration": np.where(well < "B", 0.0, 0.5),
            "Metadata_moa": pd.Series(well).str[0].map({"B": "x", "C": None, "A": None}),
            "Metadata_Batch": rng.choice(["w1", "w2"], N),
            "Nuclei_Parent_Cells": np.arange(N, dtype=float),
            "ImageNumber": np.arange(N),
        }
    )
    features = pd.DataFrame(x, columns=[f"Cells_f{i}" for i in range(13)])
    return pd.concat([table, features], axis=1).assign(**more)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(table: pd.DataFrame, **how: Any) -> Path:
        path = tmp_path / "cells.parquet"
        pq.write_table(pa.Table.from_pandas(table), path, row_group_size=700, **how)
        return path

    return write


def same(streamed: Profiles, held: Profiles) -> None:
    np.testing.assert_array_equal(streamed.features, held.features)
    assert streamed.features.tobytes() == held.features.tobytes()
    assert streamed.names == held.names
    assert streamed.provenance == held.provenance
    # Which of its two signs of a missing text is used depends on how pandas held the column.
    one, other = (p.meta.astype(object).where(p.meta.notna(), None) for p in (streamed, held))
    pd.testing.assert_frame_equal(one, other)
    assert [d.kind for d in streamed.meta.dtypes] == [d.kind for d in held.meta.dtypes]


@pytest.mark.parametrize("how", ["mean", "median"])
@pytest.mark.parametrize("by", [("plate", "well"), ("compound",), ("treatment", "batch")])
def test_as_in_memory_to_the_last_bit(
    write: Callable[..., Path], how: Any, by: tuple[str, ...]
) -> None:
    path = write(cells())
    step = Aggregate(by=by, how=how)
    streamed = aggregate_file(path, step)
    assert streamed.names == tuple(f"Cells_f{i}" for i in range(13))
    same(streamed, step(Profiles.load(path)))
    assert [entry["step"] for entry in streamed.provenance] == ["load", "aggregate"]


def test_means_and_medians_worked_out_apart(write: Callable[..., Path]) -> None:
    table = cells()
    grouped = table.groupby(["Image_Metadata_Plate", "Image_Metadata_Well"])
    x = grouped[[f"Cells_f{i}" for i in range(13)]]
    for how, wanted in {
        "mean": x.agg(lambda v: v.astype(np.float64).mean()),
        "median": x.agg(lambda v: np.median(v.astype(np.float64))),
    }.items():
        made = aggregate_file(write(table), Aggregate(how=how))  # type: ignore[arg-type]
        np.testing.assert_allclose(made.features, wanted.to_numpy(), rtol=2e-6, atol=1e-6)
        assert made.meta["count"].tolist() == grouped.size().tolist()
        assert made.meta["well"].tolist() == [well for _, well in wanted.index]
    assert made.meta["control"].sum() == 16  # row A of two plates
    assert made.meta["treatment"].tolist()[:9] == ["DMSO"] * 8 + ["drug B@0.5"]


def test_rows_without_a_group_and_counts(write: Callable[..., Path]) -> None:
    table = cells(Metadata_Object_Count=np.arange(N) % 3 + 1)
    table.loc[::7, "Image_Metadata_Well"] = None
    path = write(table)
    step = Aggregate(missing="drop", how="median")
    same(aggregate_file(path, step), step(Profiles.load(path)))
    with pytest.raises(InputError, match="286 of 2000 rows have no value") as error:
        aggregate_file(path, Aggregate())
    assert error.value.where == str(path)


def test_named_columns_and_a_file_of_ours(write: Callable[..., Path], tmp_path: Path) -> None:
    table = cells().rename(columns={"Image_Metadata_Well": "Position"})
    columns, path = {"well": "Position"}, write(table)
    streamed = aggregate_file(path, Aggregate(), columns)
    same(streamed, Aggregate()(Profiles.load(path, columns)))
    ours = Profiles.load(path, columns).save(tmp_path / "ours.parquet")
    again = aggregate_file(ours, Aggregate())
    same(again, Aggregate()(Profiles.load(ours)))
    assert [entry.get("file") for entry in again.provenance] == ["cells.parquet", None]


def test_other_types_of_numbers_and_text(write: Callable[..., Path]) -> None:
    table = cells()
    table = table.astype(
        {"Cells_f0": np.float64, "Cells_f1": np.int16, "Metadata_Batch": "category"}
    )
    path = write(table.set_index("Metadata_moa"))
    same(aggregate_file(path, Aggregate()), Aggregate()(Profiles.load(path)))


def test_a_value_that_is_not_finite_is_named_by_row_and_feature(
    write: Callable[..., Path],
) -> None:
    table = cells()
    table.loc[1222, "Cells_f7"] = np.inf
    table.loc[1333, "Cells_f2"] = np.nan
    path = write(table)
    with pytest.raises(InputError) as streamed:
        aggregate_file(path, Aggregate())
    with pytest.raises(InputError) as held:
        Aggregate()(Profiles.load(path))
    assert streamed.value.what == held.value.what
    place = f"plate P2, well B08, cell 1222 ({path.name} row 1224)"
    assert f"'Cells_f7' is inf in {place} (2 such values)" in str(streamed.value)
    assert streamed.value.where == str(path)


@pytest.mark.parametrize("incomplete", ["drop_blank", "drop"])
@pytest.mark.parametrize("how", ["mean", "median"])
def test_rows_that_lack_features_are_left_out_as_in_memory(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, how: Any, incomplete: Any
) -> None:
    """Blank rows, a whole blank well and, where they are left out too, rows with one gap."""
    table = cells()
    features = [f"Cells_f{i}" for i in range(13)]
    table.loc[[3, 700], features] = np.nan
    well = (table["Image_Metadata_Plate"] == "P2") & (table["Image_Metadata_Well"] == "B08")
    table.loc[well, features] = np.nan
    if incomplete == "drop":
        table.loc[[5, 1500], "Cells_f12"] = np.nan
        table.loc[5, "Cells_f0"] = np.inf  # of a row that is left out
    path = write(table)
    monkeypatch.setattr("phenolens.chains.stream._MEMORY", 4 * N * 4)  # four blocks of columns
    step = Aggregate(how=how, incomplete=incomplete)
    read: list[tuple[int, int]] = []
    streamed = aggregate_file(path, step, progress=lambda *done: read.append(done))
    same(streamed, step(Profiles.load(path)))
    assert read[-1][0] == read[-1][1] == 2 * 4 * N
    lost = int(well.sum()) + (4 if incomplete == "drop" else 2)
    facts = streamed.provenance[-1]["facts"]
    assert facts["rows_incomplete"] == lost
    assert "Without another row: plate=P2, well=B08" in facts["left_out"]
    table.loc[9, "Cells_f3"] = np.inf
    path = write(table)
    with pytest.raises(InputError) as error:
        aggregate_file(path, step)
    with pytest.raises(InputError) as held:
        step(Profiles.load(path))
    assert error.value.what == held.value.what


def test_what_cannot_be_streamed_is_refused(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(cells())
    modz = Aggregate()
    object.__setattr__(modz, "how", "modz")
    with pytest.raises(InputError, match="cannot stream how = 'modz'"):
        aggregate_file(path, modz)
    with pytest.raises(InputError, match="no such file"):
        aggregate_file(tmp_path / "absent.parquet", Aggregate())
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"streams parquet only; use Profiles.load"):
        aggregate_file(tmp_path / "t.csv", Aggregate())
    with pytest.raises(InputError, match=r"needs a column 'donor'; .*the table has: ImageNumber"):
        aggregate_file(path, Aggregate(by=("donor",)))
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"torn.parquet: cannot be read as a table"):
        aggregate_file(torn, Aggregate())
    middle = bytearray(path.read_bytes())
    middle[len(middle) // 3 : len(middle) // 2] = bytes(len(middle) // 2 - len(middle) // 3)
    torn.write_bytes(middle)
    with pytest.raises(InputError, match=r"torn.parquet: cannot be read as a table"):
        aggregate_file(torn, Aggregate())


def test_wrong_roles_are_named_by_their_row_in_the_file(write: Callable[..., Path]) -> None:
    table = cells(Metadata_Concentration="1.5")
    table.loc[1234:, "Metadata_Concentration"] = "low"
    with pytest.raises(InputError, match="row 1236: concentration 'low' is not a number"):
        aggregate_file(write(table), Aggregate())
    table = cells().astype({"Cells_f3": object})
    table["Cells_f3"] = table["Cells_f3"].astype(str)
    table.loc[7, "Cells_f3"] = "n/a?"
    with pytest.raises(InputError, match=r"row 9: 'Cells_f3' is 'n/a\?', not a number"):
        aggregate_file(write(table), Aggregate())


def test_progress_is_reported_and_a_kill_leaves_nothing(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    path, calls = write(cells()), []
    aggregate_file(path, Aggregate(), progress=lambda done, total: calls.append((done, total)))
    done = [d for d, _ in calls]
    assert done == sorted(done)
    assert calls[-1] == (N * 3, N * 3)  # 13 features, 5 at a time
    before = sorted(p.name for p in tmp_path.iterdir())

    def stop(done: int, _: int) -> None:
        if done > 2 * N:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        aggregate_file(path, Aggregate(), progress=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_no_rows_and_a_table_of_one_row(write: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="the table has no rows"):
        aggregate_file(write(cells().iloc[:0]), Aggregate())
    path = write(cells().iloc[:1])
    same(aggregate_file(path, Aggregate()), Aggregate()(Profiles.load(path)))


def test_features_of_the_real_single_cells(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_MEMORY", 4 * 5 * 900)  # four blocks
    path = data_dir / "cellpainting-images/pediatric_BR00143976/BR00143976_shrunken.parquet"
    held = Profiles.load(path)
    kept = np.isfinite(held.features).all(axis=0)
    if not kept.all():
        with pytest.raises(InputError, match="aggregate needs finite features"):
            aggregate_file(path, Aggregate())
        return
    same(aggregate_file(path, replace(Aggregate(), how="median")), Aggregate(how="median")(held))


def test_odd_columns_are_read_by_the_same_rules(write: Callable[..., Path]) -> None:
    """Ids as numbers, blanks, numbers as text, decimals, coordinates, another extractor."""
    table = cells(
        Metadata_Batch=np.arange(N) % 2,
        Cells_text=[f"{i}.5" for i in range(N)],
        Cells_decimal=[Decimal("1.5")] * N,
        Cells_Location_Center_X=np.arange(N) + 0.5,
        Cells_flag=np.arange(N) % 2 == 0,
        e0=np.arange(N) + 0.25,
    ).rename(columns={"Metadata_Compound": "Metadata_Compound "})
    table["Metadata_Compound "] += " "
    path = write(table)
    by = Aggregate(by=("plate", "well", "batch"))
    held = by(Profiles.load(path))
    same(aggregate_file(path, by), held)
    assert {"Cells_text", "Cells_decimal", "Cells_flag", "e0"} <= set(held.names)
    assert set(held.meta["batch"]) == {"0", "1"}
    facts = {"coordinates_left_out": 1, "other_features": 1, "blanks_stripped": N + 1}
    assert held.provenance[0]["facts"] == facts
