"""Costs: what `results.json` says that a run took, and which of it is compared as ratios."""

from __future__ import annotations

COSTS = (
    "train_seconds", "embed_seconds", "total_seconds", "steps", "images_per_second",
    "waiting_share", "peak_memory_mb", "process_memory_mb", "parameters", "threads", "device",
)  # fmt: skip
RATIOS = tuple(name for name in COSTS if name != "device")  # compared by how many times as much
