"""The worst pictures of each kind: which ones, at which contrast."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pandas as pd

from phenolens.intake.gallery import galleries
from phenolens.quality.finding import Finding
from phenolens.quality.looks import Looks


def seen() -> Looks:
    small = np.zeros((5, 2, 4, 4), dtype=np.uint16)
    small[:] = np.arange(16).reshape(4, 4) * 10
    small[4] = 150
    meta = pd.DataFrame({"plate": ["P1"] * 4 + ["P2"], "well": [f"A0{i}" for i in range(1, 6)]})
    nothing = np.full((5, 2, 2), np.nan, dtype=np.float32)
    return Looks(np.arange(5), ("DNA", "ER"), meta, pd.DataFrame(), nothing, small, 5, (4, 4))


def test_the_worst_of_each_finding_come_in_turn_with_a_usual_picture() -> None:
    found = [
        Finding("blurred", "first", (2, 1), "DNA"),
        Finding("blurred", "second", (4,), "ER"),
        Finding("rotated plate", "third"),
    ]
    blurred, turned = galleries(seen(), found)
    assert blurred.sentences == ("first", "second")
    words = [picture.words for picture in blurred.pictures]
    assert words == ["P1 A03, DNA", "P2 A05, ER", "P1 A02, DNA"]
    assert blurred.usual is not None
    assert blurred.usual.words == "P1 A04, DNA"
    assert (turned.pictures, turned.usual) == ((), None)


def test_contrast_is_that_of_the_plate_and_channel() -> None:
    looks = seen()
    looks.small[1, 0] //= 2
    (one,) = galleries(looks, [Finding("dim", "", (0, 1), "DNA")])
    bright, dim = (_top(picture.source) for picture in one.pictures)
    assert bright == 252  # the lowest two bits are dropped
    assert 150 < dim < 200  # the root of a half


def _top(source: str) -> int:
    """Return the largest value of a PNG of 4 rows without or with differences to the left."""
    data = base64.b64decode(source.split(",")[1])
    at = data.index(b"IDAT")
    rows = np.frombuffer(zlib.decompress(data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at])]),
                         dtype=np.uint8).reshape(4, 13)  # fmt: skip
    pixels = rows[:, 1:].reshape(4, 4, 3)
    if rows[0, 0] == 1:
        pixels = np.cumsum(pixels, axis=1, dtype=np.uint8)
    return int(pixels.max())
