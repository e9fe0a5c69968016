"""The times of frames: from names of files, from their numbers, or from the files themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.errors import InputError
from phenolens.core.reading.hours import hours_written
from phenolens.images.fields import FRAME
from phenolens.images.frames import Frames
from phenolens.images.problem import Problem
from phenolens.images.reader import of_the_file
from phenolens.images.stacks import read_frames
from phenolens.images.table import note

_TIMES = 2  # times as many different times as a series has frames: each has its own
_NO_SERIES = ("path", FRAME, "time")  # columns that differ within the frames of one series


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTimes:
    """How frames get their times.

    Attributes:
        hours_per_frame: Hours from one frame to the next; 0: names or files state hours.
        added_at: Hours from the first frame to the addition of the drug.
        leave_out: Whether a file of many frames that cannot be read is left out.
    """

    hours_per_frame: float
    added_at: float
    leave_out: bool

    def __call__(self, files: pd.DataFrame, root: Path) -> tuple[pd.DataFrame, list[Problem]]:
        """Return one row per frame, with `time` in hours, and what is odd.

        Rows are sorted by time within a series: the frames of one well, site and channel. Of a
        doubled frame the first is kept.

        Args:
            files: Groups of the pattern and `path`, one row per file.
            root: Folder of the files.

        Raises:
            InputError: A time is not one, or a file does not state when its frames were taken.
        """
        problems: list[Problem] = []
        if "time" in files:
            files = files.assign(time=self._from_names(files, root))
        else:
            files, problems = self._from_files(files, root)
        keys = [name for name in files if name not in _NO_SERIES]
        series = files.groupby(keys, dropna=False, sort=False, observed=True).ngroup().to_numpy()
        again = files.assign(series=series).duplicated(["series", "time"]).to_numpy()
        problems += _doubled(files[again], root)
        files, series = files[~again], series[~again]
        order = np.lexsort((files["time"], series))
        files, series = files.iloc[order].reset_index(drop=True), series[order]
        problems += _missing(files, series, keys, root)
        return files.assign(time=files["time"] - self.added_at), problems

    def _from_names(self, files: pd.DataFrame, root: Path) -> Float64[np.ndarray, " n"]:
        """Return the hours that names state, from the first frame of all on if they are numbers."""
        hours = np.empty(len(files))
        for row, (text, path) in enumerate(zip(files["time"], files["path"], strict=True)):
            found = None if pd.isna(text) else hours_written(str(text))
            if found is None:
                what = f"its name gives the time {str(text)!r}, which is neither hours nor a number"
                raise InputError(what, where=root / path, fix="as 2.5, 07 or 00d03h30m")
            hours[row] = found
        if not self.hours_per_frame:
            return np.round(hours, 6)
        odd = np.flatnonzero(hours % 1)
        if len(odd):
            path = files["path"].iloc[int(odd[0])]
            what = f"its time is {hours[odd[0]]:g}, which is not the number of a frame"
            raise InputError(what, where=root / path, fix="leave out hours_per_frame")
        return np.round((hours - hours.min()) * self.hours_per_frame, 6)

    def _from_files(self, files: pd.DataFrame, root: Path) -> tuple[pd.DataFrame, list[Problem]]:
        """Return one row per frame of each file."""
        problems: list[Problem] = []
        rows: list[int] = []
        frames: list[int] = []
        times: list[float] = []
        for row, path in enumerate(files["path"]):
            try:
                found = read_frames(root / path)
            except InputError as error:
                if not (self.leave_out and of_the_file(error)):
                    raise
                problems.append(_note("missing image", root / path, f"{path} {error.what}"))
                continue
            hours = self._of_file(found, root / path)
            backward = int(np.sum(np.diff(hours) < 0))
            if backward:
                what = f"{backward} of its {found.count} frames are out of order: sorted by time"
                problems.append(_note("frame order", root / path, what))
            rows += [row] * found.count
            frames += range(found.count)
            times += hours
        if not rows:
            raise InputError("no file of frames can be read", where=root)
        made = files.iloc[rows].reset_index(drop=True)
        return made.assign(**{FRAME: frames, "time": np.round(times, 6)}), problems

    def _of_file(self, found: Frames, path: Path) -> list[float]:
        if self.hours_per_frame:
            return [place * self.hours_per_frame for place in range(found.count)]
        if found.hours is None:
            raise InputError(
                f"has {found.count} frames, and does not state when they were taken",
                where=path,
                fix="set hours_per_frame",
            )
        return [hours - min(found.hours) for hours in found.hours]


def _note(kind: str, path: Path, what: str) -> Problem:
    return Problem(kind, str(path), None, what, serious=False)


def _doubled(files: pd.DataFrame, root: Path) -> Iterator[Problem]:
    if len(files):
        names = [
            f"{path} at {time:g} h" for path, time in zip(files["path"], files["time"], strict=True)
        ]
        what = "frames are there twice, and the first of each is kept"
        yield note("doubled frame", str(root), names, what)


def _missing(
    files: pd.DataFrame, series: np.ndarray, keys: list[str], root: Path
) -> Iterator[Problem]:
    """Yield a note for the frames that other series have, and one for gaps in the longest series.

    Where each series has times of its own, those with fewer frames than most are named.
    """
    times = files["time"].to_numpy(np.float64)
    every, counts = np.unique(times), np.bincount(series)
    most = int(counts.max(initial=0))
    own_times = len(every) > _TIMES * most
    lost = []
    for number in np.flatnonzero(counts < (most if own_times else len(every))):
        mine = series == number
        row = files.iloc[int(mine.argmax())]
        name = " ".join(f"{key} {row[key]}" for key in keys)
        if own_times:
            lost += [f"{name} ({counts[number]} of {most})"] * int(most - counts[number])
        else:
            lost += [f"{name} at {time:g} h" for time in np.setdiff1d(every, times[mine])]
    if lost:
        what = "frames are missing, which other wells or sites have"
        yield note("missing frame", str(root), list(dict.fromkeys(lost)), what, count=len(lost))
    longest = every if not own_times else np.sort(times[series == int(counts.argmax())])
    steps = np.diff(longest)
    usual = float(np.median(steps)) if len(steps) else 0.0
    long = np.flatnonzero(steps > 1.5 * usual)
    gaps = [f"{longest[i]:g} to {longest[i + 1]:g} h" for i in long]
    if gaps:
        what = f"gaps between frames are longer than the usual {usual:g} h"
        yield note("missing frame", str(root), gaps, what)
