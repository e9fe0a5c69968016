"""The size that is checked is the size that a decoder makes room for, whatever else a file says."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.codestream import jpeg_size, size_of_stream
from phenolens.images.read import read_header, read_image
from phenolens.images.signature import signature

SIDE = 64
LONG, SHORT = 4, 3  # types of a TIFF's values


def tiff(compression: int, data: bytes, **tile: int) -> bytes:
    """Return a TIFF of 64 x 64 8-bit pixels whose one strip or tile is these bytes."""
    tags = {256: (LONG, SIDE), 257: (LONG, SIDE), 258: (SHORT, 8), 259: (SHORT, compression)}
    tags |= {262: (SHORT, 1), 277: (SHORT, 1)}
    if tile:
        tags |= {322: (LONG, tile["width"]), 323: (LONG, tile["height"])}
        tags |= {324: (LONG, 8), 325: (LONG, len(data))}
    else:
        tags |= {273: (LONG, 8), 278: (LONG, SIDE), 279: (LONG, len(data))}
    entries = b"".join(struct.pack("<HHII", k, t, 1, v) for k, (t, v) in sorted(tags.items()))
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data
    return head + struct.pack("<H", len(tags)) + entries + bytes(4)


def refused(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    for read in (read_header, read_image):
        with pytest.raises(InputError, match=message) as caught:
            read(path)
        assert path.name in str(caught.value)


def start_of_frame(height: int, width: int) -> bytes:
    return b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"


def test_a_jpeg_is_read_as_its_decoder_reads_it(tmp_path: Path) -> None:
    """FF may be repeated before a marker; then a large size hid behind a small one."""
    plain = bytes(imagecodecs.jpeg_encode(np.zeros((SIDE, SIDE), np.uint8)))
    frame = plain.index(b"\xff\xc0")
    filled = plain[:frame] + b"\xff\xff" + plain[frame:]
    assert jpeg_size(plain) == jpeg_size(filled) == (1, SIDE, SIDE)
    (tmp_path / "filled.jpg").write_bytes(filled)
    assert read_image(tmp_path / "filled.jpg").shape == (1, SIDE, SIDE)
    hidden = plain[:frame] + b"\xff" + start_of_frame(65_000, 65_000)
    hidden = hidden.ljust(frame + 2 + 0xC000, b"\0") + start_of_frame(SIDE, SIDE) + bytes(20)
    refused(tmp_path / "hidden.jpg", hidden + b"\xff\xd9", "4,225,000,000 bytes")


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_has_no_end_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tif"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    with pytest.raises(InputError, match="is not a file"):
        read_image(path)
    with pytest.raises(OSError, match="is not a file"):
        signature(path)


def test_a_jpeg_without_an_image_is_refused_at_once(tmp_path: Path) -> None:
    refused(tmp_path / "none.jpg", b"\xff\xd8" + bytes(3_000_000) + b"\xff\xd9", "no image")


@pytest.mark.parametrize("side", [2**14, 2**16, 2**20])
def test_tiles_are_not_much_larger_than_their_image(tmp_path: Path, side: int) -> None:
    data = zlib.compress(bytes(SIDE * SIDE))
    content = tiff(8, data, width=side, height=side)
    refused(tmp_path / "tiles.tif", content, f"damaged: tiles of {side} x {side} in an image of 64")


def test_tiles_larger_than_a_small_image_are_read(tmp_path: Path) -> None:
    image = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE)
    tifffile.imwrite(tmp_path / "a.tif", image, tile=(512, 1024), compression="zlib")
    assert np.array_equal(read_image(tmp_path / "a.tif")[0], image)


ENCODERS: dict[int, Any] = {
    7: imagecodecs.jpeg_encode,
    34712: imagecodecs.jpeg2k_encode,
    34933: imagecodecs.png_encode,
}


@pytest.mark.parametrize("compression", ENCODERS)
def test_pixels_within_a_tiff_are_not_larger_than_its_page(
    tmp_path: Path, compression: int
) -> None:
    """JPEG, JPEG 2000 and PNG within a TIFF say a size of their own."""
    encode: Callable[[object], bytes] = ENCODERS[compression]
    small, large = (encode(np.zeros((side, side), np.uint8)) for side in (SIDE, 1000))
    said = size_of_stream(compression, large)
    assert said is not None
    assert said[1:] == (1000, 1000)
    (tmp_path / "small.tif").write_bytes(tiff(compression, small))
    assert read_image(tmp_path / "small.tif").shape == (1, SIDE, SIDE)
    refused(tmp_path / "large.tif", tiff(compression, large), "64 x 64 says 1000 x 1000")
