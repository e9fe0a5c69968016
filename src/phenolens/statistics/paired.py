"""The difference of two scores over the same rows, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.statistics.intervals import interval_of_mean

# What identifies a row. Of a time-lapse screen each time point of a well is a row of its own.
KEYS = (
    *("cell_line", "treatment", "compound", "concentration", "other_compound", "batch"),
    *("plate", "well", "time", "site", "cell"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One score less another, over the rows both have.

    Attributes:
        value: Mean of the row-wise differences.
        low: Lower end of the 95 % interval.
        high: Upper end; an interval without 0 says that the difference is not chance.
        n: Rows compared.
    """

    value: float
    low: float
    high: float
    n: int


def paired_difference(
    one: Score, other: Score, *, unit: str = "compound", resamples: int = 2000, seed: int = 0
) -> Difference:
    """Return `one` less `other`, with a bootstrap interval.

    Both scores answer the same queries, so the rows are compared pair by pair: what makes a
    treatment hard for both cancels out, which two intervals side by side cannot show. Whole units
    (compounds, with all their doses) are drawn with replacement (the percentile bootstrap of
    Efron & Tibshirani 1993, section 13.3, over clusters), since doses of one compound rise and
    fall together.

    Args:
        one: With columns in its rows that identify them: treatment, plate, well, time ...
        other: The score to compare with.
        unit: Column of the rows that are drawn together; each row by itself where it is absent.
        resamples: Draws.
        seed: Of the draws.

    Raises:
        InputError: The two have no row in common, or rows that no column identifies.
    """
    gap, names = paired_gap(one, other, unit)
    low, high = interval_of_mean(gap, names, resamples=resamples, seed=seed)
    if math.isnan(low):  # one unit alone
        low = high = float(gap.mean())
    return Difference(float(gap.mean()), low, high, len(gap))


def paired_gap(
    one: Score, other: Score, unit: str = "compound"
) -> tuple[Float64[np.ndarray, " n"], pd.Series]:
    """Return `one` less `other` of every row that both have, and the unit of each.

    Args:
        one: As in `paired_difference`.
        other: The score to compare with.
        unit: Column of the rows that are drawn together; each row by itself where it is absent.

    Raises:
        InputError: The two have no row in common, or rows that no column identifies.
    """
    both = _matched(one.rows, other.rows)
    gap = (both["value"] - both["value_other"]).to_numpy(dtype=np.float64)
    return gap, both[unit] if unit in both.columns else pd.Series(range(len(both)))


def _matched(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both, side by side, matched by the columns that identify them."""
    keys = [k for k in KEYS if k in one and k in other]
    if not keys or one.duplicated(keys).any() or other.duplicated(keys).any():
        raise InputError(
            f"the rows of the two scores cannot be matched: {', '.join(keys) or 'no column'} does "
            "not identify them",
            fix=f"columns that identify rows: {', '.join(KEYS)}",
        )
    both = one.merge(other[[*keys, "value"]], on=keys, suffixes=("", "_other"))
    both = both.dropna(subset=["value", "value_other"])
    if both.empty:
        raise InputError("the two scores have no row in common")
    return both
