"""Frames over time: by names, by numbers, in stacks; odd ones are counted and named."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.screens.time_lapse import TimeLapse

NAMES = r"(?P<well>[A-H]\d\d)_(?P<time>\w+)\.tif"
STACKS = r"(?P<well>[A-H]\d\d)\.tif"


def _write(path: Path, value: int) -> None:
    tifffile.imwrite(path, np.full((4, 5), value, dtype=np.uint16))


def test_the_real_frames_by_their_numbers(data_dir: Path) -> None:
    root = data_dir / "timelapse-phase-t98g" / "frames"
    pattern = r"(?P<plate>\d{8}ef\d{3})xy(?P<well>\d\d)t(?P<time>\d\d)\.tif"
    layout = TimeLapse(pattern=pattern, hours_per_frame=0.5, added_at=3, channels=("phase",))
    assert list(layout.problems(root)) == []
    screen = layout(root)
    assert len(screen) == 13
    assert screen.meta["time"].tolist() == [1.5 * k - 3 for k in range(13)]
    assert screen.meta["time"].dtype == np.float64
    assert screen.size == (512, 512)
    last = tifffile.imread(root / "20180101ef002xy01t37.tif")
    np.testing.assert_array_equal(screen.read(np.array([12]))[0, 0], last)


def test_missing_and_doubled_frames_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for well, times in {"A01": "0 1 2", "B02": "0 2 02"}.items():
        for i, time in enumerate(times.split()):
            _write(tmp_path / f"{well}_{time}.tif", i)
    layout = TimeLapse(pattern=NAMES)
    with caplog.at_level(logging.INFO, logger="phenolens"):
        screen = layout(tmp_path)
    assert screen.meta[["well", "time"]].to_numpy().tolist() == [
        *(["A01", 0.0], ["A01", 1.0], ["A01", 2.0]),
        *(["B02", 0.0], ["B02", 2.0]),
    ]
    assert "1 frame is there twice" in caplog.text
    assert "1 frame is missing, which other wells or sites have: well B02 at 1 h" in caplog.text
    kinds = {problem.kind for problem in layout.problems(tmp_path)}
    assert kinds == {"doubled frame", "missing frame"}


def test_stacks_with_a_platemap(tmp_path: Path) -> None:
    stack = np.arange(3 * 4 * 5, dtype=np.uint16).reshape(3, 4, 5)
    for well, shift in {"A01": 0, "B02": 100}.items():
        seconds = [0.0, 7200.0, 3600.0]
        tifffile.imwrite(
            tmp_path / f"{well}.tif",
            stack + shift,
            ome=True,
            metadata={"axes": "TYX", "Plane": {"DeltaT": seconds, "DeltaTUnit": ["s"] * 3}},
        )
    (tmp_path / "map.csv").write_text("well,compound\nA01,DMSO\nB02,taxol\n")
    layout = TimeLapse(pattern=STACKS, table="map.csv", added_at=1)
    notes = [problem.what for problem in layout.problems(tmp_path, pixels=True)]
    assert notes == ["1 of its 3 frames are out of order: sorted by time"] * 2
    screen = layout(tmp_path)
    assert screen.meta["time"].tolist() == [-1.0, 0.0, 1.0] * 2
    assert screen.meta["treatment"].tolist() == ["DMSO"] * 3 + ["taxol"] * 3
    images = screen.read(np.arange(6))
    np.testing.assert_array_equal(images[1, 0], stack[2])  # the third page was taken second
    np.testing.assert_array_equal(images[5, 0], stack[1] + 100)
    assert screen.identify is not None
    assert len(np.unique(screen.identify(np.arange(6)), axis=0)) == 6


def test_pages_without_axes_are_frames_of_a_given_distance(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "A01.tif") as writer:
        for value in range(3):
            writer.write(np.full((4, 5), value, dtype=np.uint16), metadata=None)
    with pytest.raises(InputError, match=r"has 3 frames, and does not state when.*hours_per_fr"):
        TimeLapse(pattern=STACKS)(tmp_path)
    screen = TimeLapse(pattern=STACKS, hours_per_frame=0.25)(tmp_path)
    assert screen.meta["time"].tolist() == [0.0, 0.25, 0.5]
    assert screen.read(np.array([2])).max() == 2


def test_damaged_stacks_stop_or_are_left_out(tmp_path: Path) -> None:
    stack = np.ones((2, 4, 5), dtype=np.uint16)
    for well in ("A01", "B02", "C03"):
        tifffile.imwrite(tmp_path / f"{well}.tif", stack, metadata={"axes": "TYX"})
    whole = (tmp_path / "C03.tif").read_bytes()
    (tmp_path / "C03.tif").write_bytes(whole[: len(whole) // 2])
    layout = TimeLapse(pattern=STACKS, hours_per_frame=1)
    with pytest.raises(InputError, match=r"C03\.tif"):
        layout(tmp_path)
    kept = TimeLapse(pattern=STACKS, hours_per_frame=1, unreadable="leave_out")(tmp_path)
    assert len(kept) == 4
    assert kept.left_out is not None
    assert len(kept.left_out) == 1


def test_wrong_settings_and_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hours_per_frame: must be 0 or above"):
        TimeLapse(pattern=NAMES, hours_per_frame=-1)
    with pytest.raises(InputError, match="needs a group well"):
        TimeLapse(pattern=r"(?P<time>\d+)\.tif")
    _write(tmp_path / "A01_late.tif", 1)
    with pytest.raises(InputError, match="its name gives the time 'late'"):
        TimeLapse(pattern=NAMES)(tmp_path)
    (problem,) = TimeLapse(pattern=NAMES).problems(tmp_path)
    assert problem.serious
