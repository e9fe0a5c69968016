"""The cell in the centre: which pixels of a tile belong to the cell nearest its middle."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int32, UInt8
from scipy import ndimage

from phenolens.masks.compartments import BACKGROUND, NUCLEUS


def cells_of(labels: UInt8[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    """Return the number of each pixel's cell, 0 on background.

    A cell is a connected nucleus with the cytoplasm that is nearer to it than to any other; nuclei
    that touch are one cell. Cells without a nucleus are none.

    Args:
        labels: Compartments, as `masks.compartments`.
    """
    nuclei, count = ndimage.label(labels == NUCLEUS)
    if not count:
        return np.zeros(labels.shape, dtype=np.int32)
    nearest = ndimage.distance_transform_edt(nuclei == 0, return_distances=False, return_indices=1)
    owner = nuclei[tuple(nearest)]
    return np.where(labels == BACKGROUND, 0, owner).astype(np.int32)


def central(cells: Int32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return which pixels belong to the cell that is nearest to the middle; none without cells."""
    inside = cells > 0
    if not inside.any():
        return inside
    y, x = np.indices(cells.shape)
    middle = [(side - 1) / 2 for side in cells.shape]
    away = (y - middle[0]) ** 2 + (x - middle[1]) ** 2
    nearest = np.where(inside, away, np.inf).argmin()
    return np.asarray(cells == cells.flat[nearest])
