"""SIGKILL before file events of every command: given again, it ends as if never killed.

`PHENOLENS_KILLS=1` kills before every event of all commands, which takes many minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles

SCRIPT = Path(__file__).with_name("kill_events.py")
RECIPE = """
name = "wells"
profiles = { table = "wells.parquet" }
metrics = { nsc = {} }
profiling = [{ step = "standardize" }, { step = "aggregate", by = ["compound"] }]
"""
CHAINS = """
default = false
chain = [{ steps = "standardize" }, { steps = "robustize, pca(components=2)" }]
"""
IMAGES = ("--set", "baselines=[]", "--machine", "checkpoint_every=1")
# Command, and each so many-th event is killed at in CI; the offset is half of it.
COMMANDS: dict[str, tuple[list[str], int]] = {
    "run of a table": (["run", "wells.toml", "--out", "runs/wells"], 97),
    "run of images": (["run", "tiny.toml", "--out", "runs/tiny", *IMAGES], 601),
    "profile": (["profile", "wells.parquet", "--steps", "standardize", "--out", "out.parquet"], 7),
    "tune": (["tune", "wells.parquet", "--space", "chains.toml", "--out", "chain.toml"], 13),
    "embed": (["embed", "model", "tiny", ".", "--out", "cells.parquet"], 127),
}


@pytest.fixture
def inputs(tiny: Path, finished: Path, tmp_path: Path) -> Path:
    """Return a folder with a table, a model, recipes and chains."""
    folder = tmp_path / "inputs"
    shutil.copytree(finished / "models" / "joint", folder / "model")
    shutil.copy(tiny, folder)
    (folder / "wells.toml").write_text(RECIPE)
    (folder / "chains.toml").write_text(CHAINS)
    compounds, moas = ["DMSO"] * 4 + list("ccddeeff"), [None] * 4 + list("aabbaabb")
    wells: dict[str, list[Any]] = {
        "plate": ["p1"] * 12 + ["p2"] * 12,
        "well": [f"A{i + 1:02d}" for i in range(12)] * 2,
        "compound": compounds * 2,
        "moa": moas * 2,
        "control": ([True] * 4 + [False] * 8) * 2,
    }
    features = np.random.default_rng(0).normal(size=(24, 6)).astype(np.float32)
    Profiles(meta=pd.DataFrame(wells), features=features).save(folder / "wells.parquet")
    return folder


def killed(command: list[str], inputs: Path, every: int) -> list[dict[str, Any]]:
    """Return what happened at each kill."""
    asked = {"command": command, "inputs": str(inputs), "every": every}
    asked["folder"] = str(inputs.with_name("work"))
    path = os.pathsep.join([str(Path("src").resolve()), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, SCRIPT],
        input=json.dumps(asked) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    whole, *kills = map(json.loads, done.stdout.splitlines())
    assert whole["status"] == 0, whole["errors"]
    assert len(kills) >= whole["events"] // every
    return kills


def check(command: list[str], inputs: Path, every: int) -> None:
    for kill in killed(command, inputs, every):
        assert kill["killed"] == -9, kill
        assert kill["status"] == 0, json.dumps(kill)[-1500:]
        assert kill["differ"] == [], kill


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_before_a_file_event_it_ends_as_if_never(inputs: Path, name: str) -> None:
    command, every = COMMANDS[name]
    check(command, inputs, 1 if os.environ.get("PHENOLENS_KILLS") else every)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_before_any_file_event_it_ends_as_if_never(inputs: Path, name: str) -> None:
    check(COMMANDS[name][0], inputs, 1)
