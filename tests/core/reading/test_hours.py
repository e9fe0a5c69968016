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


def test_units_of_time() -> None:
    assert hours_per_unit("Hours") == 1.0
    assert hours_per_unit("s") == pytest.approx(1 / 3600)
    assert hours_per_unit("weeks") is None
