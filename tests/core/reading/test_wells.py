"""Wells have one spelling; what is on no plate is refused by name."""

from __future__ import annotations

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import (
    from_rows_and_columns,
    named,
    plate_format,
    refuse_grid,
    row_number,
    well_at,
    well_name,
    well_names,
)


@pytest.mark.parametrize(
    ("text", "well"),
    [
        *[(text, "A01") for text in ("A1", "A01", "a01", "A001", "A-1", "01A", "r01c01")],
        ("H12", "H12"),
        ("P24", "P24"),
        ("aa1", "AA01"),
        ("AF48", "AF48"),
        ("17", "17"),
        *[(text, None) for text in ("A0", "A49", "AG1", "Z99", "x", "", "01E00", "0", "1537")],
    ],
)
def test_one_spelling(text: str, well: str | None) -> None:
    assert well_name(text) == well


def test_every_well_of_the_largest_plate() -> None:
    wells = [named(row, column) for row in range(1, 33) for column in range(1, 49)]
    assert len(set(wells)) == 1536
    assert all(well is not None and well_name(well) == well for well in wells)
    assert row_number("AF") == 32
    assert named(33, 1) is None


def test_a_column_keeps_its_gaps_and_names_what_is_no_well() -> None:
    assert well_names(pd.Series(["a1", None])).fillna("?").tolist() == ["A01", "?"]
    with pytest.raises(InputError, match="row 3: 'well' is 'Z99', which is not a well of a plate"):
        well_names(pd.Series(["A1", "Z99"]))


def test_rows_and_columns_count_from_one() -> None:
    rows, columns = pd.Series(["1", "B", 3.0, None]), pd.Series(["2", "03", 4.0, 1])
    made = from_rows_and_columns(rows, columns)
    assert made.fillna("?").tolist() == ["A02", "B03", "C04", "?"]
    with pytest.raises(InputError, match="row 2: row 0 and column 2 are not a well"):
        from_rows_and_columns(pd.Series(["0"]), pd.Series(["2"]))


@pytest.mark.parametrize("text", ["A - 1", "A-1", "A 01", "a01"])
def test_spellings_of_instruments(text: str) -> None:
    assert well_name(text) == "A01"


@pytest.mark.parametrize(
    ("row", "column", "well"),
    [
        ("B", "3", "B03"),
        ("02", "03", "B03"),
        ("AF", "48", "AF48"),
        ("0", "1", None),
        ("B", "", None),
    ],
)
def test_row_and_column(row: str, column: str, well: str | None) -> None:
    assert well_at(row, column) == well


def test_a_platemap_in_the_form_of_a_plate_is_refused() -> None:
    grid = pd.DataFrame({"Unnamed: 0": ["A", "B "], "1": ["DMSO", "x"], " 2": ["y", None]})
    with pytest.raises(InputError, match=r"the form of a plate \(rows A to B, columns 1 to 2\)"):
        refuse_grid(grid)
    refuse_grid(grid.rename(columns={"1": "compound"}))
    refuse_grid(grid.assign(**{"Unnamed: 0": ["A01", "B01"]}))
    refuse_grid(grid.assign(**{"Unnamed: 0": ["B", "A"]}))  # such as plates


def test_the_format_is_the_smallest_that_has_the_wells() -> None:
    assert plate_format(2, 3) == (2, 3)
    assert plate_format(2, 3, least=96) == (8, 12)
    assert plate_format(16, 24) == (16, 24)
    assert plate_format(17, 2) == (32, 48)
