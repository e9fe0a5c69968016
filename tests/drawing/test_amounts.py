"""Times, memory and counts as text."""

from __future__ import annotations

import math

import pytest

from phenolens.drawing.amounts import count, dose, duration, memory, spelt


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3600, "1 h 0 min"), (math.nan, "")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_doses_have_the_unit_that_is_known() -> None:
    assert dose(0.00137, "uM") == "0.00137 \u00b5M"
    assert [dose(10.0), dose(200.0, "ng/ul"), dose(math.nan, "uM")] == ["10", "200 ng/ul", ""]
    assert [spelt(unit) for unit in ("ug/ml", "units", "")] == ["\u00b5g/ml", "units", ""]


def test_memory_and_counts() -> None:
    assert [memory(mb) for mb in (1023, 1024, math.nan)] == ["1023 MB", "1.0 GB", ""]
    assert [count(n) for n in (999_999, 1e6, math.nan)] == ["999,999", "1.0 M", ""]
