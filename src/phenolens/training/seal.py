"""A checksum over values, not over a file: it holds whatever format the file has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def seal(state: Any) -> str:
    """Return the SHA-256 of nested mappings, lists, tuples, tensors and plain values.

    The same values give the same text, on any device and in any storage. Types, names, order,
    shapes, dtypes and every bit of a tensor count. Torch's own reader checks no checksum: a flipped
    bit in its file gives other weights without a word.

    Example:
        >>> seal({"step": 3}) == seal({"step": 3}), seal({"step": 3}) == seal({"step": 4})
        (True, False)
    """
    found = hashlib.sha256()
    _add(found, state)
    return found.hexdigest()


def _add(found: Any, value: Any) -> None:
    if isinstance(value, Tensor):
        flat = value.detach().cpu().contiguous().reshape(-1)
        found.update(f"tensor {value.dtype} {tuple(value.shape)};".encode())
        found.update(flat.view(torch.uint8).numpy())
    elif isinstance(value, Mapping):
        found.update(f"mapping {len(value)};".encode())
        for key, part in value.items():
            _add(found, key)
            _add(found, part)
    elif isinstance(value, list | tuple):
        found.update(f"{type(value).__name__} {len(value)};".encode())
        for part in value:
            _add(found, part)
    else:
        text = repr(value)
        found.update(f"{type(value).__name__} {len(text)} {text};".encode())
