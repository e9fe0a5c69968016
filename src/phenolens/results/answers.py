"""What an explanation found, in one line: for the terminal, the head of the page, a lab book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_CHANCE = "_chance"
_COUNTS = ("leaks",)  # said by the notes
_LONE = ("joint", "table")  # names of the one model of a run


def answers(explanations: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what was asked, and of which model where there are several, with the answer.

    Args:
        explanations: As `results.json` has them: by name and model, figures, notes, trusted.

    Example:
        >>> summary = {"figures": {"beyond": 0.29, "beyond_chance": 0.05}, "notes": ["12 values"]}
        >>> list(answers({"typical_cells": {"joint": summary}}))
        [('typical cells', 'Beyond 0.29 (chance 0.05). 12 values.')]
    """
    for name, models in explanations.items():
        for model, summary in models.items():
            of = "" if model in _LONE else f" of {model}"
            yield f"{name.replace('_', ' ')}{of}", _line(summary)


def leaks(explanations: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the background audit says of each model whose score is above chance without cells.

    Args:
        explanations: As `answers`.
    """
    for model, summary in explanations.get("background", {}).items():
        if (summary.get("figures") or {}).get("leaks"):
            of = "" if model in _LONE else f" of {model}"
            yield f"Background{of}: {'; '.join(map(str, summary.get('notes') or ()))}"


def _line(summary: Mapping[str, Any]) -> str:
    figures = summary.get("figures") or {}
    parts = []
    for name, value in figures.items():
        if name in _COUNTS or name.endswith(_CHANCE):
            continue
        chance = figures.get(f"{name}{_CHANCE}")
        level = f" (chance {_number(chance)})" if chance is not None else ""
        parts.append(f"{name.replace('_', ' ')} {_number(value)}{level}")
    sentences = [", ".join(parts)] if parts else []
    sentences += map(str, summary.get("notes") or ())
    if summary.get("trusted") is False:
        sentences.append("It did not pass its own test: do not trust it")
    return " ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in sentences)


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:z.2f}"
