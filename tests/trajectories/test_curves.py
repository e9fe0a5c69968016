from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.trajectories.curves import (
    Curves,
    column_codes,
    control_groups,
    hours_of,
    identity,
    value_text,
)


def test_rows_are_sorted_by_curve_and_time_and_incomplete_ones_left_out(table: Any) -> None:
    rows = [
        ("B1", "x", 4.0, [1.0, 2.0]),
        ("A1", "DMSO", 0.0, [1.0, 2.0]),
        ("B1", "x", -2.0, [np.nan, 2.0]),
        ("B1", "x", 0.0, [1.0, 2.0]),
        ("A1", "DMSO", -2.0, [1.0, 2.0]),
        ("C1", "x", 1.0, [1.0, np.nan]),
    ]
    curves = Curves.of(table(rows), "test")
    assert curves.order.tolist() == [4, 1, 3, 0]
    assert curves.start.tolist() == [0, 2, 4, 4]
    assert curves.hours.tolist() == [-2, 0, 0, 4]
    assert curves.control.tolist() == [True, False, False]
    assert (curves.incomplete, curves.spacing()) == (2, 3.0)
    assert curves.curve.tolist() == [0, 0, 1, 1]


def test_replicates_are_kept_apart_and_never_averaged(table: Any) -> None:
    """Averaging replicates before the distance hides how far apart they are."""
    rows = [("A1", "DMSO", 0.0, [0.0]), ("B1", "x", 0.0, [1.0]), ("B1", "x", 0.0, [3.0])]
    with pytest.raises(InputError, match=r"two rows of one curve .* add a column `replicate`"):
        Curves.of(table(rows), "test")
    assert len(Curves.of(table(rows, replicate=["1", "1", "2"]), "test")) == 3


def test_what_makes_no_curve_is_refused(table: Any) -> None:
    rows = [("A1", "DMSO", 0.0, [0.0]), ("B1", "x", 0.0, [1.0])]
    with pytest.raises(InputError, match=r"needs the time of each row.*well B1"):
        Curves.of(table(rows, time=[0.0, np.nan]), "test")
    twice = [("A1", "DMSO", 0.0, [0.0]), ("A1", "DMSO", 1.0, [1.0])]
    with pytest.raises(InputError, match="a control at some times only"):
        Curves.of(table(twice, control=[True, False]), "test")
    with pytest.raises(InputError, match="'f0000' is inf in well B1"):
        Curves.of(table([rows[0], ("B1", "x", 0.0, [np.inf])]), "test")
    with pytest.raises(InputError, match=r"every row has a feature that is missing.*'f0000'"):
        Curves.of(table([("A1", "DMSO", 0.0, [np.nan])]), "test")
    timeless = replace(table(rows), meta=table(rows).meta.drop(columns="time"))
    with pytest.raises(InputError, match="needs a column 'time'"):
        Curves.of(timeless, "test")


def test_what_rounding_leaves_of_a_time_is_not_before_the_drug(table: Any) -> None:
    rows = [("A1", "DMSO", 0.3 - 0.1 * 3, [0.0]), ("A1", "DMSO", 1e7 + 0.5, [0.0])]
    assert rows[0][2] < 0
    assert hours_of(table(rows), "test").tolist() == [0.0, 1e7 + 0.5]


def test_a_group_needs_one_value_in_every_curve(table: Any) -> None:
    rows = [("A1", "DMSO", t, [0.0]) for t in (0.0, 1.0)] + [("B1", "x", 0.0, [1.0])]
    curve = np.array([0, 0, 1])
    made = table(rows, donor=["b", "b", "a"])
    assert control_groups(made, curve, ("donor",), "test").tolist() == [1, 0]
    assert control_groups(made, curve, (), "test").tolist() == [0, 0]
    with pytest.raises(InputError, match=r"several values of 'donor' \(1 such curve\)"):
        control_groups(table(rows, donor=["a", "b", "b"]), curve, ("donor",), "test")
    with pytest.raises(InputError, match=r"no 'donor' in well A1.*leave 'donor' out"):
        control_groups(table(rows, donor=["a", None, "b"]), curve, ("donor",), "test")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([10, 2, None, 2]),
        pd.Series(["10", "2", "", "2"]),
        pd.Series([10.0, 2, np.nan, 2]),
        pd.Series(["10", "2", None, "2.0"]).replace({"2.0": 2.0}),
        pd.Series(["10", "2", None, "2"], dtype="category"),
        pd.Series([10, 2, None, 2], dtype="Int64"),
    ],
)
def test_the_type_of_a_column_plays_no_part(values: pd.Series) -> None:
    assert column_codes(values).tolist() == [2, 1, 0, 1]


def test_text_is_sorted_as_text_and_missing_is_a_value_of_its_own() -> None:
    assert column_codes(pd.Series(["b", "a10", None, "a2"])).tolist() == [3, 1, 0, 2]
    assert [value_text(v) for v in (None, np.nan, 3.0, 2.5, " x ")] == ["", "", "3", "2.5", "x"]
    meta = pd.DataFrame({"plate": ["p", "p", "p"], "concentration": [np.nan, 1.0, np.nan]})
    codes, first = identity(meta)
    assert (codes.tolist(), first.tolist()) == ([0, 1, 0], [0, 1])
    assert identity(meta, ())[0].tolist() == [0, 0, 0]
