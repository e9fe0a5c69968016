"""Compartments against what was drawn, and against published masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.masks.compartments import BACKGROUND, CYTOPLASM, NUCLEUS, compartments
from phenolens.screens.synthetic import Synthetic


def dice(one: np.ndarray, two: np.ndarray) -> float:
    return float(2 * (one & two).sum() / (one.sum() + two.sum()))


def test_nuclei_and_cells_of_the_simulated_screen_are_found() -> None:
    """Measured over 24 images of 160 px: nuclei 0.91 (0.84 to 0.94), cells 0.95 (0.91 to 0.98)."""
    layout = Synthetic(seed=3, size=160)
    screen = layout(Path())
    for row in (5, 400):
        truth = layout.truth(row)
        found = compartments(screen.read(np.array([row]))[0], screen.channels)
        assert dice(found == NUCLEUS, truth.nuclear_mask > 0) > 0.8
        assert dice(found > BACKGROUND, truth.cell_mask > 0) > 0.88


def test_a_screen_of_nuclei_alone_has_no_cytoplasm() -> None:
    image = np.full((1, 64, 64), 200, dtype=np.uint16)
    image[0, 20:40, 20:40] = 4000
    found = compartments(image, ("H2B",))
    assert not (found == CYTOPLASM).any()
    assert 400 <= (found == NUCLEUS).sum() < 1.4 * 400  # smoothed, so a little larger


@pytest.mark.parametrize("well", ["B7_01_1_3", "D6_01_1_2"])
def test_real_nuclei_are_where_published_masks_have_them(data_dir: Path, well: str) -> None:
    folder = data_dir / "cellpainting-images" / "NF1_Plate_2"
    names = sorted((folder / "Plate_2_images").glob(f"{well}_*_001.tif"))
    image = np.stack([tifffile.imread(name) for name in names]).astype(np.uint16)
    channels = tuple(name.stem.removeprefix(f"{well}_").removesuffix("_001") for name in names)
    mask = tifffile.imread(folder / "Plate_2_masks" / f"{well}_DAPI_001_MaskNuclei.tiff") > 0
    found = compartments(image, channels) == NUCLEUS
    assert (found & mask).sum() / mask.sum() > 0.9  # the masks leave out what touches the border
