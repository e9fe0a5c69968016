"""Times, memory and counts as text."""

from __future__ import annotations

import math

import pytest

from phenolens.drawing.amounts import count, duration, memory


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3600, "1 h 0 min"), (math.nan, "")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_memory_and_counts() -> None:
    assert [memory(mb) for mb in (1023, 1024, math.nan)] == ["1023 MB", "1.0 GB", ""]
    assert [count(n) for n in (999_999, 1e6, math.nan)] == ["999,999", "1.0 M", ""]
