"""The table that `phenolens check --quality` prints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phenolens.core.screen import Images, Rows, Screen
from phenolens.quality.text import quality_text


def test_flagged_images_are_named_and_the_table_has_every_plate_and_channel(
    tiny_screen: Screen,
) -> None:
    def one_empty(rows: Rows) -> Images:
        images = tiny_screen.read(rows).copy()
        images[rows == 4] = np.random.default_rng(0).poisson(900, images.shape[1:])
        return images

    text = quality_text(replace(tiny_screen, read=one_empty))
    assert "of 24 images flagged, none is left out" in text
    assert "  empty: p0 A03 0: " in text
    assert "sharp = slope" in text
    rows = [line.split()[:3] for line in text.splitlines() if line.split()[0] in ("p0", "p1")]
    assert rows == [
        ["p0", "Actin", "12"],
        ["p0", "DNA", "12"],
        ["p1", "Actin", "12"],
        ["p1", "DNA", "12"],
    ]
