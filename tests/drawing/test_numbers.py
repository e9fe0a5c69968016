from __future__ import annotations

import math

import pytest

from phenolens.drawing.numbers import p_text, shown, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.00"), (-0.031, "\u22120.03"), (-0.001, "0.00"), (math.nan, "\u2013")],
)
def test_numbers_as_shown(value: float, text: str) -> None:
    assert shown(value) == text


def test_gains_have_a_sign() -> None:
    assert [signed(v) for v in (0.3, -0.125, 0.0)] == ["+0.30", "\u22120.12", "+0.00"]


def test_p_values_as_text() -> None:
    assert [p_text(p) for p in (0.0005, 0.001, 0.04, 1.0)] == [
        "< 0.001", "= 0.001", "= 0.04", "= 1.00",
    ]  # fmt: skip
