"""A single-cell parquet larger than memory, aggregated to wells: peak memory and time.

Makes the file in a temporary folder (7.7 GB for 5 million cells x 384 float32; say `--rows` for
less), aggregates it in a process of its own, and prints that process's peak resident memory as
the kernel counts it. The file is deleted afterwards.

    OMP_NUM_THREADS=1 python benchmarks/streaming.py
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from phenolens.chains.stream import aggregate_file
from phenolens.profiling.aggregate import Aggregate
from phenolens.runs.progress import Bar

PIECE = 100_000  # rows made at a time: a row group each
WELLS = [f"{row}{column:02d}" for row in "ABCDEFGHIJKLMNOP" for column in range(1, 25)]


def make(path: Path, rows: int, features: int) -> None:
    """Write cells of 384-well plates, 1,000 cells a well, in no order within a plate."""
    rng = np.random.default_rng(0)
    writer, names = None, [f"Cells_f{i:04d}" for i in range(features)]
    with Bar("made") as bar:
        for begin in range(0, rows, PIECE):
            n = min(PIECE, rows - begin)
            cell = begin + np.arange(n)
            well = np.array(WELLS)[rng.integers(len(WELLS), size=n)]
            columns: dict[str, object] = {
                "Metadata_ImageNumber": cell // 100,
                "Metadata_ObjectNumber": cell,
                "Image_Metadata_Plate": np.char.add("P", (cell // 384_000).astype(str)),
                "Image_Metadata_Well": well,
                "Metadata_Compound": np.where(well < "B", "DMSO", np.char.add("BRD-", well)),
                "Metadata_Concentration": np.where(well < "B", 0.0, 5.0),
            }
            x = rng.standard_normal((features, n), dtype=np.float32)
            columns |= dict(zip(names, x, strict=True))
            table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
            writer = writer or pq.ParquetWriter(path, table.schema, use_dictionary=False)
            writer.write_table(table)
            bar(begin + n, rows)
    if writer is not None:
        writer.close()


def aggregate(path: Path, how: str) -> None:
    """Aggregate the file and print what it took; runs in a process of its own."""
    idle = _peak()
    began = time.perf_counter()
    with Bar(how) as bar:
        wells = aggregate_file(path, Aggregate(how=how), progress=bar)  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    print(json.dumps({"wells": len(wells), "seconds": seconds, "peak": _peak(), "idle": idle}))


def _peak() -> float:
    """Return the peak resident memory of this process in GiB (Linux counts KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def compare(rows: int, features: int) -> None:
    """Make the file, aggregate it by mean and by median, print a table."""
    with tempfile.TemporaryDirectory() as folder:
        size = rows * features * 4
        if shutil.disk_usage(folder).free < 1.2 * size:
            sys.exit(f"{folder} has less than {1.2 * size / 1e9:.1f} GB free; say --rows")
        path = Path(folder) / "cells.parquet"
        # Made in a process of its own too: a child's peak begins with its parent's size.
        _run("--make", path, "--rows", rows, "--features", features)
        print(f"{rows:,} cells x {features} float32, {path.stat().st_size / 1e9:.2f} GB\n")
        print("| how | wells | seconds | peak GiB | of it before the work |\n|---|---|---|---|---|")
        for how in ("mean", "median"):
            took = json.loads(_run("--aggregate", path, "--how", how))
            print(
                f"| {how} | {took['wells']} | {took['seconds']:.0f} | {took['peak']:.2f} "
                f"| {took['idle']:.2f} |",
                flush=True,
            )


def _run(*options: object) -> str:
    """Return what this file prints when it is run with these options."""
    command = [sys.executable, __file__, *map(str, options)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> None:
    """Compare, or (in the process that is measured) aggregate."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--features", type=int, default=384)
    options.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--aggregate", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--how", default="mean", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.make:
        make(given.make, given.rows, given.features)
    elif given.aggregate:
        aggregate(given.aggregate, given.how)
    else:
        compare(given.rows, given.features)


if __name__ == "__main__":
    main()
