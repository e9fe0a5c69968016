"""Two runs over the same treatments, the second better by a known amount."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder

COMPOUNDS = 12


def write_run(folder: Path, right: np.ndarray, seed: int = 0) -> Path:
    """Write a run of twelve compounds at two doses; `right` says which are matched."""
    paths = RunFolder(folder)
    paths.scores.mkdir(parents=True)
    names = [f"c{i}@{dose}" for i in range(COMPOUNDS) for dose in (1, 2)]
    compound = [name.split("@")[0] for name in names]
    moa = [f"m{int(one[1:]) % 4}" for one in compound]
    rows = pd.DataFrame({"treatment": names, "compound": compound, "moa": moa})
    rows["value"] = right.astype(float)
    rows["neighbour_treatment"] = names[::-1]
    rows["neighbour_moa"] = [m if r else "other" for m, r in zip(moa, right, strict=True)]
    rows.to_parquet(paths.score("nsc"))
    rng = np.random.default_rng(seed)
    meta = rows[["treatment", "compound", "moa"]].assign(control=False)
    Profiles(meta=meta, features=rng.normal(size=(len(meta), 6)).astype(np.float32)).save(
        paths.profiles
    )
    value = float(right.mean())
    score = {"value": value, "low": value - 0.1, "high": value + 0.1, "hits": int(right.sum())}
    results = {"scores": {"nsc": {**score, "n": len(names), "null": 0.2}}, "seed": 0}
    paths.results.write_text(json.dumps({"recipe": folder.name, **results}))
    paths.recipe.write_text(f"name = '{folder.name}'\nseed = {seed}\n")
    return folder


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Return a run that is right in 6 of 24, and one that is right in 22 of 24."""
    before, after = np.zeros(24, dtype=bool), np.ones(24, dtype=bool)
    before[:6] = True
    after[4:6] = False
    return write_run(tmp_path / "a", before), write_run(tmp_path / "b", after, seed=1)


def copied(folder: Path, name: str) -> Path:
    """Return a copy of a run under another name."""
    return Path(shutil.copytree(folder, folder.parent / name))
