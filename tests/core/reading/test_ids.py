"""Ids are text as written, the same whether a file has types or not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.reading.ids import id_text, own_type, whole_or_text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["0042", "42", "042"], ["0042", "42", "042"]),
        (["41E1", "410", "7E2"], ["41E1", "410", "7E2"]),
        (pd.Series([41744, 7]), ["41744", "7"]),
        (pd.Series([41744.0, np.nan]), ["41744", "?"]),
        (["41744.0", None, "DMSO"], ["41744", "?", "DMSO"]),
        (["1.0", "2.5"], ["1.0", "2.5"]),  # versions
        ([True, False], ["True", "False"]),
        ([Decimal("12.00"), Decimal("0.50"), 2**60], ["12", "0.5", str(2**60)]),
        (pd.Series([3, None], dtype="Int64"), ["3", "?"]),
        (pd.Series(["a", "b"]).astype("category"), ["a", "b"]),
        ([b"P1"], ["P1"]),
    ],
)
def test_a_number_is_spelt_as_it_is_written(values: list[object], text: list[str]) -> None:
    assert id_text(pd.Series(values)).astype(object).fillna("?").tolist() == text


@pytest.mark.parametrize(
    ("values", "made"),
    [
        (["0.5", "12"], [0.5, 12.0]),
        (["0.50", "12"], ["0.50", "12"]),  # a spelling would be lost
        (["007", "0.5"], ["007", "0.5"]),
        (["1", "2"], ["1", "2"]),
        (pd.Series([1, 2]), ["1", "2"]),
        (pd.Series([0.25, 2.0]), [0.25, 2.0]),
        (["True", "False"], [True, False]),
        ([True, False], [True, False]),
        (["True", None], ["True", None]),
    ],
)
def test_metadata_without_a_role(values: list[object], made: list[object]) -> None:
    found = own_type(pd.Series(values))
    assert found.astype(object).where(found.notna(), None).tolist() == made


def test_running_numbers_are_numbers_if_nothing_is_lost() -> None:
    assert whole_or_text(pd.Series(["1", "20"])).tolist() == [1, 20]
    assert whole_or_text(pd.Series(["01", "20"])).tolist() == ["01", "20"]
    assert whole_or_text(pd.Series([3, 4])).tolist() == [3, 4]


@pytest.mark.parametrize(
    "values",
    [[0.0, 2.0], [0.0, np.nan], [1e22, 1.0], [1.5, 2.0], [np.inf, 1.0], [2**63 + 1, 0]],
    ids=str,
)
def test_running_numbers_with_a_type_are_what_a_csv_gives(
    values: list[float], tmp_path: Path
) -> None:
    column = pd.Series(values)
    column.to_csv(tmp_path / "x.csv", index=False)
    as_text = pd.read_csv(tmp_path / "x.csv", dtype=object)["0"]
    pd.testing.assert_series_equal(whole_or_text(column), whole_or_text(as_text), check_names=False)


def test_numbers_with_decimals_are_spelt_as_a_csv_has_them(tmp_path: Path) -> None:
    frame = pd.DataFrame({"Metadata_Compound": [1.5, 2.0], "Cells_a": [0.5, 1.5]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for ending in ("csv", "parquet"):
        meta = Profiles.load(tmp_path / f"t.{ending}").meta
        assert meta["compound"].tolist() == ["1.5", "2.0"]
