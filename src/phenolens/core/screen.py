"""Screen: one metadata row per image, and how to read its pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer, UInt8, UInt16

from phenolens.core.errors import InputError, nearest
from phenolens.core.query import matching
from phenolens.core.ranges import between, finite
from phenolens.core.step_record import plain, step_record

Rows = Integer[np.ndarray, " n"]
Images = UInt16[np.ndarray, "n channel height width"]
Read = Callable[[Rows], Images]
Identify = Callable[[Rows], UInt8[np.ndarray, "n 16"]]
Looks = Callable[[Rows], np.ndarray | None]

REQUIRED = ("plate", "well")
_NAMED_BY = ("plate", "well", "site", "cell")
_SHOWN = 6  # names of what was left out


class UnreadableImage(InputError):  # noqa: N818  # as InputError's kin are used: by what it is
    """An image whose file is missing or damaged; a screen may leave such images out."""


@dataclass(frozen=True, kw_only=True)
class IntensityRule:
    """How raw counts become [0, 1]: the parameters of the pixel step `rescale`.

    Attributes:
        mode: `percentile`: limits are percentiles of the pixels of each plate and channel.
            `fixed`: the same two counts everywhere (WS-DINO: 0 and 10,000).
        low: Lower limit, in percent or in counts.
        high: Upper limit, in percent or in counts. Counts outside the limits are clipped.
        on: Which images of a plate the percentiles, mean and sd are computed from.
        standardize: Whether views and tiles then get mean 0 and sd 1, by the mean and sd of each
            plate and channel in [0, 1] (CDCL; a network that starts from random weights learns
            sooner). It is done last, after any change of intensity.
    """

    mode: Literal["percentile", "fixed"] = "percentile"
    low: float = 0.1
    high: float = 99.9
    on: Literal["all", "controls"] = "all"
    standardize: bool = False

    def __post_init__(self) -> None:
        if self.mode == "percentile":
            between(0, 100, low=self.low, high=self.high)
        finite(low=self.low, high=self.high)
        if not self.low < self.high:
            raise InputError(f"must be below high ({self.high}), got {self.low}", where="low")


@runtime_checkable
class Learned(Protocol):
    """What a pixel step estimates from many images, as the illumination of a plate.

    Attributes:
        name: Of the file in which the pixel store keeps it.
    """

    @property
    def name(self) -> str:
        """The name of its file."""
        ...

    def save(self, path: Path) -> None:
        """Write it; what is not known is estimated first."""
        ...

    def load(self, path: Path) -> None:
        """Take a file over that `save` wrote.

        Raises:
            InputError: It is damaged, or of other images.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """One metadata row per image (field of view or single-cell crop), and how to read its pixels.

    Attributes:
        meta: One row per image, 0..n-1. Columns by our names: plate, well, site, treatment,
            compound, concentration, batch, control, moa, cell_line, time, replicate, ...
        channels: Names of the channels, in the order of the pixel array.
        read: Rows -> uint16 pixels (n, channel, height, width), raw camera counts.
        size: (height, width) in pixels, the same for every image.
        level: What one image shows.
        pixel_size: Micrometres per pixel, where known.
        history: One entry per pixel step that made the screen, oldest first: step, parameters,
            images_in, images_out, facts (such as which images were dropped).
        rescale: How raw counts become [0, 1], once the step `rescale` has set it. `read` still
            returns raw counts; `store.limits.Limits` applies the rule.
        identify: Rows -> a hash for each of the files that it is read from, without decoding
            them; None where that is not known. By it a changed file is noticed, and the pixels of
            unchanged ones are not prepared again.
        left_out: Which images were left out because their files are missing or damaged, with the
            reason; None: such an image stops the work.
        learned: What pixel steps estimate from many images, and `read` uses.
        looks: Rows -> what was measured of these very pixels when they were prepared, one record
            per image (`store.looks`); it returns None where one is missing or damaged.
    """

    meta: pd.DataFrame
    channels: tuple[str, ...]
    read: Read
    size: tuple[int, int]
    level: Literal["field", "cell"] = "field"
    pixel_size: float | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    rescale: IntensityRule | None = None
    identify: Identify | None = None
    left_out: tuple[str, ...] | None = None
    learned: tuple[Learned, ...] = ()
    looks: Looks | None = None

    def __post_init__(self) -> None:
        missing = [name for name in REQUIRED if name not in self.meta.columns]
        if missing:
            raise InputError(
                f"the screen's table lacks {missing}; it has {list(self.meta.columns)}",
                fix="name the table's own columns with `columns`",
            )
        if len(set(self.channels)) != len(self.channels) or not self.channels:
            raise InputError(f"each channel must be named once, got {list(self.channels)}")
        if not self.meta.index.equals(pd.RangeIndex(len(self.meta))):
            object.__setattr__(self, "meta", self.meta.reset_index(drop=True))

    def __len__(self) -> int:
        return len(self.meta)

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> Screen:
        """Return the screen of these rows (indices or a mask), in this order."""
        meta = self.meta.iloc[rows].reset_index(drop=True)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        identify = None if self.identify is None else partial(_read_rows, self.identify, rows)
        looks = None if self.looks is None else partial(_read_rows, self.looks, rows)
        read = partial(_read_rows, self.read, rows)
        return replace(self, meta=meta, read=read, identify=identify, looks=looks)

    def leave_out(self, unreadable: Bool[np.ndarray, " n"], why: Sequence[str]) -> Screen:
        """Return the screen without the images that cannot be read; `left_out` names them.

        Args:
            unreadable: Which images.
            why: Where and what is wrong, one for each image that is missing: also those that the
                screen does not have, because their files are gone.

        Raises:
            InputError: More than half of the images cannot be read.
        """
        left_out = (*(self.left_out or ()), *why)
        total = len(self) + len(left_out) - int(unreadable.sum())
        if 2 * len(left_out) > total:
            raise InputError(
                f"{len(left_out)} of {total} images cannot be read, more than half of them; the "
                f"first: {left_out[0]}",
                fix="check that the folder is whole and its disk is connected",
            )
        return replace(self.take(~unreadable), left_out=left_out)

    def where(self, query: str) -> Screen:
        """Return the screen of the rows that a condition keeps, as `moa == moa and not control`.

        Raises:
            InputError: The query names an unknown column, cannot be read, is not a condition, or
                keeps nothing.
        """
        return self.take(matching(self.meta, query))

    def select(self, channels: Sequence[str]) -> Screen:
        """Return the screen with these channels only, in this order.

        Raises:
            InputError: A channel that the screen lacks.
        """
        unknown = [name for name in channels if name not in self.channels]
        if unknown:
            raise InputError(f"no channel '{unknown[0]}'", fix=nearest(unknown[0], self.channels))
        index = np.array([self.channels.index(name) for name in channels])
        read = partial(_read_channels, self.read, index)
        return replace(self, channels=tuple(channels), read=read, looks=None)

    def after(self, step: object, result: Screen, **facts: object) -> Screen:
        """Return the screen that a pixel step made of this one, with the step in its history.

        Args:
            step: The step (a dataclass): its name and parameters are recorded.
            result: What it made; its own history is replaced by this screen's and the new entry.
            facts: Figures of this run of the step, such as which images it dropped.

        Raises:
            InputError: The intensity rule was set by an earlier step, or no image is left.
        """
        entry = {
            **step_record(step),
            "images_in": len(self),
            "images_out": len(result),
            "facts": plain(facts),
        }
        if self.rescale is not None:
            raise InputError(
                f"'{entry['step']}' cannot follow the step that sets the intensity rule",
                fix="make 'rescale' the last pixel step",
            )
        if not len(result):
            raise InputError(f"'{entry['step']}' keeps none of {len(self)} images")
        other_rows = result.identify is self.identify and len(result) != len(self)
        identify = None if other_rows else result.identify
        other_pixels = result.looks is self.looks and result.read is not self.read
        looks = None if other_pixels else result.looks
        return replace(result, history=(*self.history, entry), identify=identify, looks=looks)

    def keep(self, step: object, mask: Bool[np.ndarray, " n"], **facts: object) -> Screen:
        """Return the screen of the images that a pixel step keeps; history counts and names others.

        Args:
            step: As in `after`.
            mask: Which images to keep.
            facts: As in `after`. Added to them: `dropped` (how many images) and `dropped_first`
                (the plate, well, site and cell of the first six).
        """
        columns = [name for name in _NAMED_BY if name in self.meta.columns]
        first = self.meta.loc[np.flatnonzero(~mask)[:6], columns].astype(str)
        names = [" ".join(row) for row in first.to_numpy()]
        dropped = {"dropped": int((~mask).sum()), "dropped_first": names}
        return self.after(step, self.take(mask), **dropped, **facts)


def left_out_facts(left_out: Sequence[str]) -> dict[str, Any]:
    """Return how many images were left out and the first few of them, as plain settings."""
    return {"images": len(left_out), "first": list(left_out[:_SHOWN])}


def left_out_text(facts: Mapping[str, Any]) -> str:
    """Return the same in words.

    Example:
        >>> left_out_text({"images": 7, "first": ["A01.tif is empty (0 bytes)"]})
        '7 images left out, not readable: A01.tif is empty (0 bytes); and 6 more'
    """
    count, first = facts["images"], facts["first"]
    more = [f"and {count - len(first)} more"] if count > len(first) else []
    noun = "image" if count == 1 else "images"
    return f"{count} {noun} left out, not readable: {'; '.join([*first, *more])}"


def _read_rows(
    read: Callable[[Rows], Any],
    rows: Integer[np.ndarray, " m"],
    chosen: Integer[np.ndarray, " n"],
) -> Any:
    return read(rows[chosen])


def _read_channels(read: Read, index: Integer[np.ndarray, " c"], rows: Rows) -> Images:
    return read(rows)[:, index]
