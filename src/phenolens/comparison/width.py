"""Width: profiles of different lengths compared at one number of principal components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LEVEL = "aggregate"  # the step after which the rows are others


def at_width(table: Mapping[str, Any], components: int) -> dict[str, Any]:
    """Return a recipe whose profiles are reduced to so many principal components.

    The step `pca` comes before the last `aggregate`: it is fitted on wells rather than on the few
    treatments, and metrics of either see its components. Without an `aggregate` it is the last.

    Args:
        table: The recipe, as plain tables.
        components: How many; profiles with fewer features keep those they have.

    Example:
        >>> steps = [{"step": "standardize"}, {"step": "aggregate", "by": ["treatment"]}]
        >>> [step["step"] for step in at_width({"profiling": steps}, 64)["profiling"]]
        ['standardize', 'pca', 'aggregate']
    """
    steps = [*table.get("profiling", ())]
    levels = [place for place, step in enumerate(steps) if step.get("step") == _LEVEL]
    place = levels[-1] if levels else len(steps)
    return {**table, "profiling": [*steps[:place], _pca(components), *steps[place:]]}


def _pca(components: int) -> dict[str, Any]:
    return {"step": "pca", "components": components}
