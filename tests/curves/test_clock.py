"""Times are hours: by the unit in the column's name, by the user, or as each cell is written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.curves.clock import Clock, check_unit


def cells(*values: object) -> pd.Series:
    return pd.Series(values, dtype=object)


@pytest.mark.parametrize(
    ("name", "unit", "wanted", "words"),
    [
        ("Elapsed", "", 90, "'Elapsed', hours (no unit is given)"),
        ("Elapsed", "min", 1.5, "'Elapsed', minutes"),
        ("Minutes", "", 1.5, "'Minutes', minutes"),
        ("elapsed_min", "", 1.5, "'elapsed_min', minutes"),
        ("Time (min)", "", 1.5, "'Time (min)', minutes"),
        ("frame", "20 min", 30, "'frame', in steps of 0.333333 h"),
        ("frame", "", 90, "'frame', hours (no unit is given)"),
        ("Day", "", 90 * 24, "'Day', days"),
        ("Time (h)", "min", 1.5, "'Time (h)', minutes"),  # the user knows better
    ],
)
def test_numbers_are_in_the_unit_that_is_known(
    name: str, unit: str, wanted: float, words: str
) -> None:
    clock = Clock.of(name, unit)
    assert clock.read(cells(90, "90", None))[:2].tolist() == [wanted, wanted]
    assert str(clock) == words


def test_text_is_read_where_it_is_certain() -> None:
    read = Clock.of("Elapsed").read
    wanted = [2, 1.5, 28, 1.5, 0, 27.5, -4, 28]
    texts = ["2h", "90 min", "1d 4h", "01:30:00", 0, "01d03h30m", "-4 h", "1 day, 4:00:00"]
    assert read(cells(*texts)).tolist() == wanted
    assert np.isnan(read(cells(None, 1.0))[0])


def test_cells_with_units_of_their_own_are_no_numbers_of_frames() -> None:
    texts = cells("0 h", "1h", "2h", "3 hours")
    clock = Clock.of("t", "", texts)
    assert str(clock) == "'t', in the unit that each time has"
    assert clock.notes(clock.read(texts)) == ()
    assert not Clock.of("t", "", cells(0, "1", 2)).written


@pytest.mark.parametrize("wrong", ["day 2", "01:30", "soon", "0,5", "2020-01-01 04:00:00"])
def test_other_text_is_named_by_its_row(wrong: object) -> None:
    with pytest.raises(InputError) as error:
        Clock.of("Elapsed").read(cells(0, 1, wrong, wrong))
    assert str(error.value) == (
        f"row 4: the time in 'Elapsed' is {wrong!r}, which is not one (2 such rows); write hours "
        "as a number with a decimal point, or with a unit as 2 h, 90 min, 1d 4h or 01:30:00"
    )


def test_a_flag_is_no_time() -> None:
    with pytest.raises(InputError, match="row 2: the time in 't' is True, which is not one"):
        Clock.of("t").read(cells(True, True))


def test_numbers_without_a_unit_next_to_times_with_one_are_refused() -> None:
    with pytest.raises(InputError, match="row 3: the time in 't' is 3 without a unit, and other"):
        Clock.of("t").read(cells("0 h", 3, "6 h"))
    assert Clock.of("t (h)").read(cells("0 h", 3, "90 min")).tolist() == [0, 3, 1.5]
    assert Clock.of("t").read(cells(0, "3 h")).tolist() == [0, 3]


@pytest.mark.parametrize(
    ("name", "times", "noted"),
    [
        ("t", [0, 1, 2, 3], True),
        ("Elapsed", [1, 2, 3, 4, 5], True),
        ("Time (h)", [0, 1, 2, 3], False),
        ("t", [0, 1, 2], False),  # too few to tell
        ("t", [0, 3, 6, 9], False),
        ("t", [0, 0.5, 1, 1.5], False),
        ("t", [5, 6, 7, 8], False),
    ],
)
def test_what_looks_like_numbers_of_frames_is_noted(
    name: str, times: list[float], *, noted: bool
) -> None:
    notes = Clock.of(name).notes(np.array([*times, *times], dtype=np.float64))
    assert bool(notes) == noted
    assert all("taken as hours" in note and "--time-unit '3 h'" in note for note in notes)


def test_a_unit_that_is_none_is_refused() -> None:
    check_unit("")
    check_unit("3 h")
    with pytest.raises(InputError, match="time_unit: 'frames' is not a unit of time"):
        check_unit("frames")
