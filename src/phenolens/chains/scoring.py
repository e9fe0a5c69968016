"""Which metric is computed on what: the profiles after a chain, or before one of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phenolens.chains.chain import before_last
from phenolens.core.construct import fit_type
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import build
from phenolens.core.score import Metric, Score

BEFORE = "before"  # a key that every metric takes: the last step of that name is not yet done


def read_metrics(
    metrics: Mapping[str, Mapping[str, Any]], steps: Sequence[Mapping[str, Any]], where: str = ""
) -> tuple[dict[str, Metric], dict[str, int]]:
    """Return the metrics that plain tables describe, and how many of the steps come before each.

    All of them, unless a metric says `before = "aggregate"`: retrieval and batch mixing are
    measured on wells, NSC on the treatments that the same chain makes of them.

    Raises:
        InputError: An unknown metric or setting, or `before` names no step: says the nearest.
    """
    made, stages = {}, {}
    for name, table in metrics.items():
        key = f"{where}.{name}" if where else name
        if not isinstance(table, Mapping):
            raise InputError(
                f"expected a table of settings, got {table!r}", where=key, fix=f"as {key}.seed=1"
            )
        rest = {k: v for k, v in table.items() if k != BEFORE}
        made[name] = build("metrics", {"metric": name, **rest}, key)
        stages[name] = len(steps)
        if BEFORE in table:
            step = fit_type(table[BEFORE], str, f"{key}.{BEFORE}")
            stages[name] = before_last(steps, step, f"{key}.{BEFORE}")
    return made, stages


def scored(
    made: Mapping[int, Profiles], metrics: Mapping[str, Metric], stages: Mapping[str, int]
) -> dict[str, Score]:
    """Return every metric's score of the profiles it asks for.

    Args:
        made: Profiles by the number of steps done.
        metrics: By name.
        stages: Metric -> number of steps done.
    """
    return {name: metric(made[stages[name]]) for name, metric in metrics.items()}
