"""What the pixels of a store show, in words and by kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phenolens.core.screen import Images, Rows, Screen
from phenolens.intake.seen import SeenPixels


def test_flags_and_how_many_images_were_looked_at(tiny_screen: Screen) -> None:
    def copied(rows: Rows) -> Images:
        images = tiny_screen.read(rows).copy()
        images[rows == 4, 1] = images[rows == 4, 0]
        return images

    seen = SeenPixels.of(replace(tiny_screen, read=copied))
    assert seen.words == "all images were looked at"
    (what,) = seen.flags["copied channel"]
    assert "channels DNA and Actin have the same pixels in 1 of 12 images" in what or (
        "channels Actin and DNA have the same pixels in 1 of 12 images" in what
    )
    assert "copied channel" not in SeenPixels.of(tiny_screen).flags
    assert np.array_equal(tiny_screen.read(np.arange(2)), copied(np.arange(2)))
