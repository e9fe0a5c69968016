"""Sanity: how much a map is like the one of a model that has learned nothing."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def rank_correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Return Spearman's rank correlation over the places of two maps; 0 where one is flat.

    Adebayo et al. 2018 (arXiv 1810.03292) compare maps so, with those of random weights and of
    random labels.

    Example:
        >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
        1.0
    """
    ranks = [rankdata(part.ravel()) for part in (one, two)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
