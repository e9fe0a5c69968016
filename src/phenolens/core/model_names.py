"""Names of a run's models, in words."""

from __future__ import annotations

LONE = ("joint", "table")  # names of the one model of a run


def of_model(name: str) -> str:
    """Return which of several models it is; empty where a run has one alone.

    Example:
        >>> of_model("DNA"), of_model("joint")
        (' of DNA', '')
    """
    return "" if name in LONE else f" of {name}"
