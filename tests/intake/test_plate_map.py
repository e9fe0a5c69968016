"""Maps of plates: formats, marks, and how they look as text."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from phenolens.intake.plate_map import maps_of, shape_of

META = pd.DataFrame(
    {
        "plate": ["P1"] * 7 + ["P2"] * 2,
        "well": ["A01", "A01", "A02", "A02", "B03", "C12", "C12", "P24", "AF48"],
        "control": [True, True, False, False, False, False, False, False, False],
        "compound": ["DMSO", "DMSO", "x", "x", "x", None, None, None, None],
    }
)


def test_marks_and_text_of_a_plate() -> None:
    first, second = maps_of(META)
    assert (first.plate, first.wells, first.usual) == ("P1", 96, 2)
    assert first.marks == {"A01": "C", "A02": "o", "B03": "-", "C12": "?"}
    assert first.fewer == ["B03 (1 of 2)"]
    lines = first.text()
    assert lines[:4] == [
        "            111",
        "   123456789012",
        " A Co..........",
        " B ..-.........",
    ]
    assert len(lines) == 10
    assert second.wells == 1536
    assert second.text()[-1].startswith("AF ....")
    assert second.text()[-1].endswith("?")


@pytest.mark.parametrize(
    ("wells", "format_"),
    [(["A01"], 96), (["H12"], 96), (["I01"], 384), (["A13"], 384), (["Q01"], 1536), (["7"], 0)],
)
def test_the_smallest_plate_with_all_wells(wells: list[str], format_: int) -> None:
    assert math.prod(shape_of(wells)) == format_


def test_wells_that_are_but_numbers_have_no_map() -> None:
    (one,) = maps_of(pd.DataFrame({"plate": ["x"], "well": ["7"]}))
    assert one.text() == ["1 well without row and column"]
    assert list(one.grid()) == []


def test_wells_of_single_cells_have_any_number_of_them() -> None:
    first, _ = maps_of(META, fields=False)
    assert first.marks["B03"] == "o"
    assert first.fewer == []
