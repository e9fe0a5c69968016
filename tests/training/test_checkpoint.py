"""A checkpoint is whole or absent, and opens for its own training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.training.checkpoint import load_checkpoint, save_checkpoint

STATE = {"identity": "mine", "step": 3, "method": {"w": torch.arange(4.0)}}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "joint.pt"
    assert load_checkpoint(path, "mine") is None
    save_checkpoint(path, STATE)
    back = load_checkpoint(path, "mine")
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
    kept = load_checkpoint(path, "mine")
    assert kept is not None
    assert kept["step"] == 3


@pytest.mark.parametrize("kept", [0, 10, 500])
def test_a_truncated_file_says_so(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="cannot be read as a checkpoint") as caught:
        load_checkpoint(path, "mine")
    assert str(path) in str(caught.value)
    assert "delete it to train from the beginning" in str(caught.value)


@pytest.mark.parametrize("other", [{"identity": "other"}, {}, [1, 2]])
def test_what_is_not_this_trainings_is_refused(tmp_path: Path, other: Any) -> None:
    path = tmp_path / "joint.pt"
    torch.save(other, path)
    with pytest.raises(InputError, match="of a training with other settings"):
        load_checkpoint(path, "mine")
