from __future__ import annotations

import numpy as np

from phenolens.lenses.mining import KINDS, mined

CONTROL = 2
LABELS = np.array([CONTROL, CONTROL, 0, 0, 0, 0])
BEFORE = np.array(
    [
        [0.6, 0.1, 0.3],  # a control that was called a drug
        [0.4, 0.15, 0.45],  # right, but not sure
        [0.3, 0.6, 0.1],  # another drug
        [0.4, 0.3, 0.3],  # right, and will be sure
        [0.3, 0.6, 0.1],  # wrong, and will be right, but not sure
        [0.9, 0.05, 0.05],  # right all along
    ]
)
AFTER = np.array(
    [
        [0.2, 0.1, 0.7],
        [0.2, 0.15, 0.65],
        [0.8, 0.1, 0.1],
        [0.95, 0.03, 0.02],
        [0.45, 0.35, 0.2],
        [0.95, 0.03, 0.02],
    ]
)


def test_the_three_kinds_by_hand() -> None:
    found = mined(BEFORE, AFTER, LABELS, CONTROL)
    assert tuple(found) == KINDS
    assert np.flatnonzero(found["control_corrected"]).tolist() == [0]
    assert np.flatnonzero(found["call_corrected"]).tolist() == [2]
    assert np.flatnonzero(found["confidence_gained"]).tolist() == [3]


def test_turned_round_they_are_what_a_lens_spoils() -> None:
    assert not any(mask.any() for mask in mined(BEFORE, BEFORE, LABELS, CONTROL).values())
    sure = np.where(np.eye(3, dtype=bool)[LABELS], 0.9, 0.05)
    spoiled = mined(BEFORE, sure, LABELS, CONTROL)  # from sure to BEFORE
    assert np.flatnonzero(spoiled["control_corrected"]).tolist() == [0]
    assert np.flatnonzero(spoiled["call_corrected"]).tolist() == [2, 4]


def test_without_controls_all_corrections_are_of_calls() -> None:
    found = mined(BEFORE, AFTER, LABELS, -1)
    assert np.flatnonzero(found["call_corrected"]).tolist() == [0, 2]
    assert not found["control_corrected"].any()
