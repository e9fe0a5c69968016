"""Holm's correction, against the definition and a worked case."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.statistics.holm import holm


def by_definition(p: list[float]) -> list[float]:
    """Holm 1979: of the ordered values, the largest (m - j + 1) p_(j) over all j up to k."""
    ordered = sorted(p)
    m = len(p)
    return [
        min(1.0, max((m - j) * ordered[j] for j in range(ordered.index(value) + 1))) for value in p
    ]


def test_a_case_worked_by_hand() -> None:
    # In order 0.01, 0.02, 0.03, 0.04, times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, which may not fall.
    assert holm(np.array([0.04, 0.01, 0.03, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_as_the_definition_says_whatever_the_order() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 2, 7, 40):
        p = rng.random(size) ** 3
        assert holm(p) == pytest.approx(by_definition(p.tolist()))
        turn = rng.permutation(size)
        assert np.array_equal(holm(p[turn]), holm(p)[turn])


def test_equal_values_are_corrected_alike_and_none_exceeds_one() -> None:
    assert holm(np.array([0.02, 0.02, 0.9])).tolist() == [0.06, 0.06, 0.9]
    assert holm(np.array([0.8, 0.9])).tolist() == [1.0, 1.0]


def test_what_is_not_defined_is_not_counted() -> None:
    found = holm(np.array([0.02, np.nan, 0.03]))
    assert found[[0, 2]].tolist() == [0.04, 0.04]
    assert np.isnan(found[1])
    assert holm(np.array([])).tolist() == []
