"""What the tests of run folders share: a small table, its recipe, the command line."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.cli import main
from phenolens.core.interrupt import SIGNALS
from phenolens.core.profiles import Profiles
from phenolens.runs.recipe import Recipe


def save_wells(path: Path, seed: int = 0) -> Path:
    """Write a table of 24 wells on two plates, as parquet, and return its path."""
    features = np.random.default_rng(seed).normal(size=(24, 6)).astype(np.float32)
    wells: dict[str, list[Any]] = {
        "plate": ["p1"] * 12 + ["p2"] * 12,
        "well": [f"A{i + 1:02d}" for i in range(12)] * 2,
        "compound": (["DMSO"] * 4 + list("ccddeeff")) * 2,
        "moa": ([None] * 4 + list("aabbaabb")) * 2,
        "control": ([True] * 4 + [False] * 8) * 2,
    }
    Profiles(meta=pd.DataFrame(wells), features=features).save(path)
    return path


def recipe(**changes: Any) -> Recipe:
    """Return a recipe over `wells.parquet`."""
    plain: dict[str, Any] = {
        "name": "wells",
        "profiles": {"table": "wells.parquet"},
        "profiling": [{"step": "standardize"}, {"step": "aggregate", "by": ["compound"]}],
        "metrics": {"nsc": {}},
    }
    return Recipe.from_table({**plain, **changes})


def command(*arguments: object) -> int:
    """Run a command in this process as it is typed; return its status."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    sys.argv = ["phenolens", *map(str, arguments)]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
