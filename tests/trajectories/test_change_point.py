from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from phenolens.trajectories.change_point import ChangePoint, _first_apart

TIMES = np.arange(-6.0, 40, 2)


def point(effect: np.ndarray, seed: int = 0, **settings: Any) -> ChangePoint:
    """Six controls and three replicates, whose roots are shifted by the effect."""
    rng = np.random.default_rng(seed)
    root = 5 + rng.normal(size=(9, len(TIMES)))
    root[6:] += effect
    control, group = np.arange(9) < 6, np.zeros(9, dtype=np.int64)
    given: dict[str, Any] = {"times": TIMES, "before": TIMES < 0, "draws": 50, **settings}
    return ChangePoint(values=np.maximum(root, 0) ** 2, control=control, group=group, **given)


REPLICATES = [np.array([6, 7, 8])]


def test_the_onset_of_a_ramp_and_its_interval() -> None:
    found, held = [], []
    for seed in range(20):
        onset = point(np.clip(TIMES - 10, 0, None) / 2, seed).onsets(REPLICATES)[0]
        found.append(onset.hours)
        held.append(onset.low <= 12 <= onset.high)
        assert onset.low < onset.hours <= onset.high
    assert abs(np.median(found) - 12) <= 2
    assert np.mean(held) > 0.85


def test_a_step_is_found_at_its_time() -> None:
    onset = point(np.where(TIMES >= 10, 8.0, 0.0)).onsets(REPLICATES)[0]
    assert (onset.hours, onset.note) == (10, "")
    assert onset.low == 8


def test_without_an_effect_there_is_rarely_an_onset() -> None:
    notes = [point(0 * TIMES, seed).onsets(REPLICATES)[0] for seed in range(40)]
    assert sum(np.isfinite(one.hours) for one in notes) <= 4
    assert notes[0].note == "no departure from the controls"
    assert np.isnan([notes[0].hours, notes[0].low, notes[0].high]).all()


@pytest.mark.parametrize(
    ("settings", "rows", "note"),
    [
        ({"before": TIMES < -99}, REPLICATES, "no frames before the drug was added"),
        ({"before": TIMES < 32}, REPLICATES, "too few times after the drug was added"),
        ({}, [np.array([8])], ""),
    ],
)
def test_too_little_is_an_answer_and_not_a_number(
    settings: dict[str, Any], rows: list[np.ndarray], note: str
) -> None:
    onset = point(np.where(TIMES >= 10, 8.0, 0.0), **settings).onsets(rows)[0]
    assert onset.note.startswith(note)
    assert np.isnan(onset.hours) == bool(note)


def test_apart_before_the_drug_and_few_controls_are_said() -> None:
    assert "before the drug" in point(9 + 0 * TIMES).onsets(REPLICATES)[0].note
    few = point(np.where(TIMES >= 10, 8.0, 0.0))
    alone = ChangePoint(TIMES, few.values[4:], few.control[4:], few.group[4:], few.before, draws=10)
    assert alone.onsets([np.array([2, 3, 4])])[0].note == "fewer than 3 matched control curves"
    gone = few.values.copy()
    gone[6:] = np.nan
    lost = ChangePoint(TIMES, gone, few.control, few.group, few.before, draws=10)
    assert lost.onsets(REPLICATES)[0].note == "no distance to a control"


def test_many_replicates_need_no_memory_for_each_draw() -> None:
    """4,000 curves x 100 draws x 23 times would be 74 MB."""
    rng = np.random.default_rng(0)
    values = np.maximum(5 + rng.normal(size=(4006, len(TIMES))), 0) ** 2
    control, group = np.arange(4006) < 6, np.zeros(4006, dtype=np.int64)
    tracemalloc.start()
    ChangePoint(TIMES, values, control, group, TIMES < 0, draws=100).onsets([np.arange(6, 4006)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12e6


def test_the_sum_is_reset_and_its_last_run_begins_the_onset() -> None:
    """By hand, with an allowance of 1: sums 0.5, 0, 1, 3, 8; the level 5 is passed at the last."""
    excess = np.array([[1.5, 0.2, 2.0, 3.0, 6.0], [0, 0, 0, 0, 0]])
    assert _first_apart(excess, np.full(5, 5.0)).tolist() == [2, -1]
