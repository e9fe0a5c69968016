"""ClusterCurves: groups of trajectories of one shape, by dynamic time warping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.profiling.base import BaseStep
from phenolens.trajectories.cluster_count import (
    CLEAR,
    LARGEST_SUBSET,
    Choice,
    choices,
    chosen,
)
from phenolens.trajectories.clusters import ClusterMethod, Grouping
from phenolens.trajectories.curves import identity
from phenolens.trajectories.dtw import CELLS_PER_HOUR, MOST_CELLS, Series, cells_of, dtw_matrix
from phenolens.trajectories.series import equal_time_rows
from phenolens.trajectories.table import not_infinite, times_of
from phenolens.trajectories.warping_gain import warping_gain

_NAME = "cluster_curves"
_SEARCHES = 20  # over all distances for medoids, or for a tree
_PASSES = 60  # over all curves until k-means is stable, at most
_MOST = 10_000  # curves: their distances are 0.8 GB then


@dataclass(frozen=True, kw_only=True)
class ClusterCurves(BaseStep):
    """Groups of trajectories by dynamic time warping: adds `cluster` and `cluster_share`.

    Dmitrenko et al. 2022 cluster distance curves that are aligned by time warping with k-means;
    their code and number of clusters are not public. Here the number has the highest silhouette
    among those that subsets of the curves find again (stability of 0.8 or more), and every number
    that was tried is in the provenance with its figures. `cluster` is 1 for the curves that stay
    closest to the controls, and so on outwards; `cluster_share` is the share of subsets in which
    the curve is in its cluster. Times that a curve lacks are left out of it. A curve with fewer
    than two times is in no cluster.

    The provenance also says whether warping helps: how often the nearest curve is a replicate,
    with warping and at equal times. Controls are clustered too. Needs dtaidistance:
    `pip install 'phenolens[time]'`.

    Attributes:
        method: k-means with DTW barycentres, k-medoids, or hierarchical (average linkage).
        clusters: How many; 0 for the choice above.
        most: The highest number that is tried.
        band: How many frames warping may shift by; 0 for no limit.
        draws: Subsets of 80 % of the curves (300 at most), for stability.
        seed: Of the subsets.
    """

    method: ClusterMethod = "k_means"
    clusters: int = 0
    most: int = 8
    band: int = 0
    draws: int = 20
    seed: int = 0

    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"
    instead: ClassVar[str] = "cluster old and new curves together"

    def __post_init__(self) -> None:
        between(0, MANY, clusters=self.clusters, band=self.band)
        between(2, MANY, most=self.most)
        between(1, MANY, draws=self.draws)
        between(0, LARGEST_SEED, seed=self.seed)
        if self.clusters == 1:
            raise InputError("one cluster holds every curve", where="clusters", fix="0, or 2")

    @property
    def adds(self) -> tuple[str, ...]:
        """The columns that it adds."""
        return ("cluster", "cluster_share")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the trajectories with the cluster of each.

        Raises:
            InputError: Not trajectories, fewer than three curves with two times or more, more
                clusters than curves, a distance that is infinite or negative, work for many hours,
                or no dtaidistance.
        """
        profiles.not_empty(_NAME)
        order = np.argsort(times_of(profiles), kind="stable")
        values = not_infinite(profiles, _NAME)[:, order]
        code = identity(profiles.meta)[0]
        rows = np.lexsort((*np.nan_to_num(values, nan=-1.0).T[::-1], code)).astype(np.int64)
        rows = rows[np.isfinite(values[rows]).sum(axis=1) >= 2]
        if not 3 <= len(rows) <= _MOST:
            raise InputError(
                f"{_NAME} needs 3 to {_MOST} curves with two times or more, got {len(rows)}",
                fix="see what the step `trajectories` says of curves without values"
                if len(rows) < 3
                else "take the mean of replicates first, or one plate at a time",
            )
        series = [one[np.isfinite(one)][:, None] for one in values[rows]]
        sizes = self._sizes(len(rows))
        self._refuse_long(series, sizes)
        matrix = dtw_matrix(series, self.band, _NAME)
        grouping = Grouping(self.method, series, matrix, self.band, _NAME)
        found = choices(grouping, sizes, self.draws, self.seed)
        best = chosen(found)
        number = _outwards(best.code, values[rows])
        plain = equal_time_rows(values[rows][:, :, None])
        treatment = identity(profiles.meta.iloc[rows], ("compound", "concentration", "cell_line"))[
            0
        ]
        gain = warping_gain(matrix, plain, treatment, self.seed)
        return profiles.after(
            self,
            meta=self._meta(profiles, rows, number, best),
            curves_without_cluster=len(profiles) - len(rows),
            clusters_found=int(number.max()),
            tried=[one.figures() for one in found],
            clear=bool(best.silhouette >= CLEAR),
            sizes=np.bincount(number)[1:].tolist(),
            warping={k: None if v != v else v for k, v in asdict(gain).items()},  # NaN
        )

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return each method with few subsets."""
        return (
            cls(draws=2, most=3),
            cls(method="k_medoids", draws=2, most=3, band=2),
            cls(method="hierarchical", clusters=3, draws=2),
        )

    def _refuse_long(self, series: Sequence[Series], sizes: Sequence[int]) -> None:
        """Check that the work is a few hours at most, in cells of paths."""
        longest = max(len(one) for one in series)
        n, subset = len(series), min(len(series), LARGEST_SUBSET)
        searched = len(sizes) * (n**2 + self.draws * subset**2)
        cells = cells_of(series, self.band) + _SEARCHES * searched
        if self.method == "k_means":
            cells += _PASSES * len(sizes) * (n + self.draws * subset) * longest**2
        if cells > MOST_CELLS:
            raise InputError(
                f"{_NAME}: {len(series)} curves of up to {longest} times would take about "
                f"{cells / CELLS_PER_HOUR:.0f} hours",
                fix="take the mean of neighbouring times first, set `band` and another `method` "
                "than k_means, or lower `draws` and `most`",
            )

    def _sizes(self, curves: int) -> list[int]:
        if self.clusters >= curves:
            raise InputError(
                f"{_NAME}: {self.clusters} clusters of {curves} curves", where="clusters"
            )
        return [self.clusters] if self.clusters else list(range(2, min(self.most, curves - 1) + 1))

    def _meta(
        self,
        profiles: Profiles,
        rows: Int64[np.ndarray, " k"],
        number: Int64[np.ndarray, " k"],
        best: Choice,
    ) -> pd.DataFrame:
        cluster = np.full(len(profiles), None, dtype=object)
        cluster[rows] = [str(one) for one in number]
        share = np.full(len(profiles), np.nan)
        share[rows] = best.share
        return profiles.meta.assign(cluster=cluster, cluster_share=share)


def _outwards(
    code: Int64[np.ndarray, " k"], values: Float64[np.ndarray, "k t"]
) -> Int64[np.ndarray, " k"]:
    """Return the clusters numbered from 1 by the mean distance of their curves to the controls."""
    known = np.isfinite(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / known.sum(axis=1)
    names = np.unique(code)
    far = [float(mean[code == name].mean()) for name in names]
    place = np.empty(int(code.max()) + 1, dtype=np.int64)
    place[names[np.argsort(far, kind="stable")]] = np.arange(len(names)) + 1
    return place[code]
