"""Make hdbscan_golden.json: labels by the `hdbscan` package, which the papers used.

    pip install hdbscan==0.8.44 && python make_hdbscan_golden.py

Scikit-learn counts a point among its own neighbours and this package does not; at `min_samples=1`
that changes nothing, as no point is nearer than the nearest.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from hdbscan import HDBSCAN  # type: ignore[import-not-found]

OUT = Path(__file__).with_name("hdbscan_golden.json")
SIZES = (8, 12, 20, 40)


def points() -> np.ndarray:
    """Five blobs of unlike size and spread on a noisy plane, rounded so that JSON holds them."""
    rng = np.random.default_rng(7)
    centres = rng.uniform(-10, 10, size=(5, 2))
    blob = rng.choice(5, size=220, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    near = (
        centres[blob] + rng.normal(size=(220, 2)) * np.array([0.5, 0.8, 0.3, 1.2, 0.4])[blob, None]
    )
    return np.round(np.concatenate([near, rng.uniform(-12, 12, size=(40, 2))]), 4)


def main() -> None:
    """Cluster the points with each size and write labels and points."""
    x = points()
    labels = {}
    for size in SIZES:
        model = HDBSCAN(
            metric="euclidean", min_samples=1, min_cluster_size=size, allow_single_cluster=False
        )
        labels[str(size)] = model.fit(x).labels_.tolist()
    golden = {"hdbscan": version("hdbscan"), "points": x.tolist(), "labels": labels}
    OUT.write_text(json.dumps(golden) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
