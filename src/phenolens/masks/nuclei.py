"""Nuclei by classical means: a global and a local threshold, then touching ones split."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int32, Real
from scipy import ndimage

from phenolens.masks.foreground import foreground
from phenolens.masks.split import split

_BLUR = 1.0  # pixels
_AROUND = 0.75  # radii of a nucleus: sd of the Gaussian that a place is compared with
_APART = 1.0  # radii: two tops nearer than that are one nucleus
_LEAST = 0.15  # of the area of a disk of that radius: what is smaller is dropped
_SPECK = 2.0  # pixels: pieces thinner than twice this do not count for the radius


def nuclei(image: Real[np.ndarray, "h w"], diameter: float = 0.0) -> Int32[np.ndarray, "h w"]:
    """Return the label of the nucleus that covers each pixel, 0 elsewhere.

    Otsu's threshold on log counts (`foreground`), and in it a local one: a pixel of a nucleus is
    brighter than the Gaussian mean around it. So a dim nucleus next to a bright one has an edge of
    its own. Holes are filled; touching nuclei are split at the waist (`split` on the distance to
    the ground). Needs no training and favours no model.

    Args:
        image: Counts of the channel that stains nuclei.
        diameter: Of a nucleus, in pixels; 0: the median of what the global threshold finds.

    Returns:
        Labels 1..n, in the order of the nuclei's tops, row by row.
    """
    bright = ndimage.binary_opening(foreground(image, opening=0))
    radius = diameter / 2 or _radius(bright)
    if not radius:
        return np.zeros(image.shape, dtype=np.int32)
    light = ndimage.gaussian_filter(np.log1p(image.astype(np.float32)), _BLUR)
    local = bright & (light > ndimage.gaussian_filter(light, _AROUND * radius))
    mask = ndimage.binary_fill_holes(ndimage.binary_opening(local))
    depth = ndimage.gaussian_filter(_distance(mask), 1.0)
    return _without_specks(split(mask, depth, _APART * radius), _LEAST * np.pi * radius**2)


def _distance(mask: Bool[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    return ndimage.distance_transform_edt(mask).astype(np.float32)


def _radius(mask: Bool[np.ndarray, "h w"]) -> float:
    """Return the median over connected pieces of the largest distance to the ground; 0: none."""
    pieces, count = ndimage.label(mask)
    depth = ndimage.maximum(_distance(mask), pieces, np.arange(1, count + 1)) if count else []
    thick = np.asarray(depth)[np.asarray(depth) > _SPECK]
    return float(np.median(thick)) if len(thick) else 0.0


def _without_specks(labels: Int32[np.ndarray, "h w"], least: float) -> Int32[np.ndarray, "h w"]:
    """Return labels without objects of fewer pixels, numbered 1.. again."""
    keep = np.bincount(labels.ravel()) >= least
    keep[0] = False
    return (np.cumsum(keep) * keep).astype(np.int32)[labels]
