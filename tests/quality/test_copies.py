"""Planted constant planes, copied channels and repeated images are found, where they are."""

from __future__ import annotations

import numpy as np
from tests.quality.kit import damaged, of_plate, whole

from phenolens.quality.copies import CONSTANT, COPIED, SAME, copies
from phenolens.quality.looks import look


def test_whole_plates_have_none() -> None:
    assert list(copies(look(whole()))) == []


def test_a_constant_plane_is_named_with_its_value() -> None:
    def damage(pixels: np.ndarray) -> None:
        pixels[[3, 4], 1] = 0
        pixels[30, 2] = 7

    first, second = copies(look(damaged(damage)))
    assert (first.kind, first.channel, first.images) == (CONSTANT, "Tubulin", (3, 4))
    assert "every pixel of channel Tubulin is 0 in 2 of 20 images" in first.what
    assert (second.images, "is 7 in 1 of 20" in second.what) == ((30,), True)


def test_a_channel_copied_in_some_images() -> None:
    def damage(pixels: np.ndarray) -> None:
        pixels[[5, 25], 2] = pixels[[5, 25], 0]

    found = list(copies(look(damaged(damage))))
    assert [(one.kind, one.images) for one in found] == [(COPIED, (5,)), (COPIED, (25,))]
    assert "channels DNA and Actin have the same pixels in 1 of 20 images" in found[0].what


def test_a_copy_that_was_rescaled_is_found_against_the_other_plates() -> None:
    def damage(pixels: np.ndarray) -> None:
        rows = of_plate("P002")
        noise = np.random.default_rng(0).normal(0, 3, pixels[rows, 0].shape)
        pixels[rows, 1] = np.rint(pixels[rows, 0] * 0.7 + 40 + noise)

    (one,) = copies(look(damaged(damage)))
    assert one.kind == COPIED
    assert one.what.startswith(
        "plate P002: channels DNA and Tubulin look copied: correlation 1.000, "
    )


def test_the_same_plane_in_two_images() -> None:
    def damage(pixels: np.ndarray) -> None:
        pixels[40, 0] = pixels[2, 0]

    (one,) = copies(look(damaged(damage)))
    assert (one.kind, one.images, one.channel) == (SAME, (2, 40), "DNA")


def test_of_one_plate_a_copy_must_be_nearly_equal() -> None:
    for noise, found in ((1, 1), (700, 0)):

        def damage(pixels: np.ndarray, noise: float = noise) -> None:
            rng = np.random.default_rng(0)
            pixels[:, 1] = np.rint(pixels[:, 0] + np.abs(rng.normal(0, noise, pixels[:, 0].shape)))

        assert len(list(copies(look(damaged(damage).take(of_plate("P001")))))) == found
