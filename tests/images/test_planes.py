"""Planes of one value, and channels with the same pixels."""

from __future__ import annotations

import numpy as np

from phenolens.images.planes import CONSTANT, EQUAL, odd_planes


def test_each_odd_plane_is_named() -> None:
    image = np.random.default_rng(0).poisson(900, (5, 6, 7)).astype(np.uint16)
    assert not list(odd_planes(image, "abcde"))
    image[1], image[2], image[4] = 0, 65_535, image[0]
    assert list(odd_planes(image, "abcde")) == [
        (1, CONSTANT, "channel b is 0 in every pixel"),
        (2, CONSTANT, "channel c is 65535 in every pixel"),
        (4, EQUAL, "channels a and e have the same pixels"),
    ]


def test_channels_without_names_are_numbered() -> None:
    twice = np.tile(np.arange(4, dtype=np.uint16).reshape(2, 2), (2, 1, 1))
    assert list(odd_planes(twice, ["DNA"])) == [
        (1, EQUAL, "channels c0 and c1 have the same pixels")
    ]
