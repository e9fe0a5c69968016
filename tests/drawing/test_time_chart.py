"""Charts over time: every value is where its scale puts it, and gaps stay gaps."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from phenolens.drawing.scale import Scale
from phenolens.drawing.time_chart import TimeLine, ramp, time_chart

X, Y = Scale(0.0, 40.0), Scale(0.0, 10.0)


def drawn(*lines: TimeLine, control: TimeLine | None = None, x: Scale = X) -> ET.Element:
    return ET.fromstring(time_chart(lines, control, x, Y, "a <chart>"))


def test_a_line_goes_through_its_values_and_breaks_where_one_is_missing() -> None:
    hours = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    values = np.array([0.0, 5.0, np.nan, 10.0, 2.5])
    found = drawn(TimeLine("dose 1", hours, values, "red"))
    points = [line.get("points") for line in found.iter("polyline")]
    assert points == ["0,100 25,50", "75,0 100,75"]


def test_a_value_without_neighbours_is_a_dot() -> None:
    values = np.array([np.nan, 5.0, np.nan])
    (dot,) = drawn(TimeLine("one", np.array([0.0, 20.0, 40.0]), values, "red")).iter("circle")
    assert (dot.get("cx"), dot.get("cy")) == ("50%", "50%")


def test_bands_go_there_and_back() -> None:
    hours = np.array([0.0, 40.0])
    control = TimeLine("controls", hours, np.full(2, np.nan), "grey", np.zeros(2), np.full(2, 5.0))
    found = drawn(control=control)
    (band,) = found.iter("polygon")
    assert band.get("points") == "0,100 100,100 100,50 0,50"
    assert band.get("class") == "chart-control"
    assert not list(found.iter("polyline"))


def test_on_its_own_scale_a_weak_line_fills_the_chart() -> None:
    """The same drawing, seen through another view box; its axis and dots are drawn for both."""
    hours = np.array([0.0, 20.0, 40.0])
    line = TimeLine("weak", hours, np.array([0.0, np.nan, 0.4]), "red")
    own = Scale(0.0, 0.5)
    found = ET.fromstring(time_chart([line], None, X, Y, "a chart", own))
    (stretched,) = [e for e in found.iter("svg") if e.get("class") == "stretched"]
    assert stretched.get("viewBox") == "0 0 100 100"
    _, top, _, height = map(float, (stretched.get("data-own") or "").split())
    # 0.4 of 10 is drawn at 96 of 100; on the scale to 0.5 it is at a fifth of the height.
    assert (100 - Y.percent(0.4) - top) / height == pytest.approx(0.2)
    groups = {g.get("class"): g for g in found.iter("g")}
    ticks = {kind: [t.text for t in g.iter("text")] for kind, g in groups.items()}
    assert ticks["for-same"] == ["0", "5", "10"]
    assert ticks["for-own"] == ["0", "0.2", "0.4"]
    dots = {kind: [c.get("cy") for c in g.iter("circle")] for kind, g in groups.items()}
    assert dots == {"for-same": ["100%", "96%"], "for-own": ["100%", "20%"]}


def test_the_moment_of_the_drug_is_marked_where_there_are_frames_before() -> None:
    line = TimeLine("one", np.array([-10.0, 30.0]), np.array([1.0, 2.0]), "red")
    (mark,) = [
        m for m in drawn(line, x=Scale(-10.0, 30.0)).iter("line") if m.get("class") == "null"
    ]
    assert mark.get("x1") == "25%"
    assert not [m for m in drawn(line).iter("line") if m.get("class") == "null"]


def test_the_ramp_grows() -> None:
    shares = [int(ramp(k, 4).split("--hot) ")[1].split("%")[0]) for k in range(4)]
    assert shares == sorted(set(shares))
    assert shares[-1] == 100
    assert ramp(0, 1) == ramp(3, 4)
