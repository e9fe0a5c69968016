"""The number of clusters: by silhouette, among those that subsets of the curves find again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, silhouette_score

from phenolens.trajectories.clusters import Grouping

STABLE = 0.8
_SUBSET = 0.8  # share of the curves that a subset holds
LARGEST_SUBSET = 300  # curves of a subset: more cost hours and say no more
CLEAR = 0.25  # silhouette below which there is no structure (Kaufman & Rousseeuw 1990)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One number of clusters.

    Attributes:
        k: How many.
        silhouette: Mean over curves (Rousseeuw 1987), of the warped distances.
        stability: Mean adjusted Rand index (Hubert & Arabie 1985) of clusters of subsets, of 80 %
            of the curves each (300 at most), with those of all curves (Ben-Hur et al. 2002).
        code: (n,) cluster of each curve.
        share: (n,) share of the subsets with a curve in which it is in its own cluster.
    """

    k: int
    silhouette: float
    stability: float
    code: Int64[np.ndarray, " n"]
    share: Float64[np.ndarray, " n"]

    def figures(self) -> dict[str, Any]:
        """Return the figures, for the provenance."""
        shown = {key: getattr(self, key) for key in ("k", "silhouette", "stability")}
        return {key: round(value, 6) for key, value in shown.items()}


def choices(grouping: Grouping, sizes: Sequence[int], draws: int, seed: int) -> list[Choice]:
    """Return what each number of clusters gives.

    Args:
        grouping: The curves and how they are grouped.
        sizes: Numbers of clusters, from 2 to one less than there are curves.
        draws: Subsets of the curves.
        seed: Of the subsets.
    """
    subsets = subsets_of(len(grouping.series), draws, seed)
    return [_choice(grouping, k, subsets) for k in sizes]


def subsets_of(n: int, draws: int, seed: int) -> list[Int64[np.ndarray, " _"]]:
    """Return subsets of n curves.

    Where a subset holds 300 of many curves, those that were in the fewest subsets are in the next,
    so that every curve is in as many as any other, within one.

    Args:
        n: Curves.
        draws: Subsets.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    size = max(2, round(_SUBSET * n))
    if size <= LARGEST_SUBSET:
        return [np.sort(rng.permutation(n)[:size]) for _ in range(draws)]
    drawn, made = np.zeros(n, dtype=np.int64), []
    for _ in range(draws):
        made.append(np.sort(np.lexsort((rng.random(n), drawn))[:LARGEST_SUBSET]))
        drawn[made[-1]] += 1
    return made


def chosen(found: Sequence[Choice]) -> Choice:
    """Return the number with the highest silhouette among the stable ones, else the most stable.

    Of equals the smallest.
    """
    stable = [one for one in found if one.stability >= STABLE]
    if stable:
        return max(stable, key=lambda one: (round(one.silhouette, 9), -one.k))
    return max(found, key=lambda one: (round(one.stability, 9), -one.k))


def _choice(grouping: Grouping, k: int, subsets: Sequence[Int64[np.ndarray, " _"]]) -> Choice:
    code = grouping.into(k)
    kept, drawn = np.zeros(len(code)), np.zeros(len(code))
    rand = []
    for rows in subsets:
        again = grouping.among(rows, k)
        rand.append(float(adjusted_rand_score(code[rows], again)))
        kept[rows] += _matched(code[rows], again) == code[rows]
        drawn[rows] += 1
    many = len(np.unique(code))
    clear = 1 < many < len(code)
    width = float(silhouette_score(grouping.matrix, code, metric="precomputed")) if clear else -1.0
    share = np.divide(kept, drawn, out=np.full(len(code), np.nan), where=drawn > 0)
    return Choice(k, width, float(np.mean(rand)) if rand else np.nan, code, share)


def _matched(
    code: Int64[np.ndarray, " m"], again: Int64[np.ndarray, " m"]
) -> Int64[np.ndarray, " m"]:
    """Return the clusters of a subset under the numbers of those they share most curves with."""
    size = int(max(code.max(), again.max())) + 1
    shared = np.zeros((size, size))
    np.add.at(shared, (again, code), 1)
    rows, columns = linear_sum_assignment(-shared)
    name = np.zeros(size, dtype=np.int64)
    name[rows] = columns
    return name[again]
