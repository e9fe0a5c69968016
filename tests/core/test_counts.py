"""One thing is in the singular."""

from __future__ import annotations

import pytest

from phenolens.core.counts import count_and_say, count_of, count_range


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


@pytest.mark.parametrize(
    ("words", "of_one"),
    [
        ("frames are missing, which other wells have", "frame is missing, which other wells have"),
        ("wells have fewer sites than were chosen", "well has fewer sites than were chosen"),
        ("chosen wells have no image", "chosen well has no image"),
        ("rows repeat plate, well", "row repeats plate, well"),
        ("of 8 images have no channel", "of 8 images has no channel"),
        ("files of 2 channels left out", "file of 2 channels left out"),
    ],
)
def test_what_is_true_of_one_is_in_the_singular(words: str, of_one: str) -> None:
    assert count_and_say(1, words) == f"1 {of_one}"
    assert count_and_say(0, words) == f"0 {words}"


def test_a_range_of_equal_numbers_is_one() -> None:
    assert count_range([1, 1], "well") == "1 well"
    assert count_range([1, 0, 2], "well") == "1 to 2 wells"
    assert count_range([0], "well") == ""
