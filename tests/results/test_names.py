"""Names of treatments, by what the table says."""

from __future__ import annotations

import math

import pandas as pd

from phenolens.results.names import Names

ONE = pd.DataFrame({"cell_line": ["PC9", "PC9"], "concentration_unit": ["uM", None]})
TWO = pd.DataFrame({"cell_line": ["PC9", "A549"]})


def test_a_dose_has_the_unit_of_the_table() -> None:
    names = Names.of(ONE)
    assert names.unit == "uM"
    assert names.treatment("THZ1", 0.1, "PC9") == "THZ1 0.1 \u00b5M"
    assert names.treatment("THZ1", math.nan, "PC9") == "THZ1"


def test_a_cell_line_is_named_where_there_are_several() -> None:
    assert Names.of(ONE).course("THZ1", "PC9") == "THZ1"
    assert Names.of(TWO).course("THZ1", "PC9") == "THZ1 in PC9"
    assert Names.of(TWO).treatment("THZ1", 0.1, "PC9") == "THZ1 0.1 in PC9"
    assert Names.of(TWO).course("THZ1", "") == "THZ1"


def test_a_unit_that_is_not_known_is_not_made_up() -> None:
    for units in (["unit not given", None], ["uM", "ng/ul"], [None, None]):
        assert Names.of(pd.DataFrame({"dose_unit": units})).unit == ""
    assert Names.of(None, pd.DataFrame({"dose_unit": ["nM"]}), ONE) == Names("nM", ("PC9",))
    assert Names.of(None) == Names("", ())
