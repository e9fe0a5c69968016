"""Images whose headers lie are named before memory is taken for them, by every way to open them."""

from __future__ import annotations

import os
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images import bounds
from phenolens.images.read import SUFFIXES, read_header, read_image
from phenolens.runs.check import check
from phenolens.screens.cells import Cells
from phenolens.screens.image_folder import ImageFolder

LAYOUT = ImageFolder(pattern=r"(?P<well>[A-H]\d\d)\.\w+")


def png(width: int, height: int, bits: int = 8, colour: int = 0) -> bytes:
    """A PNG that claims this size and has ten zeros."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(10))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in parts)


def tiff(  # each is a tag
    width: int,
    height: int,
    compression: int = 8,
    stored: bytes = zlib.compress(bytes(10)),
    pages: int = 1,
    following: int | None = 0,
) -> bytes:
    """A TIFF whose pages claim this size and share their bytes.

    Args:
        following: Where the last page says that the next one is; None: at the first.
    """
    first = 8 + len(stored)
    content: bytes = b"II*\0" + struct.pack("<I", first) + stored
    tags = [(256, width), (257, height), (258, 8), (259, compression), (262, 1), (273, 8)]
    tags += [(277, 1), (278, height), (279, len(stored))]
    for page in range(pages):
        after = len(content) + 2 + 12 * len(tags) + 4
        if page == pages - 1:
            after = first if following is None else following
        content += struct.pack("<H", len(tags))
        content += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        content += struct.pack("<I", after)
    return bytes(content)


def jpeg(width: int, height: int) -> bytes:
    """A JPEG of 16 x 16 that claims this size."""
    whole = bytes(imagecodecs.jpeg_encode(np.zeros((16, 16), np.uint8)))
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


LIES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a PNG of 100000 x 100000 in 70 bytes": ("png", lambda: png(100_000, 100_000), "too large"),
    "a PNG of 60000 x 60000": ("png", lambda: png(60_000, 60_000), "is damaged: its header says"),
    "a PNG of 0 x 0": ("png", lambda: png(0, 0), "has no pixel"),
    "a PNG of 2 billion columns": ("png", lambda: png(2**31 - 1, 1), "too large"),
    "a PNG in a colour that does not exist": ("png", lambda: png(4, 4, 8, 9), "its header"),
    "a PNG of 16 bits and 4 channels": ("png", lambda: png(50_000, 50_000, 16, 6), "too large"),
    "a TIFF of 200000 x 200000": ("tif", lambda: tiff(200_000, 200_000), "too large"),
    "a TIFF of 65000 x 60000": ("tif", lambda: tiff(65_000, 60_000), "is damaged"),
    "a TIFF of 0 x 0": ("tif", lambda: tiff(0, 0), "has no pixel|cannot be read|contains no"),
    "a TIFF without compression": (
        "tif",
        lambda: tiff(5000, 5000, compression=1, stored=bytes(16)),
        "is damaged|cannot be read|truncated",
    ),
    "an LZW TIFF": ("tif", lambda: tiff(60_000, 60_000, 5), "is damaged"),
    "a PackBits TIFF": ("tif", lambda: tiff(2000, 2000, 32773), "is damaged"),
    "a TIFF whose pages lead back": (
        "tif",
        lambda: tiff(4, 4, pages=3, following=None),
        "truncated|pages",
    ),
    "a TIFF of 5000 pages that share a byte": (
        "tif",
        lambda: tiff(4, 4, 1, bytes(16), pages=5000),
        "more than 4096 pages",
    ),
    "a TIFF whose pages are possible one by one": (
        "tif",
        lambda: tiff(2000, 2000, 8, zlib.compress(bytes(4_000_000), 9), pages=100),
        "is damaged",
    ),
    "a JPEG of 65535 x 65535": ("jpg", lambda: jpeg(65_535, 65_535), "is damaged|too large"),
    "a JPEG of 0 x 16": ("jpg", lambda: jpeg(0, 16), "has no pixel"),
}


@pytest.fixture(params=LIES)
def lie(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """The file, and what is wrong with it."""
    ending, content, wrong = LIES[request.param]
    path = tmp_path / f"A01.{ending}"
    path.write_bytes(content())
    return path, wrong


def test_it_is_named_by_every_way_to_open_it(lie: tuple[Path, str]) -> None:
    path, wrong = lie
    begun = time.process_time()
    tracemalloc.start()
    try:
        for read in (read_header, read_image, lambda _: LAYOUT(path.parent)):
            with pytest.raises(InputError, match=wrong) as caught:
                read(path)
            assert path.name in str(caught.value)
            assert "\n" not in str(caught.value)
        found = [check(LAYOUT, path.parent, pixels=pixels) for pixels in (False, True)]
        most = tracemalloc.get_traced_memory()[1]
    finally:  # else all later tests are slow
        tracemalloc.stop()
    assert most < 2e7  # bytes; it claims up to 40 GB
    assert time.process_time() - begun < 3
    for report in found:
        assert not report.ok
        assert path.name in str(report)


def test_no_image_that_a_codec_can_make_is_refused(tmp_path: Path) -> None:
    """Black fields, the most that any codec gets out of a byte."""
    black = np.zeros((1, 2160, 2160), np.uint16)
    for compression in (None, "deflate", "lzw", "packbits", "zstd", "lzma"):
        path = tmp_path / f"{compression}.tif"
        tifffile.imwrite(path, black, compression=compression)
        assert read_header(path).size == (2160, 2160)
        assert not read_image(path).any()
    for name, content in {
        "a.png": imagecodecs.png_encode(black[0], level=9),
        "b.png": imagecodecs.png_encode(np.zeros((4000, 4000), np.uint8), level=9),
        "c.jpg": imagecodecs.jpeg_encode(np.zeros((2160, 2160), np.uint8)),
        "d.jpg": imagecodecs.jpeg_encode(np.zeros((2160, 2160, 3), np.uint8)),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert not read_image(tmp_path / name).any()


def test_a_large_image_that_is_whole_is_read(tmp_path: Path) -> None:
    """A stitched well of 20,000 x 20,000 is within the bounds."""
    bounds.check_size((20_000, 20_000), 5, 2, tmp_path)
    with pytest.raises(InputError, match="too large: its header says 60000 x 60000"):
        bounds.check_size((60_000, 60_000), 5, 2, tmp_path)


def npy(shape: tuple[int, ...], text: str = "") -> bytes:
    """The header of an array that is not there."""
    text = text or repr({"descr": "<u2", "fortran_order": False, "shape": shape})
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text.encode() + b"\n"


ARRAYS = {
    "10^12 crops": npy((10**12, 16, 16, 3)),
    "more bytes than 64 bits count": npy((2**40, 2**16, 2**16, 4)),
    "crops of 0 x 0": npy((12, 0, 0, 3)),
    "a header that is no header": npy((), "{'descr': ("),
    "a header nested deeply": npy((), "(" * 3000),
    "nothing": b"",
}


@pytest.mark.parametrize("ending", ["npz", "npy"])
@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_crops_that_lies_is_one_line(tmp_path: Path, name: str, ending: str) -> None:
    layout = Cells.fake(tmp_path)
    path = tmp_path / "fake_images.npz"
    path.unlink()
    if ending == "npz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("images.npy", ARRAYS[name])
    else:
        layout = replace(layout, images="fake_images.npy")
        path = tmp_path / "fake_images.npy"
        path.write_bytes(ARRAYS[name])
    with pytest.raises(InputError, match=r"damaged|has no pixel|truncated") as caught:
        layout(tmp_path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 600
    assert not check(layout, tmp_path, pixels=True).ok


def test_linked_folders_are_followed_and_loops_are_named(tmp_path: Path) -> None:
    whole = tmp_path / "elsewhere"
    whole.mkdir()
    tifffile.imwrite(whole / "A01.tif", np.zeros((8, 8), np.uint16))
    root = tmp_path / "screen"
    root.mkdir()
    (root / "P1").symlink_to(whole, target_is_directory=True)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "self.tif").symlink_to(root / "self.tif")
    layout = ImageFolder(pattern=r"(?P<plate>\w+)/(?P<well>A\d\d)\.tif")
    assert len(layout(root)) == 1
    report = check(layout, root)
    assert report.ok
    assert f"{root / 'loop'}: is a link that leads back to {root.resolve()}" in str(report)


@pytest.mark.skipif("PHENOLENS_DATA" not in os.environ, reason="needs the real images")
def test_every_real_image_passes() -> None:
    count = 0
    for folder, _, names in os.walk(os.environ["PHENOLENS_DATA"]):
        for name in names:
            if name.lower().endswith(SUFFIXES):
                read_header(Path(folder) / name)
                count += 1
    assert count >= 500
