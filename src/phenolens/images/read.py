"""Image files on disk -> uint16 pixels, every failure named with its file and row."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from jaxtyping import Integer, Shaped, UInt16

from phenolens.core.errors import InputError

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
_COPY_AGAIN = "copy or export the file again"
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# PNG colour type -> channels: grey, RGB, palette (decoded as RGB), grey + alpha, RGB + alpha.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of an image file says: its channels, its (height, width), its dtype."""

    channels: int
    size: tuple[int, int]
    dtype: str


def read_header(path: Path | str) -> Header:
    """Return channels, size and dtype of an image file without decoding its pixels.

    Every page of a TIFF counts as a channel, and so does every sample of a pixel (RGB is three).

    Raises:
        InputError: Missing, not an image, truncated, pages that differ, or pixels that are
            neither 8-bit nor 16-bit unsigned integers.
    """
    path = Path(path)
    with _named(path):
        magic = _magic(path)
        if magic.startswith(_PNG):
            return _png_header(path)
        if magic.startswith(_JPEG):
            return _jpeg_header(path)
        with tifffile.TiffFile(path) as tif:
            pages = _sound_pages(tif, path)
            height, width = _page_size(pages[0])
            channels = len(pages) * int(pages[0].samplesperpixel)
            return Header(channels, (height, width), str(pages[0].dtype))


def read_image(path: Path | str) -> UInt16[np.ndarray, "channel height width"]:
    """Return the pixels of a TIFF, PNG or JPEG file, (channel, height, width).

    8-bit pixels are widened, not scaled: 255 stays 255.

    Raises:
        InputError: As `read_header`, and where the pixels cannot be decoded.
    """
    path = Path(path)
    with _named(path):
        magic = _magic(path)
        if not magic.startswith((_PNG, _JPEG)):
            return _read_tiff(path)
        header = read_header(path)
        decode = imagecodecs.png_decode if magic.startswith(_PNG) else imagecodecs.jpeg_decode
        pixels = decode(path.read_bytes())
        stack = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
        shape = (header.channels, *header.size)
        if stack.shape != shape:
            raise InputError(f"decodes to {stack.shape}, but its header says {shape}", where=path)
        return np.ascontiguousarray(stack, dtype=np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class FileReader:
    """Rows of a screen -> pixels, from files: one per channel, or one multi-channel file per row.

    Attributes:
        root: Folder that the paths start from.
        paths: (n, k) paths; the channels of a row's k files are concatenated.
        channels: Channels of a row, over all its files.
        size: (height, width) that every file must have.
        table: Name of the table that lists the files, for messages; empty if there is none.
        lines: (n,) row of each image in that table.
    """

    root: Path
    paths: Shaped[np.ndarray, "n k"] = field(repr=False)
    channels: int
    size: tuple[int, int]
    table: str = ""
    lines: Integer[np.ndarray, " n"] | None = field(default=None, repr=False)

    def __call__(
        self, rows: Integer[np.ndarray, " n"]
    ) -> UInt16[np.ndarray, "n channel height width"]:
        """Return the pixels of these rows.

        Raises:
            InputError: A file is missing, unreadable, or of another shape: names file and row.
        """
        images = np.empty((len(rows), self.channels, *self.size), dtype=np.uint16)
        for place, row in enumerate(rows.tolist()):
            try:
                images[place] = self._row(row)
            except InputError as error:
                raise self._with_row(error, row) from error
        return images

    def _row(self, row: int) -> UInt16[np.ndarray, "channel height width"]:
        files = [self.root / name for name in self.paths[row]]
        images = [read_image(file) for file in files]
        wanted = Header(self.channels // len(files), self.size, "uint16")
        for file, image in zip(files, images, strict=True):
            fits(Header(len(image), image.shape[1:], "uint16"), wanted, file)
        return np.concatenate(images)

    def _with_row(self, error: InputError, row: int) -> InputError:
        """Return the error with the table and its row, if there is one, before the file."""
        if self.lines is None:
            return error
        place = f"{self.table} row {int(self.lines[row])}"
        return InputError(f"{error.where} {error.what}", where=place, fix=error.fix)


def fits(header: Header, wanted: Header, path: Path) -> None:
    """Raise InputError where a file is not of the screen's size and channels."""
    if header.size != wanted.size:
        found, asked = (" x ".join(map(str, pair)) for pair in (header.size, wanted.size))
        raise InputError(
            f"is {found} pixels, the other images are {asked}",
            where=path,
            fix="all images of a screen must have one size: put these into a separate screen",
        )
    if header.channels != wanted.channels:
        plural = "s" * (header.channels > 1)
        raise InputError(
            f"has {header.channels} channel{plural}, expected {wanted.channels}",
            where=path,
            fix="every page of a TIFF and every colour of an RGB image counts as a channel",
        )


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises into one InputError that names the file."""
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError("does not exist", where=path) from error
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror or error}", where=path) from error
    except Exception as error:  # tifffile and the codecs raise dozens of kinds
        what = f"cannot be read: {type(error).__name__}: {error}"
        raise InputError(what, where=path, fix=_COPY_AGAIN) from error


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        magic = file.read(8)
    if not magic:
        raise InputError("is empty (0 bytes)", where=path, fix=_COPY_AGAIN)
    if not magic.startswith((_PNG, _JPEG, b"II", b"MM")):
        raise InputError("is not a TIFF, PNG or JPEG image", where=path)
    return magic


def _read_tiff(path: Path) -> UInt16[np.ndarray, "channel height width"]:
    with tifffile.TiffFile(path) as tif:
        pages = _sound_pages(tif, path)
        planes = []
        for page in pages:
            pixels = page.asarray(maxworkers=1)
            if page.axes == "YXS":
                pixels = np.moveaxis(pixels, -1, 0)
            planes.append(pixels.reshape(-1, *_page_size(page)))
    stack = planes[0] if len(planes) == 1 else np.concatenate(planes)
    return np.ascontiguousarray(stack, dtype=np.uint16)


def _sound_pages(tif: Any, path: Path) -> list[Any]:
    """Return the pages of a TIFF that is whole: alike, of a known dtype, no byte missing."""
    pages = list(tif.pages)
    length = path.stat().st_size
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
    return pages


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
    return Header(_PNG_CHANNELS[colour], (height, width), "uint16" if bits == 16 else "uint8")


def _jpeg_header(path: Path) -> Header:
    data = path.read_bytes()
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise InputError("is truncated: its end is missing", where=path, fix=_COPY_AGAIN)
    place = 2
    while place + 9 < len(data):
        marker, length = struct.unpack(">BH", data[place + 1 : place + 4])
        # Start-of-frame markers hold the size; C4, C8 and CC in their range mean other things.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, channels = struct.unpack(">HHB", data[place + 5 : place + 10])
            return Header(channels, (height, width), "uint8")
        place += 2 + length
    raise InputError("contains no image", where=path, fix=_COPY_AGAIN)
