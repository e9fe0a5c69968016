"""The usual light of each compartment is a mean over controls, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.explanations.conftest import channel_screen

from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.hiding.fills import fills_of, masks_of, pixels_of
from phenolens.masks.compartments import BACKGROUND, NUCLEUS
from phenolens.store.limits import Limits


def test_fills_are_means_over_the_controls_of_the_plate() -> None:
    one = replace(channel_screen(), size=(8, 8))
    seen = Seen(
        encoder=None,
        new_encoder=lambda: None,
        settings=EmbeddingSettings(tiles=Tiles(size=8, rows=1, columns=1)),
        screen=one,
        limits=Limits.of(one),
    )
    images = np.array([0, 1, 25])
    plates = one.meta["plate"].to_numpy()[images]
    masks = {int(row): np.full((8, 8), BACKGROUND, dtype=np.uint8) for row in images}
    masks[0][:4] = NUCLEUS
    made = fills_of(seen, images, np.array([True, True, False]), plates, masks)
    first, second = pixels_of(seen, 0), pixels_of(seen, 1)
    background = (first[:, 4:].sum(axis=(1, 2)) + second.sum(axis=(1, 2))) / (32 + 64)
    assert made["p0"][BACKGROUND] == pytest.approx(background)
    assert made["p0"][NUCLEUS] == pytest.approx(first[:, :4].mean(axis=(1, 2)))
    assert (made["p1"] == 0).all()  # a plate without controls has no usual light
    assert masks_of(seen, np.array([3]))[3].shape == (8, 8)
