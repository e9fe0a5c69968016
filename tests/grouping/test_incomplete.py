"""Which rows lack features, looked at a block of columns at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.grouping.groups import RowGroups
from phenolens.grouping.incomplete import MissingFeatures, left_out, only_complete

X = np.array([[1, np.nan, 3], [np.nan] * 3, [1, 2, 3], [np.nan, 2, 3]], dtype=np.float32)


def looked(*, columns: int, rows: int) -> MissingFeatures:
    missing = MissingFeatures(len(X))
    for first in range(0, 3, columns):
        for begin in range(0, len(X), rows):
            missing.look(begin, X[begin : begin + rows, first : first + columns])
    return missing


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_blocks_are_counted_together(columns: int, rows: int) -> None:
    missing = looked(columns=columns, rows=rows)
    assert missing.lost("drop").tolist() == [True, True, False, True]
    assert missing.lost("drop_blank").tolist() == [False, True, False, False]
    assert not missing.lost("refuse").any()
    assert not MissingFeatures(2).lost("drop_blank").any()  # no feature is not a missing one


def test_a_group_without_another_row_is_gone_and_named() -> None:
    meta = pd.DataFrame({"well": ["A", "B", "A", None]})
    profiles = Profiles(meta, X)
    groups = RowGroups.of(profiles, ("well",), "test")
    left, facts = only_complete(profiles, groups, looked(columns=3, rows=4), "drop_blank", "test")
    assert left.table["well"].tolist() == ["A"]
    assert left.codes.tolist() == [0, -1, 0, -1]
    assert facts["rows_incomplete"] == 1
    assert facts["left_out"].endswith("left out: well B (row 3). Without another row: well=B")
    same, nothing = only_complete(profiles, groups, MissingFeatures(4), "refuse", "test")
    assert same is groups
    assert nothing == {}
    every = MissingFeatures(4)
    every.look(0, np.full((4, 1), np.nan, np.float32))
    with pytest.raises(InputError, match="test: every row has missing features"):
        only_complete(profiles, groups, every, "drop", "test")


def test_the_first_are_named_and_all_are_counted() -> None:
    profiles = Profiles(pd.DataFrame({"well": [f"A{i:02d}" for i in range(9)]}), np.ones((9, 1)))
    words = left_out(profiles, np.arange(9) > 0)["left_out"]
    assert words.startswith("8 of 9 rows with missing features left out: well A01 (row 3); ")
    assert words.endswith("well A05 (row 7); ... (8 in all)")
    assert left_out(profiles, np.zeros(9, dtype=bool)) == {"rows_incomplete": 0}
