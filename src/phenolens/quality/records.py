"""What is looked at of each image, as one record: kept by the store that it is written into."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float32, Int64, UInt16

from phenolens.core.screen import Screen
from phenolens.quality.measure import MEASURES, measure_channel
from phenolens.shading.blocks import means

_COMPARED = 256  # pixels along a side, at which channels are compared
_SIDE = 96  # pixels of the longer side of a small picture
_OF_PLANE = ("lowest", "plane", *MEASURES)
# Records of another meaning are not read: the name changes where a measure does.
_MEASURES = "measures_1"


@dataclass(frozen=True, slots=True)
class QualityRecords:
    """Images -> records with `measures_1` (c, 9), `alike` (c, c) and `small` (c, h, w).

    The measures are `lowest` (the smallest count), `plane` (a hash of the pixels) and those of
    `quality.measure`. alike: correlation of the pixels of two channels; NaN where one is constant.
    small: mean counts of blocks, a small picture.
    """

    def dtype(self, channels: int, size: tuple[int, int]) -> np.dtype[np.void]:
        """Return the fields of a record."""
        step = _step(size)
        small = tuple(max(1, side // step) for side in size)
        return np.dtype(
            [
                (_MEASURES, "<f8", (channels, len(_OF_PLANE))),
                ("alike", "<f4", (channels, channels)),
                ("small", "<u2", (channels, *small)),
            ]
        )

    def __call__(self, images: UInt16[np.ndarray, "n c h w"]) -> np.ndarray:
        """Return one record per image."""
        size = (images.shape[2], images.shape[3])
        made = np.zeros(len(images), dtype=self.dtype(images.shape[1], size))
        step = _step(size)
        for record, image in zip(made, images, strict=True):
            record[_MEASURES] = [_of_plane(plane) for plane in image]
            record["alike"] = _alike(image)
            record["small"] = [np.rint(means(plane, step)) for plane in image]
        return made


def kept_records(screen: Screen, rows: Int64[np.ndarray, " n"]) -> np.ndarray | None:
    """Return the records of rows that the screen's store has; None where it lacks one."""
    records = None if screen.looks is None else screen.looks(rows)
    wanted = QualityRecords().dtype(len(screen.channels), screen.size)
    return records if records is not None and records.dtype == wanted else None


def table_of(
    records: np.ndarray, channels: tuple[str, ...], images: np.ndarray | None = None
) -> pd.DataFrame:
    """Return one row per image and channel: `image`, `channel`, `lowest`, `plane`, the measures.

    Args:
        records: One per image.
        channels: Their names.
        images: Number of each image; 0..n-1 unless given.
    """
    numbers = np.arange(len(records)) if images is None else images
    values = records[_MEASURES].reshape(-1, len(_OF_PLANE))
    table = pd.DataFrame(values, columns=list(_OF_PLANE))
    table.insert(0, "channel", list(channels) * len(records))
    table.insert(0, "image", np.repeat(numbers, len(channels)))
    return table


def _step(size: tuple[int, int]) -> int:
    return max(1, -(-max(size) // _SIDE))


def _of_plane(plane: UInt16[np.ndarray, "h w"]) -> tuple[float, ...]:
    hashed = zlib.crc32(np.ascontiguousarray(plane).data)
    return float(plane.min()), float(hashed), *measure_channel(plane)


def _alike(image: UInt16[np.ndarray, "c h w"]) -> Float32[np.ndarray, "c c"]:
    """Return the correlations of channels, on every k-th pixel: camera noise counts."""
    skip = [max(1, side // _COMPARED) for side in image.shape[1:]]
    pixels = image[:, :: skip[0], :: skip[1]].reshape(len(image), -1).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    sd = np.sqrt((pixels**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((pixels @ pixels.T) / np.outer(sd, sd)).astype(np.float32)
