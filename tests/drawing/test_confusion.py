from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd

from phenolens.drawing.categories import categorise
from phenolens.drawing.confusion import MOST, NO_CANDIDATE, Confusion

ROWS = pd.DataFrame({
    "moa": ["a", "a", "a", "b", "b", None],
    "neighbour_moa": ["a", "b", "a", "z", None, "a"],
    "value": [1, 0, 1, 0, 0, 0],
})  # fmt: skip


def drawn(rows: pd.DataFrame) -> ET.Element:
    matrix = Confusion.of(rows)
    assert matrix is not None
    kinds, _ = categorise(list(rows["moa"].dropna()))
    return ET.fromstring(matrix.draw({kind.name: kind for kind in kinds}))


def test_counts_are_true_by_neighbour() -> None:
    matrix = Confusion.of(ROWS)
    assert matrix is not None
    assert matrix.counts.to_dict("index") == {
        "a": {"a": 2, "b": 1, NO_CANDIDATE: 0, "z": 0},
        "b": {"a": 0, "b": 0, NO_CANDIDATE: 1, "z": 1},
    }
    assert list(matrix.counts.columns)[:2] == ["a", "b"]
    assert matrix.left_out == 1


def test_a_row_whose_value_is_absent_was_not_asked() -> None:
    rows = ROWS.assign(value=[1, np.nan, 1, 0, 0, 0])
    matrix = Confusion.of(rows)
    assert matrix is not None
    assert matrix.counts.loc["a"].sum() == 2
    assert matrix.left_out == 2


def test_hits_are_written_beside_each_row() -> None:
    recalls = [e.text for e in drawn(ROWS).iter("text") if e.get("class") == "recall"]
    assert recalls == ["2/3", "0/2"]


def test_the_shade_is_the_share_of_the_row() -> None:
    cells = {e.get("class"): e.get("style") for e in drawn(ROWS[:3]).iter("rect")}
    assert cells["cell hit"] == f"fill-opacity:{0.16 + 0.84 * 2 / 3:.2f}"
    assert cells["cell miss"] == f"fill-opacity:{0.16 + 0.84 / 3:.2f}"


def test_cells_form_a_grid() -> None:
    cells = list(drawn(ROWS).iter("rect"))
    x = sorted({float(e.get("x") or "nan") for e in cells})
    y = sorted({float(e.get("y") or "nan") for e in cells})
    assert (len(cells), len(x), len(y)) == (8, 4, 2)
    np.testing.assert_allclose(np.diff(x), 40)
    np.testing.assert_allclose(np.diff(y), 40)


def test_nothing_overflows_the_drawing() -> None:
    names = [f"a rather long name of a mechanism {i}" for i in range(12)]
    rows = pd.DataFrame({"moa": names, "neighbour_moa": names[::-1]})
    svg = drawn(rows)
    width, height = float(svg.get("width") or 0), float(svg.get("height") or 0)
    for cell in svg.iter("rect"):
        assert 0 <= float(cell.get("x") or -1) <= width - 40
        assert 0 <= float(cell.get("y") or -1) <= height - 40


def test_of_too_many_mechanisms_the_most_frequent_are_drawn() -> None:
    names = [f"m{i}" for i in range(MOST + 5) for _ in range(1 + (i < MOST))]
    matrix = Confusion.of(pd.DataFrame({"moa": names, "neighbour_moa": names}))
    assert matrix is not None
    assert len(matrix.counts) == MOST
    assert matrix.left_out == 5


def test_rows_without_mechanisms_make_no_matrix() -> None:
    assert Confusion.of(pd.DataFrame({"value": [1]})) is None
    assert Confusion.of(ROWS[5:]) is None
