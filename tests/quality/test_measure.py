"""What is measured of one channel, by hand and against what is planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.screen import Images, Rows, Screen, UnreadableImage
from phenolens.quality.measure import MEASURES, measure, measure_channel
from phenolens.shading.blocks import spread


def of(image: np.ndarray) -> dict[str, float]:
    return dict(zip(MEASURES, measure_channel(image), strict=True))


def test_noise_alone_has_little_contrast() -> None:
    """White noise after a Gaussian of sd 3 has 1 / (2 sqrt(pi) 3) = 0.094 of its sd."""
    made = of(np.random.default_rng(0).normal(900, 30, (256, 256)))
    assert made["contrast"] == pytest.approx(0.094, rel=0.2)
    assert made["mean"] == pytest.approx(900, rel=0.01)


def test_saturation_is_the_part_at_the_highest_count() -> None:
    image = np.full((10, 10), 7, dtype=np.uint16)
    image[0, :5] = 4095
    assert (of(image)["highest"], of(image)["at_highest"]) == (4095, 0.05)
    assert of(image)["spread"] == pytest.approx(spread(image))
    assert np.isnan(of(image[:3])["spread"])


def test_the_brightest_object_is_counted_whole() -> None:
    """A square of 20 x 20 pixels and 500 counts; its blurred rim is below half."""
    image = np.full((100, 100), 50.0)
    image[40:60, 40:60] += 500
    image[5:9, 5:9] += 300
    assert 0.7 < of(image)["brightest"] / (20 * 20 * 500) < 1
    assert of(np.full((9, 9), 5))["brightest"] == 0.0


def test_a_black_image_has_none_of_it() -> None:
    made = of(np.zeros((40, 40), dtype=np.uint16))
    assert (made["contrast"], made["sharpness"], made["brightest"], made["at_highest"]) == (
        0,
        0,
        0,
        1,
    )


def test_a_screen_gives_a_row_per_image_and_channel(tiny_screen: Screen) -> None:
    seen: list[tuple[int, int]] = []
    made = measure(tiny_screen, progress=lambda done, of_all: seen.append((done, of_all)))
    assert made["image"].tolist() == np.repeat(np.arange(24), 2).tolist()
    assert made["channel"].tolist() == ["DNA", "Actin"] * 24
    image = tiny_screen.read(np.array([7]))[0, 1]
    assert made.loc[15, list(MEASURES)].tolist() == list(measure_channel(image))
    assert seen[-1] == (24, 24)


def test_what_cannot_be_read_is_missing_where_it_may_be(tiny_screen: Screen) -> None:
    def broken(rows: Rows) -> Images:
        if 3 in rows:
            raise UnreadableImage("is truncated", where="3.tif")
        return tiny_screen.read(rows)

    made = measure(replace(tiny_screen, read=broken, left_out=()))
    assert made.loc[made["mean"].isna(), "image"].unique().tolist() == [3]
    with pytest.raises(UnreadableImage, match=r"3.tif: is truncated"):
        measure(replace(tiny_screen, read=broken))
