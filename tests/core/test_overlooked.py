"""A dose that is not used and compounds in two spellings are named, once for each table."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from phenolens.core.overlooked import codes_of_missing, overlooked, warn_of_overlooked


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


def test_a_number_far_from_all_others_that_programs_write_for_missing_is_named() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(100, 20, size=(50, 3)).astype(np.float32)
    assert list(codes_of_missing(features, ("a", "b", "c"))) == []
    features[[3, 7], 1] = -9999
    (warning,) = codes_of_missing(features, ("a", "b", "c"))
    assert "feature 'b' is -9999 in 2 rows" in warning
    features[5, 2] = -999
    (warning,) = codes_of_missing(features, ("a", "b", "c"))
    assert "in 1 other features" in warning


def test_a_code_among_values_of_its_size_is_a_value() -> None:
    features = np.linspace(-20_000, 20_000, 9)[:, None].astype(np.float32)
    features[0] = -9999
    assert list(codes_of_missing(features, ("a",))) == []
    assert list(codes_of_missing(np.full((4, 1), -9999, dtype=np.float32), ("a",))) == []
