"""A column of a pair rule: what counts as the same value, and what as missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.values import Values, joint_codes


def test_blank_and_missing_cells_are_unknown() -> None:
    column = Values.of(pd.Series(["a", "", " ", None, "|", float("nan"), "a "]))
    assert column.known.tolist() == [True, False, False, False, False, False, True]
    assert column.sets is None
    assert column.codes[0] == column.codes[6]


def test_membership_has_a_value_once_and_none_for_a_missing_cell() -> None:
    column = Values.of(pd.Series(["b|a", None, "a|a", " b ", "c|"]))
    assert column.sets is not None
    assert column.sets.toarray().sum(axis=1).tolist() == [2, 0, 1, 1, 1]
    left, right = np.array([0, 0, 0, 2]), np.array([2, 3, 4, 1])
    assert column.share(left, right).tolist() == [True, True, False, False]


def test_stripping_does_not_depend_on_the_other_cells() -> None:
    """`x ` and `x` are one value, whether or not some other cell holds several."""
    for other in ("y", "y|z"):
        assert Values.of(pd.Series(["x ", "x", other])).shares(np.array([0]))[0].tolist() == [
            True,
            True,
            False,
        ]


def test_membership_of_single_values_is_one_a_row() -> None:
    members = Values.of(pd.Series(["u", None, "v", "u"])).members.toarray()
    assert members.tolist() == [[1, 0], [0, 0], [0, 1], [1, 0]]


def test_joint_codes_tell_combinations_apart() -> None:
    columns = [Values.of(pd.Series(x)) for x in (["a", "a", "b", None], [1, 2, 1, 1], list("xxxy"))]
    codes = joint_codes(columns)
    assert codes[3] == -1
    assert len(set(codes)) == 4
    assert len(set(joint_codes(columns, keep_missing=True))) == 4
    assert joint_codes(columns, keep_missing=True).min() >= 0


def test_taking_rows_keeps_their_values() -> None:
    column = Values.of(pd.Series(["a|b", "b", "c"])).take(np.array([2, 1, 0]))
    assert column.shares(np.array([1]))[0].tolist() == [False, True, True]
