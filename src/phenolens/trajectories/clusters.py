"""Clusters of curves under time warping: hierarchical, k-medoids, k-means with barycentres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import squareform

from phenolens.statistics.ties import FLOOR
from phenolens.trajectories.dtw import barycentre, to_centres
from phenolens.trajectories.series import Series

ClusterMethod = Literal["k_means", "k_medoids", "hierarchical"]
_ROUNDS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Curves in groups.

    Attributes:
        method: `hierarchical`: average linkage of the warped distances. `k_medoids`: BUILD and
            SWAP of Kaufman & Rousseeuw 1990. `k_means`: from the medoids, barycentres of
            Petitjean et al. 2011 and the curves nearest to them in turn. Nothing is random.
        series: The curves.
        matrix: (n, n) their warped distances.
        band: Of the warping.
        needed_by: Who needs it, for messages.
    """

    method: ClusterMethod
    series: Sequence[Series]
    matrix: Float64[np.ndarray, "n n"]
    band: int
    needed_by: str

    def into(self, k: int) -> Int64[np.ndarray, " n"]:
        """Return each curve's group, of k or fewer, by number."""
        return self.among(np.arange(len(self.series)), k)

    def among(self, rows: Int64[np.ndarray, " m"], k: int) -> Int64[np.ndarray, " m"]:
        """Return the group of each of some curves, of k or fewer, by these curves alone."""
        matrix = self.matrix[np.ix_(rows, rows)]
        if self.method == "hierarchical":
            return hierarchical(matrix, k)
        medoids = k_medoids(matrix, k)
        code = matrix[:, medoids].argmin(axis=1).astype(np.int64)
        if self.method == "k_medoids":
            return code
        series = [self.series[row] for row in rows]
        centres = [series[m] for m in medoids]
        for _ in range(_ROUNDS):
            centres = [
                barycentre([series[i] for i in np.flatnonzero(code == c)], centre, self.needed_by)
                if (code == c).any()
                else centre
                for c, centre in enumerate(centres)
            ]
            far = to_centres(series, centres, self.band, self.needed_by)
            again = far.argmin(axis=1).astype(np.int64)
            if (again == code).all():
                break
            code = again
        return code


def hierarchical(matrix: Float64[np.ndarray, "n n"], k: int) -> Int64[np.ndarray, " n"]:
    """Return the groups of average linkage, cut into k."""
    if len(matrix) < 2:
        return np.zeros(len(matrix), dtype=np.int64)
    tree = linkage(squareform(matrix, checks=False), method="average")
    return cut_tree(tree, n_clusters=min(k, len(matrix)))[:, 0].astype(np.int64)


def k_medoids(matrix: Float64[np.ndarray, "n n"], k: int) -> Int64[np.ndarray, " k"]:
    """Return k rows whose sum of distances to all others is least (PAM: BUILD, then SWAP).

    Kaufman & Rousseeuw 1990, chapter 2. The best swap is made until none lowers the sum.

    Args:
        matrix: Distances.
        k: How many.
    """
    medoids: list[int] = []
    near = np.full(len(matrix), np.inf)
    for _ in range(min(k, len(matrix))):
        cost = np.minimum(near[:, None], matrix).sum(axis=0)
        cost[medoids] = np.inf
        medoids.append(int(cost.argmin()))
        near = np.minimum(near, matrix[:, medoids[-1]])
    for _ in range(100):
        best, swap = near.sum() * (1 - FLOOR), None
        for place in range(len(medoids)):
            others = [m for i, m in enumerate(medoids) if i != place]
            rest = matrix[:, others].min(axis=1) if others else np.full(len(matrix), np.inf)
            cost = np.minimum(rest[:, None], matrix).sum(axis=0)
            if cost.min() < best:
                best, swap = float(cost.min()), (place, int(cost.argmin()))
        if swap is None:
            break
        medoids[swap[0]] = swap[1]
        near = matrix[:, medoids].min(axis=1)
    return np.array(sorted(medoids), dtype=np.int64)
