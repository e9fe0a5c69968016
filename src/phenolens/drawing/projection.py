"""Projection: profiles laid out in the plane, by UMAP or, where it is not installed, by PCA."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

NEIGHBOURS = 15
MIN_DIST = 0.5
REPULSION = 0.4
FEWEST = 4  # fewer points make no map
_JUDGED = 4000  # points that the trust is computed on: it takes all pairs


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Points in the plane.

    Attributes:
        points: One per profile, scaled to the unit square with its aspect kept.
        method: `UMAP` or `PCA`.
        detail: How it was made, in a few words.
        trust: Share of map neighbours that are true neighbours (Venna and Kaski 2001), of more
            than 4,000 points on 4,000 drawn by the seed; NaN where there are too few to say.
    """

    points: Float[np.ndarray, "n 2"]
    method: str
    detail: str
    trust: float


def project(features: Float[np.ndarray, "n d"], seed: int) -> Projection | None:
    """Return the profiles in the plane by cosine distance, or None where no map can be made.

    Args:
        features: Rows that are not finite make a map impossible.
        seed: Of the layout.
    """
    n = len(features)
    if n < FEWEST or features.shape[1] < 2 or not np.isfinite(features).all():
        return None
    # On the unit sphere Euclidean distance orders as cosine distance does, for both methods.
    length = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features.astype(np.float64) / np.where(length > 0, length, 1)
    neighbours = min(NEIGHBOURS, n - 1)
    try:
        with warnings.catch_warnings():  # numba warns while it is imported
            warnings.simplefilter("ignore")
            umap = importlib.import_module("umap")
    except ImportError:
        points = np.asarray(PCA(2, random_state=seed).fit_transform(unit))
        method, detail = "PCA", "first two principal components; umap-learn is not installed"
    else:
        points = _umap(umap, unit, neighbours, seed)
        method, detail = (
            "UMAP",
            f"cosine, {neighbours} neighbours, least distance {MIN_DIST}, seed {seed}",
        )
    return Projection(_to_unit(points), method, detail, _trust(unit, points, seed))


def _umap(
    umap: Any, unit: Float[np.ndarray, "n d"], neighbours: int, seed: int
) -> Float[np.ndarray, "n 2"]:
    with warnings.catch_warnings():  # umap warns of its own threads and of small tables
        warnings.simplefilter("ignore")
        # A PCA start keeps more of the global arrangement and works for any number of rows; the
        # looser packing separates marks that would hide one another and costs no trustworthiness.
        layout = umap.UMAP(
            n_neighbors=neighbours,
            metric="cosine",
            min_dist=MIN_DIST,
            repulsion_strength=REPULSION,
            init="pca",
            random_state=seed,
            n_jobs=1,
        )
        return np.asarray(layout.fit_transform(unit), dtype=np.float64)


def _trust(unit: Float[np.ndarray, "n d"], points: Float[np.ndarray, "n 2"], seed: int) -> float:
    if len(unit) > _JUDGED:
        drawn = np.random.default_rng(seed).choice(len(unit), _JUDGED, replace=False)
        unit, points = unit[drawn], points[drawn]
    k = min(5, (len(unit) - 1) // 2)
    if k < 2:
        return float("nan")
    return float(trustworthiness(unit, points, n_neighbors=k))


def _to_unit(points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """Return the points centred in the unit square, both axes by the same factor."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = max(float((high - low).max()), 1e-12)
    return (points - (low + high) / 2) / span + 0.5
