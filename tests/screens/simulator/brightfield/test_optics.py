from __future__ import annotations

import numpy as np
import pytest

from phenolens.screens.simulator.brightfield import optics
from phenolens.screens.simulator.brightfield.optics import intensity, lamp

LINE = np.arange(128)


def _grating(period: float, amplitude: float = 1e-3) -> np.ndarray:
    """Return a weak phase grating of a period in pixels, across the columns."""
    wave = amplitude * np.cos(2 * np.pi * LINE / period)
    return np.tile(wave.astype(np.float32), (len(LINE), 1))


def _contrast(focus: float, period: float, haze: float = 0.0) -> float:
    """Return the relative contrast that the phase 0.001 of a grating makes."""
    seen = intensity(_grating(period), focus, 0.6, haze, 1.0).astype(float)
    return float(2 * np.mean((seen - 1) * np.cos(2 * np.pi * LINE / period)[None]) / 1e-3)


def test_bare_ground_is_one() -> None:
    bare = intensity(np.zeros((32, 32), dtype=np.float32), 5.0, 0.6, 0.2, 1.0)
    assert bare == pytest.approx(np.ones((32, 32)), abs=1e-6)


def test_a_weak_grating_has_the_contrast_of_the_equations() -> None:
    for period in (16.0, 8.0):
        f = 1 / period
        lens = np.exp(-2 * np.pi**2 * f**2 * 0.6**2)
        pure = 1 - optics.HALO_SHARE * np.exp(-2 * np.pi**2 * f**2 * optics.HALO**2)
        zernike = -2 * optics.PHASE_CONTRAST * pure / optics.DIRECT - optics.ABSORPTION
        assert _contrast(0.0, period) == pytest.approx(lens * zernike, rel=0.02)
        z = 6.0
        lens = np.exp(-2 * np.pi**2 * f**2 * (0.6**2 + (optics.SPREAD * z) ** 2))
        through = -2 * optics.DEFOCUS * np.sin(np.pi * optics.WAVELENGTH * z * f**2) * pure
        assert _contrast(z, period) == pytest.approx(lens * (zernike + through), rel=0.02)


def test_thin_is_dark_and_a_thick_ball_bright_within_a_bright_halo() -> None:
    y, x = np.mgrid[-64:64, -64:64]
    ball = np.sqrt(np.maximum(1 - (y**2 + x**2) / 7.0**2, 0)).astype(np.float32)
    thin, thick = (intensity(phase * ball, 0.0, 0.6, 0.0, 1.0) for phase in (0.5, 5.0))
    assert thin[64, 64] < 0.95
    assert thick[64, 64] > thin[64, 64]
    assert thick[64, 74] > 1.1, "halo"
    assert thick[64, 70] < thick[64, 64], "a steep rim loses light"


def test_haze_lowers_the_contrast() -> None:
    assert abs(_contrast(4.0, 8.0, haze=0.4)) == pytest.approx(
        0.6 * abs(_contrast(4.0, 8.0)), rel=0.05
    )


def test_the_lamp_has_slopes_a_fall_and_dust() -> None:
    flat = lamp(np.zeros(3), np.empty((0, 4)), 64, 1.0)
    assert np.allclose(flat, 1)
    light = lamp(np.array([0.1, 0.0, 0.3]), np.empty((0, 4)), 64, 1.0)
    assert light.mean() == pytest.approx(1, abs=0.02)
    assert light[32, 32] > light[32, 0] > light[0, 0]
    assert light[60, 32] > light[3, 32]
    speck = lamp(np.zeros(3), np.array([[0.25, 0.5, 5.0, 0.08]]), 64, 1.0)
    assert speck.argmin() == 16 * 64 + 32
    assert speck.min() == pytest.approx(0.92, abs=1e-3)
