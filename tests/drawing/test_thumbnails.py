from __future__ import annotations

import base64

import numpy as np
import pytest

from phenolens.drawing.thumbnails import (
    SIDES,
    channel_colours,
    composite,
    planes,
    shrink,
    side_for,
    thumbnails,
)


@pytest.mark.parametrize(
    ("channels", "colours"),
    [
        (("Hoechst", "b-Tubulin", "F-actin"), ("#0000ff", "#00ff00", "#ff0000")),
        (("DAPI", "ACTIN", "TUBULIN"), ("#0000ff", "#ff0000", "#00ff00")),
        (("DNA", "ER", "RNA", "Mito"), ("#0000ff", "#00d8d8", "#ffd000", "#ff00c8")),
        (("Brightfield",), ("#ffffff",)),
    ],
)  # fmt: skip
def test_stains_have_their_colours(channels: tuple[str, ...], colours: tuple[str, ...]) -> None:
    assert channel_colours(channels) == colours


def test_no_two_of_eight_unknown_channels_share_a_colour() -> None:
    assert len(set(channel_colours([f"C{i}" for i in range(8)]))) == 8


def test_two_channels_of_one_stain_differ() -> None:
    assert len(set(channel_colours(("DNA 1", "DNA 2", "actin")))) == 3


def test_a_composite_screens_and_never_clips() -> None:
    image = np.array([[[100, 200]], [[60, 200]]], dtype=np.uint8)
    mixed = composite(image, ("#ff0000", "#ff0080"))
    np.testing.assert_array_equal(mixed, [[[136, 0, 30], [243, 0, 100]]])


def test_red_green_and_blue_do_not_mix() -> None:
    image = np.random.default_rng(0).integers(0, 256, (3, 4, 5), dtype=np.uint8)
    mixed = composite(image, ("#0000ff", "#00ff00", "#ff0000"))
    np.testing.assert_array_equal(mixed, np.moveaxis(image[::-1], 0, 2))


def test_shrinking_is_the_mean_of_each_area() -> None:
    image = np.random.default_rng(0).integers(0, 256, (2, 12, 8), dtype=np.uint8)
    by_hand = image.reshape(2, 3, 4, 2, 4).mean(axis=(2, 4))
    np.testing.assert_array_equal(shrink(image, 3), np.rint(by_hand))


def test_shrinking_by_a_fraction_weighs_split_pixels() -> None:
    image = np.array([[[0, 90, 30]]], dtype=np.uint8)
    # Two targets over three sources: (0 + 90/2)/1.5 and (90/2 + 30)/1.5.
    np.testing.assert_array_equal(shrink(image, 2), [[[30, 50]]])


def test_small_images_are_not_blown_up() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 9, 9), dtype=np.uint8)
    np.testing.assert_array_equal(shrink(image, 96), image)


@pytest.mark.parametrize("count", [1, 103, 206, 900])
def test_thumbnails_of_any_number_stay_small(count: int) -> None:
    side = side_for(count)
    assert side in SIDES
    assert count * side * side <= 2_200_000 or side == SIDES[-1]


def test_noise_of_206_images_stays_under_six_megabytes() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (206, 3, 96, 96), dtype=np.uint8)
    few = thumbnails(noise[:4], ("DNA", "Tubulin", "Actin"))
    assert sum(map(len, few)) / 4 * 206 * (side_for(206) / side_for(4)) ** 2 < 6e6


def test_planes_are_the_channels_three_to_a_picture() -> None:
    imagecodecs = pytest.importorskip("imagecodecs", reason="the judge is libpng by imagecodecs")
    images = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 7), dtype=np.uint8)
    made = planes(images, 96)
    assert [len(one) for one in made] == [2, 2]
    first, second = (
        imagecodecs.png_decode(base64.b64decode(uri.partition(",")[2])) for uri in made[1]
    )
    np.testing.assert_array_equal(first.transpose(2, 0, 1), images[1, :3] & 0xFC)
    np.testing.assert_array_equal(second.transpose(2, 0, 1)[:2], images[1, 3:] & 0xFC)
    assert not second[..., 2].any()
