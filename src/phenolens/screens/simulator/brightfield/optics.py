"""Image formation: how a phase becomes light and dark.

Transmitted light passes nearly unabsorbed; a cell shows by the phase `p` that it adds. Three
things make it visible:

1. Phase contrast (Zernike). The direct light is delayed by a quarter wave and dimmed to the
   amplitude `a`; it interferes with what the cells deflect. A pixel of phase p has the intensity
   |exp(ip) - 1 - ia|^2 / a^2 = 1 + (2 (1 - cos p) - 2 a sin p) / a^2: thin parts are dark, thick
   round cells (p above 2 or so) are bright. The ring has a width, so coarse structure passes as
   direct light; what interferes is p minus a blurred p, which makes the halo.
2. Focus. Free space turns phase into intensity: away from the focus by z the contrast of a spatial
   frequency f is 2 sin(pi wavelength z f^2) p(f) (weak object; its limit for small z is the
   transport-of-intensity equation, intensity = 1 - z wavelength / (2 pi) Laplacian p).
3. Loss. A steep slope of phase g (radians per micrometre) bends light by wavelength g / (2 pi), in
   part beyond the lens's aperture: rims of thick cells are dark. And a little is absorbed.

The lens, the condenser's aperture and the camera's pixel blur all of it by a Gaussian.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32
from scipy import fft

Map = Float32[np.ndarray, "h w"]
WAVELENGTH = 0.55  # micrometres: green
DIRECT = 1.15  # amplitude of the direct light, `a`
HALO = 6.0  # micrometres: structure coarser than this passes as direct light
HALO_SHARE = 0.97
PHASE_CONTRAST = 0.20  # share of the first effect
DEFOCUS = 0.65  # share of the second, of a partially coherent lamp
ABSORPTION = 0.012  # per radian
STEEP, LOSS = 1.2, 0.34  # radians per micrometre at which 63 % of this share is lost
HAZE_WIDTH = 12.0  # micrometres
SPREAD = 0.07  # micrometres of blur per micrometre out of focus: the condenser's aperture


def intensity(phase: Map, focus: float, blur: float, haze: float, pixel_size: float) -> Map:
    """Return the light of a field relative to that of the bare ground.

    Args:
        phase: Radians.
        focus: Height of the focal plane above the ground, micrometres.
        blur: Width of a point in focus, micrometres.
        haze: Share of light that arrives spread over `HAZE_WIDTH`.
        pixel_size: Micrometres per pixel.
    """
    size = phase.shape[0]
    square = _squares(size) / np.float32(pixel_size**2)
    spectrum = fft.rfft2(phase)
    coarse = _gaussian(square, HALO)
    local = phase - np.float32(HALO_SHARE) * fft.irfft2(spectrum * coarse, s=phase.shape)
    bent = np.sin(local)
    a = np.float32(DIRECT)
    zernike = (2 * (1 - np.cos(local)) - 2 * a * bent) / a**2
    seen = np.float32(PHASE_CONTRAST) * zernike - np.float32(ABSORPTION) * phase
    steep = sum(slope * slope for slope in np.gradient(phase, np.float32(pixel_size)))
    seen -= np.float32(LOSS) * (1 - np.exp(steep * np.float32(-1 / STEEP**2)))
    through = np.float32(-2 * DEFOCUS) * np.sin(np.float32(np.pi * WAVELENGTH * focus) * square)
    width = float(np.hypot(blur, SPREAD * focus))
    lens = (1 - np.float32(haze)) * _gaussian(square, width)
    lens += np.float32(haze) * _gaussian(square, HAZE_WIDTH)
    whole = fft.rfft2(seen) + through * fft.rfft2(bent)
    found: Map = 1 + fft.irfft2(whole * lens, s=phase.shape)
    return np.maximum(found, 0, out=found)


def lamp(
    field: Float[np.ndarray, " 3"],
    dust: Float[np.ndarray, "k 4"],
    size: int,
    pixel_size: float,
) -> Map:
    """Return the illumination of a field, about 1: slopes, fall towards the rim, dust.

    Args:
        field: Slope along y, slope along x, fall at the corners, all relative to the centre.
        dust: Per speck y and x in [0, 1] of the field, radius in micrometres, relative depth.
        size: Side in pixels.
        pixel_size: Micrometres per pixel.
    """
    line = np.linspace(-1, 1, size, dtype=np.float32)
    slope_y, slope_x, fall = (np.float32(v) for v in field)
    squares = (line * line)[:, None] + (line * line)[None]
    light = 1 + slope_y * line[:, None] + slope_x * line[None] - fall * (squares / 2 - 1 / 3)
    pixel = np.arange(size, dtype=np.float32)
    for y, x, radius, depth in dust.tolist():
        away = [((pixel - at * size) * (pixel_size / radius)) ** 2 for at in (y, x)]
        # Out of focus a speck is a soft disc: flat in the middle.
        light *= 1 - np.float32(depth) * np.exp(-((away[0][:, None] + away[1][None]) ** 2))
    found: Map = np.clip(light, 0.2, None)
    return found


def _gaussian(square: Map, sigma: float) -> Map:
    """Return the transfer function of a Gaussian of this width in micrometres."""
    found: Map = np.exp(square * np.float32(-2 * np.pi**2 * sigma**2))
    return found


@lru_cache(maxsize=8)
def _squares(size: int) -> Map:
    """Return the square of the spatial frequency, cycles per pixel."""
    rows, columns = fft.fftfreq(size) ** 2, fft.rfftfreq(size) ** 2
    found: Map = (rows[:, None] + columns[None]).astype(np.float32)
    found.flags.writeable = False
    return found
