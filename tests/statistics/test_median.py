from __future__ import annotations

import numpy as np
import pytest

from phenolens.statistics.median import median_and_mad


def test_the_mad_is_of_all_values() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, np.nan])
    middle, mad = median_and_mad(values)
    assert middle == pytest.approx(3.0)
    assert mad == pytest.approx(1.5)  # of 2, 1, 1, 5
    assert np.isnan(median_and_mad(np.array([np.nan]))).all()
