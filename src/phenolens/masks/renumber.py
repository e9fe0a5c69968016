"""Labels without the objects that are not kept."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int32


def renumbered(
    labels: Int32[np.ndarray, "h w"], keep: Bool[np.ndarray, " n"]
) -> Int32[np.ndarray, "h w"]:
    """Return labels with the kept objects alone, numbered 1.. in the order they had.

    Args:
        labels: 0 is the ground.
        keep: For each label from 0 to the highest; that of the ground does not count.
    """
    kept = keep.copy()
    kept[0] = False
    return (np.cumsum(kept) * kept).astype(np.int32)[labels]
