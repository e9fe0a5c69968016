"""The size that compressed pixels say of themselves is the one that they were made with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.codestream import SELF_DESCRIBING, jpeg_size, size_of_stream
from phenolens.images.read import read_header

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


@pytest.mark.parametrize("compression", ["jpegxl", "jpegxr", "webp", "lerc"])
def test_a_page_whose_own_size_nobody_compares_is_refused(tmp_path: Path, compression: str) -> None:
    """192 bytes of LERC that say 16,000 x 16,000 once passed as a field of 32 x 40."""
    shape = (32, 40, 3) if compression == "webp" else (32, 40)
    field = np.full(shape, 7, np.uint8)
    kind = "rgb" if compression == "webp" else "minisblack"
    tifffile.imwrite(tmp_path / "f.tif", field, compression=compression, photometric=kind)
    with pytest.raises(
        InputError, match=r"a TIFF compressed with .*, which phenolens does not read"
    ):
        read_header(tmp_path / "f.tif")
