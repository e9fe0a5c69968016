"""Times are hours, by the name of their column or by how they are written."""

from __future__ import annotations

import pytest

from phenolens.core.reading.hours import hours_by_name, hours_per_unit, hours_written


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Elapsed", 1.0),
        ("Elapsed Time (h)", 1.0),
        ("Time (min)", 1 / 60),
        ("t", 1.0),
        ("Time [days]", 24.0),
        ("Time/min", 1 / 60),
        ("Time, min", 1 / 60),
        ("elapsed_min", 1 / 60),
        ("Elapsed time in minutes", 1 / 60),
        ("Minutes", 1 / 60),
        ("minutes elapsed", 1 / 60),
        ("Hours post treatment", 1.0),
        ("ElapsedMin", 1 / 60),
        ("Day", 24.0),
        ("Times", 1.0),  # not seconds
        ("timed", None),
        ("Timestamp", None),
        ("min", None),  # may be the smallest value
        ("Date Time", None),
        ("TXL 5 nM", None),
        ("Time (px)", None),
    ],
)
def test_columns_of_times(name: str, wanted: float | None) -> None:
    assert hours_by_name(name) == wanted


def test_written_times() -> None:
    assert hours_written("02d03h30m") == 51.5
    assert hours_written("00d00h00m") == 0.0
    assert hours_written("-1.5") == -1.5
    assert hours_written("") is None
    assert hours_written("day 2") is None
    assert hours_written("2.5 h") == 2.5
    assert hours_written("1d 4h") == 28.0
    assert hours_written("1 day, 4:30:00") == 28.5
    assert hours_written("26:00:00") == 26.0
    assert hours_written("-01:30:00") == -1.5
    assert hours_written("01:30") is None  # hours, or minutes
    assert hours_written("01:75:00") is None
    assert hours_written("1d" + " " * 50 + "x") is None


def test_units_of_time() -> None:
    assert hours_per_unit("Hours") == 1.0
    assert hours_per_unit("s") == pytest.approx(1 / 3600)
    assert hours_per_unit("weeks") is None
