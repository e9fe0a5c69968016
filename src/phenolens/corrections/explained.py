"""How much of the features' spread is between groups of rows: a batch correction lowers it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer

from phenolens.corrections.invariant import check_invariant

_TOLERANCE = 1e-3


def sums_of_squares(
    x: Float[np.ndarray, "n d"], codes: Integer[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"]]:
    """Return each feature's sum of squares between groups, and its total one.

    Args:
        x: Rows.
        codes: Each row's group, none of them missing.
    """
    centred = x - x.mean(axis=0)
    order = np.argsort(codes, kind="stable")
    start = np.flatnonzero(np.diff(codes[order], prepend=codes[order[0]] - 1))
    size = np.diff(np.append(start, len(codes)))
    means = np.add.reduceat(centred[order], start, axis=0) / size[:, None]
    return size @ means**2, (centred**2).sum(axis=0)


def pooled_share(x: Float[np.ndarray, "n d"], codes: Integer[np.ndarray, " n"]) -> float:
    """Return the share of the total variance (trace) between groups; 0 if there is none.

    Example:
        >>> pooled_share(np.array([[0.0], [0.0], [2.0], [2.0]]), np.array([0, 0, 1, 1]))
        1.0
    """
    between, total = sums_of_squares(x, codes)
    return float(between.sum() / total.sum()) if total.sum() > 0 else 0.0


def mean_share(x: Float[np.ndarray, "n d"], codes: Integer[np.ndarray, " n"]) -> float:
    """Return the mean over features of each one's share between groups; without constant ones."""
    between, total = sums_of_squares(x, codes)
    varies = total > 0
    return float((between[varies] / total[varies]).mean()) if varies.any() else 0.0


def chance(codes: Integer[np.ndarray, " n"]) -> float:
    """Return the share that groups of this many rows have of pure noise: (groups - 1) / (n - 1)."""
    return (len(np.unique(codes)) - 1) / max(1, len(codes) - 1)


def check_share(what: str, before: float, after: float, by_chance: float) -> float:
    """Return the share afterwards, if it is not above the share before, or not above chance.

    Raises:
        InputError: It rose, or is not a number.
    """
    check_invariant(f"share of variance between {what}", after - max(before, by_chance), _TOLERANCE)
    return after
