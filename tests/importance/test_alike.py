from __future__ import annotations

import numpy as np
import pytest

from phenolens.importance.alike import rank_correlation


def test_ranks_correlate_whatever_the_scale() -> None:
    one = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert rank_correlation(one, np.exp(one)) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    # By hand: ranks 1 2 3 4 and 2 1 4 3, d = 1 each, 1 - 6 * 4 / (4 * 15).
    assert rank_correlation(one, np.array([[2.0, 1.0], [4.0, 3.0]])) == pytest.approx(0.6)


def test_a_constant_map_is_like_nothing() -> None:
    assert rank_correlation(np.ones((2, 2)), np.eye(2)) == 0.0
