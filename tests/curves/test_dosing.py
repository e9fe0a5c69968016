"""Doses of all treatments in one unit; those that are not molar keep theirs."""

from __future__ import annotations

import numpy as np

from phenolens.curves.condition import read_conditions
from phenolens.curves.dosing import dose_table


def _table(
    *names: str, controls: tuple[str, ...] = ()
) -> tuple[list[dict[str, object]], list[str]]:
    table, notes = dose_table(list(read_conditions(names).values()), controls)
    return table.to_dict("records"), notes


def test_nanomolar_and_micromolar_are_one_unit() -> None:
    rows, notes = _table("Control", "Eto 0.2 uM", "Gem 1.25 nM")
    assert rows == [
        {"compound": "Control", "concentration": 0.0, "control": True, "concentration_unit": None},
        {"compound": "Eto", "concentration": 0.2, "control": False, "concentration_unit": "uM"},
        {"compound": "Gem", "concentration": 0.00125, "control": False, "concentration_unit": "uM"},
    ]
    assert notes == []


def test_one_unit_that_is_not_molar_is_in_a_column_of_its_own() -> None:
    rows, notes = _table("DMSO 0 ng/ul", "a 200 ng/ul", "a 1000 ng/ul")
    assert [row["concentration_unit"] for row in rows] == [None, "ng/ul", "ng/ul"]
    assert [row["concentration"] for row in rows] == [0.0, 200.0, 1000.0]
    assert notes == ["doses are not molar (ng/ul): 'concentration_unit' says so"]


def test_mixed_units_are_never_one_column_of_numbers() -> None:
    rows, notes = _table("a 1 uM", "b 2 mg/ml", "Vehicle 100 mg/ml")
    assert [row["dose_as_written"] for row in rows] == [None, "b 2 mg/ml", None]
    np.testing.assert_array_equal([row["concentration"] for row in rows], [1.0, np.nan, 0.0])
    assert [row["concentration_unit"] for row in rows] == ["uM", None, None]
    assert "doses are in uM and in ['mg/ml']" in notes[0]


def test_two_drugs_are_a_series_of_the_first() -> None:
    rows, _ = _table("Erl 1 nM + THZ1 100 nM", "Erl 2 nM + THZ1 100 nM", "Erl 1 nM")
    assert [row["compound"] for row in rows] == ["Erl + THZ1 0.1 uM"] * 2 + ["Erl"]
    assert [row["concentration"] for row in rows] == [0.001, 0.002, 0.001]
    assert rows[0]["compound_2"] == "THZ1"
    assert rows[0]["concentration_2"] == 0.1


def test_controls_are_vehicles_zero_doses_and_those_named() -> None:
    rows, notes = _table("NVB-0", "NVB-5", "NVB-10", "pbs", "NVB", controls=("PBS",))
    assert [row["control"] for row in rows] == [True, False, False, True, False]
    assert notes[-1] == "['NVB']: some conditions have a dose, and others none"
    assert "some doses have no unit: give it with --unit, as --unit nM" in notes


def test_a_vehicle_next_to_a_drug_is_not_a_second_drug() -> None:
    vehicle, drug = (t.doses[0] for t in read_conditions(["DMSO 0.01 %", "a 50 nM"]).values())
    treatment = type(next(iter(read_conditions(["x"]).values())))((vehicle, drug))
    table, _ = dose_table([treatment])
    assert table.iloc[0].to_dict() == {
        "compound": "a", "concentration": 0.05, "control": False, "concentration_unit": "uM"
    }  # fmt: skip


def test_no_treatment_is_an_empty_table() -> None:
    table, notes = dose_table([])
    assert list(table) == ["compound", "concentration", "control"]
    assert (len(table), notes) == (0, [])
