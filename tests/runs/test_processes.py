"""Two processes share a run as torchrun starts them: one folder, one result."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.profiles import Profiles
from phenolens.runs.cache import CACHE
from phenolens.runs.processes import announced, mark_of, process, wait_until


def test_the_number_of_a_process_is_torchruns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert process() == 0
    monkeypatch.setenv("RANK", "3")
    assert process() == 3


def test_waits_until_a_condition_holds(tmp_path: Path) -> None:
    file = tmp_path / "one"
    threading.Timer(0.1, file.touch).start()
    began = time.monotonic()
    wait_until(file.exists, every=0.01)
    assert time.monotonic() - began > 0.05


def test_what_others_must_join_is_announced_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "run" / ".training"
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with announced(mark):
        assert not mark.exists()  # nobody else is there
    monkeypatch.setenv("WORLD_SIZE", "2")
    with announced(mark):
        assert mark.exists()
    assert not mark.exists()
    with pytest.raises(KeyboardInterrupt), announced(mark):
        raise KeyboardInterrupt
    assert not mark.exists()


def test_processes_that_were_started_together_have_one_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of a run that waits do not join the training that it waits for."""
    monkeypatch.setenv("MASTER_PORT", "1")
    one, other = mark_of("a"), mark_of("b")
    monkeypatch.setenv("RANK", "1")
    assert mark_of("a") == one != other
    assert re.fullmatch(r"\.training-[0-9a-f]{16}", one)
    monkeypatch.setenv("MASTER_PORT", "2")
    assert mark_of("a") != one


@pytest.mark.parametrize("found", [False, True], ids=["train", "find"])
def test_two_processes_make_one_run(
    tiny: Path, finished: Path, tmp_path: Path, found: bool
) -> None:
    """Both train, or both find the model of an earlier run; neither waits for ever."""
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
    if found:
        command += ["--cache", str(finished.parent / CACHE)]
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
    assert np.array_equal(made, alone) == found
    assert np.abs(made - alone).max() < 1e-4  # measured: 1.2e-6, with clipping and intensity
    untrained = Profiles.load(folder / "baselines" / "untrained" / "joint.parquet").features
    assert np.abs(made - untrained).max() > 0.01
    assert not list(folder.glob(".*"))
