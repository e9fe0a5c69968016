"""The chance that paired differences of no direction have so large a mean: a sign-flip test."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from jaxtyping import Float64
from scipy import stats

from phenolens.statistics.units import unit_text

DRAWS = (
    9999  # the smallest p is then 1 in 10,000, which Holm's correction over 66 pairs leaves < 1 %
)
_AT_ONCE = 2**20  # signs drawn at a time


def sign_flip_p(
    gap: Float64[np.ndarray, " n"], unit: pd.Series, *, draws: int = DRAWS, seed: int = 0
) -> float:
    """Return the two-sided p value of a mean of paired differences.

    Under the null hypothesis each unit's differences could as well have the other sign. So the
    signs of whole units (compounds, with all their doses) are flipped at random, as in Fisher's
    test for paired data (1935, The Design of Experiments, section 21). Up to `draws` patterns of
    signs are all counted; of more, `draws` are drawn, and p = 2 (1 + count) / (1 + draws) with the
    count of the smaller side.

    Args:
        gap: One score less another, row by row; all finite.
        unit: What each row is flipped with.
        draws: Patterns of signs.
        seed: Of the draws.

    Returns:
        In (0, 1]; NaN for fewer than two units, since there is nothing to compare.

    Example:
        >>> sign_flip_p(np.array([1.0, 2, 3, 4, 5]), pd.Series(list("abcde")))
        0.0625
    """
    code, labels = pd.factorize(unit_text(unit), sort=True)
    if len(labels) < 2:
        return math.nan
    # Summed in the order of their size, so that no order of rows changes the last bit.
    order = np.lexsort((gap, code))
    total = np.bincount(code[order], gap[order], len(labels))
    if not total.any():
        return 1.0
    found = stats.permutation_test(
        (total, np.zeros_like(total)),
        lambda one, other, axis: np.sum(one - other, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=draws,
        batch=max(1, _AT_ONCE // len(labels)),
        random_state=np.random.default_rng(seed),
    )
    return float(found.pvalue)
