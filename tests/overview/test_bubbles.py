"""Bubbles: places on a logarithmic axis, areas, the front's line."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest

from phenolens.drawing.scale import Scale
from phenolens.overview.bubbles import LARGEST, SMALLEST, Bubble, draw, ticks


def bubble(cost: float, value: float, size: float = math.nan, number: int = 0) -> Bubble:
    return Bubble("<cell>", cost, value, size, False, number, "<words>")


def circles(svg: str) -> list[tuple[float, float]]:
    found = ET.fromstring(svg).iter("circle")
    return sorted((float(e.get("cx", "").strip("%")), float(e.get("r", ""))) for e in found)


def test_costs_are_logarithmic_and_areas_linear() -> None:
    svg = draw([bubble(10, 0.2, 400), bubble(100, 0.5, 900), bubble(1000, 0.7, 900)], "NSC", "time")
    (left, small), (middle, large), (right, _) = circles(svg)
    assert middle == pytest.approx((left + right) / 2, abs=0.01)
    assert (small, large) == pytest.approx((LARGEST * 2 / 3, LARGEST))
    assert "&lt;words&gt;" in svg


def test_unknown_sizes_and_one_cost_alone_are_drawn() -> None:
    svg = draw([bubble(5, 0.2), bubble(5, 0.2)], "NSC", "time")
    assert [radius for _, radius in circles(svg)] == [SMALLEST, SMALLEST]


def test_the_front_is_a_line_with_numbers_and_the_reference_is_named() -> None:
    cells = [bubble(10, 0.2, number=1), bubble(100, 0.5, number=2), bubble(50, 0.1)]
    svg = draw(cells, "NSC", "time", ("untrained", 0.05))
    root = ET.fromstring(svg)
    assert sum(e.get("class") == "front" for e in root.iter("line")) == 1
    assert [e.text for e in root.iter("text") if e.get("class") == "number"] == ["1", "2"]
    assert ">untrained</text>" in svg


def test_marks_are_round_times() -> None:
    assert [words for _, words in ticks(Scale(0.5, 4000, log=True))] == [
        "1 s", "10 s", "1 min", "5 min", "30 min",
    ]  # fmt: skip
    assert [words for _, words in ticks(Scale(2, 8, log=True))] == ["2 s", "4 s", "8 s"]
