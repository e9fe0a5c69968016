from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.corrections.feature_filters import (
    CELLPROFILER_NOISE,
    blocked,
    correlation,
    filled,
    missing_share,
    rare_values,
    redundant,
    variance,
)


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)[:, None]


def test_names_and_patterns_are_blocked() -> None:
    names = ("Cells_Area", "Nuclei_Granularity_14_DNA", "Nuclei_Granularity_1_DNA", "f[1]")
    assert blocked(names, ("Nuclei_Granularity_14_*", "Cells")).tolist() == [0, 1, 0, 0]
    assert blocked(names, ("Cells_Area", "cells_*")).tolist() == [1, 0, 0, 0]
    assert blocked(names, ()).tolist() == [0, 0, 0, 0]


def test_the_noise_is_what_pycytominer_blocks(peer: dict[str, Any]) -> None:
    assert len(CELLPROFILER_NOISE) == 55
    names = "\n".join(sorted(CELLPROFILER_NOISE))
    assert hashlib.sha256(names.encode()).hexdigest() == peer["blocklist"]


def test_missing_values_are_counted_and_filled() -> None:
    x = np.concatenate([column(1, np.nan, 4, np.inf), column(1, 2, 3, 4)], axis=1)
    assert missing_share(x).tolist() == [0.5, 0.0]
    assert filled(x).tolist() == [[1, 1], [2.5, 2], [4, 3], [2.5, 4]]
    with pytest.raises(InputError, match="feature 0 has no value"):
        filled(column(np.nan, np.nan))


def test_rare_values_worked_by_hand() -> None:
    x = np.concatenate([column(*[0] * 20, 1), column(*range(21)), column(*[3] * 21)], axis=1)
    # One against twenty is exactly 0.05, which is not below it.
    assert rare_values(x, 0.05, 0.0).tolist() == [False, False, True]
    assert rare_values(x, 0.051, 0.0).tolist() == [True, False, True]
    assert rare_values(x, 0.0, 0.1).tolist() == [True, False, True]  # 2 / 21 and 1 / 21 below


def test_variance_and_correlation_as_numpys() -> None:
    x = (np.random.default_rng(0).normal(size=(9000, 4)) * 3 + 1000).astype(np.float32)
    x[:, 3] = 2.0
    np.testing.assert_allclose(variance(x), x.astype(np.float64).var(axis=0), rtol=1e-10)
    r = correlation(x, ranks=False)
    np.testing.assert_allclose(r[:3, :3], np.corrcoef(x[:, :3].astype(float).T), atol=1e-12)
    assert not r[3].any()
    bent = np.exp(x - 1000)
    bent[:, 3] = 2.0
    ranked = correlation(x, ranks=True)
    np.testing.assert_allclose(correlation(bent, ranks=True), ranked, atol=1e-12)


def test_of_a_pair_goes_the_one_that_correlates_more() -> None:
    # b is nearest to all (1.88; a 1.45, c 1.73): it goes, from both of its pairs.
    r = np.array([[1, 0.95, 0.5, 0], [0.95, 1, 0.93, 0], [0.5, 0.93, 1, 0.3], [0, 0, 0.3, 1.0]])
    assert redundant(r, 0.9).tolist() == [0, 1, 0, 0]
    # Now c (2.42) pairs with d too: (a, b) drops b, and (b, c) drops c, though b goes anyway.
    r[2, 3] = r[3, 2] = 0.99
    assert redundant(r, 0.9).tolist() == [0, 1, 1, 0]
    assert redundant(np.ones((3, 3)), 0.9).tolist() == [0, 1, 1]  # of equals the first stays
    assert not redundant(-np.ones((3, 3)), 0.9).any()
