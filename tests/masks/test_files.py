"""Masks that a screen brings: found by metadata, resized with the images, refused where wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.masks.compartments import BACKGROUND, CYTOPLASM, NUCLEUS
from phenolens.masks.files import MaskFiles
from phenolens.pixels.resize import Resize
from phenolens.screens.image_folder import ImageFolder
from phenolens.screens.synthetic import Synthetic

NF1 = r"(?:.*/)?(?P<well>[A-H]\d+)_01_\d_(?P<site>\d)_(?P<channel>[A-Z]+)_001\.tif"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Masks of one image, 8 x 12: a nucleus of label 7 in a cell."""
    nuclei, cells = np.zeros((2, 8, 12), dtype=np.uint16)
    nuclei[2:4, 2:6], cells[2:6, 2:10] = 7, 300
    tifffile.imwrite(tmp_path / "B7_1_nuclei.tif", nuclei)
    tifffile.imwrite(tmp_path / "B7_1_cells.tif", cells)
    return tmp_path


def screen_of(size: tuple[int, int], well: str = "B07") -> Screen:
    meta = pd.DataFrame({"plate": ["P"], "well": [well], "site": [1], "own": "B7_1_nuclei.tif"})
    pixels = np.zeros((1, 1, *size), dtype=np.uint16)
    return Screen(meta=meta, channels=("DNA",), read=lambda rows: pixels[rows], size=size)


def test_files_are_found_by_metadata(folder: Path) -> None:
    both = MaskFiles(
        folder=str(folder), nuclei="{well}_{site}_nuclei.tif", cells="{well}_{site}_cells.tif"
    )
    expected = np.full((8, 12), BACKGROUND)
    expected[2:6, 2:10], expected[2:4, 2:6] = CYTOPLASM, NUCLEUS
    made = both.of(screen_of((8, 12)), 0)
    np.testing.assert_array_equal(made, expected)
    assert both.of(screen_of((8, 12), well="C03"), 0) is None, "no file: thresholds"
    column = MaskFiles(folder=str(folder), nuclei="{own}")
    np.testing.assert_array_equal(column.of(screen_of((8, 12)), 0) == NUCLEUS, expected == NUCLEUS)
    column.check(screen_of((8, 12)))


def test_they_follow_the_images_through_resize(folder: Path) -> None:
    one = MaskFiles(folder=str(folder), nuclei="{own}")
    small = Resize(factor=0.5)(screen_of((8, 12)))
    made = one.of(small, 0)
    assert made is not None
    expected = np.zeros((4, 6))
    expected[1, 1:3] = NUCLEUS
    np.testing.assert_array_equal(made, expected)


def test_what_cannot_be_is_refused(folder: Path) -> None:
    one = MaskFiles(folder=str(folder), nuclei="{own}")
    with pytest.raises(InputError, match="is 8 x 12, and the images are 8 x 8"):
        one.of(screen_of((8, 8)), 0)
    with pytest.raises(InputError, match="has no column 'wel'"):
        MaskFiles(folder=str(folder), nuclei="{wel}.tif").check(screen_of((8, 12)))
    cut = replace(screen_of((4, 4)), history=({"step": "crop_cells"},))
    with pytest.raises(InputError, match="the step crop_cells cut the images"):
        one.check(cut)
    with pytest.raises(InputError, match="no such folder"):
        MaskFiles(folder=str(folder / "none"), nuclei="a.tif")
    with pytest.raises(InputError, match=r"masks\.nuclei"):
        MaskFiles(folder=str(folder), nuclei="")
    (folder / "inner").mkdir()
    out = MaskFiles(folder=str(folder / "inner"), nuclei="../{own}")
    with pytest.raises(InputError):
        out.of(screen_of((8, 12)), 0)


def test_a_changed_file_is_noticed(folder: Path) -> None:
    one = MaskFiles(folder=str(folder), nuclei="{own}")
    assert MaskFiles(folder=str(folder), nuclei="{own}", sha256=one.sha256) == one
    tifffile.imwrite(folder / "B7_1_cells.tif", np.ones((8, 12), dtype=np.uint16))
    with pytest.raises(InputError, match="has changed"):
        MaskFiles(folder=str(folder), nuclei="{own}", sha256=one.sha256)


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_real_masks_of_nf1_fields(data_dir: Path, factor: float) -> None:
    root = data_dir / "cellpainting-images" / "NF1_Plate_2"
    screen = Resize(factor=factor)(ImageFolder(pattern=NF1)(root))
    masks = MaskFiles(
        folder=str(root / "Plate_2_masks"),
        nuclei="{well}_01_1_{site}_DAPI_001_MaskNuclei.tiff",
        cells="{well}_01_3_{site}_RFP_001_MaskCells.tiff",
    )
    masks.check(screen)
    for row, name in enumerate(("B7_01_{}_3", "D6_01_{}_2", "D7_01_{}_1")):
        made = masks.of(screen, row)
        assert made is not None
        own = tifffile.imread(root / "Plate_2_masks" / f"{name.format(1)}_DAPI_001_MaskNuclei.tiff")
        assert (made == NUCLEUS).mean() == pytest.approx((own > 0).mean(), rel=0.01)
        dna = screen.read(np.array([row]))[0, 0]
        assert np.median(dna[made == NUCLEUS]) > 3 * np.median(dna[made == BACKGROUND])


def test_the_truth_of_the_simulator_comes_back(tmp_path: Path) -> None:
    layout = Synthetic(size=64, mechanisms=1, compounds=1, batches=1, replicates=1, sites=1)
    screen = layout(Path())
    truth = layout.truth(3)
    place = screen.meta.iloc[3]
    for kind, labels in (("nuclei", truth.nuclear_mask), ("cells", truth.cell_mask)):
        name = f"{place['plate']}-{place['well']}-{kind}.tif"
        tifffile.imwrite(tmp_path / name, labels.astype(np.uint16))
    masks = MaskFiles(
        folder=str(tmp_path), nuclei="{plate}-{well}-nuclei.tif", cells="{plate}-{well}-cells.tif"
    )
    made = masks.of(screen, 3)
    np.testing.assert_array_equal(made == NUCLEUS, truth.nuclear_mask > 0)
    np.testing.assert_array_equal(made != BACKGROUND, (truth.cell_mask + truth.nuclear_mask) > 0)
