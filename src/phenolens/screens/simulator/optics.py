"""The microscope: focus, light from out of focus, and uneven illumination."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32
from scipy import fft

Map = Float32[np.ndarray, "h w"]
HAZE_WIDTH = 7.0  # micrometres
TALL_BLUR = 0.85  # micrometres added for what is above the focal plane


def image_of(low: Map, high: Map, blur: float, haze: float, pixel_size: float) -> Map:
    """Return how a field looks through the microscope.

    Args:
        low: Light from the focal plane.
        high: Light from above it.
        blur: Width of the focus, micrometres.
        haze: Share of light that arrives spread over `HAZE_WIDTH`.
        pixel_size: Micrometres per pixel.
    """
    size = low.shape[0]
    veil = _gaussian(size, HAZE_WIDTH / pixel_size)
    sharp = _gaussian(size, blur / pixel_size)
    soft = _gaussian(size, float(np.hypot(blur, TALL_BLUR)) / pixel_size)
    spectrum = fft.rfft2(low) * ((1 - np.float32(haze)) * sharp + np.float32(haze) * veil)
    if high.any():
        spectrum += fft.rfft2(high) * ((1 - np.float32(haze)) * soft + np.float32(haze) * veil)
    seen: Map = fft.irfft2(spectrum, s=low.shape)
    return np.maximum(seen, 0, out=seen)


def _gaussian(size: int, sigma: float) -> Float32[np.ndarray, "h f"]:
    """Return the transfer function of a Gaussian of this width in pixels."""
    rows, columns = _squares(size)
    scale = np.float32(-2 * np.pi**2 * sigma**2)
    return np.exp(scale * rows)[:, None] * np.exp(scale * columns)[None]


@lru_cache(maxsize=8)
def _squares(size: int) -> tuple[Float32[np.ndarray, " h"], Float32[np.ndarray, " f"]]:
    rows = (fft.fftfreq(size) ** 2).astype(np.float32)
    columns = (fft.rfftfreq(size) ** 2).astype(np.float32)
    return rows, columns


def illumination(shape: Float[np.ndarray, " 3"], size: int) -> Map:
    """Return the illumination field: slopes along y and x and a fall towards the rim; mean 1.

    Args:
        shape: Slope along y, slope along x, fall at the corners, all relative to the centre.
        size: Side in pixels.
    """
    line = np.linspace(-1, 1, size, dtype=np.float32)
    slope_y, slope_x, rim = (np.float32(v) for v in shape)
    squares = (line * line)[:, None] + (line * line)[None]
    field = 1 + slope_y * line[:, None] + slope_x * line[None] - rim * squares / 2
    field = np.clip(field, 0.2, None)
    out: Map = field / field.mean()
    return out
