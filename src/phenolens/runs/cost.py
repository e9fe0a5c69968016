"""What the models of a run took together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from phenolens.runs.train import Trained
from phenolens.training.monitor import peak_memory_mb


def total_cost(models: Sequence[Trained], embed_seconds: float) -> dict[str, Any]:
    """Return what all models took together, whichever run made them.

    Args:
        models: With the cost of their training.
        embed_seconds: What embedding took.
    """
    costs = [model.cost for model in models if model.cost]
    seconds = sum(cost.seconds for cost in costs)
    images = sum(cost.images_per_second * cost.seconds for cost in costs)
    waits = [model.waiting for model in models if model.waiting is not None]
    return {
        "train_seconds": round(seconds, 1) if costs else None,
        "images_per_second": round(images / seconds, 1) if seconds else None,
        "steps": sum(cost.steps for cost in costs),
        "waiting_share": max(waits, default=None),
        "peak_memory_mb": round(max([c.peak_memory_mb for c in costs] or [peak_memory_mb()])),
        "embed_seconds": round(embed_seconds, 1),
        "device": costs[0].device if costs else "cpu",
        "threads": torch.get_num_threads(),
        "parameters": sum(model.parameters for model in models),
    }
