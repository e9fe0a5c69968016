"""What the models of a run took together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from phenolens.runs.train import Trained
from phenolens.training.monitor import peak_memory_mb


def total_cost(
    models: Sequence[Trained], embed_seconds: float, epochs: int | None = None
) -> dict[str, Any]:
    """Return what all models took together, whichever run made them.

    Args:
        models: With the cost of their training.
        embed_seconds: What embedding took.
        epochs: Of a whole training; None where nothing is trained.
    """
    costs = [model.cost for model in models if model.cost]
    seconds = sum(cost.seconds for cost in costs)
    images = sum(cost.images_per_second * cost.seconds for cost in costs)
    waits = [model.waiting for model in models if model.waiting is not None]
    return {
        "train_seconds": round(seconds, 1) if costs else None,
        "images_per_second": round(images / seconds, 1) if seconds else None,
        "steps": sum(cost.steps for cost in costs),
        "trained_epochs": _epochs(models, epochs) if costs else None,
        "waiting_share": max(waits, default=None),
        "peak_memory_mb": round(max([c.peak_memory_mb for c in costs] or [peak_memory_mb()])),
        "embed_seconds": round(embed_seconds, 1),
        "device": costs[0].device if costs else "cpu",
        "threads": torch.get_num_threads(),
        "parameters": sum(model.parameters for model in models),
    }


def _epochs(models: Sequence[Trained], epochs: int | None) -> float | None:
    """Return the epochs until the state that is kept, of the model that took most.

    That is all of them, unless `training.keep` chose an earlier look.
    """
    if epochs is None:
        return None
    trained = [model for model in models if model.cost]
    kept = [one.figures.get("kept", {}).get("step", one.cost.steps) for one in trained if one.cost]
    steps = [one.cost.steps for one in trained if one.cost]
    return max(round(epochs * k / n, 2) for k, n in zip(kept, steps, strict=True) if n)
