"""Planes that are not what their names say: of one value, copied channels, copied images."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from phenolens.quality.finding import Finding, place, places
from phenolens.quality.looks import Looks

CONSTANT, COPIED, SAME = "constant plane", "copied channel", "same pixels"
_COPY = 0.98  # median correlation of two channels on one plate that are one, written anew
_OTHERS = 0.95  # and of the same two on the other plates, where they are two
_ALONE = 0.995  # where no other plate says what is usual


def copies(looks: Looks) -> Iterator[Finding]:
    """Yield planes of one value, channels that are one, and planes that occur in several images.

    Copied channels are found by equal pixels, image by image; and by plate, where the median
    correlation of their pixels is 0.98 or more and at most 0.95 on the other plates (0.995 where
    there is no other plate): a copy may have been rescaled, or compressed with loss.
    """
    constant = looks.table("lowest") == looks.table("highest")
    yield from _constant(looks, constant)
    yield from _copied(looks, constant)
    yield from _repeated(looks)


def _constant(looks: Looks, constant: Bool[np.ndarray, "n c"]) -> Iterator[Finding]:
    value = looks.table("lowest")
    for c, channel in enumerate(looks.channels):
        for plate, rows in _rows_of_plates(looks):
            images = rows[constant[rows, c]]
            if not len(images):
                continue
            values = sorted({int(v) for v in value[images, c]})
            same = f"{values[0]}" if len(values) == 1 else "one value"
            what = (
                f"plate {plate}: every pixel of channel {channel} is {same} in {len(images)} of "
                f"{len(rows)} images: {places(looks.meta, images)}"
            )
            yield Finding(CONSTANT, what, tuple(images.tolist()), channel)


def _copied(looks: Looks, constant: Bool[np.ndarray, "n c"]) -> Iterator[Finding]:
    hashes = looks.table("plane")
    for i, j in combinations(range(len(looks.channels)), 2):
        names = f"channels {looks.channels[i]} and {looks.channels[j]}"
        equal = (hashes[:, i] == hashes[:, j]) & ~constant[:, i] & ~constant[:, j]
        pairs = pd.Series(looks.alike[:, i, j].astype(np.float64))
        like = pairs.groupby(looks.plates.to_numpy(), observed=True).median()
        for plate, rows in _rows_of_plates(looks):
            images = rows[equal[rows]]
            if len(images):
                what = f"have the same pixels in {len(images)} of {len(rows)} images"
                what = f"plate {plate}: {names} {what}: {places(looks.meta, images)}"
                yield Finding(COPIED, what, tuple(images.tolist()), looks.channels[j])
            elif like[plate] >= _COPY:
                what = _alike(like, plate)
                if what:
                    images = (int(rows[len(rows) // 2]),)
                    what = f"plate {plate}: {names} look copied: {what}"
                    yield Finding(COPIED, what, images, looks.channels[j])


def _alike(like: pd.Series, plate: str) -> str:
    """Return the evidence that two channels of a plate are one; empty where it is not enough."""
    others = like.drop(plate).dropna()
    if not len(others):
        return f"correlation {like[plate]:.3f}" if like[plate] >= _ALONE else ""
    usual = float(others.median())
    known = f"correlation {like[plate]:.3f}, {usual:.3f} on the other plates"
    return "" if usual > _OTHERS else known


def _rows_of_plates(looks: Looks) -> Iterator[tuple[str, Int64[np.ndarray, " k"]]]:
    for plate, rows in looks.plates.groupby(
        looks.plates, observed=True, sort=False
    ).indices.items():
        yield str(plate), np.asarray(rows, dtype=np.int64)


def _repeated(looks: Looks) -> Iterator[Finding]:
    """Yield planes of one channel that are in several images."""
    table = looks.measures[looks.measures["lowest"] < looks.measures["highest"]]
    for key, rows in table.groupby(["channel", "plane", "mean", "highest"], observed=True):
        if len(rows) > 1:
            images = tuple(rows["image"].tolist())
            named = [place(looks.meta, image) for image in images]
            what = f"channel {key[0]} is the same, pixel by pixel, in {' and '.join(named[:4])}"
            more = f" and {len(named) - 4} more" if len(named) > 4 else ""
            yield Finding(SAME, what + more, images, str(key[0]))
