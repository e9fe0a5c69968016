"""Fifteen plain features of each MitoCheck nucleus, found by Otsu's threshold: a row to compare.

    python benchmarks/plain_nuclei.py DATA "plain features of the nucleus (15)@mitocheck.parquet"

`real_cells_table.py OUT FILE` scores them by the chain and the metrics of the recipes. Our baseline
`plain` has five features of one channel and finds no nucleus. With one nearest neighbour and a
logistic regression, the README of the data has 0.431 and 0.612 (balanced) for its own fifteen.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import ndimage

from phenolens.core.profiles import Profiles

NAMES = (
    *("mean", "sd", "max", "p10", "p90", "otsu", "laplacian", "gradient"),
    *("area", "roundness", "eccentricity", "extent", "mean_inside", "sd_inside", "off_centre"),
)


def otsu(image: np.ndarray) -> float:
    """Return the threshold that parts the grey values of an 8-bit image best (Otsu 1979)."""
    counts = np.bincount(image.ravel(), minlength=256).astype(float)
    grey = np.arange(256)
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * grey)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (sums[-1] * below / total - sums) ** 2 / (below * (total - below))
    return float(np.nanargmax(np.where(np.isfinite(between), between, -1)))


def features(image: np.ndarray) -> list[float]:
    """Return the features of one crop (h, w), uint8."""
    x = image.astype(float)
    cut = otsu(image)
    labels, count = ndimage.label(ndimage.binary_opening(image > cut))
    centre = (np.array(image.shape) - 1) / 2
    mask = image > cut
    if count:  # the part nearest to the centre
        far = ndimage.distance_transform_edt(labels == 0, return_indices=True)[1]
        mask = labels == labels[tuple(far[:, round(centre[0]), round(centre[1])])]
    places = np.argwhere(mask)
    edge = (mask & ~ndimage.binary_erosion(mask)).sum()
    spread = np.sort(np.linalg.eigvalsh(np.cov(places.T) + 1e-9 * np.eye(2)))
    box = np.prod(np.ptp(places, axis=0) + 1)
    found = [
        *(x.mean(), x.std(), x.max(), *np.percentile(x, (10, 90)), cut),
        ndimage.laplace(x).std() / max(x.mean(), 1.0),
        ndimage.gaussian_gradient_magnitude(x, 1.0).mean(),
        *(mask.sum(), 4 * np.pi * mask.sum() / max(edge, 1) ** 2),
        *(np.sqrt(1 - spread[0] / spread[1]), mask.sum() / box),
        *(x[mask].mean(), x[mask].std(), np.linalg.norm(places.mean(0) - centre)),
    ]
    return [float(value) for value in found]


def main() -> None:
    """Write the table."""
    folder, out = Path(sys.argv[1]) / "mitocheck-singlecells", Path(sys.argv[2])
    images = np.load(folder / "dev_images.npz")["images"]
    meta = pd.read_csv(folder / "dev_cells.csv").drop(columns=["c", "tt"])
    meta["well"] = [f"{chr(65 + (w - 1) // 24)}{(w - 1) % 24 + 1:02d}" for w in meta["well"]]
    meta = meta.rename(columns={"phenotype": "moa", "gene": "compound"})
    values = np.array([features(image) for image in images], dtype=np.float32)
    Profiles(meta.assign(treatment=meta["compound"], control=False), values, NAMES).save(out)
    print(f"{values.shape[0]} nuclei, {values.shape[1]} features: {out}")


if __name__ == "__main__":
    main()
