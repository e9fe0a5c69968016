"""Nuclei by classical means: a global and a local threshold, touching ones split, each trimmed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int32, Real
from scipy import ndimage

from phenolens.masks.foreground import LEAST_SEPARATION, otsu, separation
from phenolens.masks.renumber import renumbered
from phenolens.masks.split import split

_BLUR, _BLUR_LOCAL = 1.5, 1.0  # pixels
_AROUND = 0.75  # radii of a nucleus: sd of the Gaussian that a place is compared with
_APART = 1.0  # radii: two tops nearer than that are one nucleus
_TRIM = 0.4  # of the way from the ground to the nucleus' own upper quartile
_LEAST = 0.15  # of the area of a disk of that radius: what is smaller is dropped
_SPECK = 2.0  # pixels: pieces thinner than twice this do not count for the radius
_FLOOR = 1.0  # percentile


def nuclei(image: Real[np.ndarray, "h w"], diameter: float = 0.0) -> Int32[np.ndarray, "h w"]:
    """Return the label of the nucleus that covers each pixel, 0 elsewhere.

    Otsu's threshold, and within it a local one: a pixel of a nucleus is brighter than the Gaussian
    mean around it, so a dim nucleus next to a bright one has an edge of its own. Both on the square
    root of the counts above the field's 1st percentile, where photon noise is even. Holes are
    filled and touching nuclei are split at the waist (`split` on the distance to the ground). Then
    each is trimmed to what is brighter than 0.4 of the way from the ground to its own upper
    quartile: haze around a bright nucleus is not part of it. Needs no training and favours no
    model.

    Args:
        image: Counts of the channel that stains nuclei.
        diameter: Of a nucleus, in pixels; 0: the median of what the global threshold finds.

    Returns:
        Labels 1..n, in the order of the nuclei's tops, row by row.
    """
    none = np.zeros(image.shape, dtype=np.int32)
    counts = image.astype(np.float32)
    floor = float(np.percentile(counts, _FLOOR))
    smooth = ndimage.gaussian_filter(counts, _BLUR)
    bright = ndimage.binary_opening(_foreground(_root(smooth, floor)))
    radius = diameter / 2 or _radius(bright)
    if not (radius and bright.any()):
        return none
    light = ndimage.gaussian_filter(_root(counts, floor), _BLUR_LOCAL)
    local = bright & (light > ndimage.gaussian_filter(light, _AROUND * radius))
    mask = ndimage.binary_fill_holes(ndimage.binary_opening(local))
    depth = ndimage.gaussian_filter(_distance(mask), 1.0)
    found = split(mask, depth, _APART * radius)
    ground = float(np.median(smooth[~bright]))
    trimmed = _trimmed(found, ndimage.gaussian_filter(counts, _BLUR_LOCAL), ground)
    return _without_specks(trimmed, _LEAST * np.pi * radius**2)


def _root(counts: Float32[np.ndarray, "h w"], floor: float) -> Float32[np.ndarray, "h w"]:
    return np.sqrt(np.maximum(counts - np.float32(floor), 0))


def _foreground(root: Float32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return what is above Otsu's threshold; nothing where the two sides differ as noise does."""
    scaled = np.expm1(root / max(float(root.max()), 1e-6))  # whose logarithm `otsu` takes
    threshold = otsu(scaled)
    if not separation(scaled, threshold) > LEAST_SEPARATION:
        return np.zeros(root.shape, dtype=bool)
    return np.asarray(scaled > threshold)


def _distance(mask: Bool[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    return ndimage.distance_transform_edt(mask).astype(np.float32)


def _radius(mask: Bool[np.ndarray, "h w"]) -> float:
    """Return the median over connected pieces of the largest distance to the ground; 0: none."""
    pieces, count = ndimage.label(mask)
    depth = ndimage.maximum(_distance(mask), pieces, np.arange(1, count + 1)) if count else []
    thick = np.asarray(depth)[np.asarray(depth) > _SPECK]
    return float(np.median(thick)) if len(thick) else 0.0


def _trimmed(
    labels: Int32[np.ndarray, "h w"], light: Float32[np.ndarray, "h w"], ground: float
) -> Int32[np.ndarray, "h w"]:
    """Return labels without the pixels that are dark for their own nucleus."""
    at = np.flatnonzero(labels)
    order = np.lexsort((light.ravel()[at], labels.ravel()[at]))
    sizes = np.bincount(labels.ravel())[1:]
    upper = np.cumsum(sizes) - 1 - sizes // 4  # of each nucleus, the place of its upper quartile
    top = np.concatenate([[np.inf], light.ravel()[at][order][upper]])
    return np.where(light > ground + _TRIM * (top[labels] - ground), labels, 0).astype(np.int32)


def _without_specks(labels: Int32[np.ndarray, "h w"], least: float) -> Int32[np.ndarray, "h w"]:
    """Return labels without objects of fewer pixels, numbered 1.. again."""
    return renumbered(labels, np.bincount(labels.ravel()) >= least)
