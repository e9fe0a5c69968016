"""A table of cells with 1,000,000 rows, opened by the layout `cells`: seconds and memory.

    python benchmarks/large_table.py FOLDER      # 86 MB of table; crops are a file without content

Eleven columns: plate, well, site, cell, compound, concentration, moa, batch, and three of real
numbers as text. Seconds of the processor and of the clock; the peak memory of the whole process.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.screens.cells import Cells

WELLS, EACH = 384, 900  # wells of a plate, cells of a well


def write(folder: Path, rows: int) -> None:
    """Write the table and an empty file of crops."""
    rng = np.random.default_rng(0)
    names = np.array([f"{r}{c:02d}" for r in "ABCDEFGHIJKLMNOP" for c in range(1, 25)])
    cell = np.arange(rows)
    well = cell // EACH % WELLS
    compounds = np.array([f"cpd{i:03d}" for i in range(380)] + ["DMSO"] * 4)
    table = pd.DataFrame(
        {
            "plate": [f"P{i:03d}" for i in cell // (WELLS * EACH)],
            "well": names[well],
            "site": cell // 100 % 9 + 1,
            "cell_id": cell % 100 + 1,
            "compound": compounds[well],
            "concentration": np.where(well < 380, 1.0, 0.0),
            "moa": np.array([f"m{i % 20}" for i in range(WELLS)])[well],
            "batch": "b1",
            "x": rng.random(rows) * 1000,
            "y": rng.random(rows) * 1000,
            "area": rng.random(rows) * 300,
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "screen_cells.csv", index=False)
    shape = (rows, 32, 32, 3)
    with (folder / "screen_images.npy").open("wb") as file:
        header = {"descr": "<u2", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(file, header)  # type: ignore[no-untyped-call]
        file.truncate(file.tell() + 2 * int(np.prod(shape)))


def main() -> None:
    """Print the time and memory of opening it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    if not (given.folder / "screen_cells.csv").is_file():
        write(given.folder, given.rows)
        print("written; run it again: writing took memory of this process")
        return
    clock, processor = time.perf_counter(), time.process_time()
    screen = Cells(images="*_images.npy")(given.folder)
    seconds = time.perf_counter() - clock, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{len(screen):,} rows: {seconds[0]:.1f} s ({seconds[1]:.1f} s of the processor), "
        f"{memory:.2f} GiB"
    )


if __name__ == "__main__":
    main()
