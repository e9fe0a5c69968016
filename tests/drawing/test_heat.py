"""Heat grids: one cell per value, none where a value is missing."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from phenolens.drawing.heat import ROW, heat, heat_rows, hours_axis


def test_a_cell_per_value_and_none_where_it_is_missing() -> None:
    values = np.array([[0.0, 2.0], [np.nan, 1.0]])
    found = ET.fromstring(heat_rows(values, ["a<b", "c"], ["0 h", "4 h"], 2.0, "grid"))
    cells = [(cell.get("x"), cell.get("y"), cell.get("style")) for cell in found.iter("rect")]
    assert cells == [
        ("0%", "0", f"fill:{heat(0, 2)}"),
        ("50%", "0", f"fill:{heat(2, 2)}"),
        ("50%", str(ROW), f"fill:{heat(1, 2)}"),
    ]
    assert [title.text for title in found.iter("title")] == ["a<b\n0 h: 0, 4 h: 2", "c\n4 h: 1"]


def test_the_colour_is_full_at_the_top_and_stays_so() -> None:
    assert heat(5.0, 2.0) == heat(2.0, 2.0)
    assert "100%" in heat(2.0, 2.0)
    assert "0%" in heat(-1.0, 2.0)
    assert "0%" in heat(1.0, 0.0)


def test_the_axis_has_about_six_hours_at_the_middle_of_their_columns() -> None:
    texts = list(ET.fromstring(hours_axis([-4.0, 0.0, 4.0, 8.0])).iter("text"))
    assert [text.text for text in texts] == ["\u22124", "0", "4", "8"]
    assert texts[0].get("x") == "12.5%"
    assert len(list(ET.fromstring(hours_axis(list(range(60)))).iter("text"))) == 6
