"""Checkpoints: the whole state of a training after a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from phenolens.core.errors import InputError
from phenolens.core.files import written


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a kill leaves either the old file or the new one, never half of one."""
    with written(path) as partial:
        torch.save(state, partial)


def load_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """Return the state of a checkpoint, or None where there is none.

    Args:
        path: The file.
        identity: Hash of all settings that shape the result; the checkpoint must have the same.

    Raises:
        InputError: The file cannot be read, or belongs to another training.
    """
    if not path.exists():
        return None
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a broken file
        lines = str(error).splitlines() or [type(error).__name__]
        raise InputError(
            f"cannot be read as a checkpoint: {lines[0]}",
            where=path,
            fix="delete it to train from the beginning",
        ) from error
    if not isinstance(state, dict) or state.get("identity") != identity:
        raise InputError(
            "is a checkpoint of a training with other settings",
            where=path,
            fix="choose another --out, or delete it to train from the beginning",
        )
    return state
