"""The row of totals below a table is refused; what has plate and well is data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.reading.metadata import IDS
from phenolens.core.reading.totals import refuse_totals


@pytest.mark.parametrize(
    ("plate", "compound"), [("Total", np.nan), (np.nan, "Grand Total"), ("P1", "Summe:")]
)
def test_a_row_of_totals_is_refused(plate: object, compound: object) -> None:
    table = pd.DataFrame(
        {"plate": ["P1", plate], "well": ["A01", np.nan], "compound": ["x", compound]}
    )
    with pytest.raises(InputError, match="row 3: is a row of totals"):
        refuse_totals(table, IDS)


def test_rows_with_plate_and_well_are_data_and_so_are_tables_of_compounds() -> None:
    table = pd.DataFrame({"plate": ["P1"], "well": ["A01"], "compound": ["total"]})
    refuse_totals(table, IDS)
    refuse_totals(table[["compound"]], IDS)
    refuse_totals(table.assign(compound="TOTAL-1", well=np.nan), IDS)


def test_the_last_row_alone_without_any_id_is_refused() -> None:
    table = pd.DataFrame({"plate": ["P1"] * 3, "well": ["A01"] * 3, "compound": list("xyz")})
    table.loc[3] = [np.nan] * 3
    with pytest.raises(InputError, match="row 5: is a row of totals, or lacks its names"):
        refuse_totals(table, IDS)
    table.loc[0] = [np.nan] * 3  # then it is how the table is
    refuse_totals(table, IDS)
