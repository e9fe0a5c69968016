from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.lenses.trial import Trial, by_well, gains, gains_of_seeds, in_top, true_share

# Two wells of two tiles each, three classes.
TASK: Any = SimpleNamespace(
    same="moa",
    names=("a", "b", "control"),
    row=np.array([4, 5, 6, 7]),
    label=np.array([0, 0, 1, 1]),
    well=np.array([9, 9, 3, 3]),
)
BEFORE = np.array([[0.5, 0.4, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.5, 0.3, 0.2]])
AFTER = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.5, 0.2, 0.3]])


def trial(labels: np.ndarray = TASK.label) -> Trial:
    return Trial(np.array([0, 0, 1, 1]), labels, BEFORE, AFTER)


def test_the_right_class_is_among_the_first_and_ties_count_against() -> None:
    assert in_top(BEFORE, TASK.label, 1).tolist() == [True, False, False, False]
    assert in_top(BEFORE, TASK.label, 2).tolist() == [True, True, True, True]
    even = np.full((2, 4), 0.25)
    assert in_top(even, np.array([0, 3]), 3).tolist() == [False, False]


def test_wells_are_judged_by_the_share_of_their_tiles() -> None:
    # Wells in the order of their code: 3, then 9.
    np.testing.assert_allclose(true_share(trial(), TASK, 1), [[0.0, 0.5], [0.5, 1.0]])
    permuted = trial(np.array([1, 1, 0, 0]))
    table = by_well(TASK, [trial(), trial()], permuted, (2, 1))
    assert table["moa"].tolist() == ["b", "a"]
    assert table["row"].tolist() == [6, 4]
    assert table["top1_without"].tolist() == [0.0, 0.5]
    assert table["top1_with"].tolist() == [0.5, 1.0]
    assert table["permuted_top1_without"].tolist() == [1.0, 0.5]


def test_every_seed_has_its_gain() -> None:
    exchanged = Trial(np.array([0, 0, 1, 1]), TASK.label, AFTER, BEFORE)
    made = gains_of_seeds(TASK, [trial(), exchanged], 1)
    assert made == {"top1_gain_of_seed_0": 0.5, "top1_gain_of_seed_1": -0.5}


def test_a_gain_has_the_p_of_flipped_signs_over_wells() -> None:
    wells = pd.DataFrame(
        {
            "moa": ["a", "b", "b", "control", "control"],
            "top1_without": [0.5] * 5,
            "top1_with": [0.6, 0.7, 0.8, 0.9, 1.0],
            "permuted_top1_without": [0.5] * 5,
            "permuted_top1_with": [0.4, 0.6, 0.5, 0.5, 0.5],
        }
    )
    made = gains(wells, (1,), 0)
    assert made["top1_gain"] == pytest.approx(0.3)
    assert made["top1_gain_p"] == pytest.approx(0.0625)  # 2 of 32 patterns of signs
    assert made["top1_gain_low"] > 0
    assert made["permuted_top1_gain"] == pytest.approx(0)
    assert made["permuted_top1_gain_p"] == 1


def test_chance_is_what_naming_the_largest_classes_gives() -> None:
    wells = pd.DataFrame({"moa": ["a", "a", "a", "b", "c", "c", "d", "d", "d", "d"]})
    for top in (1, 2, 3):
        named = wells["moa"].isin(["d", "a", "c"][:top]).astype(float)
        for name in ("without", "with", "permuted_without", "permuted_with"):
            kind, _, arm = name.rpartition("_")
            wells[f"{kind}{'_' if kind else ''}top{top}_{arm}"] = named
    made = gains(wells, (1, 2, 3), 0)
    for top, chance in ((1, 0.4), (2, 0.7), (3, 0.9)):
        assert made[f"top{top}_without"] == pytest.approx(chance)  # of one who names them always
        assert made[f"top{top}_without_chance"] == pytest.approx(chance)
