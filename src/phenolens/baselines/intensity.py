"""The baseline of plain intensity statistics, channel by channel."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from phenolens.core.profiles import Profiles
from phenolens.core.screen import Images, Screen

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


def intensity_profiles(screen: Screen, chunk: int = 64) -> Profiles:
    """Return log mean, log sd and log percentiles of each channel's raw counts, one row an image.

    What they score, a model has not learned from shape or texture.
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
    """Return the statistics of each image: channel by channel, mean, sd, then percentiles."""
    flat = images.reshape(*images.shape[:2], -1)
    # The kth smallest by partition: one pass for all percentiles instead of a sort for each.
    ranks = [round(q / 100 * (flat.shape[2] - 1)) for q in PERCENTILES]
    ordered = np.partition(flat, ranks, axis=2)[..., ranks].astype(np.float64)
    mean, sd = flat.mean(axis=2), flat.std(axis=2)
    stacked = np.concatenate([mean[..., None], sd[..., None], ordered], axis=2)
    return np.log1p(stacked).reshape(len(images), -1).astype(np.float32)
