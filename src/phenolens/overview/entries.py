"""Entries of a table as numbers and text: what is missing is NaN, or empty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from phenolens.drawing.numbers import shown


def number(value: object) -> float:
    """Return an entry as a number, NaN where it is missing or is not one.

    Example:
        >>> number(3), number(None), number("x")
        (3.0, nan, nan)
    """
    if isinstance(value, bool | int | float) or hasattr(value, "__float__"):
        return float(value)
    return math.nan


def text(value: Any) -> str:
    """Return an entry as text, empty where it is missing.

    Example:
        >>> text("a"), text(None), text(float("nan")), text(2.0)
        ('a', '', '', '2')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def digits_for(values: Iterable[float]) -> int:
    """Return how many decimals show values of this size.

    Example:
        >>> digits_for([0.123, 0.9]), digits_for([0.5, 31.7]), digits_for([812.0])
        (3, 1, 0)
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return 3 if largest < 10 else 1 if largest < 100 else 0


def cut(name: str, most: int) -> str:
    """Return a name without its middle where it is too long: names often differ at their ends.

    Example:
        >>> cut("byol", 9), cut("byol+augmented+multi", 11)
        ('byol', 'byol+…multi')
    """
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[len(name) - end :]}"


def interval(low: float, high: float, digits: int = 3) -> str:
    """Return an interval as text, empty where it is not known.

    Example:
        >>> interval(0.1, 0.25, 2), interval(float("nan"), 1.0)
        ('[0.10, 0.25]', '')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{shown(low, digits)}, {shown(high, digits)}]"
