"""The baseline of the cell count: how many nuclei an image shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64, UInt16
from scipy import ndimage

from phenolens.baselines.base import Given
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen

# A normal distribution cut in two at its mean gives 2 sqrt(2 / pi) / sqrt(1 - 2 / pi) = 2.65.
LEAST_SEPARATION = 3.0
NUCLEAR = ("dna", "dapi", "hoechst", "nuclei", "nucleus", "draq5")


@dataclass(frozen=True, kw_only=True)
class CellCount:
    """Nuclei per image and the area they cover: what a score owes to toxicity alone."""

    title: ClassVar[str] = "cell count"
    uses_encoder: ClassVar[bool] = False

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return both counts of each image."""
        return {"all": cell_count_profiles(given.screen)}


def cell_count_profiles(screen: Screen) -> Profiles:
    """Return the number of nuclei in each image and the share of its area they cover.

    A model may reach the same score only by how many cells a treatment leaves.
    """
    channel = nuclear_channel(screen.channels)
    nuclei = screen.select([channel])
    made = np.stack(
        [count_nuclei(nuclei.read(np.array([row]))[0, 0]) for row in range(len(screen))]
    )
    return Profiles(
        meta=screen.meta,
        features=made.astype(np.float32),
        names=("cells_per_image", "nuclear_area_share"),
        provenance=({"step": "cell count", "channel": channel},),
    )


def nuclear_channel(channels: tuple[str, ...]) -> str:
    """Return the channel that stains nuclei, by its name; the first one where no name does.

    Example:
        >>> nuclear_channel(("Tubulin", "DAPI"))
        'DAPI'
    """
    named = [c for c in channels if any(word in c.lower() for word in NUCLEAR)]
    return named[0] if named else channels[0]


def count_nuclei(image: UInt16[np.ndarray, "h w"]) -> Float64[np.ndarray, " 2"]:
    """Return (nuclei, share of area) of one image: Otsu's threshold, then one peak per nucleus.

    Touching nuclei are separated by the peaks of the distance to the background. An image has none
    where the two sides of the threshold differ no more than noise cut in two.
    """
    smooth = ndimage.gaussian_filter(image.astype(np.float32), 1.5)
    threshold = otsu(smooth)
    if not separation(smooth, threshold) > LEAST_SEPARATION:
        return np.zeros(2)
    mask = ndimage.binary_opening(smooth > threshold, iterations=2)
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.0)
    peaks = (depth == ndimage.maximum_filter(depth, size=9)) & (depth > 2)
    _, count = ndimage.label(peaks, structure=np.ones((3, 3)))
    return np.array([count, mask.mean()], dtype=np.float64)


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
