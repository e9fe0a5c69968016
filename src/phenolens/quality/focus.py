"""How sharp an image is, by two measures that may disagree."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Real
from scipy import ndimage

_ROWS = 128  # of a field are looked at, at least
_REACH = 4  # pixels to each side, as scipy's filters of sd 1 have
_PLACES = np.arange(-_REACH, _REACH + 1)
_GAUSS = (np.exp(-(_PLACES**2) / 2) / np.exp(-(_PLACES**2) / 2).sum()).astype(np.float32)
_SECOND = (_GAUSS * (_PLACES**2 - 1)).astype(np.float32)  # of its second derivative
CELLPROFILER = 1 / 8  # of the shorter side: the radii that CellProfiler looks at


def sharpness(image: Real[np.ndarray, "h w"], mean: float | None = None) -> float:
    """Return the sd of the Laplacian of a Gaussian (sd 1 pixel), in the mean count.

    Fine detail in units of the image's brightness; 0 for a black image. It falls with blur also
    where camera noise is all the detail that is left: noise has a small part in a Laplacian after
    the Gaussian. Of images with 256 rows or more the sd is that of every 2nd, 3rd, ... row, of 128
    at least: on real fields it differs by some percent, and takes a tenth of the time.

    Args:
        image: One channel.
        mean: Its mean count, where it is known.
    """
    mean = float(image.mean(dtype=np.float64)) if mean is None else mean
    return float(_laplacian(image, max(1, len(image) // _ROWS)).std()) / mean if mean > 0 else 0.0


def _laplacian(image: Real[np.ndarray, "h w"], every: int) -> Float32[np.ndarray, "k w"]:
    """Return the Laplacian of a Gaussian (sd 1 pixel) of some rows, those at the rim left out.

    It is separable: second derivative along one axis, Gaussian along the other, and the reverse.
    """
    if every == 1:
        return ndimage.gaussian_laplace(image.astype(np.float32), 1.0)
    last = image.shape[0] - 2 * _REACH
    smooth = np.zeros((len(range(0, last, every)), image.shape[1]), dtype=np.float32)
    curved = np.zeros_like(smooth)
    for offset, (weight, second) in enumerate(zip(_GAUSS, _SECOND, strict=True)):
        part = image[offset : offset + last : every].astype(np.float32)
        smooth += weight * part
        curved += second * part
    found = ndimage.correlate1d(smooth, _SECOND, axis=1)
    found += ndimage.correlate1d(curved, _GAUSS, axis=1)
    return found


def power_slope(image: Real[np.ndarray, "h w"], part: float = CELLPROFILER) -> float:
    """Return the slope of the log power spectrum over log frequency, as CellProfiler has it.

    MeasureImageQuality's PowerLogLogSlope: power summed over rings of one pixel, from radius 2 to
    an eighth of the shorter side; the least-squares slope of their logarithms. Blur makes it
    steeper (more negative) where the rings hold the image's detail. Over a wider band camera noise
    flattens the spectrum of a dim, blurred field, and the sign is reversed: which way it points is
    a property of the band and the plate (`quality.thresholds.direction`).

    Args:
        image: One channel.
        part: The largest radius, as part of the shorter side.

    Returns:
        The slope; NaN where the image is constant or too small.
    """
    height, width = image.shape
    real = image.astype(np.float64)
    power = np.abs(np.fft.fft2(real - real.mean())) ** 2
    y, x = (np.minimum(np.arange(side), side - 1 - np.arange(side)) for side in (height, width))
    rings = np.floor(np.hypot(y[:, None], x[None, :])).astype(np.intp) + 1
    radii = np.arange(2, int(min(height, width) * part))
    sums = np.bincount(rings.ravel(), power.ravel(), minlength=int(radii.max(initial=0)) + 1)
    sums = sums[radii]
    if len(radii) < 3 or not (sums > 0).all():
        return float("nan")
    return float(np.polyfit(np.log(radii), np.log(sums), 1)[0])
