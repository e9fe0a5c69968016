"""Treatments of a long table: names, amounts and units, row by row."""

from __future__ import annotations

import pandas as pd

from phenolens.curves.doses import Doses


def test_each_row_has_its_own_unit() -> None:
    units = ["nM", "uM", None, "nM"]
    columns = {"d": ["A", "A", "B", None], "dose": [1, "1", None, 2], "dose_unit": units}
    table = pd.DataFrame(columns, dtype=object)
    doses = Doses.of(table, {"compound": "d", "concentration": "dose"})
    assert [str(t.doses[0]) for t in doses.treatments[:3]] == ["A 0.001 uM", "A 1 uM", "B"]
    assert doses.codes.tolist() == [0, 1, 2, -1]
    assert doses.used == {
        "d": "compound",
        "dose": "concentration",
        "dose_unit": "concentration_unit",
    }
    named = Doses.of(table.rename(columns={"dose": "dose (mM)"}), {"concentration": "dose (mM)"})
    assert named.treatments[0].doses[0].number == 1000.0  # the name says it for all rows


def test_a_table_without_drugs_has_no_treatment() -> None:
    doses = Doses.of(pd.DataFrame({"well": ["A1", "A2"]}), {"well": "well"})
    assert (doses.treatments, doses.codes.tolist(), doses.used) == ((), [-1, -1], {})
