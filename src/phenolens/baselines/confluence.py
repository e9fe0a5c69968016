"""The baseline of confluence: how much of an image cells cover, in transmitted light."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Real
from scipy import ndimage

from phenolens.baselines.base import Given
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen

TRANSMITTED = re.compile(r"\b(?:bright|phase|trans)|\bdic\b", re.IGNORECASE)
SIGMA = 2.0  # pixels
LEAST_CONTRAST = 0.03


@dataclass(frozen=True, kw_only=True)
class Confluence:
    """Share of each image that cells cover, by local contrast: growth in transmitted light."""

    title: ClassVar[str] = "confluence"
    uses_encoder: ClassVar[bool] = False
    measures: ClassVar[tuple[str, ...]] = ("confluence",)

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return the confluence of each image.

        Raises:
            InputError: As `confluence_profiles`.
        """
        return {"all": confluence_profiles(given.screen)}


def confluence_profiles(screen: Screen) -> Profiles:
    """Return the confluence of each image, of its channel of transmitted light.

    Raises:
        InputError: There are several channels, and none has the name of transmitted light.
    """
    words = [re.sub(r"[^A-Za-z]+", " ", name) for name in screen.channels]
    named = [c for c, word in zip(screen.channels, words, strict=True) if TRANSMITTED.search(word)]
    if not named and len(screen.channels) > 1:
        raise InputError(
            f"none of the channels {', '.join(screen.channels)} is named after transmitted light",
            where="confluence",
            fix="rename it, as Brightfield or Phase, or leave this baseline out",
        )
    channel = named[0] if named else screen.channels[0]
    seen = screen.select([channel])
    made = [confluence_of(seen.read(np.array([row]))[0, 0]) for row in range(len(screen))]
    return Profiles(
        meta=screen.meta,
        features=np.array(made, dtype=np.float32)[:, None],
        names=Confluence.measures,
        provenance=({"step": "confluence", "channel": channel},),
    )


def confluence_of(image: Real[np.ndarray, "h w"]) -> float:
    """Return the share of the pixels around which the image is not flat.

    The standard deviation within a Gaussian window relative to the mean there, which the gain of
    the lamp does not change, is above 0.03: the local contrast of PHANTAST (Jaccard et al. 2014,
    doi 10.1002/bit.25115) with the default threshold of its FIJI plugin, in a window of 2 pixels
    (the plugin's is 1.2), and without what it does afterwards: small objects removed, holes filled,
    halos corrected. The demo of its MATLAB version takes 0.06 in a window of 1.4: both depend on
    the microscope. Cells that detached or died and are still in view count; noise of more than 3 %
    would.

    Args:
        image: Raw counts.
    """
    counts = image.astype(np.float64)
    mean = ndimage.gaussian_filter(counts, SIGMA)
    variance = ndimage.gaussian_filter(counts**2, SIGMA) - mean**2
    contrast = np.sqrt(np.maximum(variance, 0)) / np.maximum(mean, 1e-9)
    return float((contrast > LEAST_CONTRAST).mean())
