"""One thing is in the singular."""

from __future__ import annotations

from phenolens.core.counts import count_of, count_range


def test_one_is_singular_and_large_numbers_have_commas() -> None:
    assert [count_of(n, "row") for n in (0, 1, 2, 12345)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "12,345 rows",
    ]
    assert [count_of(n, "minute") for n in (0.5, 1.0, 30.0)] == [
        "0.5 minutes",
        "1 minute",
        "30 minutes",
    ]
    assert [count_of(n, "batch", "batches") for n in (1, 3)] == ["1 batch", "3 batches"]


def test_a_range_of_equal_numbers_is_one() -> None:
    assert count_range([1, 1], "well") == "1 well"
    assert count_range([1, 0, 2], "well") == "1 to 2 wells"
    assert count_range([0], "well") == ""
