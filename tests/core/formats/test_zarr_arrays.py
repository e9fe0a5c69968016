"""Documents of zarr arrays: bytes of a chunk, and packings that cannot be checked."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.zarr_arrays import array_of, is_array

ZLIB = {"id": "zlib", "level": 1}
V2 = {"shape": [4, 3], "chunks": [2, 3], "dtype": "<f4", "compressor": ZLIB, "filters": None}
V3 = {
    "shape": [4, 3],
    "node_type": "array",
    "data_type": "float64",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3]}},
    "codecs": [{"name": "bytes"}, {"name": "zstd"}, {"name": "crc32c"}],
}


def test_sizes_are_those_of_the_values() -> None:
    assert array_of(V2).size == 48
    assert array_of(V2).chunk.items == 6
    assert array_of({**V2, "chunks": [100, 3]}).size == 1200  # a chunk is decoded whole
    assert array_of({**V2, "dtype": [["a", "<f4"], ["b", "<f8", [2]]]}).size == 12 * 20
    made = array_of(V3)
    assert (made.size, made.chunk.compressor) == (96, ("zstd", {}))
    text = array_of({**V3, "data_type": "string", "codecs": [{"name": "vlen-utf8"}]})
    assert text.chunk.is_text
    wide = {"name": "fixed_length_utf32", "configuration": {"length_bytes": 8}}
    assert array_of({**V3, "data_type": wide}).size == 96
    delta = [{"id": "delta", "dtype": "<f4"}]
    assert array_of({**V2, "filters": delta}).chunk.most == array_of(V2).chunk.most
    assert is_array(V2)
    assert not is_array({"node_type": "group"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": [4.5, 3]}, "does not describe an array"),
        ({"shape": [4]}, "another number of dimensions"),
        ({"shape": [4, 200_000_000], "chunks": [1, 1]}, "into 800,000,000 chunks, and 1,000,000"),
        ({"dtype": "|S2000000000"}, "2,000,000,000 bytes for each value"),
        ({"dtype": "|O"}, "holds objects that are not text"),
        ({"filters": [ZLIB]}, "applies 'zlib' to what 'zlib' has packed"),
        (
            {"filters": [{"id": "astype", "encode_dtype": "u1", "decode_dtype": "<c16"}]},
            "filtered by 'astype' as values of another kind",
        ),
        ({"filters": [{"id": "odd"}]}, "'odd', which cannot be checked"),
    ],
)
def test_what_cannot_be_checked_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        array_of({**V2, **change})
