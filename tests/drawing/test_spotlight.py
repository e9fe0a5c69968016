from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

from phenolens.drawing.spotlight import spotlight


def pixels(address: str) -> np.ndarray:
    """Return the pixels of a PNG that was written without prediction, or with the left one."""
    png = base64.b64decode(address.partition(",")[2])
    width, height = struct.unpack(">II", png[16:24])
    length = struct.unpack(">I", png[33:37])[0]
    rows = np.frombuffer(zlib.decompress(png[41 : 41 + length]), np.uint8)
    rows = rows.reshape(height, 1 + 3 * width)
    made = rows[:, 1:].reshape(height, width, 3)
    whole = np.where(rows[:, :1, None] == 1, np.cumsum(made, axis=1, dtype=np.uint8), made)
    return np.asarray(whole)


def test_a_patch_is_as_bright_as_its_place_in_the_map() -> None:
    image = np.full((1, 8, 8), 200, dtype=np.uint8)
    found = pixels(spotlight(image, np.array([[1.0, 0.0], [1.0, 0.5]]), ("#ffffff",)))
    assert found[0, 0, 0] == 200
    assert found[0, 7, 0] == round(200 * 0.18) & 0xFC
    assert found[7, 7, 0] == round(200 * (0.18 + 0.82 * 0.5)) & 0xFC


def test_a_map_of_zeros_is_dim_everywhere() -> None:
    image = np.full((1, 4, 4), 100, dtype=np.uint8)
    assert pixels(spotlight(image, np.zeros((2, 2)), ("#ffffff",))).max() == 18 & 0xFC
