"""Checkpoints: the whole state of a training after a step."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from phenolens.core.errors import InputError
from phenolens.core.files import written
from phenolens.training.plausible import implausible
from phenolens.training.seal import seal

_LOG = logging.getLogger("phenolens")
_SEAL = "sha256"  # in the file: of everything else in it


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint; a kill leaves either the old file or the new one, never half of one.

    A checksum of all its values is in it.

    Raises:
        OSError: The disk is full, or cannot be written.
    """
    with written(path) as partial, partial.open("wb") as file:
        try:
            torch.save({**state, _SEAL: seal(state)}, file)
        except RuntimeError as error:  # torch then fails once more, where it closes its archive
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise


def load_checkpoint(
    path: Path, identity: str, like: Mapping[str, Any], steps: int
) -> dict[str, Any] | None:
    """Return the state of a checkpoint, or None where there is none, or it is damaged.

    Of a damaged one, one line says so: the training begins again.

    Args:
        path: The file.
        identity: Hash of all settings that shape the result; the checkpoint must have the same.
        like: A state as it is saved: the same keys, and under `method` tensors of the same names,
            shapes and dtypes.
        steps: Of the whole training.

    Raises:
        InputError: It is whole, and belongs to another training.
    """
    if not path.exists():
        return None
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
        whole = isinstance(state, dict) and state.pop(_SEAL, "") == seal(state)
    except Exception as error:  # torch raises many kinds for a broken file, and bad advice
        damaged(path, f"cannot be read: {type(error).__name__}")
        return None
    if not isinstance(state, dict) or not isinstance(state.get("identity"), str):
        damaged(path, "is not a checkpoint")
        return None
    if not whole:
        damaged(path, "its values do not have their checksum")
        return None
    if state["identity"] != identity:
        raise InputError(
            "is a checkpoint of a training with other settings",
            where=path,
            fix="move it away, then run the same command again: the training begins anew",
        )
    if wrong := implausible(state, like, steps):
        damaged(path, wrong)
        return None
    return state


def damaged(path: Path, what: str) -> None:
    """Say that a checkpoint is damaged, and what is wrong with it."""
    _LOG.warning("%s: is damaged (%s); the training begins again", path, what)
