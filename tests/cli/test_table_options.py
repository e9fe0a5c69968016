"""The options of a table become a ProfileTable."""

from __future__ import annotations

import pytest

from phenolens.cli.table_options import TableOptions
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable


def test_a_table_is_described_by_its_options() -> None:
    made = TableOptions(
        profiles=["a.csv", "b.csv"],
        columns=["batch=Metadata_Week", " moa = MoA=2 "],
        join=["c.csv"],
        batch_of_plate="(.)",
        where="x",
    )
    assert made.table == ProfileTable(
        table=("a.csv", "b.csv"),
        columns={"batch": "Metadata_Week", "moa": "MoA=2"},
        join=("c.csv",),
        batch_of_plate="(.)",
        where="x",
    )
    assert TableOptions(profiles=["a.csv"]).table == ProfileTable(table=("a.csv",))


@pytest.mark.parametrize("text", ["batch", "=Week", "batch=", ""])
def test_a_column_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"expected OURS=THEIRS, got .*; as batch=Metadata_Week"):
        _ = TableOptions(profiles=["a.csv"], columns=[text]).table
