from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from phenolens.drawing.png import data_uri, encode_png


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (33, 16)])
def test_an_independent_decoder_reads_the_same_pixels(shape: tuple[int, int]) -> None:
    imagecodecs = pytest.importorskip("imagecodecs", reason="the judge is libpng by imagecodecs")
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (*shape, 3), dtype=np.uint8)
    ramp = (np.arange(shape[1], dtype=np.uint8)[None, :, None] * 3 + np.zeros_like(noise)).astype(
        np.uint8
    )
    for image in (noise, ramp, ramp[:, ::-1]):
        np.testing.assert_array_equal(imagecodecs.png_decode(encode_png(image)), image)


def test_the_left_neighbour_is_used_where_it_helps() -> None:
    ramp = np.repeat(np.arange(0, 250, 2, dtype=np.uint8)[None, :, None], 3, axis=2)
    body = encode_png(np.ascontiguousarray(ramp)).split(b"IDAT")[1]
    assert zlib.decompressobj().decompress(body)[0] == 1


def test_a_data_uri_holds_the_file() -> None:
    image = np.zeros((2, 2, 3), dtype=np.uint8)
    head, _, body = data_uri(image).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == encode_png(image)
