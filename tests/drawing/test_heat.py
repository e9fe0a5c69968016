"""Heat rows: one cell per value, none where a value is missing."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from phenolens.drawing.heat import full_at, heat_legend, heat_row, hours_axis, strength


def cells(values: list[float], top: float, own: float | None = None) -> list[tuple[str, str]]:
    row = heat_row(np.array(values), "a<b", ["0 h", "4 h"], top, own)
    return [(c.get("x") or "", c.get("style") or "") for c in ET.fromstring(row).iter("rect")]


def test_a_cell_per_value_and_none_where_it_is_missing() -> None:
    assert cells([0.0, 1.0], 4.0) == [
        ("0%", "--same:0%;--own:0%"),
        ("50%", "--same:50%;--own:100%"),
    ]
    assert cells([np.nan, 1.0], 1.0, 4.0) == [("50%", "--same:100%;--own:25%")]
    assert cells([np.nan, np.nan], 1.0) == []
    row = ET.fromstring(heat_row(np.array([np.nan, 1.0]), "a<b", ["0 h", "4 h"], 2.0))
    assert [title.text for title in row.iter("title")] == ["a<b\n4 h: 1"]


def test_weak_values_next_to_a_strong_one_can_be_seen() -> None:
    assert strength(1.0, 70.0) >= 10
    assert strength(5.0, 70.0) >= 25
    shares = [strength(value, 70.0) for value in range(0, 71, 7)]
    assert shares == sorted(set(shares))
    assert strength(-1.0, 2.0) == 0


def test_the_legend_says_the_value_of_each_colour() -> None:
    for share, value in heat_legend(70.0, 70.0):
        assert strength(float(value), 70.0) == share


def test_one_strong_row_of_many_does_not_make_all_others_pale() -> None:
    values = np.concatenate([np.full(990, 10.0), np.full(10, 300.0), [np.nan]])
    assert full_at(values) == 10.0
    assert full_at(np.array([1.0, np.nan])) == 1.0
    assert full_at(np.array([np.nan])) == 0.0


def test_the_axis_has_about_six_hours_at_the_middle_of_their_columns() -> None:
    texts = list(ET.fromstring(hours_axis([-4.0, 0.0, 4.0, 8.0])).iter("text"))
    assert [text.text for text in texts] == ["\u22124", "0", "4", "8"]
    assert texts[0].get("x") == "12.5%"
    assert len(list(ET.fromstring(hours_axis(list(range(60)))).iter("text"))) == 6
