from __future__ import annotations

import numpy as np
import pytest

from phenolens.statistics.chance import chance


def test_chance_counts_what_reaches_the_value() -> None:
    null = np.array([0.1, 0.2, 0.3, 0.4])
    found = chance(0.3, null)
    assert found["p"] == 3 / 5  # (1 + 2) / (1 + 4)
    assert found["null"] == pytest.approx(0.25)
    assert found["null_high"] == pytest.approx(0.385)
    assert chance(0.3, np.empty(0)) == {}
