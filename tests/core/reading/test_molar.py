"""Molar units become uM, rounded once; others stay what they are."""

from __future__ import annotations

import pytest

from phenolens.core.reading.molar import exact, micromolar, unit_name


@pytest.mark.parametrize(
    ("amount", "unit", "wanted"),
    [
        ("1.37", "nM", 0.00137),
        ("5", "\u00b5M", 5.0),  # the micro sign
        ("5", "\u03bcM", 5.0),  # the Greek letter
        ("60.0", "\u00b5m", 60.0),  # as a table of tracks writes it
        ("2", "mM", 2000.0),
        ("1", "M", 1e6),
        ("100", "pM", 1e-4),
        ("0,5", "uM", 0.5),
        ("1", "ng/ul", None),
        ("1", "mm", None),
        ("1", "", None),
    ],
)
def test_amounts_in_micromolar(amount: str, unit: str, wanted: float | None) -> None:
    assert micromolar(amount, unit) == wanted


def test_a_unit_has_one_spelling() -> None:
    assert unit_name("ng/\u00b5L") == unit_name("ng/ul") == "ng/ul"
    assert unit_name("nanomolar") == "nM"


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        exact("high")
