"""Foreground of one channel, by Otsu's threshold where there are two sides to tell apart."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Real
from scipy import ndimage

# A normal distribution cut in two at its mean gives 2 sqrt(2 / pi) / sqrt(1 - 2 / pi) = 2.65.
LEAST_SEPARATION = 3.0
NUCLEAR = ("dna", "dapi", "hoechst", "nuclei", "nucleus", "draq5")


def foreground(
    image: Real[np.ndarray, "h w"], blur: float = 1.5, opening: int = 2
) -> Bool[np.ndarray, "h w"]:
    """Return what is bright in one channel; nothing where the image has no two sides.

    Otsu's threshold on log(1 + counts) of the smoothed image; there is nothing where the sides of
    the threshold differ no more than noise cut in two.

    Args:
        image: Raw counts.
        blur: Standard deviation of the smoothing, in pixels.
        opening: Specks thinner than twice this are dropped, in pixels.
    """
    smooth = ndimage.gaussian_filter(image.astype(np.float32), blur)
    threshold = otsu(smooth)
    if not separation(smooth, threshold) > LEAST_SEPARATION:
        return np.zeros(image.shape, dtype=bool)
    mask = smooth > threshold
    return np.asarray(ndimage.binary_opening(mask, iterations=opening) if opening else mask)


def nuclear_channel(channels: tuple[str, ...]) -> str:
    """Return the channel that stains nuclei, by its name; the first one where no name does.

    Example:
        >>> nuclear_channel(("Tubulin", "DAPI"))
        'DAPI'
    """
    named = [c for c in channels if any(word in c.lower() for word in NUCLEAR)]
    return named[0] if named else channels[0]


def separation(image: np.ndarray, threshold: float) -> float:
    """Return the distance between the means of log(1 + counts) on both sides, in their mean sd."""
    log = np.log1p(image)
    above, below = log[image > threshold], log[image <= threshold]
    if not (len(above) and len(below)):
        return 0.0
    spread = np.sqrt((above.var() + below.var()) / 2)
    return float((above.mean() - below.mean()) / max(spread, np.finfo(np.float32).tiny))


def otsu(image: np.ndarray) -> float:
    """Return Otsu's threshold (Otsu 1979): the split with the greatest variance between classes.

    Found on log(1 + counts), so that dim nuclei next to bright ones are kept; infinite where
    all pixels of the image are equal.
    """
    if image.min() == image.max():
        return float("inf")
    histogram, edges = np.histogram(np.log1p(image), bins=256)
    centre = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(histogram)
    above = below[-1] - below
    mass = np.cumsum(histogram * centre)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return float(np.expm1(centre[int(np.nanargmax(between))]))
