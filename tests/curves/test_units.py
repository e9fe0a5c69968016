"""Doses without a unit have that of their file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.curves.piece import Piece
from phenolens.curves.units import units_of


def piece(name: str, run: str) -> Piece:
    return Piece(Path(name), name, name, "", "", run, run, pd.DataFrame())


PIECES = [piece("a_phase.csv", "a"), piece("b_phase.csv", "b"), piece("c.csv", "c")]


def test_one_for_all_or_one_for_each() -> None:
    assert units_of(PIECES, "") == ["", "", ""]
    assert units_of(PIECES, "\u00b5M") == ["uM"] * 3
    assert units_of(PIECES, {"a_phase.csv": "nM", "b": "uM"}) == ["nM", "uM", ""]
    assert units_of(PIECES, {"*_phase.csv": "nM", "*": "mM"}) == ["nM", "nM", "mM"]
    assert units_of(PIECES[2:], {"c.csv": "nM", "*": "mM"}) == ["nM"]


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"unit: 'd\.csv' is neither a file nor a run"):
        units_of(PIECES, {"d.csv": "nM"})
