"""What is flagged, against what is planted and against real images of known faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.quality.flags import KINDS, Thresholds, flags
from phenolens.quality.measure import MEASURES, measure_channel
from phenolens.quality.measured import measure


def fields(n: int = 30) -> np.ndarray:
    """Return fields of fifteen cells each, with camera noise."""
    rng = np.random.default_rng(0)
    images = np.zeros((n, 64, 64))
    for image in images:
        for y, x in rng.integers(6, 58, (15, 2)):
            image[y, x] += 2e5 * rng.uniform(0.7, 1.3)
    return rng.poisson(np.stack([ndimage.gaussian_filter(i, 2.5) for i in images]) + 300)


def flagged(images: np.ndarray, thresholds: Thresholds | None = None) -> pd.DataFrame:
    rows = [(i, "DNA", *measure_channel(image)) for i, image in enumerate(images)]
    measures = pd.DataFrame(rows, columns=["image", "channel", *MEASURES])
    plates, pixels = pd.Series(["p"] * len(images)), images[0].size
    found, table = flags(measures, plates, thresholds or Thresholds(), pixels)
    assert table["images"].tolist() == [len(images)]
    for kind in KINDS:
        assert table[kind].iloc[0] == found[f"quality_{kind}"].sum()
    return found


def test_a_sound_plate_has_no_flag() -> None:
    found = flagged(fields())
    assert not found.filter(like="quality_").to_numpy().any()
    assert (found["quality"] == "").all()


def test_each_planted_fault_is_found_and_nothing_else() -> None:
    images = fields().astype(float)
    images[3] = ndimage.gaussian_filter(images[3], 5)
    images[5] = np.random.default_rng(1).poisson(300, (64, 64))
    images[7, 20:50, 20:50] += 20000  # a fibre
    images[9] *= np.linspace(0.4, 3.0, 64)
    found = flagged(images)
    assert found.index[found["quality_blurred"]].tolist() == [3]
    assert found.index[found["quality_empty"]].tolist() == [5]
    assert found.index[found["quality_debris"]].tolist() == [7]
    assert 9 in found.index[found["quality_light"]]
    assert found.loc[3, "quality"] == "blurred (DNA)"
    assert found.loc[5, "quality"] == "empty"
    sound = [i for i in range(30) if i not in (3, 5, 7, 9)]
    assert (found.loc[sound, "quality"] == "").all()


def test_a_camera_at_its_top_is_saturated() -> None:
    images = np.minimum(fields(), 9000)
    part = (images == 9000).mean(axis=(1, 2))
    assert 0 < (part > 0.003).sum() < 30
    found = flagged(images, Thresholds(saturated=0.003))
    assert found["quality_saturated"].tolist() == (part > 0.003).tolist()


@pytest.mark.parametrize("size", [(1, 64), (8, 8), (24, 24)])
def test_the_brightest_pixel_of_a_tiny_image_is_not_saturated(size: tuple[int, int]) -> None:
    """One pixel of 64 is 1.6 %, and any image has a brightest one."""
    images = np.random.default_rng(0).poisson(300, (200, *size)).astype(float)
    images += np.linspace(0, 200, size[1]) * np.random.default_rng(1).uniform(0.5, 1, (200, 1, 1))
    found = flagged(images)
    assert not found["quality_saturated"].any()
    images[7].flat[-6:] = images.max()
    found = flagged(images)
    assert found.index[found["quality_saturated"]].tolist() == [7]


@pytest.mark.parametrize("settings", [{"width": 0}, {"saturated": 2}, {"contrast": -1}])
def test_impossible_thresholds_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(settings))):
        Thresholds(**settings)


def test_fields_far_out_of_focus_are_flagged_and_sharp_ones_are_not(data_dir: Path) -> None:
    """BBBC006: most of these fields are blurred, so that the median is."""
    folder = data_dir / "bbbc006-focus"
    blurred = pd.read_csv(folder / "dev_fields.csv")["out_of_focus"].to_numpy()[::2] == 1
    with np.load(folder / "dev_images.npz") as archive:
        images = archive["images"][::2, :, :400]
    assert flagged(images)["quality_blurred"].tolist() == blurred.tolist()


def test_the_crops_of_four_empty_fields_are_found_and_no_other(data_dir: Path) -> None:
    """BBBC021: ten of these crops hold camera noise; their fields are named in the README."""
    folder = data_dir / "bbbc021-singlecells-13moa-second"
    table = pd.read_csv(folder / "second_cells.csv")
    fields_ = ("Week2_180607_F02_s4", "Week7_230707_E02_s2", "Week7_230707_G02_s3")
    there = table["field"].str.startswith((*fields_, "Week9_090907_C02_s2")).to_numpy()
    with np.load(folder / "second_images.npz") as archive:
        images = np.moveaxis(archive["images"], -1, 1)
    some = np.flatnonzero(there | (np.arange(len(table)) % 16 == 0))
    pixels = images[some]
    plates = table.loc[some, "Image_Metadata_Plate_DAPI"].astype(str)
    screen = Screen(
        meta=pd.DataFrame({"plate": plates.to_numpy(), "well": "A01"}),
        channels=("DAPI", "ACTIN", "TUBULIN"),
        read=lambda rows: pixels[rows],
        size=(68, 68),
        level="cell",
    )
    found, _ = flags(measure(screen), screen.meta["plate"], Thresholds(), 68 * 68)
    empty = found["quality_empty"].to_numpy()
    assert empty.sum() == 10, "as the README counts in this draw"
    assert not (empty & ~there[some]).any()
