from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from phenolens.drawing.categories import categorise
from phenolens.drawing.figures import MAP_MARGIN, Line, axis, curves, scatter, whisker
from phenolens.drawing.panel import Bar, Panel, scale_of
from phenolens.drawing.scale import Scale


def panel(
    value: float = 0.71,
    low: float = math.nan,
    high: float = math.nan,
    null: float = math.nan,
    null_high: float = math.nan,
) -> Panel:
    bar = Bar(name="run", trained=True, value=value, low=low, high=high)
    scale = scale_of([value, low, high, null, null_high])
    return Panel("nscb", "NSCB", (bar,), scale, null=null, null_high=null_high)


WHOLE = panel(low=0.54, high=0.83, null=0.09, null_high=0.17)


def part(svg: str, **wanted: str) -> list[ET.Element]:
    """Return the elements whose class is exactly that."""
    return [e for e in ET.fromstring(svg).iter() if e.get("class") == wanted["class_"]]


def at(element: ET.Element, name: str) -> float:
    return float((element.get(name) or "").removesuffix("%"))


def test_whisker_and_dot_stand_linearly_on_the_axis() -> None:
    shown = WHOLE
    svg = whisker(shown.trained, shown)
    line, *ends = part(svg, class_="whisker trained")
    assert (at(line, "x1"), at(line, "x2")) == (54, 83)
    assert [at(e, "x1") for e in ends] == [54, 83]
    (dot,) = part(svg, class_="dot trained")
    assert at(dot, "cx") == 71


def test_the_same_value_stands_elsewhere_on_another_axis() -> None:
    shown = panel(0.1, -0.2, 0.2)
    (dot,) = part(whisker(shown.trained, shown), class_="dot trained")
    low, high = shown.scale.low, shown.scale.high
    assert at(dot, "cx") == pytest.approx(100 * (0.1 - low) / (high - low), abs=0.01)


def test_the_band_reaches_the_95th_percentile_of_chance() -> None:
    shown = WHOLE
    svg = whisker(shown.trained, shown)
    (band,) = part(svg, class_="band")
    (null,) = part(svg, class_="null")
    assert (at(band, "x"), at(band, "width"), at(null, "x1")) == (0, 17, 9)


def test_without_an_interval_or_chance_only_the_dot_is_drawn() -> None:
    shown = panel(0.5)
    svg = whisker(shown.trained, shown)
    assert part(svg, class_="dot trained")
    assert not part(svg, class_="whisker trained")
    assert not part(svg, class_="band")


def test_an_absent_value_draws_an_empty_track() -> None:
    shown = panel(math.nan)
    assert not part(whisker(shown.trained, shown), class_="dot trained")


def test_axis_figures_stand_at_their_values() -> None:
    texts = list(ET.fromstring(axis(Scale(-0.1, 0.3))).iter("text"))
    assert [(t.text, at(t, "x")) for t in texts] == [
        ("\u22120.1", 0), ("0", 25), ("0.1", 50), ("0.2", 75), ("0.3", 100),
    ]  # fmt: skip


def test_map_points_keep_order_place_and_mark() -> None:
    kinds, codes = categorise(["a", "b", "a"])
    points = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.25]])
    found = part(scatter(points, kinds, codes), class_="point")
    inner = 100 - 2 * MAP_MARGIN
    places = [(at(e, "x"), at(e, "y")) for e in found]
    assert places == [
        (MAP_MARGIN, 100 - MAP_MARGIN), (100 - MAP_MARGIN, MAP_MARGIN),
        (50, MAP_MARGIN + 0.75 * inner),
    ]  # fmt: skip
    assert [e.get("data-point") for e in found] == ["0", "1", "2"]
    fills = [e[0].get("style") for e in found]
    assert fills[0] == fills[2] != fills[1]


def line(y: list[float]) -> Line:
    return Line("joint", np.arange(len(y), dtype=float) * 10, np.array(y), "--c0")


def test_a_curve_is_linear_in_step_and_value() -> None:
    (drawn,) = part(curves([line([0, 4, 2])], Scale(0, 4), []), class_="curve")
    assert drawn.get("points") == "0.00,100.00 50.00,0.00 100.00,50.00"


def test_a_gap_breaks_the_curve() -> None:
    found = part(curves([line([0, 1, math.nan, 1, 0])], Scale(0, 1), []), class_="curve")
    assert [len((e.get("points") or "").split()) for e in found] == [2, 2]


def test_the_reference_stands_at_its_level() -> None:
    svg = curves([line([0, 4])], Scale(0, 8), [("collapsed", 6.0)])
    level, text = part(svg, class_="reference")
    assert (at(level, "y1"), text.text) == (25, "collapsed")


def test_long_step_counts_are_short() -> None:
    svg = curves([Line("m", np.array([0.0, 40_000.0]), np.zeros(2), "--c0")], Scale(0, 1), [])
    assert re.search(r">40k<", svg)


def test_single_seeds_are_small_dots_where_there_are_several() -> None:
    bar = Bar("cell", True, 0.5, 0.4, 0.6, seeds=(0.45, 0.55, math.nan))
    shown = Panel("nsc", "NSC", (bar,), Scale(0, 1))
    assert [at(dot, "cx") for dot in part(whisker(bar, shown), class_="seed trained")] == [45, 55]
    assert "seed" not in whisker(WHOLE.trained, WHOLE)


def test_labels_at_the_ends_of_an_axis_are_not_cut_off() -> None:
    anchors = [
        text.get("text-anchor") for text in ET.fromstring(axis(Scale(-0.4, 0.4))).iter("text")
    ]
    assert anchors[0] == "start"
    assert anchors[-1] == "end"
    assert set(anchors[1:-1]) == {"middle"}
