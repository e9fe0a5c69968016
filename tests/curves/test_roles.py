"""Columns that say what rows are."""

from __future__ import annotations

from phenolens.curves.roles import has_roles, role_columns


def test_known_names_in_any_case_and_named_ones_first() -> None:
    names = ["DRUG", "Conc", "Cell Line", "Hours", "x"]
    assert role_columns(names, {}) == {
        "compound": "DRUG",
        "concentration": "Conc",
        "cell_line": "Cell Line",
    }
    assert role_columns(names, {"compound": "x"})["compound"] == "x"


def test_a_table_of_conditions_has_none() -> None:
    assert not has_roles(["Elapsed", "Control", "Erlotinib 1 nM"])
    assert has_roles(["dose", "track_id", "t"])
