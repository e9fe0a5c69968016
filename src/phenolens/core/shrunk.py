"""Shrinking images: fewer pixels, each the mean of the area that it covers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def shrunk(images: np.ndarray, side: int) -> np.ndarray:
    """Return whole images whose longer side is at most `side`, each pixel the mean of its area.

    Args:
        images: (..., height, width), of any numbers.
        side: Pixels; smaller images stay as they are.

    Returns:
        (..., height, width) float64.

    Example:
        >>> shrunk(np.array([[0.0, 4.0], [2.0, 2.0]]), 1).tolist()
        [[2.0]]
    """
    height, width = images.shape[-2:]
    found = images.astype(np.float64)
    if max(height, width) <= side:
        return found
    ratio = side / max(height, width)
    down = _area_weights(height, max(1, round(height * ratio)))
    across = _area_weights(width, max(1, round(width * ratio)))
    return np.asarray(down @ found @ across.T)


def _area_weights(source: int, target: int) -> Float[np.ndarray, "target source"]:
    """Return the share of each source pixel in each target pixel; rows sum to one."""
    edges = np.linspace(0, source, target + 1)
    low = np.maximum(edges[:-1, None], np.arange(source))
    high = np.minimum(edges[1:, None], np.arange(1, source + 1))
    weights = np.clip(high - low, 0, None)
    return weights / weights.sum(axis=1, keepdims=True)
