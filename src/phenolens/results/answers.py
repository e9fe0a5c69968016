"""What an explanation found, in one line: for the terminal, the head of the page, a lab book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from phenolens.core.model_names import of_model

_CHANCE = "_chance"
_COUNTS = ("leaks",)  # said by the notes
_MOST = 6  # figures of one answer: a line is read, a table has all


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
            yield f"{name.replace('_', ' ')}{of_model(model)}", _line(summary)


def leaks(explanations: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the background audit says of each model whose score is above chance without cells.

    Args:
        explanations: As `answers`.
    """
    for model, summary in explanations.get("background", {}).items():
        if (summary.get("figures") or {}).get("leaks"):
            yield f"Background{of_model(model)}: {'; '.join(map(str, summary.get('notes') or ()))}"


def _line(summary: Mapping[str, Any]) -> str:
    """Return the figures that have a chance, or else all, the first six; then the notes."""
    figures = summary.get("figures") or {}
    names = [n for n in figures if n not in _COUNTS and not n.endswith(_CHANCE)]
    names = [n for n in names if f"{n}{_CHANCE}" in figures] or names
    parts = []
    for name in names[:_MOST]:
        chance = figures.get(f"{name}{_CHANCE}")
        level = f" (chance {_number(chance)})" if chance is not None else ""
        parts.append(f"{name.replace('_', ' ')} {_number(figures[name])}{level}")
    more = len(names) - len(parts)
    sentences = [", ".join(parts) + (f", and {more} more" if more else "")] if parts else []
    sentences += map(str, summary.get("notes") or ())
    if summary.get("trusted") is False:
        sentences.append("It did not pass its own test: do not trust it")
    return " ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in sentences)


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:z.2f}"
