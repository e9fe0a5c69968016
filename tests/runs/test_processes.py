"""Two processes share a run as torchrun starts them: one folder, one result."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.profiles import Profiles
from phenolens.runs.processes import rank, wait_for


def test_rank_is_what_torchrun_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert rank() == 0
    monkeypatch.setenv("RANK", "3")
    assert rank() == 3


def test_waits_until_all_files_are_there(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    threading.Timer(0.1, two.touch).start()
    began = time.monotonic()
    wait_for(one, two, every=0.01)
    assert time.monotonic() - began > 0.05
    assert two.exists()


def test_two_processes_make_one_run(tiny: Path, finished: Path, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = str(held.getsockname()[1])
    env = {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "GROUP_RANK": "0",
        "TORCHELASTIC_RUN_ID": "test",
        "CUDA_VISIBLE_DEVICES": "",
    }
    folder = tmp_path / "run"
    code = "import sys; sys.modules['umap'] = None; from phenolens.cli import main; main()"
    command = [sys.executable, "-c", code, "run", str(tiny), "--out", str(folder), "--json"]
    processes = [
        subprocess.Popen(
            command,
            env={**env, "RANK": str(i), "LOCAL_RANK": str(i)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for i in range(2)
    ]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert json.loads(said[0][0]) == json.loads((folder / "results.json").read_text())
    assert said[1][0] == b""
    made, alone = (
        Profiles.load(f / "embeddings" / "joint.parquet").features for f in (folder, finished)
    )
    assert np.abs(made - alone).max() < 1e-4  # measured: 1.2e-6, with clipping and intensity
    untrained = Profiles.load(folder / "embeddings" / "untrained_joint.parquet").features
    assert np.abs(made - untrained).max() > 0.01
    assert not list(folder.rglob("*.part"))
