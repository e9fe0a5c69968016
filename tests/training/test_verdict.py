"""What looks at a training mean, in words that say what to try."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.training.verdict import (
    figures_of,
    kept_text,
    sentences,
    starved,
    waiting_of,
    warnings,
)


def line(step: int, replicates: float, knn: float = 0.2, rank: float = 20.0) -> dict[str, Any]:
    figures = {"replicates": replicates, "batch_knn": knn, "meter_rank": rank}
    return {"step": str(step), **{name: f"{value}" for name, value in figures.items()}}


def test_untrained_last_and_best_look() -> None:
    lines = [line(-1, 0.1), {"step": "0", "loss": "3"}, line(9, 0.5), line(19, 0.4)]
    made = figures_of(lines)
    assert [made[name]["step"] for name in ("untrained", "last", "best")] == [0, 20, 10]
    assert made["best"]["replicates"] == 0.5
    assert not figures_of(lines[1:2])
    first, second = sentences(made)
    assert "precision of 0.400 (untrained encoder: 0.100)." in first
    assert "accuracy of 0.200" in second
    assert not warnings(made)


def test_words_are_about_the_look_whose_state_is_kept() -> None:
    lines = [line(-1, 0.3), line(9, 0.5), line(19, 0.2)]
    assert warnings(figures_of(lines))[0].startswith("No learning")
    assert "kept" not in figures_of(lines)
    made = figures_of(lines, keeps_best=True)
    assert made["kept"]["step"] == 10
    assert not warnings(made)
    said, first, _ = sentences(made)
    assert said == (
        "The state after step 10 of 20 is kept: its replicates are the best, 0.500 (0.200 after "
        "the last step)."
    )
    assert "precision of 0.500 (untrained encoder: 0.300)." in first
    assert "after the last step, 10, is kept" in kept_text(figures_of(lines[:2], keeps_best=True))
    unknown = figures_of([line(-1, 0.3), line(9, float("nan"))], keeps_best=True)
    assert not kept_text(unknown)


@pytest.mark.parametrize(
    ("last", "word"),
    [
        (line(9, 0.5, rank=1.2), "Collapse: the embeddings use 1.2 directions"),
        (line(9, 0.105), "No learning"),
        (line(9, 0.15, knn=0.9), "Batch shortcut"),
    ],
)
def test_warnings_say_what_is_wrong_and_what_to_try(last: dict[str, Any], word: str) -> None:
    lines = [line(-1, 0.1), last]
    (found,) = warnings(figures_of(lines))
    assert found.startswith(word)
    assert "Try " in found


def test_a_device_that_waits_for_views_is_starved_whether_or_not_it_is_looked_at() -> None:
    waiting = [{"step": str(i), "waiting": "0.75"} for i in range(3)]
    assert waiting_of(waiting) == 0.75
    assert starved(0.75).startswith("Starved device: 75 % of the time")
    assert "Try " in starved(0.75)
    assert not starved(waiting_of([{"step": "0", "waiting": "0.1"}]))
    assert waiting_of([{"step": "0"}]) is None
    assert not starved(None)
    assert not sentences({})


def test_figures_that_are_not_numbers_are_left_out() -> None:
    lines = [line(-1, float("nan")), line(9, float("nan"))]
    made = figures_of(lines)
    assert "replicates" not in made["last"]
    assert not warnings(made)
    assert len(sentences(made)) == 1
