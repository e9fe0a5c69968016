r"""Frames of living cells over time: a file per frame, or TIFF files of many frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.ranges import finite
from phenolens.images.contents import Contents
from phenolens.images.conventions import WITH_TIMES, fits
from phenolens.images.fields import Fields
from phenolens.images.timed import FrameTimes
from phenolens.screens.base import Recognised
from phenolens.screens.image_folder import ImageFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLapse(ImageFolder):
    r"""A folder of frames over time, with plate, well, site and time in their names or in TIFFs.

    The screen has one row per frame, sorted by time within its well and site; `time` is in hours,
    0 = the addition of the drug. Frames that are missing, doubled or out of order are logged.

    Attributes:
        pattern: As that of `image_folder`. With a group `time` each file is one frame: hours
            (`2.5`), `00d03h30m`, or the number of a frame. Without it each file is a TIFF of many
            frames: by its axes (OME, ImageJ), or each page is a frame.
        hours_per_frame: Hours from one frame to the next, where times are numbers of frames; 0: the
            names or files state hours.
        added_at: Hours from the first frame to the addition of the drug, which becomes time 0.
        channels: As those of `image_folder`.
        names: As those of `image_folder`.
        table: A table of metadata, as a platemap, or a list, joined as `image_folder` does.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the frames may be without a row in the table.
        unreadable: `stop` where an image is damaged or a channel of a frame is missing, or
            `leave_out` the frame: it is counted and named. More than half is an error.

    Example:
        >>> layout = TimeLapse(pattern=r"xy(?P<well>\d+)t(?P<time>\d+)\.tif", hours_per_frame=0.5)
    """

    hours_per_frame: float = 0.0
    added_at: float = 0.0

    def __post_init__(self) -> None:
        finite(hours_per_frame=self.hours_per_frame, added_at=self.added_at)
        if self.hours_per_frame < 0:
            raise InputError(
                f"must be 0 or above, got {self.hours_per_frame}", where="hours_per_frame"
            )
        ImageFolder.__post_init__(self)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that the names of images say their time in hours, as those of IncuCyte."""
        return cls._of_names(fits(contents.images, WITH_TIMES, fixed=("z",)))

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

    def _found(self, root: Path) -> Fields:
        timed = FrameTimes(
            hours_per_frame=self.hours_per_frame,
            added_at=self.added_at,
            leave_out=self.unreadable == "leave_out",
        )
        return self._naming.find(root, timed)
