"""F1 of masks, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.masks.agreement import Agreement, agreement, overlaps

TRUTH = np.zeros((10, 30), dtype=np.int32)
TRUTH[:, 0:10] = 7  # labels have gaps
TRUTH[:, 20:30] = 3


def test_by_hand() -> None:
    found = np.zeros_like(TRUTH)
    found[:, 0:8] = 5  # 80 of 100 pixels: IoU 0.8
    found[:, 16:26] = 2  # 60 shared of 140
    found[4:6, 12:14] = 9
    shares = overlaps(found, TRUTH)  # rows: 3, 7; columns: 2, 5, 9
    assert shares == pytest.approx(np.array([[60 / 140, 0, 0], [0, 0.8, 0]]))
    assert agreement(found, TRUTH, 0.5) == Agreement(found=1, false=2, missed=1)
    assert agreement(found, TRUTH, 0.5).f1 == pytest.approx(2 / 5)
    assert agreement(found, TRUTH, 0.4).found == 2
    assert agreement(TRUTH, TRUTH, 0.99).f1 == 1.0


def test_nothing_to_find() -> None:
    nothing = np.zeros((4, 4), dtype=np.int32)
    assert agreement(nothing, nothing).f1 == 1.0
    assert agreement(nothing, TRUTH[:4, :4]) == Agreement(0, 0, 1)
