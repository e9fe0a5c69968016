from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.explanations.conftest import cell_screen

from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.hiding.empty import EmptyTiles
from phenolens.masks.compartments import NUCLEUS
from phenolens.store.limits import Limits


def tiles_of_cells(*, empty: bool = False) -> tuple[EmptyTiles, list[int]]:
    """Return images of one cell near the upper left corner, cut into four tiles each."""
    screen = cell_screen(NUCLEUS, 64, 16, 1.0, 0.0)
    read: list[int] = []

    def moved(rows: np.ndarray) -> np.ndarray:
        read.extend(rows.tolist())
        images = np.roll(screen.read(rows), (-16, -16), axis=(2, 3))
        return np.full_like(images, 300) if empty else images

    one = replace(screen, read=moved)
    seen = Seen(
        encoder=None,
        new_encoder=lambda: None,
        settings=EmbeddingSettings(tiles=Tiles(size=32, rows=2, columns=2)),
        screen=one,
        limits=Limits.of(one),
    )
    read.clear()
    return EmptyTiles(seen), read


def test_tiles_with_a_nucleus_are_found_in_order() -> None:
    tiles, read = tiles_of_cells()
    assert [tiles.has_nucleus(i) for i in range(4, 8)] == [True, False, False, False]
    assert read == [1], "an image is read once"
    assert tiles.first([9, 4, 1, 0, 8], 2) == ([4, 0], 2)
    assert tiles.first([9, 4, 1], 2) == ([4], 2), "fewer than asked for"


def test_images_in_which_thresholds_find_nothing_are_shown() -> None:
    tiles, _ = tiles_of_cells(empty=True)
    assert tiles.first([5, 6, 7], 2) == ([5, 6], 0)
