"""The chance level of a score, from its values under a null."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64

from phenolens.statistics.ties import reaches


def chance(value: float, null: Float64[np.ndarray, " p"]) -> dict[str, Any]:
    """Return mean and 95th percentile of a null, and the share of it that reaches the value."""
    if not len(null):
        return {}
    reached = int(np.count_nonzero(reaches(null, value)))
    return {
        "null": float(null.mean()),
        "null_high": float(np.quantile(null, 0.95)),
        "p": (1 + reached) / (1 + len(null)),
    }
