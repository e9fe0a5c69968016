"""A comparison that is killed at random moments ends with the table of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.comparison.costs import COSTS

GRID = """
recipe = "simulated/byol"
seeds = [0, 1]
[set]
baselines = ["untrained", "intensity"]
"screen.mechanisms" = 3
"screen.compounds" = 2
"screen.replicates" = 2
"screen.sites" = 1
"screen.size" = 128
"training.epochs" = 4
"training.warmup_epochs" = 0
"training.batch_size" = 8
"training.watch.every" = 0
"encoder.widths" = [4, 8]
"embedding.tiles" = { size = 64, rows = 1, columns = 1 }
[axes.method.byol]
[axes.method.barlow]
method = { name = "barlow_twins", widths = [16, 16], off_diagonal = 0.0051 }
[axes.chain.zscore]
[axes.chain.plain]
without = ["profiling.standardize"]
"""
PROGRAM = [sys.executable, "-P", "-c", "from phenolens.cli import main; main()"]


def start(grid: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [*PROGRAM, "compare", str(grid), "--out", str(out), "--jobs", "2"]
    settings = ["--machine=checkpoint_every=3", "--machine=threads=1"]
    silent = subprocess.DEVNULL
    return subprocess.Popen([*command, *settings], stdout=silent, stderr=silent)


def kill_all(out: Path) -> None:
    """Kill the comparison and its cells, as a machine that stops does."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if any(str(out).encode() in word for word in words) and int(process.name) != os.getpid():
            os.kill(int(process.name), signal.SIGKILL)


def tables(out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = pd.read_parquet(out / "table.parquet")
    return table.drop(columns=[*COSTS]), pd.read_parquet(out / "differences.parquet")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")
def test_three_kills_change_no_figure(tmp_path: Path) -> None:
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID)
    begun = time.monotonic()
    assert start(grid, tmp_path / "whole" / "runs").wait() == 0
    took = time.monotonic() - begun
    out, rng = tmp_path / "killed" / "runs", np.random.default_rng()
    for _ in range(3):
        process = start(grid, out)
        time.sleep(rng.uniform(0.1, 0.9) * took)
        kill_all(out)
        process.wait()
    assert start(grid, out).wait() == 0
    for one, other in zip(tables(tmp_path / "whole" / "runs"), tables(out), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
