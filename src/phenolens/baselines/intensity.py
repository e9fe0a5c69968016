"""The baseline of plain intensity statistics per channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32

from phenolens.baselines.base import Given
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Images, Screen

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """Mean, sd and percentiles of raw counts: what a score owes to intensity, not to shape."""

    title: ClassVar[str] = "intensity statistics"
    uses_encoder: ClassVar[bool] = False

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return the statistics of each image, all channels together."""
        return {"all": intensity_profiles(given.screen)}


def intensity_profiles(screen: Screen, chunk: int = 64) -> Profiles:
    """Return log mean, log sd and log percentiles of the raw counts, one row per image.

    They know nothing of shape or texture.
    """
    made = [
        intensity_statistics(screen.read(np.arange(first, min(first + chunk, len(screen)))))
        for first in range(0, len(screen), chunk)
    ]
    kinds = ("mean", "sd", *(f"p{q:02d}" for q in PERCENTILES))
    return Profiles(
        meta=screen.meta,
        features=np.concatenate(made),
        names=tuple(f"intensity_{channel}_{kind}" for channel in screen.channels for kind in kinds),
        provenance=({"step": "intensity statistics"},),
    )


def intensity_statistics(images: Images) -> Float32[np.ndarray, "n k"]:
    """Return the statistics of each image: for each channel mean, sd, then percentiles."""
    flat = images.reshape(*images.shape[:2], -1)
    # The kth smallest by partition: one pass for all percentiles instead of a sort for each.
    ranks = [round(q / 100 * (flat.shape[2] - 1)) for q in PERCENTILES]
    ordered = np.partition(flat, ranks, axis=2)[..., ranks].astype(np.float64)
    mean, sd = flat.mean(axis=2), flat.std(axis=2)
    stacked = np.concatenate([mean[..., None], sd[..., None], ordered], axis=2)
    return np.log1p(stacked).reshape(len(images), -1).astype(np.float32)
