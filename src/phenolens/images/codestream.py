"""The size that compressed pixels say of themselves: a decoder makes room for it, not the file's.

JPEG, JPEG 2000 and PNG are complete images also inside a TIFF, so that a TIFF of 64 x 64 pixels may
hold one of 60,000 x 60,000.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Size = tuple[int, int, int]  # channels, height, width

# Markers of a JPEG: its compressed pixels begin; those without a length.
_PIXELS, _ALONE = 0xDA, {0x00, 0x01, *range(0xD0, 0xDA)}
# Numbers that TIFF gives to compressions.
_JPEG, _JPEG2000, _PNG = {6, 7, 33007, 34892}, {33003, 33004, 33005, 34712}, {34933}
SELF_DESCRIBING = _JPEG | _JPEG2000 | _PNG
# None, CCITT, LZW, deflate, PackBits, LZMA, Zstandard: they fill the room of a strip and no more.
_PLAIN = {1, 2, 3, 4, 5, 8, 32773, 32946, 34925, 50000, 50013}
# The others (JPEG XL, JPEG XR, WebP, LERC, ...) say a size that nobody has compared with the page:
# a corner of another picture would be taken for the field.
READ = frozenset(_PLAIN | SELF_DESCRIBING)


def size_of_stream(compression: int, data: bytes) -> Size | None:
    """Return the size that a strip or tile of a TIFF says of itself; None where it says none."""
    if compression in _JPEG:
        return jpeg_size(data)
    if compression in _JPEG2000:
        return _jpeg2000_size(data)
    if compression in _PNG and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return 1, height, width
    return None


def jpeg_size(data: bytes) -> Size | None:
    """Return the size of a JPEG; None where it contains no image."""
    for marker, place in _jpeg_segments(data):
        # Start-of-frame markers hold the size; C4, C8 and CC in their range mean other things.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, channels = struct.unpack(">HHB", data[place + 3 : place + 8])
            return channels, height, width
    return None


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield marker and place of each segment of a JPEG, as decoders find them, up to its pixels.

    A marker is FF and a number. FF may be repeated before the number, and what is between two
    segments is passed over: whoever reads it differently reads another size than the decoder.
    """
    place = 2
    while (place := data.find(b"\xff", place)) >= 0:
        while data[place : place + 1] == b"\xff":
            place += 1
        if place + 9 > len(data):
            return
        marker = data[place]
        place += 1
        if marker == _PIXELS:
            return
        if marker in _ALONE:
            continue
        yield marker, place
        place += max(2, struct.unpack(">H", data[place : place + 2])[0])


def _jpeg2000_size(data: bytes) -> Size | None:
    """Return the size of a JPEG 2000 stream, which begins with the markers FF4F and FF51."""
    place = data.find(b"\xff\x4f\xff\x51")
    if place < 0 or place + 42 > len(data):
        return None
    right, below, left, top = struct.unpack(">IIII", data[place + 8 : place + 24])
    (channels,) = struct.unpack(">H", data[place + 40 : place + 42])
    return channels, below - top, right - left
