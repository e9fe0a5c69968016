"""Dataclasses as JSON knows them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: dataclasses as objects, tuples as lists, NaN as null.

    A dataclass with a method `plain` of its own says itself how it is written.

    Example:
        >>> plain({"low": float("nan"), "names": ("a", "b")})
        {'low': None, 'names': ['a', 'b']}
    """
    if hasattr(value, "plain"):
        return value.plain()
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
