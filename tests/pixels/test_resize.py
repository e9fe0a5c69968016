"""`resize` averages pixels by area and rounds to whole counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen
from phenolens.pixels.resize import Resize


def everything(screen: Screen) -> Images:
    return screen.read(np.arange(len(screen)))


def test_half_the_size_is_the_rounded_mean_of_two_by_two(tiny_screen: Screen) -> None:
    made = Resize(factor=0.5)(replace(tiny_screen, pixel_size=0.5))
    whole = everything(tiny_screen).astype(np.float64)
    expected = np.round(whole.reshape(24, 2, 20, 2, 24, 2).mean(axis=(3, 5)))
    assert np.array_equal(everything(made), expected.astype(np.uint16))
    assert made.size == (20, 24)
    assert made.pixel_size == 1.0
    assert made.history[0]["facts"] == {"size_in": [40, 48], "size_out": [20, 24]}


def test_brightest_pixels_survive(tiny_screen: Screen) -> None:
    def white(rows: Rows) -> Images:
        return np.full((len(rows), 2, *tiny_screen.size), 65535, dtype=np.uint16)

    assert (everything(Resize(factor=0.3)(replace(tiny_screen, read=white))) == 65535).all()


def test_factor_1_changes_no_pixel(tiny_screen: Screen) -> None:
    assert np.array_equal(everything(Resize(factor=1.0)(tiny_screen)), everything(tiny_screen))


@pytest.mark.parametrize("factor", [0.0, -1.0, 5.0])
def test_impossible_factors_are_refused(factor: float) -> None:
    with pytest.raises(InputError, match=f"above 0 and at most 4, got {factor}"):
        Resize(factor=factor)


def test_a_factor_that_leaves_no_pixel_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match=r"factor 0\.01 leaves no pixel of 40 x 48"):
        Resize(factor=0.01)(tiny_screen)
