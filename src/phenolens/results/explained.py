"""What the tables of explanations have in common."""

from __future__ import annotations

import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents

_HEADINGS = {"moa": "Mechanism", "compound": "Compound", "treatment": "Treatment"}
REAL = 0.05  # a call whose corrected p is below it is more than chance


def call_column(table: pd.DataFrame) -> str:
    """Return the column that the calls are about: it is the first."""
    return str(table.columns[0])


def heading_of(column: str) -> str:
    """Return the heading of a column that calls are about: its own name where it is not ours."""
    return _HEADINGS.get(column, column)


def channels_of(one: Explanation, run: RunContents) -> tuple[str, ...]:
    """Return the channels of an explanation's pictures: those of the run, or numbered."""
    stacks = [stack for stack in one.pictures.values() if stack.ndim == 4]
    return channel_names(run, stacks[0].shape[1] if stacks else 0)


def is_real(p_holm: float) -> bool:
    """Return whether a call tells unseen wells from controls by more than chance."""
    return p_holm < REAL


def channel_names(run: RunContents, count: int) -> tuple[str, ...]:
    """Return the names of the channels of pictures; their numbers where the run has others.

    Args:
        run: Whose examples have the names.
        count: Channels of the pictures.
    """
    names = run.examples.channels if run.examples else ()
    return names if len(names) == count else tuple(f"channel {k + 1}" for k in range(count))
