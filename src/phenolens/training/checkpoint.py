"""Checkpoints: the whole state of a training after a step."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.files import written

_LOG = logging.getLogger("phenolens")
_TENSORS = "tensors"  # in the file: how many there are


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; a kill leaves either the old file or the new one, never half of one."""
    with written(path) as partial:
        torch.save({**state, _TENSORS: sum(1 for _ in _tensors(state))}, partial)


def load_checkpoint(path: Path, identity: str, like: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the state of a checkpoint, or None where there is none, or it is damaged.

    Of a damaged one, one line says so: the training begins again.

    Args:
        path: The file.
        identity: Hash of all settings that shape the result; the checkpoint must have the same.
        like: A state as it is saved: the same keys, and under `method` tensors of the same names,
            shapes and dtypes.

    Raises:
        InputError: It is whole, and belongs to another training.
    """
    if not path.exists():
        return None
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a broken file, and bad advice
        damaged(path, f"cannot be read: {type(error).__name__}")
        return None
    if not isinstance(state, dict) or not isinstance(state.get("identity"), str):
        damaged(path, "is not a checkpoint")
        return None
    if state["identity"] != identity:
        raise InputError(
            "is a checkpoint of a training with other settings",
            where=path,
            fix="choose another --out, or delete it to train from the beginning",
        )
    if wrong := _difference(state, like):
        damaged(path, wrong)
        return None
    return state


def _difference(state: Mapping[str, Any], like: Mapping[str, Any]) -> str:
    """Return what a checkpoint lacks, in words; empty where it is whole."""
    for key, value in like.items():
        if not isinstance(state.get(key), dict if isinstance(value, Mapping) else type(value)):
            return f"lacks '{key}'"
    if state.get(_TENSORS) != sum(1 for _ in _tensors({**state, _TENSORS: 0})):
        return "lacks tensors"
    if _shapes(state["method"]) != _shapes(like["method"]):
        return "holds tensors of other names, shapes or dtypes"
    return ""


def _shapes(tensors: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: (value.shape, value.dtype) if isinstance(value, Tensor) else type(value)
        for name, value in tensors.items()
    }


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield all tensors in nested mappings and sequences."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _tensors(part)


def damaged(path: Path, what: str) -> None:
    """Say that a checkpoint is damaged, and what is wrong with it."""
    _LOG.warning("%s: is damaged (%s); the training begins again", path, what)
