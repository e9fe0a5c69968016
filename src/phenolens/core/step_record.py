"""What is recorded about a step: its name in recipes and its parameters, as JSON holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def step_record(step: object) -> dict[str, Any]:
    """Return `{"step": name, "parameters": {...}}` of a step, a dataclass of any catalogue room."""
    names = [f.name for f in fields(step)] if is_dataclass(step) else []  # no class attributes
    return {
        "step": name_in_recipes(step),
        "parameters": {name: plain(getattr(step, name)) for name in names},
    }


def name_in_recipes(step: object) -> str:
    """Return `select_features` for SelectFeatures of select_features.py (see the catalogue)."""
    name = type(step).__name__
    stem = type(step).__module__.rpartition(".")[2]
    return stem if stem.replace("_", "") == name.lower() else snake_case(name)


def snake_case(name: str) -> str:
    """Return the name in recipes of a class that is not in a file of its own name.

    Example:
        >>> snake_case("AddOne")
        'add_one'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plain(value: object) -> object:
    """Return a value as JSON holds it: arrays and sets as lists, what JSON lacks as text.

    Example:
        >>> plain({"share": np.float64(0.5), "by": ("plate",)})
        {'share': 0.5, 'by': ['plate']}
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list | frozenset | set):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
