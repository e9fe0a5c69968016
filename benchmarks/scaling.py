"""How fast tables are scaled and aggregated: beside pycytominer and pandas, all in one run.

Robust scaling by plate (384 wells x 900 features, 50 plates) beside pycytominer's
`normalize(method="mad_robustize")` plate by plate; standardizing beside its `standardize`; and
cells to wells beside a pandas groupby, in the order of the wells and shuffled, from a frame as
pandas holds a parquet file that it read. Best of several rounds, one thread, the two in turn;
results are compared before they are timed. Needs pycytominer 1.7.1.

    OMP_NUM_THREADS=1 python benchmarks/scaling.py [--cells 1000000]
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.robustize import Robustize
from phenolens.profiling.standardize import Standardize

PLATES, WELLS, FEATURES = 50, 384, 900
CELL_FEATURES, CELL_WELLS = 384, 3000


def best(rounds: int, *runs: Callable[[], Any]) -> list[float]:
    """Return each run's least wall seconds, taken in turn."""
    taken = [float("inf")] * len(runs)
    for _ in range(rounds):
        for i, run in enumerate(runs):
            began = time.perf_counter()
            run()
            taken[i] = min(taken[i], time.perf_counter() - began)
    return taken


def say(what: str, rounds: int, ours: Callable[[], Any], peer: Callable[[], Any]) -> None:
    """Print one row of the table."""
    a, b = best(rounds, ours, peer)
    print(f"| {what} | {a:.2f} | {b:.2f} | {b / a:.1f} |", flush=True)


def plates() -> None:
    """Time scaling by plate on its controls, and on all wells."""
    from pycytominer import normalize

    rng = np.random.default_rng(0)
    n = PLATES * WELLS
    x = (rng.normal(size=(n, FEATURES)) * rng.uniform(0.1, 50, FEATURES)).astype(np.float32)
    meta = pd.DataFrame(
        {"plate": np.repeat(np.arange(PLATES), WELLS), "control": np.arange(n) % 6 == 0}
    )
    profiles = Profiles(meta=meta, features=x)
    names = list(profiles.names)
    frame = pd.concat([meta.add_prefix("Metadata_"), pd.DataFrame(x, columns=names)], axis=1)
    ours = {"mad_robustize": Robustize, "standardize": Standardize}
    for method, step in ours.items():
        for on, queried in (("controls", "Metadata_control == True"), ("all", "all")):

            def peer(method: str = method, queried: str = queried) -> pd.DataFrame:
                made = [
                    normalize(
                        plate,
                        features=names,
                        meta_features=["Metadata_plate"],
                        samples=queried,
                        method=method,
                    )
                    for _, plate in frame.groupby("Metadata_plate")
                ]
                return pd.concat(made)

            # scikit-learn's standard deviation is the population's.
            chosen: Any = step(on=on) if method == "mad_robustize" else step(on=on, ddof=0)
            np.testing.assert_allclose(
                chosen(profiles).features, peer()[names], rtol=1e-3, atol=1e-4
            )
            say(f"{method} by plate on {on}", 3, partial(chosen, profiles), peer)


def cells(n: int, how: Literal["mean", "median"], *, shuffled: bool, wells: int) -> None:
    """Time cells to wells."""
    rng = np.random.default_rng(1)
    well = np.sort(rng.integers(0, wells, n))
    if shuffled:
        rng.shuffle(well)
    meta = pd.DataFrame(
        {
            "plate": np.char.add("p", (well // WELLS).astype(str)).astype(object),
            "well": np.char.add("w", (well % WELLS).astype(str)).astype(object),
        }
    )
    x = rng.standard_normal((n, CELL_FEATURES), dtype=np.float32)
    profiles = Profiles(meta=meta, features=x)
    names = list(profiles.names)
    # A frame read from parquet holds each column in one piece.
    columns = pd.DataFrame(np.asfortranarray(x), columns=names, copy=False)
    frame = pd.concat([meta, columns], axis=1)
    step = Aggregate(how=how)

    def peer() -> pd.DataFrame:
        return frame.groupby(["plate", "well"])[names].agg(how)

    np.testing.assert_allclose(step(profiles).features, peer(), rtol=1e-3, atol=1e-6)
    order = "shuffled" if shuffled else "in order"
    what = f"{how} of {n:,} cells x {CELL_FEATURES}, {order}, to {wells:,} wells"
    say(what, 3, lambda: step(profiles), peer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cells", type=int, default=1_000_000)
    n = parser.parse_args().cells
    warnings.simplefilter("ignore")
    print(f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')}, best of 3 rounds\n")
    print("| what | seconds | peer | times as fast |\n|---|---|---|---|")
    plates()
    for shuffled in (False, True):
        cells(n, "mean", shuffled=shuffled, wells=CELL_WELLS)
        cells(n // 10, "mean", shuffled=shuffled, wells=n // 25)
        cells(n // 10, "median", shuffled=shuffled, wells=CELL_WELLS // 10)


if __name__ == "__main__":
    main()
