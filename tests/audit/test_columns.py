from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.audit.columns import Column, columns_of, numbers, with_position


def test_codes_follow_the_order_a_reader_would_give() -> None:
    weeks = Column.of("batch", pd.Series(["Week10", "Week2", " ", None, "Week2"]))
    assert weeks.values == ("Week2", "Week10")
    assert weeks.codes.tolist() == [1, 0, -1, -1, 0]
    assert weeks.size.tolist() == [2, 1]
    doses = Column.of("concentration", pd.Series([10.0, 2.0, np.nan, 2.0]))
    assert doses.codes.tolist() == [1, 0, -1, 0]
    flags = Column.of("control", pd.Series([True, False, True]))
    assert (flags.values, flags.codes.tolist()) == (("False", "True"), [1, 0, 1])


def test_known_columns_are_named_first_and_constant_or_measured_ones_not_at_all() -> None:
    meta = pd.DataFrame(
        {"zeta": [1, 2], "plate": ["a", "b"], "compound": ["x", "y"], "batch": "w", "count": [3, 4]}
    )
    assert [column.name for column in columns_of(meta)] == ["compound", "plate", "zeta"]


def test_wells_give_row_and_column_only_where_all_of_them_are_wells() -> None:
    made = with_position(pd.DataFrame({"well": ["b7", "P24", "AA03"]}))
    assert made["row"].tolist() == ["B", "P", "AA"]
    assert made["column"].tolist() == [7, 24, 3]
    for wells in (["B07", "B07|C08"], ["B07", None], ["site1", "B02"]):
        assert "row" not in with_position(pd.DataFrame({"well": wells}))
    kept = with_position(pd.DataFrame({"well": ["B07"], "row": ["mine"]}))
    assert kept["row"].tolist() == ["mine"]


def test_numbers_are_columns_that_take_many_values() -> None:
    meta = pd.DataFrame({"dose": np.arange(30.0), "count": np.arange(30), "replicate": [1, 2] * 15})
    assert list(numbers(meta)) == ["dose"]
