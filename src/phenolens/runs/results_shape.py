"""The shape of `results.json`: what those who read a run may count on, whoever wrote the file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from phenolens.core.names import file_name

_NUMBERS = ("value", "low", "high", "null", "null_high", "p")
_COUNTS = ("n", "hits", "steps", "parameters", "threads")
_WORDS = ("device", "found")
_LARGEST = 2**53  # a count beyond it is not a whole number any more


def check_results(scores: object, baselines: object, cost: object) -> None:
    """Raise ValueError where scores, baselines or costs are not as a run writes them.

    Args:
        scores: Name -> summary of a score, as `Score.summary` returns it.
        baselines: Title -> the same.
        cost: Name -> a number; None where it is not known. Device and found stages are words.
    """
    _check_scores(scores, "scores")
    for title, found in _table(baselines, "baselines"):
        _check_scores(found, f"baselines.{title}")
    for name, value in _table(cost, "cost"):
        if name in _COUNTS:
            _check_count(value, f"cost.{name}")
        elif not (name in _WORDS and (isinstance(value, str) or _is_texts(value))):
            _check_number(value, f"cost.{name}")


def check_failed(failed: object) -> None:
    """Raise ValueError where the reasons why metrics could not be computed are not texts by name.

    Args:
        failed: Name of a metric -> why.
    """
    for name, why in _table(failed, "failed"):
        file_name(name, "failed")
        if not isinstance(why, str):
            raise ValueError(f"failed.{name} is not text")


def _check_scores(scores: object, where: str) -> None:
    for name, score in _table(scores, where):
        file_name(name, where)
        for key, value in _table(score, f"{where}.{name}"):
            if key in _NUMBERS:
                _check_number(value, f"{where}.{name}.{key}")
            elif key in _COUNTS:
                _check_count(value, f"{where}.{name}.{key}")
            elif key == "figures":
                for figure, number in _table(value, f"{where}.{name}.figures"):
                    _check_number(number, f"{where}.{name}.{figure}")


def _table(value: object, where: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is not a table")
    for name in value:
        name.encode("utf-8")  # half a character could not be written again
    return list(value.items())


def _check_number(value: object, where: str) -> None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (known and _fits(value)):
        raise ValueError(f"{where} is not a number")


def _check_count(value: object, where: str) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
    if value is not None and not whole:
        raise ValueError(f"{where} is not a whole number")


def _fits(value: Any) -> bool:
    """Return whether a number can be one of float64."""
    try:
        return not math.isinf(float(value))
    except OverflowError:
        return False


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
