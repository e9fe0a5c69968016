"""The usual light of each compartment is a mean over controls, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tests.explanations.conftest import cell_screen, channel_screen
from tests.masks.test_files import NF1

from phenolens.core.screen import IntensityRule
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.hiding.fills import fills_of, masks_of, own_facts, pixels_of, tile_masks
from phenolens.hiding.ground import ground_of, painted
from phenolens.masks.compartments import BACKGROUND, NUCLEUS
from phenolens.masks.files import MaskFiles
from phenolens.pixels.resize import Resize
from phenolens.screens.image_folder import ImageFolder
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


def test_own_masks_come_first_and_differ_by_hand(tmp_path: Path) -> None:
    """Of four images the second has a file, which leaves out the right half of the cell."""
    screen = cell_screen(NUCLEUS, 32, 8, 1.0, 0.0)
    seen = Seen(
        encoder=None,
        new_encoder=lambda: None,
        settings=EmbeddingSettings(tiles=Tiles(size=32, rows=1, columns=1)),
        screen=screen,
        limits=Limits.of(screen),
    )
    rows = np.arange(4)
    found = masks_of(seen, rows)
    half = (found[1] != BACKGROUND) & (np.arange(32) < 16)
    tifffile.imwrite(tmp_path / "p0-A01.tif", half.astype(np.uint8))
    own = MaskFiles(folder=str(tmp_path), nuclei="{plate}-{well}.tif")
    made = masks_of(seen, rows, own)
    np.testing.assert_array_equal(made[1] == NUCLEUS, half)
    np.testing.assert_array_equal(made[2], found[2])
    count, left_out, cells = own_facts(seen, rows, own)
    assert count == 1
    assert left_out == pytest.approx(((found[1] != BACKGROUND) & ~half).mean())
    assert cells == pytest.approx(half.mean())
    none = MaskFiles(folder=str(tmp_path), nuclei="{plate}.tif")
    assert own_facts(seen, rows, none)[0] == 0


def test_real_masks_leave_out_what_thresholds_find(data_dir: Path) -> None:
    """NF1 has masks of three fields: too few for calls, enough to read them and to hide cells."""
    root = data_dir / "cellpainting-images" / "NF1_Plate_2"
    read = Resize(factor=0.25)(ImageFolder(pattern=NF1)(root))
    screen = replace(read, rescale=IntensityRule(mode="fixed", low=0, high=65535))
    seen = Seen(
        encoder=None,
        new_encoder=lambda: None,
        settings=EmbeddingSettings(tiles=Tiles(size=64, rows=1, columns=1)),
        screen=screen,
        limits=Limits.of(screen),
    )
    own = MaskFiles(
        folder=str(root / "Plate_2_masks"),
        nuclei="{well}_01_1_{site}_DAPI_001_MaskNuclei.tiff",
        cells="{well}_01_3_{site}_RFP_001_MaskCells.tiff",
    )
    count, left_out, cells = own_facts(seen, np.arange(3), own)
    assert count == 3
    assert cells == pytest.approx(0.33, abs=0.05)
    assert left_out > 0.2, "thin processes, and cells at the border"
    for row, labels in masks_of(seen, np.arange(3), own).items():
        pixels, hide = pixels_of(seen, row), labels != BACKGROUND
        ground = ground_of(pixels, hide, 6)
        without = painted(pixels, ground, np.zeros(3), np.random.default_rng(0))
        assert (without[:, hide].mean(axis=1) < 0.7 * pixels[:, hide].mean(axis=1)).all()


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
