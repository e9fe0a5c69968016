"""Times of frames from their names: hours, numbers, odd ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.timed import FrameTimes


def _files(*times: object, well: str = "A01") -> pd.DataFrame:
    paths = [f"{well}_{i}.tif" for i in range(len(times))]
    return pd.DataFrame({"well": well, "time": list(times), "path": paths})


def _timed(
    files: pd.DataFrame, hours_per_frame: float = 0.0, added_at: float = 0.0
) -> tuple[list[float], list[str]]:
    rule = FrameTimes(hours_per_frame=hours_per_frame, added_at=added_at, leave_out=False)
    made, problems = rule(files, Path("r"))
    assert not any(problem.serious for problem in problems)
    return made["time"].tolist(), [problem.what for problem in problems]


def test_hours_and_numbers_of_frames() -> None:
    assert _timed(_files("00d00h00m", "01d06h30m"))[0] == [0.0, 30.5]
    assert _timed(_files("2.5", "0"), added_at=1)[0] == [-1.0, 1.5]
    assert _timed(_files(1, 4, 7), hours_per_frame=1 / 6)[0] == [0.0, 0.5, 1.0]


def test_frames_are_counted_and_named() -> None:
    files = pd.concat([_files("0", "2", "2", "8"), _files("0", "8", well="B02")], ignore_index=True)
    times, notes = _timed(files)
    assert times == [0, 2, 8, 0, 8]
    assert notes == [
        "1 frame is there twice, and the first of each is kept: A01_2.tif at 2 h",
        "1 frame is missing, which other wells or sites have: well B02 at 2 h",
    ]


def test_series_with_times_of_their_own_are_compared_by_number() -> None:
    wells = [_files(0.0, k / 100, 3 + k / 100, well=f"A{k:02d}") for k in range(1, 9)]
    wells[0] = wells[0][:2]
    _, notes = _timed(pd.concat(wells, ignore_index=True))
    assert notes[0] == ("1 frame is missing, which other wells or sites have: well A01 (2 of 3)")


def test_a_gap_that_all_series_have() -> None:
    assert _timed(_files("0", "1", "2", "5", "6"))[1] == [
        "1 gap between frames is longer than the usual 1 h: 2 to 5 h"
    ]


def test_times_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match=r"A01_1\.tif: its name gives the time 'late'"):
        _timed(_files("0", "late"))
    with pytest.raises(InputError, match=r"its time is 1\.5, which is not the number of a frame"):
        _timed(_files("0", "1.5"), hours_per_frame=2)
