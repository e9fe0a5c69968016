"""Costs: what `results.json` says that a run took, and which of it is compared as ratios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COSTS = (
    "train_seconds", "embed_seconds", "stages_seconds", "total_seconds", "steps", "trained_epochs",
    "images_per_second", "waiting_share", "peak_memory_mb", "process_memory_mb", "parameters",
    "threads", "device", "found",
)  # fmt: skip
RATIOS = tuple(n for n in COSTS if n not in ("device", "found"))  # how many times as much
OF_PROCESS = ("total_seconds", "process_memory_mb")  # of the cell's own process


def found_text(cost: Mapping[str, Any]) -> str | None:
    """Return the stages that a run found, as its column has them; None where it is not known."""
    found = cost.get("found")
    return ", ".join(map(str, found)) if isinstance(found, list) else None
