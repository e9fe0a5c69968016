"""Z': how far apart negative and positive controls are, for the spread of their wells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.core.ranges import LARGEST_SEED, between
from phenolens.core.score import Score
from phenolens.neighbours.named_features import named_features
from phenolens.neighbours.order import canonical_order

_NAME = "z_prime"
_LEAST = 3  # wells of each kind: below, a standard deviation says nothing
_DRAWS = 1000
_ALL = "not control"
_NAMED = ("treatment", "compound")  # columns that say what is in a well


@dataclass(frozen=True, kw_only=True)
class ZPrime:
    """Z' of negative against positive controls: 1 - 3 (sd + sd) / |difference of the means|.

    Zhang, Chung and Oldenburg 1999, standard deviations with n - 1, for each plate; the score is
    the mean over plates. With several features each well is projected on the line between the
    means of the two kinds, of wells other than itself: a line through many features fits the wells
    that it was drawn through, and would show a separation that is not there.

    1 is the end of the scale; 0.5 and more is called an excellent assay, and below 0 the two
    overlap at three standard deviations. Without a difference it falls without end. The interval
    draws wells of each kind with replacement (percentile bootstrap, 1,000 draws); with four wells
    it is too narrow.

    Attributes:
        positive: A condition on the metadata (`phenolens.core.query`) that positive controls
            fulfil, as `compound == 'taxol'`; all treatments, where it is not given, but for rows
            whose treatment is not named. Negative controls are those of the column `control`.
        feature: The feature to look at; empty: all together.
        within: Columns within which it is computed, as far as the table has them.
        seed: Of the draws.
    """

    title: ClassVar[str] = "Z'"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "0.5 to 1: wells of the two controls are clearly apart."
    chance: ClassVar[str] = "far below 0"
    blind: ClassVar[str] = "weaker effects than that of the positive control; and position"

    positive: str = _ALL
    feature: str = ""
    within: tuple[str, ...] = ("plate",)
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the mean over plates, with one row per plate.

        Raises:
            InputError: No column `control`, a query that cannot be read or fits no row, a row that
                is both, no plate with three wells of each kind, no such feature, or one that is
                not finite.
        """
        negative = profiles.controls(_NAME)
        positive = matching(profiles.meta, self.positive) & ~self._unnamed(profiles.meta)
        if both := int((negative & positive).sum()):
            raise InputError(
                f"{count_of(both, 'negative control fulfils', 'negative controls fulfil')} "
                f"'{self.positive}'",
                where=f"{_NAME}.positive",
                fix="write a condition that holds for positive controls alone",
            )
        used = profiles.take(negative | positive)
        order = canonical_order(used)
        used = used.take(order)
        kind = positive[negative | positive][order]
        there = [name for name in self.within if name in used.meta.columns]
        kept, lost = _plates(used.meta[there], kind)
        x = named_features(used, self.feature, _NAME)
        rng = np.random.default_rng(self.seed)
        rows, drawn = [], np.zeros(_DRAWS)
        for its in kept:
            values, which = _on_line(x[its], kind[its]), kind[its]
            low, high = values[~which], values[which]
            rows.append(
                {
                    **used.meta[there].iloc[its[0]].to_dict(),
                    "negative": len(low),
                    "positive": len(high),
                    "value": float(z_prime(low[None], high[None])[0]),
                }
            )
            drawn += z_prime(_again(low, rng), _again(high, rng)) / len(kept)
        table = pd.DataFrame(rows)
        ends = np.percentile(drawn, [2.5, 97.5]) if np.isfinite(drawn).all() else [math.nan] * 2
        return Score(
            name=_NAME,
            value=float(table["value"].mean()),
            low=float(ends[0]),
            high=float(ends[1]),
            n=len(table),
            rows=table,
            notes=_notes(lost, int(np.isinf(table["value"]).sum())),
        )

    def _unnamed(self, meta: pd.DataFrame) -> Bool[np.ndarray, " n"]:
        """Return the rows that no table names: where all treatments are meant, they are none."""
        column = next((name for name in _NAMED if name in meta), None)
        if self.positive != _ALL or column is None:
            return np.zeros(len(meta), dtype=bool)
        return meta[column].isna().to_numpy(dtype=bool)


def _notes(lost: int, level: int) -> tuple[str, ...]:
    few = f"plates with fewer than {_LEAST} controls of a kind: {lost}"
    same = f"plates whose two controls have the same mean, where Z' falls without end: {level}"
    return (few,) * bool(lost) + (same,) * bool(level)


def _plates(
    shared: pd.DataFrame, positive: Bool[np.ndarray, " n"]
) -> tuple[list[Int64[np.ndarray, " k"]], int]:
    """Return the rows of each plate with enough controls of both kinds, and how many have not.

    Raises:
        InputError: None has.
    """
    there = list(shared.columns)
    group = (
        shared.groupby(there, dropna=False, observed=True).ngroup().to_numpy()
        if there
        else np.zeros(len(shared), dtype=np.int64)
    )
    members = [np.flatnonzero(group == one) for one in np.unique(group)]
    kept = [m for m in members if min(positive[m].sum(), (~positive[m]).sum()) >= _LEAST]
    if not kept:
        where = f" on one {' and '.join(there)}" if there else ""
        raise InputError(
            f"{_NAME} needs {_LEAST} negative and {_LEAST} positive controls{where}",
            fix="set `within = []` to take all wells together" if there else "",
        )
    return kept, len(members) - len(kept)


def z_prime(
    low: Float64[np.ndarray, "draws n"], high: Float64[np.ndarray, "draws m"]
) -> Float64[np.ndarray, " draws"]:
    """Return Z' of two kinds of wells; minus infinity where their means are equal."""
    apart = np.abs(high.mean(axis=1) - low.mean(axis=1))
    spread = 3 * (high.std(axis=1, ddof=1) + low.std(axis=1, ddof=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(apart > 0, 1 - spread / apart, -np.inf), dtype=np.float64)


def _on_line(
    x: Float64[np.ndarray, "n d"], positive: Bool[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """Return the place of each well on the line between the two means, of the other wells."""
    if x.shape[1] == 1:
        return x[:, 0]
    made = np.empty(len(x))
    for row in range(len(x)):
        others = np.arange(len(x)) != row
        low = x[others & ~positive].mean(axis=0)
        line = x[others & positive].mean(axis=0) - low
        made[row] = (x[row] - low) @ line / max(float(line @ line), np.finfo(np.float64).tiny)
    return made


def _again(
    values: Float64[np.ndarray, " n"], rng: np.random.Generator
) -> Float64[np.ndarray, "draws n"]:
    """Return wells drawn with replacement, many times."""
    return values[rng.integers(len(values), size=(_DRAWS, len(values)))]
