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
_ROUNDS = 30  # of k-means
_STEPS = 3  # of a barycentre in a turn
_TO_THE_END = 10  # steps of a barycentre, which hardly moves after these
_STILL = 200  # one of so many curves may change its group at the end
_MEMBERS = 100  # curves of a barycentre
_SWAPS = 100


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
        return self._k_means(series, [series[m] for m in medoids], code)

    def _k_means(
        self, series: Sequence[Series], centres: Sequence[Series], code: Int64[np.ndarray, " m"]
    ) -> Int64[np.ndarray, " m"]:
        """Return the groups of barycentres and the curves nearest to them, in turn.

        A barycentre moves three steps per turn; where no curve changes its group it is
        followed to its end, and nothing must change then either. Of 200 curves and more, 0.5 % may.
        A barycentre is of 100 curves of its group at most.
        """
        steps = _STEPS
        for _ in range(_ROUNDS):
            groups = [np.flatnonzero(code == c) for c in range(len(centres))]
            centres = [
                barycentre([series[i] for i in _some(own)], centre, self.needed_by, steps)
                if len(own)
                else centre
                for own, centre in zip(groups, centres, strict=True)
            ]
            far = to_centres(series, centres, self.band, self.needed_by)
            again = far.argmin(axis=1).astype(np.int64)
            settled = int((again != code).sum()) <= len(code) // _STILL
            code = again
            if settled and steps == _TO_THE_END:
                break
            steps = _TO_THE_END if settled else _STEPS
        return code


def _some(rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " m"]:
    """Return evenly spaced rows, as many as a barycentre needs."""
    if len(rows) <= _MEMBERS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, _MEMBERS).round().astype(np.int64)]


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
    for _ in range(_SWAPS):
        cost = _swapped(matrix, medoids)
        if not cost.min() < near.sum() * (1 - FLOOR):
            break
        place, row = np.unravel_index(cost.argmin(), cost.shape)
        medoids[int(place)] = int(row)
        near = matrix[:, medoids].min(axis=1)
    return np.array(sorted(medoids), dtype=np.int64)


def _swapped(matrix: Float64[np.ndarray, "n n"], medoids: list[int]) -> Float64[np.ndarray, "k n"]:
    """Return the sum of distances after each swap of a medoid for a row, all k at once.

    FastPAM1 of Schubert & Rousseeuw 2019: a row whose medoid stays is nearest to it or to the new
    one; a row whose medoid goes, to its second medoid or to the new one.
    """
    far = matrix[:, medoids]
    code = far.argmin(axis=1)
    first = far.min(axis=1)
    lone = far.shape[1] == 1
    second = np.full(len(far), np.inf) if lone else np.partition(far, 1, axis=1)[:, 1]
    stays, goes = np.zeros((len(medoids), len(far))), np.zeros((len(medoids), len(far)))
    for place in range(len(medoids)):
        own = np.flatnonzero(code == place)
        rows = matrix[own]
        stays[place] = np.minimum(rows, first[own, None]).sum(axis=0)
        goes[place] = np.minimum(rows, second[own, None]).sum(axis=0)
    return stays.sum(axis=0) - stays + goes
