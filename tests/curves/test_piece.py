"""Names of runs and measurements, and times that are doubled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.curves.piece import codes_of, one_per_time, run_and_variable, variable_of


@pytest.mark.parametrize(
    ("title", "sheet", "wanted"),
    [
        ("050719_PC9_LCL_OSI_confluence_red", "", ("050719_PC9_LCL_OSI",) * 2 + ("red",)),
        ("2017.07.10-H1299-red", "", ("2017.07.10-H1299",) * 2 + ("red",)),
        ("run", "", ("run", "run", "value")),
        ("run", "overlap", ("run", "run", "overlap")),
        ("run", "green_low", ("run", "run low", "green")),
        ("run", "Sheet1", ("run", "run", "value")),
    ],
)
def test_file_and_sheet_name_run_plate_and_measurement(
    title: str, sheet: str, wanted: tuple[str, str, str]
) -> None:
    assert run_and_variable(title, sheet) == wanted


def test_metrics_of_the_instrument_have_short_names() -> None:
    assert variable_of("Phase Object Confluence (Percent)") == "phase"
    assert variable_of("Total Red Object Integrated Intensity") == "red"
    assert variable_of("Cells per well") == "Cells per well"


def test_a_doubled_time_is_its_mean() -> None:
    rows = pd.DataFrame({"treatment": 0, "time": [0.0, 3, 3], "phase": [1.0, 2, np.nan]})
    made, doubled = one_per_time(rows, ["phase"])
    assert doubled == 1
    assert made["phase"].tolist() == [1.0, 2.0]


def test_codes() -> None:
    assert codes_of(["b", "a", "x"], ["a", "b"]).tolist() == [1, 0, -1]
