"""Doses have one unit, and one that is not used is found by its name."""

from __future__ import annotations

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.reading.doses import (
    names_a_dose,
    names_a_unit,
    refuse_mixed_units,
    unused_dose,
)


@pytest.mark.parametrize("name", ["Concentration_Unit", "dose_unit", "ConcUnits", "unit_of_dose"])
def test_units_are_known_by_name(name: str) -> None:
    assert names_a_unit(name)


def test_other_units_are_not_of_doses() -> None:
    assert not any(map(names_a_unit, ["unit", "time_unit", "concordance_unit", "dose"]))


@pytest.mark.parametrize("name", ["Concentration_uM", "dose_\u00b5M", "CONC", "pertDose", "doses"])
def test_doses_are_known_by_name(name: str) -> None:
    assert names_a_dose(name)


def test_names_about_doses_are_not_doses() -> None:
    assert not any(map(names_a_dose, ["log_dose", "dose_index", "dose_unit", "um", "condition"]))


def wells(*units: str | None) -> pd.DataFrame:
    doses = [1.0, 1.0, 0.0, 5.0]
    control = [False, False, False, True]
    return pd.DataFrame({"concentration": doses, "control": control, "dose_unit": list(units)})


def test_two_units_are_refused_with_both() -> None:
    with pytest.raises(InputError, match="row 3: 'dose_unit' is 'nM', and 'uM' in rows above"):
        refuse_mixed_units(wells("uM", "nM", "uM", "uM"), lambda row: f"row {row + 2}")


def test_one_unit_may_be_spelt_in_two_ways_and_controls_have_their_own() -> None:
    refuse_mixed_units(wells("uM", "\u03bcm", "nM", "%"), str)
    refuse_mixed_units(wells("uM", None, None, None), str)


def test_a_dose_is_unused_if_it_is_numbers_and_no_other_column_is_the_dose() -> None:
    table = pd.DataFrame({"conc": ["1", "10", None], "dose_uM": ["low", "high", "high"]})
    assert unused_dose(table) == "conc"
    assert unused_dose(table[["dose_uM"]]) == ""
    assert unused_dose(table.assign(concentration=1.0)) == ""
