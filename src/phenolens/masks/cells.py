"""Whole cells: what a stain covers, shared out between the nuclei."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int32, Real
from scipy import ndimage

from phenolens.masks.foreground import foreground
from phenolens.masks.renumber import renumbered


def cells(
    stain: Real[np.ndarray, "h w"], nuclei: Int32[np.ndarray, "h w"], blur: float = 2.0
) -> Int32[np.ndarray, "h w"]:
    """Return the label of the cell that covers each pixel: that of its nucleus, 0 elsewhere.

    What the stain covers is its foreground (`foreground`), filled and with the nuclei in it. A
    pixel belongs to the nearest nucleus, as CellProfiler's Distance - B; pieces without a nucleus
    belong to none.

    Args:
        stain: Counts of a channel that stains whole cells.
        nuclei: Labels of the nuclei.
        blur: Standard deviation of the smoothing, in pixels.
    """
    if not nuclei.any():
        return np.zeros_like(nuclei)
    covered = ndimage.binary_fill_holes(foreground(stain, blur=blur)) | (nuclei > 0)
    pieces, count = ndimage.label(covered)
    held = ndimage.maximum(nuclei > 0, pieces, np.arange(count + 1)).astype(bool)
    held[0] = False
    near = ndimage.distance_transform_edt(nuclei == 0, return_distances=False, return_indices=True)
    return np.where(held[pieces], nuclei[tuple(near)], 0).astype(np.int32)


def inside(labels: Int32[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    """Return labels without the objects that touch the border of the field, numbered 1.. again."""
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    keep = np.bincount(labels.ravel()) > 0
    keep[rim] = False
    return renumbered(labels, keep)
