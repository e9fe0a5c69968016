"""Channels of an image replaced by those of another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int64
from torch import Tensor

from phenolens.embedding.seen import Change, Seen


def swap(seen: Seen, donors: Mapping[int, int], channels: Sequence[int]) -> Change:
    """Return the change that takes these channels from the donors; without a donor none is made.

    Args:
        seen: The model and its images.
        donors: By row of the screen, the row that gives; -1: none.
        channels: Their places.
    """

    def change(tiles: Tensor, rows: Int64[np.ndarray, " k"]) -> Tensor:
        given = np.array([donors[row] if donors[row] >= 0 else row for row in rows])
        taken = seen.tiles(given)
        made = tiles.clone()
        made[:, :, list(channels)] = taken[:, :, list(channels)]
        return made

    return change
