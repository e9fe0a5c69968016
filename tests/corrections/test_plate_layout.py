from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.plate_layout import always_alone, controls_apart, positions


def table(**columns: object) -> Profiles:
    meta = pd.DataFrame(columns)
    return Profiles(meta=meta, features=np.zeros((len(meta), 1)))


def test_wells_of_every_plate_format() -> None:
    wells = {
        "A01": (0, 0),
        "a1": (0, 0),
        " H12": (7, 11),
        "P24": (15, 23),
        "Z01": (25, 0),
        "AA01": (26, 0),
        "AF48": (31, 47),
        "B002": (1, 1),
    }
    height, column = positions(table(well=list(wells)), "regress_position")
    assert list(zip(height.tolist(), column.tolist(), strict=True)) == list(wells.values())


@pytest.mark.parametrize("bad", ["A00", "A49", "AG01", "01A", "A", "", "A1B", "A01|A02", None])
def test_no_well(bad: str | None) -> None:
    with pytest.raises(InputError, match=r"row 4.*is not one of A01 to AF48"):
        positions(table(well=["A01", "B02", bad, bad]), "regress_position")


def test_a_column_is_needed() -> None:
    with pytest.raises(InputError, match="regress_position needs a column 'well'"):
        positions(table(plate=["p"]), "regress_position")


def test_who_is_always_alone() -> None:
    """a: alone in line 0 and 1. b: alone in 2, shares 3. c, d: share. Controls: line 4."""
    some = table(
        compound=["a", "a", "a", "b", "b", "c", "c", "d", "DMSO", "DMSO"],
        control=[False] * 8 + [True] * 2,
    )
    lines = np.array([0, 0, 1, 2, 3, 3, 5, 5, 4, 4])
    assert always_alone(some, lines, "x") == ["a"]
    assert controls_apart(some, lines)
    lines[-1] = 5
    assert not controls_apart(some, lines)
    lines[2] = 4
    assert always_alone(some, lines, "x") == []


def test_doses_count_where_their_compound_is_elsewhere_too() -> None:
    some = table(compound=["a", "a", "a", "b"], treatment=["a@1", "a@1", "a@2", "b@1"])
    assert always_alone(some, np.array([0, 0, 1, 1]), "x") == ["a@1"]


def test_a_missing_compound_is_not_known_to_be_another_or_the_same() -> None:
    assert always_alone(table(compound=["a", None]), np.array([0, 0]), "x") == []
    assert always_alone(table(compound=[None, None]), np.array([0, 0]), "x") == []


def test_without_a_column_it_cannot_be_said() -> None:
    with pytest.raises(InputError, match="'compound' or 'treatment'"):
        always_alone(table(well=["A01"]), np.array([0]), "regress_position")
    assert not controls_apart(table(well=["A01"]), np.array([0]))
