"""What a checkpoint may hold: a file with the right checksum may still be a stranger's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from phenolens.core.machine import MOST_THREADS

_SET_EACH_STEP = ("lr", "weight_decay", "params")  # of a group of parameters


def implausible(state: Mapping[str, Any], like: Mapping[str, Any], steps: int) -> str:
    """Return what a training cannot have written, in words; empty where all of it can be.

    Args:
        state: Of a checkpoint.
        like: A state as this training writes it, before its first step.
        steps: Of the whole training.
    """
    if wrong := _kinds(state, like):
        return wrong
    ranges = {"step": (0, steps), "threads": (1, MOST_THREADS), "processes": (1, MOST_THREADS)}
    for name, (low, high) in ranges.items():
        if not low <= state[name] <= high:
            return f"{name} is {state[name]}, not in {low} to {high}"
    if _shapes(state["method"]) != _shapes(like["method"]):
        return "holds tensors of other names, shapes or dtypes"
    if wrong := _optimizer(state["optimizer"], like["optimizer"]):
        return f"the optimizer's state does not fit: {wrong}"
    best = state["monitor"].get("best")
    if best is not None and not _is_state(best, like["method"]):
        return "the best weights have other names, shapes or dtypes"
    return _monitor(state["monitor"])


def _kinds(state: Mapping[str, Any], like: Mapping[str, Any]) -> str:
    for key, value in like.items():
        kind: Any = Mapping if isinstance(value, Mapping) else type(value)
        if not isinstance(state.get(key), kind) or isinstance(state[key], bool):
            return f"lacks '{key}'"
    return ""


def _is_state(best: Any, method: Mapping[str, Any]) -> bool:
    """Return whether this is a state that a training chose as its best."""
    if not isinstance(best, Mapping) or not isinstance(best.get("value"), float):
        return False
    kept = best.get("method")
    return isinstance(kept, Mapping) and _shapes(kept) == _shapes(method)


def _shapes(tensors: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: (value.shape, value.dtype) if isinstance(value, Tensor) else type(value)
        for name, value in tensors.items()
    }


def _optimizer(saved: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Compare the groups of parameters, and what is kept of each parameter."""
    groups, known = saved.get("param_groups"), now["param_groups"]
    if not isinstance(groups, list) or len(groups) != len(known):
        return "other groups of parameters"
    for group, like in zip(groups, known, strict=True):
        if not isinstance(group, Mapping) or group.get("params") != like["params"]:
            return "other parameters"
        for key in set(group) & set(like) - set(_SET_EACH_STEP):
            if group[key] != like[key]:
                return f"another {key}"
    numbers = {number for group in known for number in group["params"]}
    kept = saved.get("state")
    if not isinstance(kept, Mapping) or not numbers >= set(kept):
        return "state of other parameters"
    return ""


def misshapen(optimizer: torch.optim.Optimizer) -> str:
    """Return what of a loaded optimizer's state has not the shape of its parameter, in words."""
    for parameter, kept in optimizer.state.items():
        if not isinstance(kept, Mapping):
            return "not a table"
        for name, value in kept.items():
            if isinstance(value, Tensor) and value.shape not in (parameter.shape, torch.Size()):
                return f"{name} of shape {tuple(value.shape)} for {tuple(parameter.shape)}"
    return ""


def _monitor(saved: Mapping[str, Any]) -> str:
    """Look at what the log goes on from: its lines, the seconds, the recent embeddings."""
    rows, seconds = saved.get("rows", []), saved.get("seconds", 0.0)
    if not isinstance(rows, list) or not all(_is_line(row) for row in rows):
        return "the log has other lines"
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return "the seconds are not a number"
    if not (math.isfinite(seconds) and seconds >= 0):
        return f"{seconds} seconds"
    recent = saved.get("embeddings", [])
    if not isinstance(recent, list) or not all(
        isinstance(each, Tensor) and each.is_floating_point() and each.ndim == 2 for each in recent
    ):
        return "the recent embeddings are not tables"
    return "" if len({each.shape[1] for each in recent}) <= 1 else "embeddings of several lengths"


def _is_line(row: Any) -> bool:
    return isinstance(row, Mapping) and all(
        isinstance(key, str) and isinstance(value, str | int | float) for key, value in row.items()
    )
