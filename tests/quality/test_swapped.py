"""Channels swapped on one plate are found with their names; whole plates have none."""

from __future__ import annotations

import numpy as np
import pytest
from tests.quality.kit import damaged, of_plate, whole

from phenolens.quality.looks import look
from phenolens.quality.swapped import swapped


def test_whole_plates_have_none() -> None:
    assert list(swapped(look(whole()))) == []


@pytest.mark.parametrize("order", [[1, 0, 2], [0, 2, 1], [1, 2, 0]])
def test_planted_swaps(order: list[int]) -> None:
    def damage(pixels: np.ndarray) -> None:
        rows = of_plate("P003")
        pixels[rows] = pixels[rows][:, order]

    (one,) = swapped(look(damaged(damage)))
    names = ("DNA", "Tubulin", "Actin")
    assert one.what.startswith("plate P003 looks swapped: ")
    for place, source in enumerate(order):
        assert (f"{names[place]} fits {names[source]}" in one.what) == (place != source)
    assert one.images == (50, 10)


def test_of_two_plates_it_is_not_said_which() -> None:
    def damage(pixels: np.ndarray) -> None:
        pixels[:20] = pixels[:20][:, [1, 0, 2]]

    screen = damaged(damage)
    (one,) = swapped(look(screen.take(np.arange(40))))
    assert "plate P001 or P002, and two plates cannot say on which" in one.what
    assert list(swapped(look(screen.take(np.arange(20))))) == []
