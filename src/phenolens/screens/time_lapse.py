r"""Frames of living cells over time: a file per frame, or TIFF files of many frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.ranges import finite
from phenolens.core.screen import Screen
from phenolens.images.faults import faults
from phenolens.images.named import Named, Naming
from phenolens.images.problem import Problem
from phenolens.images.table import folder
from phenolens.images.timed import FrameTimes
from phenolens.screens.base import refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLapse:
    r"""A folder of frames over time, with plate, well, site and time in their names or in TIFFs.

    The screen has one row per frame, sorted by time within its well and site; `time` is in hours,
    0 = the addition of the drug.

    Attributes:
        pattern: As that of `image_folder`. With a group `time` each file is one frame: hours
            (`2.5`), `00d03h30m`, or the number of a frame. Without it each file is a TIFF of many
            frames: by its axes (OME, ImageJ), or each page is a frame.
        hours_per_frame: Hours from one frame to the next, where times are numbers of frames; 0: the
            names or files state hours.
        added_at: Hours from the first frame to the addition of the drug, which becomes time 0.
        channels: As those of `image_folder`.
        names: As those of `image_folder`.
        table: A table of metadata, as a platemap, joined as `image_folder` does.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the frames may be without a row in the table.
        unreadable: `stop` where an image is damaged or a channel of a frame is missing, or
            `leave_out` the frame: it is counted and named. More than half is an error.

    Example:
        >>> layout = TimeLapse(pattern=r"xy(?P<well>\d+)t(?P<time>\d+)\.tif", hours_per_frame=0.5)
    """

    pattern: str
    hours_per_frame: float = 0.0
    added_at: float = 0.0
    channels: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    table: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False
    unreadable: Literal["stop", "leave_out"] = "stop"

    def __post_init__(self) -> None:
        finite(hours_per_frame=self.hours_per_frame, added_at=self.added_at)
        if self.hours_per_frame < 0:
            raise InputError(
                f"must be 0 or above, got {self.hours_per_frame}", where="hours_per_frame"
            )
        _ = self._naming  # which checks the pattern

    def __call__(self, root: Path) -> Screen:
        """Return the screen; frames that are missing, doubled or out of order are logged.

        Raises:
            InputError: No file matches, a time cannot be read, a channel of a frame is missing, or
                the table does not fit: names file and row.
        """
        found = self._found(folder(root))
        refuse(found.problems, len(found.meta), self)
        return found.files.screen(found.meta, found.channels, found.gone)

    def problems(self, root: Path, *, pixels: bool = False) -> Iterator[Problem]:
        """Yield every problem of the screen: names, times, table, headers and, if asked, pixels."""
        try:
            found = self._found(folder(root))
        except InputError as error:
            yield Problem.of("folder", error)
            return
        yield from found.problems
        yield from faults(found.files, found.meta, found.channels, pixels=pixels)

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> TimeLapse:
        """Write 2 wells of 2 sites and 3 frames with a platemap; return the layout."""
        rng = np.random.default_rng(seed)
        (root / "P1").mkdir(parents=True, exist_ok=True)
        for well in ("A01", "B02"):
            for site in (1, 2):
                for time in ("00d00h00m", "00d02h00m", "00d04h00m"):
                    counts = rng.poisson(900, size).astype(np.uint16)
                    tifffile.imwrite(root / "P1" / f"{well}_{site}_{time}.tif", counts)
        platemap = {"Well": ["A01", "B02"], "Compound": ["DMSO", "taxol"]}
        pd.DataFrame(platemap).to_csv(root / "platemap.csv", index=False)
        pattern = r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_(?P<site>\d)_(?P<time>\w+)\.tif"
        return cls(pattern=pattern, channels=("phase",), table="platemap.csv", added_at=2.0)

    @property
    def _naming(self) -> Naming:
        return Naming(
            pattern=self.pattern,
            channels=self.channels,
            names=self.names,
            table=self.table,
            columns=self.columns,
            allow_unmatched=self.allow_unmatched,
            leave_out=self.unreadable == "leave_out",
        )

    def _found(self, root: Path) -> Named:
        timed = FrameTimes(
            hours_per_frame=self.hours_per_frame,
            added_at=self.added_at,
            leave_out=self.unreadable == "leave_out",
        )
        return self._naming.find(root, timed)
