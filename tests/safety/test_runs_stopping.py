"""A signal stops a run without losing work, and one line says how it is resumed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
import torch
from tests.safety.runs_kit import command, save_wells

from phenolens.methods.base import Clock
from phenolens.methods.dino import Dino
from phenolens.profiling.standardize import Standardize
from phenolens.runs.cache import CACHE
from phenolens.runs.results import Results

RECIPE = """
name = "wells"
profiles = { table = "wells.parquet" }
metrics = { nsc = {} }
profiling = [{ step = "standardize" }, { step = "aggregate", by = ["compound"] }]
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave umap out: it takes seconds to compile."""
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setattr(sys, "argv", ["phenolens"])


def test_training_finishes_its_step_and_resumes_to_the_same_bits(
    tiny: Path,
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["run", tiny, "--out", tmp_path / "my run", "--set", "baselines=[]"]
    true = Dino.after_step

    def after_step(method: Dino, clock: Clock) -> None:
        true(method, clock)
        if clock.step == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Dino, "after_step", after_step)
        assert command(*arguments) == 128 + signal.SIGTERM
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        f"stopped; run the same command again to resume: phenolens run {tiny} "
        f"--out '{tmp_path / 'my run'}' --set 'baselines=[]'"
    )
    (checkpoint,) = (tmp_path / CACHE).rglob("checkpoint.pt")
    assert torch.load(checkpoint, weights_only=True)["step"] == 2
    assert not list(tmp_path.glob(".*"))  # the lock is gone
    assert command(*arguments) == 0
    weights = Path("models") / "joint" / "model.safetensors"
    assert (tmp_path / "my run" / weights).read_bytes() == (finished / weights).read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_any_other_stage_stops_at_once(
    tmp_path: Path,
    number: signal.Signals,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_wells(tmp_path / "wells.parquet")
    (tmp_path / "r.toml").write_text(RECIPE)
    arguments = ["run", tmp_path / "r.toml", "--root", tmp_path, "--out", tmp_path / "out"]

    def stopped(*_: object) -> None:
        os.kill(os.getpid(), number)
        pytest.fail("went on")

    with monkeypatch.context() as patch:
        patch.setattr(Standardize, "learn", stopped)
        assert command(*arguments) == 128 + number
    err = capsys.readouterr().err
    assert err.splitlines()[-1].startswith("stopped; run the same command again to resume: phen")
    assert "Traceback" not in err
    assert command(*arguments) == 0
    assert Results.read(tmp_path / "out").scores["nsc"]["n"] == 4
