from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.neighbours.known_rows import (
    negative_controls,
    refuse_zero_rows,
    row_name,
    rows_ready,
)


def made() -> Profiles:
    meta = pd.DataFrame(
        {"treatment": ["a", None, "c", "d"], "well": list("1234"), "control": [0, 0, 0, 1]}
    )
    meta["control"] = meta["control"].astype(bool)
    return Profiles(meta=meta, features=np.random.default_rng(0).normal(size=(4, 9)))


def test_a_table_that_does_not_know_its_controls_has_none() -> None:
    profiles = made()
    assert negative_controls(profiles).tolist() == [False, False, False, True]
    bare = Profiles(meta=profiles.meta[["well"]], features=profiles.features)
    assert negative_controls(bare).tolist() == [False] * 4


def test_controls_and_rows_without_a_value_are_left_out_and_said() -> None:
    rows, notes = rows_ready(made(), "treatment", "grit")
    assert rows.tolist() == [0, 2]
    assert notes == ["negative controls left out: 1", "rows without treatment left out: 1"]
    with pytest.raises(InputError, match="grit needs a column 'dose'"):
        rows_ready(made(), "dose", "grit")


def test_a_row_of_zeros_is_named() -> None:
    profiles = made()
    refuse_zero_rows(profiles)
    x = profiles.features.copy()
    x[2] = 0
    with pytest.raises(InputError, match=r"every feature of .*\(row 4\) is zero, so the cosine"):
        refuse_zero_rows(Profiles(meta=profiles.meta, features=x))


def test_a_row_is_named_by_treatment_else_by_place_else_by_number() -> None:
    meta = pd.DataFrame({"treatment": ["a"], "plate": ["p"], "well": ["A01"]})
    assert row_name(meta, 0) == "a"
    assert row_name(meta[["plate", "well"]], 0) == "p A01"
    assert row_name(meta[[]], 0) == "row 2"
    assert row_name(meta.assign(treatment=None), 0) == "p A01"
