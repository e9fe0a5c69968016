"""The usual light of each compartment is a mean over controls, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.explanations.conftest import cell_screen, channel_screen

from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.hiding.fills import fills_of, masks_of, pixels_of, tile_masks
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


def test_masks_of_tiles_are_cut_from_that_of_the_image() -> None:
    one = cell_screen(BACKGROUND, side=48, radius=16, gain=1.0, noise=0.0)
    seen = Seen(
        encoder=None,
        new_encoder=lambda: None,
        settings=EmbeddingSettings(tiles=Tiles(size=24, rows=2, columns=2)),
        screen=one,
        limits=Limits.of(one),
    )
    images = np.array([3, 0])
    tiles, whole = tile_masks(seen, images), masks_of(seen, images)
    assert tiles.shape == (2, 4, 24, 24)
    for made, row in zip(tiles, images, strict=True):
        again = np.block([[made[0], made[1]], [made[2], made[3]]])
        np.testing.assert_array_equal(again, whole[int(row)])
    assert (tiles == NUCLEUS).any()
