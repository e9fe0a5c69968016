"""How fast profiles are retrieved: mAP with its null beside copairs, NSC and NSCB of 100,000 wells.

    python benchmarks/retrieval.py [--wells 100000]

mAP: 600 treatments x 5 replicates x 384 features on five plates; positives are the treatment on
another plate, negatives other treatments; p of every treatment from 10,000 random rankings. Needs
copairs for the comparison (`pip install 'phenolens[compare]'`), and an empty cache for its null.

NSC and NSCB: one row a well, 300 compounds in ten batches, beside a plain blockwise NumPy
program: a float32 product and a dense mask a block. Each runs in a process of its own, which
tells its peak memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc
from phenolens.metrics.nscb import Nscb
from phenolens.metrics.replicate_retrieval import ReplicateRetrieval

NULL = 10_000
BLOCK = 160  # rows a block of the plain program


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that something took, and what it gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def replicates() -> Profiles:
    rng = np.random.default_rng(0)
    treatment = np.repeat(np.arange(600), 5)
    x = 0.3 * rng.normal(size=(600, 384))[treatment] + rng.normal(size=(3000, 384))
    meta = pd.DataFrame({"treatment": [f"t{t:03d}" for t in treatment]})
    meta["compound"], meta["plate"] = meta["treatment"], np.tile(list("pqrst"), 600)
    return Profiles(meta=meta, features=x)


def copairs(profiles: Profiles) -> pd.DataFrame:
    """Return copairs' mAP of every treatment."""
    from copairs.map import average_precision, mean_average_precision

    x = profiles.features.astype(np.float64)
    rules: tuple[list[str], ...] = (["treatment"], ["plate"], [], ["treatment"])
    found = average_precision(profiles.meta, x, *rules, progress_bar=False)
    with tempfile.TemporaryDirectory() as cache:
        return mean_average_precision(
            found, ["treatment"], NULL, 0.05, 0, progress_bar=False, cache_dir=cache
        )


def retrieval() -> None:
    """Print seconds of both, and how far their mAP lies apart."""
    profiles = replicates()
    metric = ReplicateRetrieval(null_size=NULL)
    metric(profiles)  # what is loaded once is not timed
    ours, score = timed(lambda: metric(profiles))
    print("\nmAP with null, 3,000 profiles\n\n| | seconds |\n|---|---|")
    print(f"| phenolens | {ours:.2f} |")
    try:
        import copairs as _  # noqa: F401
    except ImportError:
        print("\ncopairs is not installed: no comparison")
        return
    theirs, table = timed(lambda: copairs(profiles))
    print(f"| copairs | {theirs:.2f} ({theirs / ours:.0f} times) |")
    rows = score.rows.set_index("treatment")  # type: ignore[attr-defined]
    peer = table.set_index("treatment")  # type: ignore[attr-defined]
    gap = (rows["value"] - peer["mean_average_precision"]).abs().max()
    apart = (rows["p"] - peer["p_value"]).abs().max()
    print(f"\nmAP differ by at most {gap:.1e}, p by {apart:.4f}")


def screen(n: int) -> Profiles:
    rng = np.random.default_rng(0)
    compound, batch = rng.integers(0, 300, n), rng.integers(0, 10, n)
    x = rng.standard_normal((n, 384), dtype=np.float32)
    x += 0.1 * rng.normal(size=(300, 384)).astype(np.float32)[compound]
    x += 0.1 * rng.normal(size=(12, 384)).astype(np.float32)[compound % 12]
    meta = pd.DataFrame({"compound": [f"c{c:03d}" for c in compound]})
    meta["treatment"], meta["batch"] = meta["compound"], [f"b{b}" for b in batch]
    meta["moa"], meta["well"] = [f"m{c % 12}" for c in compound], [f"{i:06d}" for i in range(n)]
    return Profiles(meta=meta, features=x)


def plain(profiles: Profiles, columns: tuple[str, ...]) -> float:
    """Return the score by a float32 product and a dense mask, block by block; no null."""
    x = profiles.features / np.linalg.norm(profiles.features, axis=1, keepdims=True)
    codes = [pd.factorize(profiles.meta[c])[0] for c in columns]
    moa = pd.factorize(profiles.meta["moa"])[0]
    found = np.empty(len(x), dtype=np.int64)
    for begin in range(0, len(x), BLOCK):
        near = x[begin : begin + BLOCK] @ x.T
        for code in codes:
            near[code[begin : begin + BLOCK, None] == code] = -np.inf
        found[begin : begin + BLOCK] = near.argmax(axis=1)
    return float((moa[found] == moa).mean())


def one(name: str, n: int) -> None:
    """Print score, seconds and peak memory of one program over n wells."""
    profiles = screen(n)
    columns = ("compound",) if name.endswith("nsc") else ("compound", "batch")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if name.startswith("plain"):
        took, value = timed(lambda: plain(profiles, columns))
    else:
        metric = Nsc() if name == "nsc" else Nscb()
        took, value = timed(lambda: metric(profiles).value)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"| {name} | {value:.4f} | {took:.1f} | {peak / 2**20:.2f} | {before / 2**20:.2f} |")


def main() -> None:
    """Run both comparisons, or one program alone as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wells", type=int, default=100_000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.wells)
        return
    retrieval()
    print(f"\nNSC and NSCB, {given.wells:,} wells x 384 (nsc and nscb with null and table)\n")
    print(
        "| | score | seconds | peak GiB | of which the table |\n|---|---|---|---|---|", flush=True
    )
    for name in ("nsc", "plain nsc", "nscb", "plain nscb"):
        command = [sys.executable, __file__, "--one", name, "--wells", str(given.wells)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
