"""The name of a baseline, the same in tables, differences and on the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from phenolens.overview.entries import text


def shown_name(title: str, choices: Iterable[Any], *, repeated: bool) -> str:
    """Return the name of a baseline: with its choices, where there are several of the title.

    Args:
        title: Of the baseline.
        choices: Its value of each axis, missing where the cells that share it differ.
        repeated: Whether other baselines have the title too.

    Example:
        >>> shown_name("untrained encoder", [None, "tvn"], repeated=True)
        'untrained encoder (tvn)'
    """
    chosen = [choice for choice in map(text, choices) if choice]
    return f"{title} ({', '.join(chosen)})" if repeated and chosen else title
