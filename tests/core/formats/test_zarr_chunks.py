"""A chunk that decodes to more than its array holds is refused."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats import decoded
from phenolens.core.formats.zarr_arrays import array_of
from phenolens.core.formats.zarr_chunks import check_chunk

numcodecs = pytest.importorskip("numcodecs")
BIG = np.zeros(1 << 25, np.uint8)  # zlib makes more than 16 KB of it


def check(path: Path, content: bytes, **document: Any) -> int:
    """Check a chunk of four values."""
    path.write_bytes(content)
    whole = {"shape": [4], "chunks": [4], "dtype": "<f4", **document}
    return check_chunk(path, array_of(whole).chunk, len(content))


@pytest.mark.parametrize("name", decoded.COMPRESSORS)
def test_a_bomb_is_refused_and_a_chunk_is_not(tmp_path: Path, name: str) -> None:
    codec = numcodecs.get_codec({"id": name})
    settings = codec.get_config()
    assert check(tmp_path / "0", bytes(codec.encode(np.ones(4, "<f4"))), compressor=settings) == 0
    with pytest.raises(InputError, match="0: decodes to more than its array holds; copy or"):
        check(tmp_path / "0", bytes(codec.encode(BIG)), compressor=settings)


def test_the_number_of_texts_is_compared(tmp_path: Path) -> None:
    texts = numcodecs.VLenUTF8().encode(np.array(["a", "b", "c", "d"], object))
    text = {"dtype": "|O", "filters": [{"id": "vlen-utf8"}]}
    packed = zlib.compress(texts)
    assert check(tmp_path / "0", texts, **text) == len(texts)
    check(tmp_path / "0", packed, **text, compressor={"id": "zlib"})
    lie = struct.pack("<I", 268_435_455) + texts[4:]
    for content, more in ((lie, {}), (zlib.compress(lie), {"compressor": {"id": "zlib"}})):
        with pytest.raises(InputError, match="holds: 268,435,455 texts instead of 4"):
            check(tmp_path / "0", content, **text, **more)


def test_a_file_longer_than_its_array_is_refused(tmp_path: Path) -> None:
    assert check(tmp_path / "0", bytes(16)) == 0
    with pytest.raises(InputError, match="decodes to more"):
        check(tmp_path / "0", bytes(10_000))


def shard(index: str) -> dict[str, Any]:
    """Return a document of an array of one shard of two chunks."""
    inner = {"chunk_shape": [2], "codecs": [{"name": "bytes"}, {"name": "zstd"}]}
    codec = {
        "name": "sharding_indexed",
        "configuration": {**inner, "index_codecs": [{"name": index}, {"name": "crc32c"}]},
    }
    grid = {"name": "regular", "configuration": {"chunk_shape": [4]}}
    return {"shape": [4], "chunk_grid": grid, "data_type": "float32", "codecs": [codec]}


def test_the_chunks_of_a_shard_are_checked(tmp_path: Path) -> None:
    good = bytes(numcodecs.Zstd().encode(np.ones(2, "<f4")))
    bomb = bytes(numcodecs.Zstd().encode(BIG))
    path = tmp_path / "c"
    for content, end, index, message in (
        (good, len(good), "bytes", ""),
        (bomb, len(bomb), "bytes", "decodes to more"),
        (good, 10**9, "bytes", "chunks outside of it"),
        (good, len(good), "zstd", "without an index"),
    ):
        places = struct.pack("<4QI", 0, end, 2**64 - 1, 2**64 - 1, 0)
        path.write_bytes(content + places)
        chunk = array_of(shard(index)).chunk
        if message:
            with pytest.raises(InputError, match=message):
                check_chunk(path, chunk, path.stat().st_size)
        else:
            assert check_chunk(path, chunk, path.stat().st_size) == 0
