"""Sphering beside pycytominer's Spherize, in one run: `python benchmarks/sphering.py`.

10,000 rows x 384 features, whitened on all rows, result in float32 (ours) and float64 (theirs);
and 2,000 features of which 96 controls can carry 95. Needs pycytominer >= 1.7.1 (1.3.0 to 1.7.0
did not whiten): `pip install 'phenolens[compare]'`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.profiling.sphere import Sphere

METHODS = {"pca": "PCA", "zca": "ZCA", "pca_cor": "PCA-cor", "zca_cor": "ZCA-cor"}


def correlated(rows: int, features: int) -> np.ndarray:
    """Return a table whose features share factors, as profiles do."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(rows, features)) * np.geomspace(1, 0.03, features)
    mixing = np.linalg.qr(rng.normal(size=(features, features)))[0]
    return (factors @ mixing).astype(np.float32)


def seconds(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the fastest of some runs, and the result."""
    best, made = np.inf, None
    for _ in range(times):
        begin = time.perf_counter()
        made = work()
        best = min(best, time.perf_counter() - begin)
    return best, made


def away(x: np.ndarray) -> float:
    """Return how far the sample covariance is from the identity."""
    return float(np.abs(np.cov(x.astype(np.float64), rowvar=False) - np.eye(x.shape[1])).max())


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=384)
    parser.add_argument("--times", type=int, default=3, help="ours: the fastest of so many")
    given = parser.parse_args()
    from pycytominer.operations.transform import Spherize

    x = correlated(given.rows, given.features)
    profiles = Profiles(meta=pd.DataFrame(index=range(len(x))), features=x)
    table = pd.DataFrame(x.astype(np.float64))
    print(f"{given.rows} x {given.features}, fitted on all rows\n")
    print("| rotation | ours, s | pycytominer, s | ratio | ours, off I | pycytominer, off I |")
    print("|---|---|---|---|---|---|")
    for ours, theirs in METHODS.items():
        step = Sphere(rotation=ours, on="all", ddof=1)  # type: ignore[arg-type]
        t, made = seconds(lambda step=step: step(profiles), given.times)  # type: ignore[misc]
        peer = Spherize(method=theirs, return_numpy=True)
        u, other = seconds(lambda peer=peer: peer.fit(table).transform(table), 1)  # type: ignore[misc]
        print(
            f"| {ours} | {t:.2f} | {u:.2f} | {u / t:.1f} | {away(made.features):.1e} "
            f"| {away(other):.1e} |",
            flush=True,
        )
    wide = correlated(400, 2000)
    meta = pd.DataFrame({"control": np.arange(400) < 96})
    few = Profiles(meta=meta, features=wide)
    t, made = seconds(lambda: Sphere(ddof=1)(few), given.times)
    own = made.features[meta["control"]]
    print(
        f"\n96 controls, 2000 features: {t:.2f} s, {own.shape[1]} components, {away(own):.1e} off I"
    )


if __name__ == "__main__":
    main()
