"""Paired differences in either direction, and the groups in which no pair differs."""

from __future__ import annotations

import math
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phenolens.overview.compared import Compared
from phenolens.overview.gaps import Gap, Gaps


def made(names: str, clear: set[str], unknown: set[str] = frozenset()) -> Gaps:  # type: ignore[assignment]
    found = {}
    for one, other in combinations(names, 2):
        p = math.nan if one + other in unknown else 0.01 if one + other in clear else 0.5
        found[one, other] = Gap(0.1, 0.0, 0.2, 9, p)
    return Gaps(found)


def test_a_pair_is_found_either_way_round(compared: Compared) -> None:
    gaps = Gaps.of(compared.differences, "nsc")
    one, turned = (
        gaps.between(*pair) for pair in (("byol+multi", "mae+one"), ("mae+one", "byol+multi"))
    )
    assert (one.value, one.low, one.high) == pytest.approx((0.4, 0.3, 0.5))
    assert (turned.value, turned.low, turned.high) == pytest.approx((-0.4, -0.5, -0.3))
    assert one.clear
    assert turned.clear
    assert not gaps.between("byol+multi", "nobody").clear
    assert math.copysign(1, Gap(0.0, 0.0, 0.0, 1, 1.0).turned().value) == 1
    assert Gaps.of(pd.DataFrame(), "nsc").pairs == {}


def test_groups_are_maximal_and_no_pair_in_them_differs() -> None:
    assert made("abcd", set()).together("abcd") == [(0, 3)]
    assert made("abcd", {"ad"}).together("abcd") == [(0, 2), (1, 3)]
    assert made("abcd", {"ab", "bc", "cd"}).together("abcd") == []
    # b and c differ: a cell between the ends may split a group that the ends would allow
    assert made("abcd", {"bc"}).together("abcd") == [(0, 1), (2, 3)]


def test_a_pair_that_was_not_compared_joins_nothing() -> None:
    assert made("abc", set(), {"bc"}).together("abc") == [(0, 1)]
    assert made("ab", set()).together("abz") == [(0, 1)]


@given(st.sets(st.sampled_from(["".join(pair) for pair in combinations("abcdef", 2)])))
def test_groups_agree_with_all_runs_tried(clear: set[str]) -> None:
    gaps, names = made("abcdef", clear), "abcdef"
    whole = [
        (i, j)
        for i in range(6)
        for j in range(i + 1, 6)
        if not {"".join(pair) for pair in combinations(names[i : j + 1], 2)} & clear
    ]
    largest = [
        run
        for run in whole
        if not any(other != run and other[0] <= run[0] and run[1] <= other[1] for other in whole)
    ]
    assert gaps.together(names) == largest
