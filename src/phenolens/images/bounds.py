"""What an image file may claim: sides, pixels, and how many bytes can come out of its bytes.

A file of some hundred bytes can claim any size; a decoder takes the memory for it before it finds
out. So the claim is compared with the bytes on disk before anything is decoded: no codec makes more
than a certain number of bytes out of one.
"""

from __future__ import annotations

from pathlib import Path

from phenolens.core.errors import InputError

LARGEST_SIDE = 65_535  # pixels: the largest that a JPEG can say; a stitched well has some 20,000
LARGEST_IMAGE = 2**32  # bytes of all its channels, decoded
LARGEST_TILE = 4096  # pixels, where the image is smaller: tiles of a TIFF are filled up
MOST_PAGES = 4096  # of a TIFF; each counts as a channel

# The most bytes that can come out of one byte. Deflate: 258 bytes from two bits. LZW of TIFF: codes
# of 9 to 12 bits, each at most one byte longer than the longest before. PackBits: 128 from two.
# JPEG: one bit for each block of 8 x 8, which subsampled colours spread over up to 32 x 32 pixels.
_UNCOMPRESSED, DEFLATE, _LZW, _PACKBITS, JPEG = 1, 1032, 1400, 64, 1400
# Of the others (Zstandard, LZMA, JPEG 2000, PNG): more than an empty field of a
# microscope gives in any of them. What comes out is bounded by LARGEST_IMAGE.
ANY = 100_000
_TIFF = {
    1: _UNCOMPRESSED,
    5: _LZW,
    6: JPEG,
    7: JPEG,
    8: DEFLATE,
    32773: _PACKBITS,
    32946: DEFLATE,
    50013: DEFLATE,
}


def check_size(size: tuple[int, int], channels: int, each: int, path: Path) -> None:
    """Raise InputError where an image has no pixel, or is too large.

    Args:
        size: Its (height, width).
        channels: Its channels.
        each: Bytes of a pixel of one channel.
        path: The file, for the message.
    """
    height, width = size
    if min(height, width, channels) < 1:
        raise InputError(
            f"has no pixel: its header says {height} x {width}",
            where=path,
            fix="copy or export the file again",
        )
    if max(height, width) > LARGEST_SIDE:
        raise InputError(
            f"is too large: its header says {height} x {width} pixels, the longest side that is "
            f"read is {LARGEST_SIDE:,}",
            where=path,
            fix="if it is whole, cut it into fields",
        )
    if height * width * channels * each > LARGEST_IMAGE:
        raise InputError(
            f"is too large: its header says {height} x {width} pixels in {channels} channels, "
            f"{height * width * channels * each / 1e9:,.1f} GB",
            where=path,
            fix="if it is whole, cut it into fields",
        )


def check_tile(tile: tuple[int, int], size: tuple[int, int], path: Path) -> None:
    """Raise InputError where a tile is far larger than the image: a decoder makes room for it.

    Args:
        tile: Its (height, width).
        size: That of the image.
        path: The file, for the message.
    """
    if any(t > max(s, LARGEST_TILE) for t, s in zip(tile, size, strict=True)):
        raise InputError(
            f"is damaged: tiles of {tile[0]} x {tile[1]} in an image of {size[0]} x {size[1]}",
            where=path,
            fix="copy or export the file again",
        )


def check_ratio(decoded: int, stored: int, ratio: int, path: Path) -> None:
    """Raise InputError where no decoder could make what a header says from the bytes of the file.

    Args:
        decoded: Bytes that the header says.
        stored: Bytes that the file has for them.
        ratio: The most bytes that can come out of one.
        path: The file, for the message.
    """
    if decoded > stored * ratio:
        raise InputError(
            f"is damaged: its header says {decoded:,} bytes of pixels, more than its {stored:,} "
            "bytes on disk can hold",
            where=path,
            fix="copy or export the file again",
        )


def ratio_of_tiff(compression: int) -> int:
    """Return the most bytes that come out of one, by the number of a TIFF's compression."""
    return _TIFF.get(compression, ANY)
