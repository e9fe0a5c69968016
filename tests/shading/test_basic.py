"""BaSiC's flat field, on fields with a known light and on real ones; without the package an error.

The tests that need basicpy skip without it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.images.read import read_image
from phenolens.pixels.illumination import Illumination
from phenolens.shading.basic import flat_fields, shrunk
from phenolens.shading.blocks import spread


@pytest.fixture
def basicpy() -> None:
    pytest.importorskip("basicpy", reason="the extra basic is not installed")


def screen_of(images: np.ndarray) -> Screen:
    meta = pd.DataFrame({"plate": "p", "well": ["A01"] * len(images)})
    return Screen(meta=meta, channels=("DNA",), read=lambda r: images[r], size=images.shape[2:])


def fields(count: int = 40) -> np.ndarray:
    """Return fields of 20 cells each over an even ground, without camera noise."""
    rng = np.random.default_rng(0)
    images = np.full((count, 96, 128), 300.0)
    for image in images:
        places = (rng.integers(0, 96, 20), rng.integers(0, 128, 20))
        image[places] += 4e4 * rng.uniform(0.5, 1.5, 20)
    return np.stack([ndimage.gaussian_filter(image, 3) for image in images])


def test_images_are_shrunk_by_means() -> None:
    images = np.arange(2 * 1 * 256 * 512, dtype=np.uint32).reshape(2, 1, 256, 512) % 60_000
    small = shrunk(images.astype(np.uint16))
    assert small.shape == (2, 1, 64, 128)
    assert small[1, 0, 3, 5] == pytest.approx(images[1, 0, 12:16, 20:24].mean(), rel=1e-6)
    assert shrunk(images[:, :, :50, :60].astype(np.uint16)).shape == (2, 1, 50, 60)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "basicpy", None)
    with pytest.raises(InputError, match=r"needs basicpy") as caught:
        Illumination(average="basic")(screen_of(np.zeros((4, 1, 32, 32), np.uint16)))
    assert "phenolens[basic]" in caught.value.fix


@pytest.mark.usefixtures("basicpy")
def test_a_known_light_is_found() -> None:
    y, x = np.mgrid[:96, :128] / 128
    light = 0.5 + np.exp(-((y - 0.5) ** 2 + (x - 0.6) ** 2) / 0.3)
    light /= light.mean()
    lit = np.rint(fields() * light)[:, None].astype(np.uint16)
    reader = Illumination(average="basic", scale="mean")(screen_of(lit)).read
    found = reader.function("p")[0]  # type: ignore[attr-defined]
    before, after = np.abs(1 / light - 1).mean(), np.abs(found / light - 1).mean()
    assert before > 0.15
    assert after < 0.04
    corrected = reader(np.arange(3))
    assert corrected.dtype == np.uint16


@pytest.mark.usefixtures("basicpy")
def test_black_and_single_fields_have_no_light() -> None:
    assert (flat_fields(np.zeros((3, 1, 16, 16), np.float32)) == 1).all()
    assert (flat_fields(np.ones((1, 2, 16, 16), np.float32)) == 1).all()


@pytest.mark.slow
@pytest.mark.usefixtures("basicpy")
def test_real_fields_that_it_has_not_seen_become_even(data_dir: Path) -> None:
    """BBBC016: 0.224 as given, 0.029 by CellProfiler's way."""
    files = sorted((data_dir / "bbbc016-illumination" / "images").glob("AS_*"))
    real = np.stack([read_image(file) for file in files])
    held = np.arange(len(files)) % 4 == 3
    made = Illumination(average="basic")(screen_of(real[~held])).read
    function = made.function("p")[0]  # type: ignore[attr-defined]
    assert spread(real[held, 0].mean(axis=0)) == pytest.approx(0.224, abs=0.001)
    assert spread((real[held, 0] / function).mean(axis=0)) < 0.04
