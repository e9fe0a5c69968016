"""Alike: whether two maps are high at the same places."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

ALIKE = 0.5  # rank correlation with a map that knows nothing, above which a map says nothing


def rank_correlation(one: Float[np.ndarray, "a b"], two: Float[np.ndarray, "a b"]) -> float:
    """Return Spearman's correlation of two maps over their places; 0 where one is constant."""
    ranks = [rankdata(part.ravel()) for part in (one, two)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
