"""The baseline of plain features: intensity, texture and where a cell's light is, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Float64
from scipy import ndimage

from phenolens.baselines.base import Given
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Images, Screen

PER_CHANNEL = ("mean", "sd", "p95", "laplacian", "centre")
_CHUNK = 64  # images held as float64 at once


@dataclass(frozen=True, kw_only=True)
class Plain:
    """Five figures per channel and the channels' correlations: what needs no network at all."""

    title: ClassVar[str] = "plain features"
    uses_encoder: ClassVar[bool] = False

    def __call__(self, given: Given) -> Mapping[str, Profiles]:
        """Return the features of each image, all channels together."""
        return {"all": plain_profiles(given.screen)}


def plain_profiles(screen: Screen) -> Profiles:
    """Return the plain features of every image of a screen, one row per image."""
    rows = np.arange(len(screen))
    made = [
        plain_features(screen.read(rows[first : first + _CHUNK]))
        for first in range(0, len(screen), _CHUNK)
    ]
    return Profiles(
        meta=screen.meta,
        features=np.concatenate(made),
        names=(
            *(f"plain_{channel}_{kind}" for channel in screen.channels for kind in PER_CHANNEL),
            *(f"plain_{a}_{b}_correlation" for a, b in combinations(screen.channels, 2)),
        ),
        provenance=({"step": "plain features"},),
    )


def plain_features(images: Images) -> Float32[np.ndarray, "n k"]:
    """Return 5 figures per channel and one correlation per pair of channels, of raw counts.

    Of each channel log(1 + x) of its mean, its standard deviation, its 95th percentile, the
    standard deviation of its Laplacian (how sharp it is) and the mean of the middle half of each
    side (whether the light is in the centre). Then Pearson's correlation of the pixels of two
    channels, 0 where one of them is constant. With three channels these are 18 figures.

    Args:
        images: (n, channel, height, width).
    """
    counts = images.astype(np.float64)
    height, width = counts.shape[2:]
    middle = counts[:, :, height // 4 : height - height // 4, width // 4 : width - width // 4]
    sharpness = np.stack([[ndimage.laplace(plane) for plane in image] for image in counts])
    flat = counts.reshape(*counts.shape[:2], -1)
    figures = [
        flat.mean(axis=2),
        flat.std(axis=2),
        np.percentile(flat, 95, axis=2),
        sharpness.std(axis=(2, 3)),
        middle.mean(axis=(2, 3)),
    ]
    of_channels = np.log1p(np.stack(figures, axis=2)).reshape(len(images), -1)
    return np.concatenate([of_channels, _correlations(flat)], axis=1).astype(np.float32)


def _correlations(flat: Float64[np.ndarray, "n c p"]) -> Float64[np.ndarray, "n k"]:
    centred = flat - flat.mean(axis=2, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=2, keepdims=True))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    pairs = [
        (unit[:, a] * unit[:, b]).sum(axis=1) for a, b in combinations(range(flat.shape[1]), 2)
    ]
    return np.stack(pairs, axis=1) if pairs else np.zeros((len(flat), 0))
