"""Which example images the page shows, and by which number others refer to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from phenolens.drawing.scale import round_step
from phenolens.results.contents import Examples
from phenolens.results.treatments import text

MOST = 2000  # images of a page: about 20 MB of the smallest thumbnails


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A round length near a sixth of an image's width; all 0 where the pixel size is not known.

    Attributes:
        micrometres: Its length.
        percent: Its share of the width.
        whole: The width, in micrometres.
    """

    micrometres: float
    percent: float
    whole: float


def scale_bar(pixel_size: float, width: int) -> ScaleBar:
    """Return the scale bar of images.

    Args:
        pixel_size: Micrometres per pixel; NaN or 0: not known.
        width: Of the images, in pixels.

    Example:
        >>> scale_bar(0.5, 256)
        ScaleBar(micrometres=50.0, percent=39.0625, whole=128.0)
    """
    if not (math.isfinite(pixel_size) and pixel_size > 0):
        return ScaleBar(0.0, 0.0, 0.0)
    whole = pixel_size * width
    length = round_step(whole / 6)
    return ScaleBar(length, 100 * length / whole, whole)


def chosen(examples: Examples) -> Sequence[int]:
    """Return the rows of the images that are shown: of too many, the first of each treatment.

    Where the screen has no treatments, the first of each well.
    """
    groups = examples.meta["treatment" if "treatment" in examples.meta else "well"]
    nth = groups.groupby(groups, observed=True).cumcount().to_numpy()
    order = np.argsort(nth, kind="stable")[:MOST]
    return [int(i) for i in np.sort(order)]


def first_pictures(examples: Examples | None) -> Mapping[str, int]:
    """Return treatment -> the number of its first picture on the page; empty without treatments."""
    first: dict[str, int] = {}
    if examples is not None and "treatment" in examples.meta:
        for number, treatment in enumerate(examples.meta["treatment"].iloc[chosen(examples)]):
            first.setdefault(text(treatment) or "", number)
    return first
