"""A dose that is not used and compounds in two spellings are named, once for each table."""

from __future__ import annotations

import logging

import pandas as pd
import pytest

from phenolens.core.overlooked import overlooked, warn_of_overlooked


def test_an_unused_dose_is_named_with_the_way_to_use_it() -> None:
    (warning,) = overlooked(pd.DataFrame({"dose_uM": [1.0, 10.0]}))
    assert warning.startswith(
        "'dose_uM' looks like a dose and is not used; name it with --column concentration=dose_uM"
    )


def test_compounds_that_differ_in_case_are_named_once() -> None:
    table = pd.DataFrame({"compound": ["BRD-K1", "brd-k1", "x", "X", None]})
    assert list(overlooked(table)) == [
        "BRD-K1 and brd-k1 differ only in upper and lower case, and are two compounds "
        "(2 such names)"
    ]
    assert not list(overlooked(table.iloc[[0, 2]]))


def test_it_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_overlooked(pd.DataFrame({"conc": [1.0]}))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
