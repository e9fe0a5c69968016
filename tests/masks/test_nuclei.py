"""Nuclei against drawn and simulated ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.images.read import read_image
from phenolens.masks.agreement import agreement
from phenolens.masks.nuclei import nuclei
from phenolens.screens.synthetic import Synthetic


def test_drawn_nuclei_are_found_better_than_by_a_plain_threshold(data_dir: Path) -> None:
    """BBBC038: Otsu and a watershed have F1 0.70 at IoU 0.5 (README); 0.50 at 0.7."""
    folder = data_dir / "nuclei-masks"
    truth = read_image(folder / "dsb2018_mask2d.tif")[0]
    made = nuclei(read_image(folder / "dsb2018_img2d.tif")[0])
    assert agreement(made, truth, 0.5).f1 > 0.87
    assert agreement(made, truth, 0.7).f1 > 0.80


def test_simulated_nuclei_are_found() -> None:
    layout = Synthetic()
    image = layout(Path()).read(np.array([0]))[0, 0]
    found = agreement(nuclei(image), layout.truth(0).nuclear_mask)
    assert found.f1 > 0.85


def test_noise_and_an_even_image_have_none() -> None:
    noise = np.random.default_rng(0).poisson(500, (80, 80)).astype(np.uint16)
    assert nuclei(noise).max() == 0
    assert nuclei(np.full((80, 80), 7, dtype=np.uint16)).max() == 0


@pytest.mark.parametrize("diameter", [0.0, 24.0])
def test_a_dim_nucleus_that_touches_a_bright_one_has_its_own_label(diameter: float) -> None:
    y, x = np.mgrid[:100, :120]
    image = np.full((100, 120), 200.0)
    image[(y - 50) ** 2 + (x - 40) ** 2 <= 144] = 1500
    image[(y - 50) ** 2 + (x - 64) ** 2 <= 144] = 9000
    image[(y - 20) ** 2 + (x - 100) ** 2 <= 144] = 4000
    noisy = np.random.default_rng(0).poisson(image).astype(np.uint16)
    made = nuclei(noisy, diameter)
    assert made.max() == 3
    assert len({made[50, 40], made[50, 64], made[20, 100]}) == 3


def test_haze_around_a_bright_nucleus_is_not_part_of_it() -> None:
    y, x = np.mgrid[:80, :120]
    image = np.full((80, 120), 30.0)
    for at, counts in ((30, 8000), (85, 2000)):
        near = np.hypot(y - 40, x - at)
        image += np.where(near <= 12, counts, 0) + np.where(near <= 22, counts / 8, 0)
    made = nuclei(np.random.default_rng(0).poisson(image).astype(np.uint16))
    areas = np.bincount(made.ravel())[1:]
    assert len(areas) == 2
    assert areas == pytest.approx(np.pi * 12**2, rel=0.1)
