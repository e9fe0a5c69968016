"""Tiles without a nucleus: what is typical of a treatment is shown in tiles that have a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from phenolens.embedding.seen import Seen
from phenolens.hiding.fills import tile_masks
from phenolens.masks.compartments import NUCLEUS

_LOOKED_AT = 200  # tiles of one list: an image is read for each


@dataclass(slots=True, eq=False)
class EmptyTiles:
    """Which tiles have a nucleus, by classical thresholds; images are read when they are asked for.

    Attributes:
        seen: The model and its images.
    """

    seen: Seen
    _known: dict[int, Bool[np.ndarray, " t"]] = field(default_factory=dict, init=False)

    def has_nucleus(self, tile: int) -> bool:
        """Return whether a pixel of a nucleus is in a tile.

        Args:
            tile: Row of the embeddings: tiles of an image follow each other.
        """
        count = len(self.seen.settings.tiles)
        image = tile // count
        if image not in self._known:
            labels = tile_masks(self.seen, np.array([image]))[0]
            self._known[image] = (labels == NUCLEUS).any(axis=(1, 2))
        return bool(self._known[image][tile % count])

    def first(self, order: Iterable[int], count: int) -> tuple[list[int], int]:
        """Return the first so many tiles that have a nucleus, and how many were passed over.

        Where none of the first 200 has one, thresholds say nothing about these images, and it is
        the first tiles of all.

        Args:
            order: Tiles, the clearest first.
            count: How many are asked for.
        """
        looked, found = [int(tile) for tile in order][:_LOOKED_AT], []
        for place, tile in enumerate(looked):
            if self.has_nucleus(tile):
                found.append(tile)
            if len(found) == count:
                return found, place + 1 - count
        return (found, len(looked) - len(found)) if found else (looked[:count], 0)
