"""Decoded sizes are found without room for what is decoded."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from phenolens.core.formats import decoded
from phenolens.core.formats.decoded import decoded_size, first_bytes

numcodecs = pytest.importorskip("numcodecs")
BYTES = b"abcd" * 25_000 + np.random.default_rng(0).bytes(1000)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "lzma": lzma.compress,
    "zstd": lambda x: bytes(numcodecs.Zstd().encode(x)),
    "lz4": lambda x: bytes(numcodecs.LZ4().encode(x)),
    "blosc": lambda x: bytes(numcodecs.Blosc().encode(x)),
}


def size_of(codec: str, packed: bytes, most: int = 1 << 20) -> int:
    """Return the decoded size of bytes."""
    return decoded_size(codec, {}, io.BytesIO(packed), len(packed), most, harmless=0)


@pytest.mark.parametrize("codec", decoded.COMPRESSORS)
def test_the_size_and_the_beginning_are_found(codec: str) -> None:
    packed = PACK[codec](BYTES)
    assert size_of(codec, packed, len(BYTES)) == len(BYTES)
    assert first_bytes(codec, {}, io.BytesIO(packed), 4) == b"abcd"
    assert first_bytes(codec, {}, io.BytesIO(b"no"), 4) == b""


@pytest.mark.parametrize("codec", ["zlib", "gzip", "bz2", "lzma"])
def test_counting_ends_and_takes_no_room(codec: str) -> None:
    packed = PACK[codec](bytes(1 << 25))
    tracemalloc.start()
    try:
        assert 1 << 10 < size_of(codec, packed, 1 << 10) < 1 << 22
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()


def test_frames_of_zstd_without_a_size_or_with_more_behind_are_counted() -> None:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as file:
        file.write(BYTES)
    unknown, known = sink.getvalue().to_pybytes(), PACK["zstd"](BYTES)
    assert size_of("zstd", unknown) == len(BYTES)
    assert size_of("zstd", known + b"1234") == len(BYTES)  # a checksum
    assert size_of("zstd", known + known) == 2 * len(BYTES)
    assert size_of("zstd", known + unknown) == 2 * len(BYTES)
    assert size_of("zstd", b"damaged") == 0
