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
from phenolens.masks.foreground import foreground, nuclear_channel


@dataclass(frozen=True, kw_only=True)
class CellCount:
    """Nuclei per image and the area they cover: what a score owes to toxicity alone."""

    title: ClassVar[str] = "cell count"
    uses_encoder: ClassVar[bool] = False
    measures: ClassVar[tuple[str, ...]] = ("cells_per_image", "nuclear_area_share")

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
        names=CellCount.measures,
        provenance=({"step": "cell count", "channel": channel},),
    )


def count_nuclei(image: UInt16[np.ndarray, "h w"]) -> Float64[np.ndarray, " 2"]:
    """Return (nuclei, share of area) of one image: Otsu's threshold, then one peak per nucleus.

    Touching nuclei are separated by the peaks of the distance to the background. An image has none
    where the two sides of the threshold differ no more than noise cut in two. This rule is older
    and plainer than `masks.nuclei`, which `find_cells` uses, and counts differ a little from it. It
    is kept because every figure of this baseline and of growth from images rests on it.
    """
    mask = foreground(image)
    if not mask.any():
        return np.zeros(2)
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.0)
    peaks = (depth == ndimage.maximum_filter(depth, size=9)) & (depth > 2)
    _, count = ndimage.label(peaks, structure=np.ones((3, 3)))
    return np.array([count, mask.mean()], dtype=np.float64)
