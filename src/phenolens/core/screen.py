"""Screen: one metadata row per image, and how to read its pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer, UInt16

from phenolens.core.errors import InputError, nearest
from phenolens.core.query import matching

Rows = Integer[np.ndarray, " n"]
Images = UInt16[np.ndarray, "n channel height width"]
Read = Callable[[Rows], Images]

REQUIRED = ("plate", "well")


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """One metadata row per image (field of view or single-cell crop), and how to read its pixels.

    Attributes:
        meta: One row per image, 0..n-1. Columns by our names: plate, well, site, treatment,
            compound, concentration, batch, control, moa, cell_line, time, replicate, ...
        channels: Names of the channels, in the order of the pixel array.
        read: Rows -> uint16 pixels (n, channel, height, width), raw camera units.
        size: (height, width) in pixels, the same for every image.
        level: What one image shows.
        pixel_size: Micrometres a pixel, where known.
    """

    meta: pd.DataFrame
    channels: tuple[str, ...]
    read: Read
    size: tuple[int, int]
    level: Literal["field", "cell"] = "field"
    pixel_size: float | None = None

    def __post_init__(self) -> None:
        missing = [name for name in REQUIRED if name not in self.meta.columns]
        if missing:
            raise InputError(
                f"the screen's table lacks {missing}; it has {list(self.meta.columns)}",
                fix="name the table's own columns with `columns`",
            )
        if len(set(self.channels)) != len(self.channels) or not self.channels:
            raise InputError(f"channels must be named once each, got {list(self.channels)}")
        if not self.meta.index.equals(pd.RangeIndex(len(self.meta))):
            object.__setattr__(self, "meta", self.meta.reset_index(drop=True))

    def __len__(self) -> int:
        return len(self.meta)

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> Screen:
        """Return the screen of these rows (indices or a mask), in this order."""
        meta = self.meta.iloc[rows].reset_index(drop=True)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        return replace(self, meta=meta, read=partial(_read_rows, self.read, rows))

    def where(self, query: str) -> Screen:
        """Return the screen of the rows that a pandas query keeps, as `moa == moa and not control`.

        Raises:
            InputError: The query names an unknown column, cannot be read, is no condition, or keeps
                nothing.
        """
        return self.take(matching(self.meta, query))

    def select(self, channels: Sequence[str]) -> Screen:
        """Return the screen with these channels only, in this order."""
        unknown = [name for name in channels if name not in self.channels]
        if unknown:
            raise InputError(f"no channel '{unknown[0]}'", fix=nearest(unknown[0], self.channels))
        index = np.array([self.channels.index(name) for name in channels])
        return replace(
            self, channels=tuple(channels), read=partial(_read_channels, self.read, index)
        )


def _read_rows(
    read: Read, rows: Integer[np.ndarray, " m"], chosen: Integer[np.ndarray, " n"]
) -> Images:
    return read(rows[chosen])


def _read_channels(read: Read, index: Integer[np.ndarray, " c"], rows: Rows) -> Images:
    return read(rows)[:, index]
