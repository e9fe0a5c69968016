"""Clusters of many curves: seconds of each method of `cluster_curves`.

Distances that stay flat, rise, reach a plateau or fall again, of four sizes, with noise.

OMP_NUM_THREADS=1 python benchmarks/clusters.py --curves 2000 --times 50
"""

from __future__ import annotations

import argparse
import time
from typing import get_args

import numpy as np

from phenolens.trajectories.cluster_count import choices, chosen
from phenolens.trajectories.clusters import ClusterMethod, Grouping
from phenolens.trajectories.dtw import dtw_matrix

SIZES = range(2, 9)  # as `cluster_curves` has them


def main() -> None:
    """Print one line per method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=500)
    parser.add_argument("--times", type=int, default=50)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    t = np.linspace(0, 1, given.times)
    shapes = (
        0 * t,
        5 * t,
        5 / (1 + np.exp((0.5 - t) / 0.05)),
        4 * np.exp(-(((t - 0.5) / 0.15) ** 2)),
    )
    size = rng.uniform(0.6, 1.4, given.curves)
    noise = rng.normal(0, 0.5, (given.curves, given.times))
    curves = np.abs(size[:, None] * np.array(shapes)[np.arange(given.curves) % 4] + noise)
    series = [one[:, None] for one in curves]
    began = time.process_time()
    matrix = dtw_matrix(series, 0, "the benchmark")
    print(f"{given.curves:,} curves: all distances {time.process_time() - began:.1f} s")
    for method in get_args(ClusterMethod):
        began = time.process_time()
        found = choices(Grouping(method, series, matrix, 0, "the benchmark"), SIZES, 20, 0)
        took, best = time.process_time() - began, chosen(found)
        print(f"{method}: {took:.1f} s; {best.k} clusters, stability {best.stability:.2f}")


if __name__ == "__main__":
    main()
