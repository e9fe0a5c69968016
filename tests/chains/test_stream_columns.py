"""The columns of a parquet file, one at a time, are what the table in memory has."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.chains.stream_columns import FileColumns
from phenolens.core.errors import InputError
from phenolens.core.formats.parquet import opened
from phenolens.core.profiles import Profiles

WELLS = ["A01", "A02", "A03"]
F = [0.5, 1.5, 2.5]
ODD = {
    "times": pa.array([0, 1, None], pa.timestamp("s", "Europe/Berlin")),
    "large": pa.array([2**53, 2**53 + 1, None]),
    "bytes": pa.array([b"a", b"b ", None]),
    "text": pa.array([["a", "b"], ["c"], None]),
    "struct": pa.array([{"a": 1}, None, {"a": 2}]),
    "short": pa.array([0.1, 0.2, None], pa.float32()),
    "decimal": pa.array([1, 2, None], pa.int64()).cast(pa.decimal128(30, 2)),
    "": pa.nulls(3),
}


def test_every_kind_of_metadata_is_as_in_memory(tmp_path: Path) -> None:
    marked = {f"Metadata_{name}" if name else "": values for name, values in ODD.items()}
    table = pa.table({"Metadata_Well": WELLS, "Metadata_Compound": WELLS, **marked, "f": F})
    pq.write_table(table, tmp_path / "t.parquet")
    held = Profiles.load(tmp_path / "t.parquet")
    with opened(tmp_path / "t.parquet") as file:
        there = FileColumns(file, ours=False)
        names = there.choice({}).names
        meta, _ = there.metadata(names, {})
    assert tuple(names) == held.names == ("f",)
    assert set(meta) == set(held.meta)
    for name in meta:
        pairs = zip(meta[name].astype(object), held.meta[name], strict=True)
        assert all(one == other or one is other for one, other in pairs if other == other), name
    assert meta["large"].tolist()[:2] == ["9007199254740992", "9007199254740993"]


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.large_list(pa.int64()), None])
def test_embeddings_are_not_streamed(tmp_path: Path, kind: pa.DataType | None) -> None:
    values = pa.array([[1, 2]] * 3, kind or pa.list_(pa.float32(), 2))
    pq.write_table(pa.table({"Metadata_Well": WELLS, "emb": values}), tmp_path / "t.parquet")
    with (
        opened(tmp_path / "t.parquet") as file,
        pytest.raises(InputError, match="'emb' holds lists; read the table without --stream"),
    ):
        FileColumns(file, ours=False).choice({})
    assert Profiles.load(tmp_path / "t.parquet").names == ("emb_0", "emb_1")
