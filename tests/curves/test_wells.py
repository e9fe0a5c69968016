"""Columns named after wells."""

from __future__ import annotations

from phenolens.curves.wells import is_well_column, well_and_image


def test_wells_and_images() -> None:
    assert well_and_image("a1, Image 12") == ("A01", 12)
    assert well_and_image("P24") == ("P24", None)
    assert well_and_image("Q99") is None
    assert is_well_column("A1, Image 1")
    assert not is_well_column("R 1")
