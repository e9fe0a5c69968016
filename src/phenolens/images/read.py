"""An image file on disk -> uint16 pixels; what is wrong with it is named before it is decoded."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from jaxtyping import UInt16

from phenolens.core.errors import InputError
from phenolens.images.bounds import (
    DEFLATE,
    JPEG,
    MOST_PAGES,
    check_ratio,
    check_size,
    check_tile,
    ratio_of_tiff,
)
from phenolens.images.codestream import READ, SELF_DESCRIBING, jpeg_size, size_of_stream
from phenolens.images.depth import refuse_depth
from phenolens.images.far import of_content
from phenolens.images.frames import pages_of_frame

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
_COPY_AGAIN = "copy or export the file again"
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# PNG colour type -> channels: grey, RGB, palette (decoded as RGB), grey + alpha, RGB + alpha.
_PNG_CHANNELS, _PALETTE = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}, 3


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of an image file says: its channels, its (height, width), its dtype."""

    channels: int
    size: tuple[int, int]
    dtype: str


def read_header(path: Path | str, frame: int | None = None) -> Header:
    """Return channels, size and dtype of an image file without decoding its pixels.

    Every page of a TIFF counts as a channel, and so does every sample of a pixel (RGB is three).

    Args:
        path: Of the file, on this disk or of a mirror (`core/mirror.py`).
        frame: Which point in time of a TIFF that holds several (`images/stacks.py`); None: it holds
            one.

    Raises:
        InputError: Missing, not an image, truncated, pages that differ or that are z planes or
            points in time (`images/depth.py`), pixels that are neither 8-bit nor 16-bit unsigned
            integers, or a size that cannot be (`images/bounds.py`).
    """
    return of_content(_header, Path(path), frame)


def _header(path: Path, frame: int | None) -> Header:
    with named_errors(path):
        magic = _magic(path)
        if magic.startswith(_PNG):
            return _png_header(path)
        if magic.startswith(_JPEG):
            return _jpeg_header(path)
        with tifffile.TiffFile(path) as tif:
            pages = sound_pages(tif, path, frame)
            height, width = _page_size(pages[0])
            channels = len(pages) * int(pages[0].samplesperpixel)
            return Header(channels, (height, width), str(pages[0].dtype))


def read_image(
    path: Path | str, frame: int | None = None
) -> UInt16[np.ndarray, "channel height width"]:
    """Return the pixels of a TIFF, PNG or JPEG file, (channel, height, width).

    8-bit pixels are widened, not scaled: 255 stays 255. `frame` is as in `read_header`.

    Raises:
        InputError: As `read_header`, or the pixels cannot be decoded.
    """
    return of_content(_pixels, Path(path), frame)


def _pixels(path: Path, frame: int | None) -> UInt16[np.ndarray, "channel height width"]:
    with named_errors(path):
        magic = _magic(path)
        if not magic.startswith((_PNG, _JPEG)):
            return _read_tiff(path, frame)
        png = magic.startswith(_PNG)
        header = _png_header(path) if png else _jpeg_header(path)
        decode = imagecodecs.png_decode if png else imagecodecs.jpeg_decode
        pixels = decode(path.read_bytes())
        stack = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
        shape = (header.channels, *header.size)
        if stack.shape != shape:
            raise InputError(f"decodes to {stack.shape}, but its header says {shape}", where=path)
        return np.ascontiguousarray(stack, dtype=np.uint16)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises into one InputError that names the file."""
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError("does not exist", where=path) from error
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror or error}", where=path) from error
    except MemoryError as error:
        raise InputError("there is too little memory to decode it", where=path) from error
    except Exception as error:  # tifffile and the codecs raise dozens of kinds
        what = f"cannot be read: {type(error).__name__}: {error}"
        raise InputError(what, where=path, fix=_COPY_AGAIN) from error


def _magic(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a folder; or a pipe or device, without an end
        raise InputError("is not a file", where=path, fix=_COPY_AGAIN)
    with path.open("rb") as file:
        magic = file.read(8)
    if not magic:
        raise InputError("is empty (0 bytes)", where=path, fix=_COPY_AGAIN)
    if not magic.startswith((_PNG, _JPEG, b"II", b"MM")):
        raise InputError("is not a TIFF, PNG or JPEG image", where=path)
    return magic


def _read_tiff(path: Path, frame: int | None) -> UInt16[np.ndarray, "channel height width"]:
    with tifffile.TiffFile(path) as tif:
        pages = sound_pages(tif, path, frame)
        planes = []
        for page in pages:
            pixels = page.asarray(maxworkers=1)
            if page.axes == "YXS":
                pixels = np.moveaxis(pixels, -1, 0)
            planes.append(pixels.reshape(-1, *_page_size(page)))
    stack = planes[0] if len(planes) == 1 else np.concatenate(planes)
    return np.ascontiguousarray(stack, dtype=np.uint16)


def sound_pages(tif: Any, path: Path, frame: int | None = None) -> list[Any]:
    """Return the pages of a TIFF that is whole: alike, of a known dtype, no byte missing.

    With a `frame` of 0 or more those of one point in time, with -1 those of all.
    """
    length = path.stat().st_size
    pages = _pages(tif, path, length)
    _require_whole(tif, pages, path, length)
    kinds = {f"{' x '.join(map(str, page.shape))} {page.dtype}" for page in pages}
    if len(kinds) > 1:
        raise InputError(
            f"has pages of different kinds: {', '.join(sorted(kinds))}",
            where=path,
            fix="export it without pyramid and thumbnail",
        )
    if pages[0].axes not in ("YX", "YXS", "SYX"):
        raise InputError(f"has axes {pages[0].axes}, expected one plane per page", where=path)
    _require_unsigned(str(pages[0].dtype), path)
    axes = "ZT" if frame is None else "Z"
    refuse_depth(tif, len(pages) * int(pages[0].samplesperpixel), path, axes)
    for page in pages:
        _require_possible(page, 1, sum(page.databytecounts), path)
        _require_small_streams(tif, page, path)
    _require_possible(pages[0], len(pages), length, path)  # pages may share their bytes
    return pages if frame is None or frame < 0 else pages_of_frame(tif, pages, frame, path)


def _pages(tif: Any, path: Path, length: int) -> list[Any]:
    """Return the pages of a TIFF, of which a damaged one may seem to have millions."""
    try:
        tif.pages[MOST_PAGES]
    except IndexError:
        count = len(tif.pages)
    else:
        raise InputError(
            f"has more than {MOST_PAGES} pages",
            where=path,
            fix="split it: every page counts as a channel",
        )
    first = tif.pages[0] if count else None
    # To read all pages takes a while. One without compression or pixels is refused as what it is.
    if first is not None and first.dtype is not None and int(first.compression) != 1:
        _require_possible(first, count, length, path)
    return list(tif.pages)


def _require_possible(page: Any, pages: int, stored: int, path: Path) -> None:
    """Refuse a size that no image has, or that cannot come out of so many bytes."""
    each, samples = page.dtype.itemsize, int(page.samplesperpixel)
    height, width = _page_size(page)
    check_size((height, width), pages * samples, each, path)
    if page.is_tiled:
        check_tile((int(page.tilelength), int(page.tilewidth)), (height, width), path)
    # Pixels of fewer than 8 bits are packed, and come out as a byte each.
    packed = 8 // min(8, max(1, int(page.bitspersample)))
    ratio = ratio_of_tiff(int(page.compression)) * packed
    check_ratio(pages * height * width * samples * each, stored, ratio, path)


def _require_small_streams(tif: Any, page: Any, path: Path) -> None:
    """Refuse strips and tiles that would be decoded to another size than their page's."""
    if int(page.compression) not in READ:
        name = str(getattr(page.compression, "name", page.compression)).lower().replace("_", " ")
        raise InputError(
            f"is a TIFF compressed with {name}, which phenolens does not read",
            where=path,
            fix="save it with LZW, deflate, Zstandard or JPEG 2000",
        )
    if int(page.compression) not in SELF_DESCRIBING:
        return
    height, width = _page_size(page)
    if page.is_tiled:
        height, width = max(height, int(page.tilelength)), max(width, int(page.tilewidth))
    most = 2 * (height + 64) * (width + 64) * int(page.samplesperpixel)  # streams are filled up
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        tif.filehandle.seek(offset)
        said = size_of_stream(int(page.compression), tif.filehandle.read(count))
        if said is not None and math.prod(said) > most:
            raise InputError(
                f"is damaged: a part of an image of {height} x {width} says {said[1]} x {said[2]}",
                where=path,
                fix=_COPY_AGAIN,
            )


def _require_whole(tif: Any, pages: list[Any], path: Path, length: int) -> None:
    ends = [
        offset + count
        for page in pages
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)
    ]
    if not ends:
        raise InputError("contains no image", where=path, fix=_COPY_AGAIN)
    if max(ends) > length:
        raise InputError(
            f"is truncated: {length} bytes of at least {max(ends)}", where=path, fix=_COPY_AGAIN
        )
    # A chain of pages ends with offset 0; anything else points at a page that is not there.
    tif.filehandle.seek(tif.pages.next_page_offset)
    following = tif.filehandle.read(tif.tiff.offsetsize)
    if any(following) or len(following) < tif.tiff.offsetsize:
        raise InputError(
            f"is truncated: page {len(pages) + 1} is missing", where=path, fix=_COPY_AGAIN
        )


def _require_unsigned(dtype: str, path: Path) -> None:
    if dtype not in ("uint8", "uint16"):
        raise InputError(
            f"has {dtype} pixels, expected 8-bit or 16-bit unsigned integers",
            where=path,
            fix="save the raw camera counts as uint16",
        )


def _page_size(page: Any) -> tuple[int, int]:
    return int(page.imagelength), int(page.imagewidth)


def _png_header(path: Path) -> Header:
    with path.open("rb") as file:
        head = file.read(26)
        file.seek(max(0, path.stat().st_size - 12))
        whole = b"IEND" in file.read()
    if not whole or len(head) < 26:
        raise InputError("is truncated: its end is missing", where=path, fix=_COPY_AGAIN)
    width, height, bits, colour = struct.unpack(">IIBB", head[16:26])
    if colour not in _PNG_CHANNELS or bits not in (1, 2, 4, 8, 16):
        raise InputError("is not a PNG that can be read: its header", where=path, fix=_COPY_AGAIN)
    channels, each = _PNG_CHANNELS[colour], 1 + bits // 16
    check_size((height, width), channels, each, path)
    samples = 1 if colour == _PALETTE else channels
    packed = height * -(-width * samples * bits // 8)
    check_ratio(packed, path.stat().st_size, DEFLATE, path)
    return Header(channels, (height, width), "uint16" if bits == 16 else "uint8")


def _jpeg_header(path: Path) -> Header:
    data = path.read_bytes()
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise InputError("is truncated: its end is missing", where=path, fix=_COPY_AGAIN)
    size = jpeg_size(data)
    if size is None:
        raise InputError("contains no image", where=path, fix=_COPY_AGAIN)
    channels, height, width = size
    check_size((height, width), channels, 1, path)
    check_ratio(height * width * channels, len(data), JPEG, path)
    return Header(channels, (height, width), "uint8")
