"""Lists and texts that a few bytes of parquet hold are refused before they are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats import parquet_size
from phenolens.core.formats.parquet_size import refuse_larger_table, refuse_long_values


def check(path: Path, column: pa.Array) -> None:
    """Check a file of one column."""
    table = pa.table({"emb": column})
    pq.write_table(table, path, compression="zstd", dictionary_pagesize_limit=1 << 30)
    with pq.ParquetFile(path) as file:
        refuse_long_values(file)
        refuse_larger_table(file, path)


@pytest.mark.parametrize(
    "column",
    [
        pa.nulls(4, pa.list_(pa.float64(), 10_000_000)),
        pa.array([[0.0] * 70_000], pa.list_(pa.float64(), 70_000)),
        pa.array([[0.0] * 70_000], pa.large_list(pa.float64())),
        pa.array([[[0.0] * 350] * 200], pa.list_(pa.large_list(pa.float64()))),
        pa.nulls(4, pa.struct({"a": pa.list_(pa.list_(pa.int8(), 300), 300)})),
        pa.ExtensionArray.from_storage(
            pa.fixed_shape_tensor(pa.float32(), (70_000,)),
            pa.array([[0.0] * 70_000], pa.list_(pa.float32(), 70_000)),
        ),
    ],
)
def test_long_lists_of_every_kind_are_refused(tmp_path: Path, column: pa.Array) -> None:
    with pytest.raises(InputError, match="column 'emb' holds lists of"):
        check(tmp_path / "x.parquet", column)


def test_long_texts_are_refused(tmp_path: Path) -> None:
    for column in (pa.array(["a" * 2**21, "b"]), pa.array([b"a" * 2**21] * 9, pa.large_binary())):
        with pytest.raises(InputError, match="column 'emb' holds texts of"):
            check(tmp_path / "x.parquet", column[:1])
    check(tmp_path / "x.parquet", pa.array(["a" * 2**19, None, ""]))


def test_repeats_are_counted_where_they_could_be_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = ["a" * 10_000] * 1000
    found: list[int] = []
    monkeypatch.setattr(parquet_size, "refuse_larger", found.append)
    check(tmp_path / "x.parquet", pa.array(shared))
    monkeypatch.setattr(parquet_size, "free_memory", lambda: 5_000_000)
    for column in (pa.array(shared), pa.array([[text] for text in shared]), pa.array(shared[:9])):
        check(tmp_path / "x.parquet", column)
    texts = found[1::2]
    assert texts[0] < 40_000
    assert texts[1:3] == [3 * 10_000_000] * 2
    assert texts[3] < 40_000
    monkeypatch.setattr(parquet_size, "_MOST_IN_A_TEXT", 9_999)
    with pytest.raises(InputError, match="column 'emb' holds texts of 10,000 bytes"):
        check(tmp_path / "x.parquet", pa.array(shared))


def test_a_usual_table_is_not_refused(tmp_path: Path) -> None:
    check(tmp_path / "x.parquet", pa.array(np.arange(5.0)))
    check(tmp_path / "x.parquet", pa.array([], pa.string()))
