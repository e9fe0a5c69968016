"""A checkpoint is whole or absent, and opens for its own training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.training.checkpoint import load_checkpoint, save_checkpoint

STATE: dict[str, Any] = {"identity": "mine", "step": 3, "method": {"w": torch.arange(4.0)}}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "joint.pt"
    assert load_checkpoint(path, "mine", STATE) is None
    save_checkpoint(path, STATE)
    back = load_checkpoint(path, "mine", STATE)
    assert back is not None
    assert back["step"] == 3
    assert torch.equal(back["method"]["w"], torch.arange(4.0))
    assert list(path.parent.iterdir()) == [path]


def test_a_save_that_fails_half_way_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, STATE)

    def fails(_: Any, at: Path) -> None:
        at.write_bytes(b"half of a file")
        raise OSError("the disk is full")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OSError, match="the disk is full"):
        save_checkpoint(path, {**STATE, "step": 4})
    kept = load_checkpoint(path, "mine", STATE)
    assert kept is not None
    assert kept["step"] == 3


@pytest.mark.parametrize("kept", [0, 10, 500])
def test_a_truncated_file_says_so(
    tmp_path: Path, kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    assert load_checkpoint(path, "mine", STATE) is None
    (line,) = caplog.messages
    assert line.startswith(f"{path}: is damaged (cannot be read: ")
    assert line.endswith("; the training begins again")
    assert "weights_only" not in line


def without(path: tuple[str, ...]) -> dict[str, Any]:
    state: dict[str, Any] = {**STATE, "method": dict(STATE["method"])}
    inner = state
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return state


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ([1, 2], "is not a checkpoint"),
        ({}, "is not a checkpoint"),
        (without(("step",)), "lacks 'step'"),
        (without(("method",)), "lacks 'method'"),
        ({**STATE, "step": "3"}, "lacks 'step'"),
        ({**STATE, "method": {"v": torch.arange(4.0)}}, "holds tensors of other names"),
        ({**STATE, "method": {"w": torch.arange(3.0)}}, "holds tensors of other names"),
    ],
)
def test_a_file_that_lacks_something_says_so(
    tmp_path: Path, state: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "joint.pt"
    torch.save({**state, "tensors": 1} if isinstance(state, dict) else state, path)
    assert load_checkpoint(path, "mine", STATE) is None
    assert words in caplog.text


def test_a_tensor_that_was_taken_out_is_missed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, {**STATE, "optimizer": {"state": {0: {"m": torch.ones(1)}}}})
    state = torch.load(path, weights_only=True)
    del state["optimizer"]["state"][0]
    torch.save(state, path)
    assert load_checkpoint(path, "mine", STATE) is None
    assert "lacks tensors" in caplog.text


def test_what_is_another_trainings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, {**STATE, "identity": "other"})
    with pytest.raises(InputError, match="of a training with other settings"):
        load_checkpoint(path, "mine", STATE)
