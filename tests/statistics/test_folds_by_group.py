from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phenolens.core.errors import InputError
from phenolens.statistics.folds_by_group import folds_by_group


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 5))
def test_groups_stay_whole_and_every_value_is_known_to_the_other_folds(
    seed: int, folds: int, values: int
) -> None:
    """A truth that goes with the group, as a MoA with its compound."""
    rng = np.random.default_rng(seed)
    of_group = np.repeat(np.arange(values), rng.integers(2, 7, values))
    group = rng.permutation(np.repeat(np.arange(len(of_group)), 3))
    code = of_group[group]
    fold = folds_by_group(group, code, folds, seed)
    assert all(len(set(fold[group == one])) == 1 for one in np.unique(group))
    for out in np.unique(fold):
        assert set(code[fold != out]) == set(code)
    for value in range(values):  # evenly: no fold has two groups more than another
        dealt = np.bincount([fold[group == g][0] for g in np.unique(group[code == value])])
        assert dealt.max() <= -(-len(np.unique(group[code == value])) // folds)


def test_groups_with_every_value() -> None:
    group, code = np.repeat(np.arange(10), 3), np.tile(np.arange(3), 10)
    fold = folds_by_group(group, code, 5, 0)
    assert np.bincount(fold).tolist() == [6] * 5
    assert not np.array_equal(fold, folds_by_group(group, code, 5, 1))
    np.testing.assert_array_equal(fold, folds_by_group(group, code, 5, 0))


def test_a_value_in_one_group_cannot_be_dealt() -> None:
    with pytest.raises(InputError, match="cannot split 3 groups into 3 folds"):
        folds_by_group(np.array([0, 1, 2]), np.array([0, 0, 1]), 3, 0)
