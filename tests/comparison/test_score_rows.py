from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.comparison.score_rows import read_rows
from phenolens.core.errors import InputError

ROWS = pd.DataFrame({"extra": [1, 2], "compound": ["a", None], "value": [True, False]})


def test_keys_and_values_alone(tmp_path: Path) -> None:
    path = tmp_path / "nsc.parquet"
    for missing in (None, path):
        assert read_rows(missing).columns.tolist() == ["value"]
        assert len(read_rows(missing)) == 0
    ROWS.to_parquet(path)
    found = read_rows(path)
    assert found["value"].tolist() == [1.0, 0.0]
    assert found["compound"].tolist() == ["a", None]
    assert found.columns.tolist() == ["compound", "value"]
    ROWS.drop(columns="value").to_parquet(path)
    assert len(read_rows(path)) == 0
    ROWS.assign(value=None).to_parquet(path)
    assert read_rows(path)["value"].isna().all()


@pytest.mark.parametrize(
    "rows", [b"", b"xxxx", {"value": "x"}, {"value": [[1.0]] * 2}, {"compound": [["a"]] * 2}]
)
def test_what_is_no_table_of_rows_is_named(rows: bytes | dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "nsc.parquet"
    if isinstance(rows, bytes):
        path.write_bytes(rows)
    else:
        ROWS.assign(**rows).to_parquet(path)
    with pytest.raises(InputError, match=r"nsc\.parquet: is damaged \(.*compare again"):
        read_rows(path)
