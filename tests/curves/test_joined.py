"""Measurements of one plate are joined; maps find their plate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.curves.condition import Treatment, read_conditions
from phenolens.curves.joined import join, with_maps
from phenolens.curves.piece import Piece
from phenolens.curves.well_map import WellMap

DRUGS = tuple(read_conditions(["Control", "Erl 1 nM"]).values())


def _piece(variable: str, times: list[float], values: list[float], name: str = "run") -> Piece:
    rows = pd.DataFrame(
        {"treatment": 1, "replicate": "1", "time": times, variable: np.array(values, float)}
    )
    path = Path(f"{name}_{variable}.csv")
    return Piece(path, str(path), str(path), "f", "w", name, name, rows, DRUGS)


def _plate(name: str) -> Piece:
    rows = pd.DataFrame({"well": ["A01", "B02"], "treatment": -1, "time": 0.0, "value": [1.0, 2]})
    path = Path(f"{name}.xlsx")
    return Piece(path, str(path), str(path), "f", "w", name, name, rows)


def _map(name: str, well: str = "A01", jobs: tuple[str, ...] = ()) -> WellMap:
    treatment: Treatment = DRUGS[1]
    return WellMap(Path(f"{name}.xml"), {well: treatment}, {well: "line"}, jobs=frozenset(jobs))


def test_measurements_are_columns_and_missing_times_are_missing() -> None:
    joined = join([_piece("phase", [0, 3, 6], [1, 2, 3]), _piece("red", [0, 6], [4, 5])])
    assert joined.variables == ("phase", "red")
    assert joined.rows["phase"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(joined.rows["red"], [4, np.nan, 5])


def test_rows_are_sorted_by_curve_and_time() -> None:
    joined = join([_piece("phase", [6, 0, 3], [3, 1, 2])])
    assert joined.rows["time"].tolist() == [0, 3, 6]


def test_one_measurement_of_one_plate_is_in_one_table() -> None:
    one = _piece("phase", [0], [1])
    with pytest.raises(InputError, match=r"has 'phase' of 'run', as run_phase\.csv has"):
        join([one, replace(one, where="copy.csv")])


def test_a_map_is_for_the_plate_that_it_names() -> None:
    first, second = with_maps([_plate("p1"), _plate("p2")], [_map("p2_map"), _map("p1_map", "B02")])
    assert first.rows["treatment"].tolist() == [-1, 0]
    assert second.rows["treatment"].tolist() == [0, -1]
    assert first.rows["cell_line"].tolist()[1] == "line"
    assert "1 measured well is not in p1_map.xml" in first.notes
    by_job = with_maps([_plate("p1")], [_map("x", jobs=("p1",)), _map("p1_map", "B02")][:1])
    assert by_job[0].rows["treatment"].tolist() == [0, -1]


def test_maps_that_fit_nothing_or_too_much_are_refused() -> None:
    with pytest.raises(InputError, match="may have any of 2 maps"):
        with_maps([_plate("p1")], [_map("a"), _map("b")])
    with pytest.raises(InputError, match="none of the files is that plate"):
        with_maps([_piece("phase", [0], [1])], [_map("a")])
    with pytest.raises(InputError, match="has none of the wells"):
        with_maps([_plate("p1")], [_map("a", "H12")])
    (alone,) = with_maps([_plate("p1")], [])
    assert alone.notes == ("no map says what the wells of p1.xlsx get",)
