"""The size that compressed pixels say of themselves is the one that they were made with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import pytest

from phenolens.images.codestream import SELF_DESCRIBING, jpeg_size, size_of_stream

ENCODERS: dict[int, Any] = {
    7: imagecodecs.jpeg_encode,
    34712: imagecodecs.jpeg2k_encode,
    34933: imagecodecs.png_encode,
}


@pytest.mark.parametrize("compression", ENCODERS)
def test_the_size_is_that_of_the_image(compression: int) -> None:
    encode: Callable[[object], bytes] = ENCODERS[compression]
    stream = bytes(encode(np.zeros((48, 80), np.uint8)))
    assert compression in SELF_DESCRIBING
    assert size_of_stream(compression, stream) == (1, 48, 80)


def test_colours_are_channels() -> None:
    image = np.zeros((16, 32, 3), np.uint8)
    assert jpeg_size(bytes(imagecodecs.jpeg_encode(image))) == (3, 16, 32)
    assert size_of_stream(34712, bytes(imagecodecs.jpeg2k_encode(image))) == (3, 16, 32)


@pytest.mark.parametrize("stream", [b"", b"\xff", b"\xff\xd8" * 9, bytes(100), b"\xff" * 100])
def test_what_says_no_size_has_none(stream: bytes) -> None:
    assert jpeg_size(stream) is None
    assert size_of_stream(34712, stream) is None
    assert size_of_stream(8, stream) is None
