"""The camera: photon noise, read noise with its row streaks, twelve bits in sixteen."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, UInt16

LEVEL = 16  # a twelve-bit camera's counts, stored as multiples of 16 as in BBBC021
HIGHEST = 4095
STREAK = 3.0  # counts: rows differ a little


def expose(
    rng: np.random.Generator,
    light: Float32[np.ndarray, "h w"],
    background: float,
    photons: float,
    read_noise: float,
) -> UInt16[np.ndarray, "h w"]:
    """Return what the camera records of an image, in counts.

    Photon noise is Poisson in its normal limit (hundreds of photons per pixel here); the background
    is half light, half electronic offset.

    Args:
        rng: Stream of this image.
        light: Counts above the background without noise.
        background: Counts where nothing is.
        photons: Photons a count.
        read_noise: Counts.
    """
    shape = light.shape
    shot = np.maximum(light + np.float32(background / 2), 0) / np.float32(photons)
    noise = np.sqrt(shot + np.float32(read_noise**2)) * rng.standard_normal(shape, np.float32)
    streak = np.float32(STREAK) * rng.standard_normal((shape[0], 1), np.float32)
    counts = (light + np.float32(background) + noise + streak) / LEVEL
    level = np.clip(np.rint(counts), 0, HIGHEST).astype(np.uint16)
    recorded: UInt16[np.ndarray, "h w"] = level * np.uint16(LEVEL)
    return recorded
