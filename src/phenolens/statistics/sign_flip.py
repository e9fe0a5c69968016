"""The chance that paired differences of no direction have so large a mean: a sign-flip test."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.statistics.ties import FLOOR
from phenolens.statistics.units import unit_text

DRAWS = 99_999  # the smallest p is then 2e-5, which Holm's correction over 1,000 pairs leaves < 5 %
_AT_ONCE = 2**23  # signs held at a time


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
    # Equal sums are equal, whatever rounding makes of them.
    here, near = float(total.sum()), FLOOR * float(np.abs(total).sum())
    patterns = larger = smaller = 0
    for signs in _signs(len(labels), draws, seed):
        flipped = signs @ total
        patterns += len(signs)
        larger += int((flipped >= here - near).sum())
        smaller += int((flipped <= here + near).sum())
    if 2 ** len(labels) <= draws:  # the pattern seen is among them
        return min(1.0, 2 * min(larger, smaller) / patterns)
    return min(1.0, 2 * (1 + min(larger, smaller)) / (1 + patterns))


def _signs(units: int, draws: int, seed: int) -> Iterable[Float64[np.ndarray, "p u"]]:
    """Return all patterns of signs where there are at most `draws`, else so many at random."""
    if units * min(draws, 2**units) <= _AT_ONCE:
        return _kept(units, draws, seed)
    return _drawn(units, draws, seed)


@lru_cache(maxsize=4)  # many pairs of cells have as many units
def _kept(units: int, draws: int, seed: int) -> tuple[Float64[np.ndarray, "p u"], ...]:
    if 2**units <= draws:
        bits = np.arange(2**units)[:, None] >> np.arange(units)[None] & 1
        return (np.where(bits, -1.0, 1.0),)
    return tuple(_drawn(units, draws, seed))


def _drawn(units: int, draws: int, seed: int) -> Iterator[Float64[np.ndarray, "p u"]]:
    rng = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // units)
    for first in range(0, draws, step):
        bits = rng.random((min(step, draws - first), units)) < 0.5
        yield np.where(bits, -1.0, 1.0)
