"""One table clustered with a series of sizes, and the rule that picks one run."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import PCA
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from phenolens.core.errors import InputError
from phenolens.core.threads import kept_threads
from phenolens.statistics.ties import FLOOR, levels

Projection = Literal["umap", "pca", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One clustering.

    Attributes:
        size: m, the neighbours of UMAP and the least size of a cluster.
        points: (n, p) the points that were clustered.
        codes: (n,) each row's cluster, the largest first; -1 is noise.
        figures: See `measured`.
    """

    size: int
    points: Float64[np.ndarray, "n p"]
    codes: Int64[np.ndarray, " n"]
    figures: dict[str, float]


def sweep(
    x: Float64[np.ndarray, "n d"], sizes: tuple[int, ...], projection: Projection, seed: int
) -> Iterator[Run]:
    """Yield a run of each size of which the rows could make two clusters.

    Args:
        x: Features.
        sizes: m of each run.
        projection: What is clustered: UMAP's plane of m neighbours, the plane of the first two
            principal components, or the features themselves.
        seed: Of UMAP.
    """
    points = x
    if projection == "pca":
        with np.errstate(invalid="ignore"):  # of the variance explained, where there is none
            flat = PCA(min(2, *x.shape), svd_solver="full").fit_transform(x)
        points = np.asarray(flat, dtype=np.float64)
    for size in sizes:
        if 2 * size <= len(x):
            if projection == "umap":
                points = _umap(x, size, seed)
            codes = clustered(points, size)
            yield Run(size, points, codes, measured(points, codes))


def clustered(points: Float64[np.ndarray, "n p"], size: int) -> Int64[np.ndarray, " n"]:
    """Return each point's cluster by HDBSCAN (Campello et al. 2013), numbered by size; noise -1.

    Euclidean, `min_samples` 1, at least `size` points a cluster, never one cluster alone.
    """
    found = HDBSCAN(min_cluster_size=size, min_samples=1, copy=True).fit(points).labels_
    kept = found >= 0
    count = np.bincount(found[kept], minlength=found.max(initial=-1) + 1)
    rank = np.empty(len(count), dtype=np.int64)
    rank[np.lexsort((np.arange(len(count)), -count))] = np.arange(len(count))
    codes = np.full(len(found), -1, dtype=np.int64)
    codes[kept] = rank[found[kept]]
    return codes


def measured(
    points: Float64[np.ndarray, "n p"], codes: Int64[np.ndarray, " n"]
) -> dict[str, float]:
    """Return what is measured of a clustering: noise is not a cluster and is left out.

    `clusters` and `noise` (share of points); `silhouette`, `calinski_harabasz`, `davies_bouldin`
    and its inverse of the points that are in clusters, NaN where there are fewer than two. Where
    all points of each cluster coincide Davies-Bouldin is 0, and what divides by their spread NaN.
    """
    kept = codes >= 0
    count = len(np.unique(codes[kept]))
    nan = float("nan")
    figures = {"clusters": float(count), "noise": float(np.mean(~kept))}
    if not 2 <= count < kept.sum():
        return {
            **figures,
            "silhouette": nan,
            "calinski_harabasz": nan,
            "davies_bouldin": nan,
            "inverse_davies_bouldin": nan,
        }
    inside, of = points[kept], codes[kept]
    apart = float(davies_bouldin_score(inside, of))
    spread = apart > FLOOR
    return {
        **figures,
        "silhouette": float(silhouette_score(inside, of)),
        "calinski_harabasz": float(calinski_harabasz_score(inside, of)) if spread else nan,
        "davies_bouldin": apart if spread else 0.0,
        "inverse_davies_bouldin": 1 / apart if spread else nan,
    }


def chosen(runs: pd.DataFrame, *, filtered: bool) -> int | None:
    """Return the row of the run that the rule of Dmitrenko et al. 2022 picks, or None.

    Of the runs with at least two clusters: silhouette at least the median, then Davies-Bouldin at
    most the median of those, then least noise in whole percent; of several the most clusters,
    then the highest silhouette, then the smallest size.

    Args:
        runs: One row per run: `size` and the figures of `measured`.
        filtered: Leave out, before, what their second paper leaves out: noise above 33 %,
            Calinski-Harabasz above 9999, Davies-Bouldin below 0.33.
    """
    left = runs[runs["silhouette"].notna()]
    if filtered:
        left = left[(left["noise"] <= 0.33) & (left["calinski_harabasz"] <= 9999)]
        left = left[left["davies_bouldin"] >= 0.33]
    if not len(left):
        return None
    left = left.assign(  # by rank: what differs by rounding is equal
        silhouette=levels(left["silhouette"].to_numpy(dtype=np.float64)),
        davies_bouldin=levels(left["davies_bouldin"].to_numpy(dtype=np.float64)),
    )
    left = left[left["silhouette"] >= left["silhouette"].median()]
    left = left[left["davies_bouldin"] <= left["davies_bouldin"].median()]
    left = left.assign(percent=np.floor(100 * left["noise"] + 1e-9))
    order = ["percent", "clusters", "silhouette", "size"]
    ranked = left.sort_values(order, ascending=[True, False, False, True], kind="stable")
    return int(ranked.index[0])


def _umap(x: Float64[np.ndarray, "n d"], size: int, seed: int) -> Float64[np.ndarray, "n 2"]:
    """Return UMAP's plane (McInnes et al. 2018), euclidean, on one thread so that it repeats."""
    try:
        with warnings.catch_warnings():  # numba warns while it is imported
            warnings.simplefilter("ignore")
            umap = importlib.import_module("umap")
    except ImportError as error:
        raise InputError(
            "clusters on UMAP's plane need umap-learn, which is not installed",
            fix="pip install 'phenolens[report]', or projection = 'pca'",
        ) from error
    # It warns of small or disconnected tables, for which it has a way.
    with kept_threads(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = umap.UMAP(
            n_neighbors=size, n_components=2, metric="euclidean", random_state=seed, n_jobs=1
        )
        return np.asarray(model.fit_transform(x), dtype=np.float64)
