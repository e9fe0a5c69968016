"""The trajectories of a million frames: seconds and peak memory, in a process of its own.

OMP_NUM_THREADS=1 python benchmarks/trajectories.py --curves 20000 --times 50 --features 64
"""

from __future__ import annotations

import argparse
import gc
import time
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.peak_memory import peak_process_mb
from phenolens.core.profiles import Profiles
from phenolens.profiling.trajectories import Trajectories

WELLS, CONTROLS = 384, 16


def main() -> None:
    """Print time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--features", type=int, default=64)
    given = parser.parse_args()
    well = np.repeat(np.arange(given.curves), given.times)
    rng = np.random.default_rng(0)
    control = well % WELLS < CONTROLS
    meta = pd.DataFrame(
        {
            "plate": pd.Categorical.from_codes(
                well // WELLS, [f"p{i:03d}" for i in range(well[-1] // WELLS + 1)]
            ),
            "well": well % WELLS,
            "compound": np.where(control, 0, 1 + well % 97),
            "concentration": np.where(control, np.nan, 1.0 + well % 5),
            "control": control,
            "time": np.tile(2.0 * np.arange(given.times) - 10, given.curves),
        }
    )
    features = rng.standard_normal((len(meta), given.features), dtype=np.float32)
    order = rng.permutation(len(meta))
    curves = Profiles(meta=meta, features=features).take(order)
    del features, meta
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # Linux: the peak starts anew
    before = peak_process_mb()
    began = time.perf_counter(), time.process_time()
    made = Trajectories()(curves)
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    print(f"{len(curves):,} frames x {given.features} features -> {len(made):,} trajectories")
    print(f"{took[0]:.1f} s ({took[1]:.1f} s of the processor)")
    print(f"peak memory {peak_process_mb():,.0f} MB; {before:,.0f} MB before, with the table made")


if __name__ == "__main__":
    main()
