"""Functions are scaled as CellProfiler scales them, applied by division, kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.shading.functions import ShadingFunctions, divide, function_of

RAMP = np.tile(np.linspace(100, 300, 64), (48, 1))


def test_the_robust_minimum_becomes_1() -> None:
    """CellProfiler: the value at 2 % of the sorted pixels; those below are set to it."""
    made = function_of(RAMP, "gaussian", 1.0, "minimum")  # a filter below a pixel changes nothing
    floor = np.sort(RAMP, axis=None)[int(RAMP.size * 0.02)]
    assert np.allclose(made, np.maximum(RAMP, floor) / floor, rtol=1e-3)
    assert made.min() == 1.0


def test_or_the_mean_does() -> None:
    assert function_of(RAMP, "gaussian", 1.0, "mean").mean() == pytest.approx(1, abs=1e-4)


def test_a_dark_channel_is_not_divided() -> None:
    assert (function_of(np.zeros((8, 8)), "median", 4.0, "minimum") == 1).all()


def test_no_count_is_divided_by_almost_nothing() -> None:
    dark = np.ones((40, 40))
    dark[:20] = 0.0
    assert function_of(dark, "gaussian", 1.0, "mean").min() == pytest.approx(0.01, rel=1e-3)


def test_division_rounds_and_clips() -> None:
    images = np.array([[[[10, 11, 60000]]]], dtype=np.uint16)
    function = np.array([[[4.0, 4.0, 0.5]]], dtype=np.float32)
    assert divide(images, function)[0, 0].tolist() == [[2, 3, 65535]]  # 2.5 to the even one


def functions() -> ShadingFunctions:
    grids = np.random.default_rng(0).uniform(1, 2, (2, 1, 3, 4)).astype(np.float32)
    return ShadingFunctions(("p1", "p2"), ("DNA",), (12, 16), grids)


def test_a_file_gives_them_back(tmp_path: Path) -> None:
    made = functions()
    again = ShadingFunctions.load(made.save(tmp_path / "illumination.npz"))
    assert (again.plates, again.channels, again.size) == (made.plates, made.channels, made.size)
    assert np.array_equal(again.of("p2"), made.of("p2"))
    assert again.of("p2").shape == (1, 12, 16)
    with pytest.raises(InputError, match="no shading function of plate 'p3'"):
        again.of("p3")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = functions().save(tmp_path / "illumination.npz")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"illumination.npz: is damaged or missing"):
        ShadingFunctions.load(path)
    wrong = ShadingFunctions(("p",), ("DNA",), (4, 4), np.zeros((1, 1, 2, 2), np.float32))
    with pytest.raises(InputError, match="not finite functions above 0"):
        ShadingFunctions.load(wrong.save(path))
