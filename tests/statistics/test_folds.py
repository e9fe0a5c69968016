from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phenolens.statistics.folds import fewest_groups, grouped_folds


@given(
    rows=st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=4, max_size=25),
    places=st.integers(1, 4),
    seed=st.integers(0, 99),
)
@settings(max_examples=100)
def test_groups_stay_whole_and_both_kinds_are_spread(
    rows: list[tuple[int, bool]], places: int, seed: int
) -> None:
    group = np.array([g for g, _ in rows], dtype=np.int64)
    positive = np.array([p for _, p in rows])
    folds = fewest_groups(group, positive)
    if folds < 2:
        return
    place = group % places
    fold = grouped_folds(group, positive, place, folds, np.random.default_rng(seed))
    assert set(fold[positive]) == set(range(folds))
    for one in np.unique(group):
        assert len(set(fold[group == one])) == 1
    for one in range(folds):  # what is left to train on
        assert positive[fold != one].any()
        assert not positive[fold != one].all()
    strata = fold * places + place
    if np.isin(place, place[positive]).all():  # a positive is held out beside a negative
        assert set(strata[positive]) & set(strata[~positive])


def test_fewest_groups_counts_groups_not_rows() -> None:
    group = np.array([0, 0, 0, 1, 2, 3])
    positive = np.array([True, True, True, False, False, False])
    assert fewest_groups(group, positive) == 1
    assert fewest_groups(group, ~positive) == 1


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_are_of_even_size(folds: int) -> None:
    group = np.repeat(np.arange(30), 4)
    place = group // 2 % 3
    fold = grouped_folds(group, group < 12, place, folds, np.random.default_rng(0))
    drugs = np.bincount(fold[group < 12]) / 4
    controls = np.bincount(fold[group >= 12]) / 4
    assert drugs.max() - drugs.min() <= 1
    assert controls.max() - controls.min() <= 1
