"""A checkpoint is whole or absent, and opens for its own training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.training.checkpoint import load_checkpoint, save_checkpoint

STATE: dict[str, Any] = {
    "identity": "mine",
    "step": 3,
    "method": {"w": torch.arange(4.0)},
    "optimizer": {"state": {0: {"m": torch.ones(4)}}, "param_groups": [{"params": [0]}]},
    "threads": 2,
    "device": "cpu",
    "processes": 1,
    "monitor": {},
}


def load(path: Path) -> dict[str, Any] | None:
    return load_checkpoint(path, "mine", STATE, 4)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "joint.pt"
    assert load(path) is None
    save_checkpoint(path, STATE)
    back = load(path)
    assert back is not None
    assert back["step"] == 3
    assert torch.equal(back["method"]["w"], torch.arange(4.0))
    assert list(path.parent.iterdir()) == [path]


def test_a_save_that_fails_half_way_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, STATE)

    def fails(_: Any, file: BinaryIO) -> None:
        """Fail as torch does where the disk is full."""
        try:
            file.write(b"half of a file")
            raise OSError("the disk is full")
        finally:
            raise RuntimeError("unexpected pos 640 vs 598")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OSError, match="the disk is full"):
        save_checkpoint(path, {**STATE, "step": 4})
    kept = load(path)
    assert kept is not None
    assert kept["step"] == 3


@pytest.mark.parametrize("kept", [0, 10, 500])
def test_a_truncated_file_says_so(
    tmp_path: Path, kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    assert load(path) is None
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
        (STATE, "its values do not have their checksum"),
        ({**STATE, "sha256": "0" * 64}, "its values do not have their checksum"),
    ],
)
def test_what_was_not_written_here_says_so(
    tmp_path: Path, state: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "joint.pt"
    torch.save(state, path)
    assert load(path) is None
    assert words in caplog.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (without(("step",)), "lacks 'step'"),
        (without(("method",)), "lacks 'method'"),
        ({**STATE, "step": "3"}, "lacks 'step'"),
        ({**STATE, "step": 5}, "step is 5, not in 0 to 4"),
        ({**STATE, "method": {"v": torch.arange(4.0)}}, "holds tensors of other names"),
    ],
)
def test_a_file_that_cannot_be_of_this_training_says_so(
    tmp_path: Path, state: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, state)
    assert load(path) is None
    assert words in caplog.text


def test_a_flipped_bit_is_found_in_every_tensor_and_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Torch's reader takes other weights for these without a word."""
    path = tmp_path / "joint.pt"
    save_checkpoint(path, STATE)
    whole = bytearray(path.read_bytes())
    for values in (torch.arange(4.0), torch.ones(4)):
        flipped, at = whole.copy(), whole.index(values.numpy().tobytes())
        flipped[at + 14] ^= 1
        path.write_bytes(flipped)
        caplog.clear()
        assert load(path) is None
        assert "its values do not have their checksum" in caplog.text


def test_what_is_another_trainings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "joint.pt"
    save_checkpoint(path, {**STATE, "identity": "other"})
    with pytest.raises(InputError, match="of a training with other settings") as caught:
        load(path)
    assert "move it away, then run the same command again" in str(caught.value)
