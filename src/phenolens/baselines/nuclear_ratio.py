"""The baseline of translocation: how much more of a stain is in nuclei than around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64, UInt16
from scipy import ndimage

from phenolens.baselines.base import Given
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.masks.foreground import nuclear_channel
from phenolens.masks.nuclei import nuclei

RING = 5  # pixels around a nucleus


@dataclass(frozen=True, kw_only=True)
class NuclearRatio:
    """Stain in nuclei against a ring around them, median per image: translocation into the nucleus.

    For each channel but the nuclear one, `nuclear_ratio_<channel>`: log2 of the mean count in a
    nucleus over the mean count in a ring of 5 pixels around it (nearer to it than to others),
    median over nuclei that have a ring. An image without one has the median over all images.
    """

    title: ClassVar[str] = "nuclear ratio"
    uses_encoder: ClassVar[bool] = False

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return the ratios of each image.

        Raises:
            InputError: There is one channel only, or no image shows a nucleus.
        """
        return {"all": nuclear_ratios(given.screen)}


def nuclear_ratios(screen: Screen) -> Profiles:
    """Return the ratios of each image, one feature per channel that does not stain nuclei.

    Raises:
        InputError: There is one channel only, or no image shows a nucleus.
    """
    nuclear = nuclear_channel(screen.channels)
    others = [i for i, name in enumerate(screen.channels) if name != nuclear]
    if not others:
        fix = "use screens with another stain"
        raise InputError(f"needs a channel next to {nuclear}", where="nuclear_ratio", fix=fix)
    at = screen.channels.index(nuclear)
    made = np.stack(
        [_of_image(screen.read(np.array([row]))[0], at, others) for row in range(len(screen))]
    )
    found = np.isfinite(made).all(axis=1)
    if not found.any():
        raise InputError("no image shows a nucleus", where="nuclear_ratio", fix="leave it out")
    made[~found] = np.median(made[found], axis=0)
    lost = int((~found).sum())
    return Profiles(
        meta=screen.meta,
        features=made.astype(np.float32),
        names=tuple(f"nuclear_ratio_{screen.channels[i]}" for i in others),
        provenance=({"step": "nuclear_ratio", "nuclei": nuclear, "images_without_nuclei": lost},),
    )


def _of_image(
    image: UInt16[np.ndarray, "c h w"], at: int, others: list[int]
) -> Float64[np.ndarray, " k"]:
    labels = nuclei(image[at])
    if not labels.any():
        return np.full(len(others), np.nan)
    away, near = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    ring = np.where((away > 0) & (away <= RING), labels[tuple(near)], 0)
    numbers = np.unique(ring[ring > 0])  # one between others may have no ring
    if not len(numbers):
        return np.full(len(others), np.nan)
    ratios = []
    for channel in others:
        inner, outer = (ndimage.mean(image[channel], part, numbers) for part in (labels, ring))
        ratios.append(np.median(np.log2((np.asarray(inner) + 1) / (np.asarray(outer) + 1))))
    return np.array(ratios)
