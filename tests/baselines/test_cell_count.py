"""Counts of discs drawn by hand, of nothing, and of real nuclei against published masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from phenolens.baselines.cell_count import cell_count_profiles, count_nuclei
from phenolens.core.screen import Images, Rows, Screen

WELLS = ("B7_01_1_3", "D6_01_1_2", "D7_01_1_1")


def discs(places: list[tuple[int, int]], radius: int, bright: int = 3000) -> np.ndarray:
    """Return an image of bright discs on a dim and noisy ground."""
    y, x = np.mgrid[:120, :160]
    image = np.full((120, 160), 300.0)
    for cy, cx in places:
        image[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = bright
    noise = np.random.default_rng(0).normal(0, 30, image.shape)
    return (image + noise).clip(0).astype(np.uint16)


@pytest.mark.parametrize(
    ("places", "radius", "count"),
    [
        ([(60, 60)], 10, 1),
        ([(20, 20), (20, 80), (80, 30), (90, 120), (60, 75)], 8, 5),
        ([(60, 60), (60, 73)], 8, 2),  # touching: 13 apart at radius 8
        ([(60, 40), (60, 60), (66, 79)], 12, 3),  # three in a chain
        ([(60, 50), (60, 80)], 20, 2),  # large ones, well into each other
        ([(0, 60), (119, 100)], 9, 2),  # cut by the border
    ],
)
def test_counts_discs_apart_and_touching(
    places: list[tuple[int, int]], radius: int, count: int
) -> None:
    image = discs(places, radius)
    found, share = count_nuclei(image)
    assert found == count
    # Smoothing before a threshold on the logarithm widens each by a pixel or so.
    true = (image > 1500).mean()
    assert true <= share <= true * ((radius + 1.5) / radius) ** 2


@pytest.mark.parametrize("nothing", ["constant", "black", "normal", "poisson"])
def test_counts_nothing_where_nothing_is(nothing: str) -> None:
    rng = np.random.default_rng(1)
    image = {
        "constant": np.full((64, 64), 7),
        "black": np.zeros((64, 64)),
        "normal": rng.normal(300, 30, (256, 256)),
        "poisson": rng.poisson(100, (256, 256)),
    }[nothing]
    assert count_nuclei(image.astype(np.uint16)).tolist() == [0, 0]


def test_dim_nuclei_beside_bright_ones_are_counted() -> None:
    image = np.maximum(discs([(30, 30)], 9, bright=30_000), discs([(80, 100)], 9, bright=2000))
    assert count_nuclei(image)[0] == 2


def test_nuclei_are_counted_in_the_channel_that_shows_them(tiny_screen: Screen) -> None:
    def read(rows: Rows) -> Images:
        nuclei = discs([(20, 20), (20, 38)], 5)[:40, :48]
        return np.stack([np.stack([nuclei, nuclei * 0 + 5])] * len(rows)).astype(np.uint16)

    screen = Screen(tiny_screen.meta, ("DNA", "Actin"), read, (40, 48))
    profiles = cell_count_profiles(screen)
    assert profiles.names == ("cells_per_image", "nuclear_area_share")
    assert profiles.features[:, 0].tolist() == [2] * 24
    assert profiles.meta is not None
    assert profiles.provenance[0]["channel"] == "DNA"


@pytest.mark.parametrize("well", WELLS)
def test_real_nuclei_are_found_and_few_are_counted_twice(data_dir: Path, well: str) -> None:
    """NF1's masks leave out what touches the border, so only what they hold is left in the image.

    Measured: 29 of 28, 30 of 27, 30 of 29 nuclei; the tolerance is 12 %.
    """
    folder = data_dir / "cellpainting-images" / "NF1_Plate_2"
    image = tifffile.imread(folder / "Plate_2_images" / f"{well}_DAPI_001.tif")
    mask = tifffile.imread(folder / "Plate_2_masks" / f"{well}_DAPI_001_MaskNuclei.tiff") > 0
    _, expected = ndimage.label(mask)
    around = ndimage.binary_dilation(mask, iterations=6)
    counted, share = count_nuclei(np.where(around, image, np.median(image)).astype(np.uint16))
    assert expected <= counted <= 1.12 * expected
    assert share == pytest.approx(mask.mean(), rel=0.25)
    # In the whole image the nuclei at its border are counted too.
    assert expected < count_nuclei(image)[0] < 1.4 * expected
