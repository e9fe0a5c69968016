"""Pairwise time warping: what phenolens calls against tslearn, aeon and plain dtaidistance.

Curves of one variable, random walks, all in one run, in seconds of the processor (of all threads);
the ratio is to phenolens. Peers that are not installed are left out. Install them into a folder of
their own and name it:

    pip install --no-deps --target PEERS tslearn aeon
    python benchmarks/dtw.py --curves 2000 --times 50 --peers PEERS
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from phenolens.trajectories.dtw import dtw_matrix


def tslearn(curves: np.ndarray) -> np.ndarray:
    """Return tslearn's distances: roots of sums of squares."""
    return np.asarray(importlib.import_module("tslearn.metrics").cdist_dtw(curves))


def aeon(curves: np.ndarray) -> np.ndarray:
    """Return aeon's distances: sums of squares."""
    pairwise = importlib.import_module("aeon.distances").dtw_pairwise_distance
    return np.sqrt(np.asarray(pairwise(curves[:, None, :])))


def dtaidistance(curves: np.ndarray) -> np.ndarray:
    """Return dtaidistance's distances with its defaults: roots of sums of squares."""
    return np.asarray(importlib.import_module("dtaidistance.dtw").distance_matrix_fast(curves))


def ours(curves: np.ndarray) -> np.ndarray:
    """Return what `cluster_curves` and `curve_neighbours` compute: sums of distances."""
    return dtw_matrix([one[:, None] for one in curves], 0, "the benchmark")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=500)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--peers", default="", help="a folder that peers are installed in")
    given = parser.parse_args()
    if given.peers:
        sys.path.append(given.peers)
    warnings.simplefilter("ignore")
    curves = np.random.default_rng(0).normal(size=(given.curves, given.times)).cumsum(axis=1)
    took: dict[str, float] = {}
    squared: dict[str, np.ndarray] = {}
    peers: tuple[Callable[[np.ndarray], np.ndarray], ...] = (ours, dtaidistance, aeon, tslearn)
    for peer in peers:
        try:
            peer(curves[:4])  # compiles
        except ImportError as error:
            print(f"{peer.__name__} is left out: {error}")
            continue
        began = time.process_time()
        made = peer(curves)
        took[peer.__name__] = time.process_time() - began
        if peer is not ours:
            squared[peer.__name__] = made
    print(f"\n{given.curves:,} curves x {given.times} times, all pairs\n")
    print("| library | s of the processor | times phenolens |\n|---|---|---|")
    for name, seconds in took.items():
        print(f"| {name} | {seconds:.1f} | {seconds / took['ours']:.2f} |")
    first = next(iter(squared.values()))
    apart = max(float(np.abs(one - first).max()) for one in squared.values())
    print(f"\npeers differ by at most {apart:.1e}")


if __name__ == "__main__":
    main()
