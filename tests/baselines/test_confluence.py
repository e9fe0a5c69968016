"""Flat ground is bare and textured cells are cover, whatever the lamp; simulated cells by truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.baselines.confluence import confluence_of, confluence_profiles
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.screens.brightfield import Brightfield


def field(covered: int, gain: float = 1.0, noise: float = 0.005) -> np.ndarray:
    """Return an image whose first columns are textured."""
    rng = np.random.default_rng(0)
    image = 1 + rng.normal(0, noise, (100, 100))
    image[:, :covered] += rng.normal(0, 0.2, (100, covered))
    return (gain * 20000 * image).clip(0, 65535).astype(np.uint16)


@pytest.mark.parametrize(("covered", "share"), [(0, 0.0), (50, 0.5), (100, 1.0)])
def test_cover_is_the_share_that_is_not_flat(covered: int, share: float) -> None:
    assert confluence_of(field(covered)) == pytest.approx(share, abs=0.06)
    dim, bright = (confluence_of(field(covered, gain)) for gain in (0.5, 1.5))
    assert dim == pytest.approx(bright, abs=0.01)


def test_the_channel_is_that_of_transmitted_light() -> None:
    def read(rows: np.ndarray) -> np.ndarray:
        both = np.stack([field(100), field(0)])
        return np.repeat(both[None], len(rows), axis=0)

    meta = pd.DataFrame({"plate": ["p", "p"], "well": ["A01", "A02"]})
    screen = Screen(meta=meta, channels=("DNA", "Phase"), read=read, size=(100, 100))
    made = confluence_profiles(screen)
    assert made.names == ("confluence",)
    assert made.features.max() < 0.05
    assert made.provenance[-1]["channel"] == "Phase"


def test_simulated_cells_cover_what_their_masks_cover() -> None:
    layout = Brightfield(seed=21, size=128, cell_lines=1, batches=1, lines_per_batch=1, sites=1)
    rows = np.arange(0, 24, 3)
    made = [confluence_of(image[0]) for image in layout(Path()).read(rows)]
    true = [float((layout.truth(int(row)).cell_mask > 0).mean()) for row in rows]
    assert np.corrcoef(made, true)[0, 1] > 0.9


def test_names_are_whole_words_and_fluorescence_is_refused() -> None:
    def read(rows: np.ndarray) -> np.ndarray:
        return np.repeat(np.stack([field(100), field(0)])[None], len(rows), axis=0)

    meta = pd.DataFrame({"plate": ["p"], "well": ["A01"]})
    indicator = Screen(meta=meta, channels=("Indicator", "DIC-20x"), read=read, size=(100, 100))
    assert confluence_profiles(indicator).features.max() < 0.05
    stains = Screen(meta=meta, channels=("DNA", "Indicator"), read=read, size=(100, 100))
    with pytest.raises(InputError, match="none of the channels DNA, Indicator"):
        confluence_profiles(stains)
