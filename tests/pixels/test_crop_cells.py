"""`crop_cells` cuts crops around the centres of a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.pixels.crop_cells import CropCells


def table(path: Path, **changed: object) -> str:
    rows = {
        "Metadata_Plate": ["p0", "p0", "p1", "p9"],
        "Metadata_Well": ["A1", "A01", "a02", "A01"],
        "Metadata_Site": ["0", "0", "1", "0"],
        "Nuclei_Location_Center_X": [24.0, 10.0, 30.0, 5.0],
        "Nuclei_Location_Center_Y": [20.0, 9.0, 12.0, 5.0],
    }
    pd.DataFrame({**rows, **changed}).dropna(axis=1).to_csv(path / "cells.csv", index=False)
    return str(path / "cells.csv")


def test_crops_are_around_the_tables_centres(tiny_screen: Screen, tmp_path: Path) -> None:
    made = CropCells(table=table(tmp_path), side=16)(tiny_screen)
    assert made.meta[["plate", "well", "site", "cell"]].to_numpy().tolist() == [
        ["p0", "A01", 0, 1],
        ["p0", "A01", 0, 2],
        ["p1", "A02", 1, 1],
    ]
    field = tiny_screen.read(np.array([0]))[0]
    assert np.array_equal(made.read(np.array([0]))[0], field[:, 12:28, 16:32])
    facts = made.history[0]["facts"]
    assert (facts["rows_of_other_fields"], facts["fields_without_cells"]) == (1, 22)


def test_what_does_not_fit_is_named(tiny_screen: Screen, tmp_path: Path) -> None:
    other = table(tmp_path, Metadata_Plate="x")
    with pytest.raises(InputError, match="no row is of a field of the screen: it has x A01 0"):
        CropCells(table=other, side=16)(tiny_screen)
    bare = table(tmp_path, Metadata_Site=None)
    with pytest.raises(InputError, match="plate, well do not tell fields apart"):
        CropCells(table=bare, side=16)(tiny_screen)
    with pytest.raises(InputError, match="names no well"):
        CropCells(table=table(tmp_path, Metadata_Well=None), side=16)(tiny_screen)
    with pytest.raises(InputError, match="crops of cells already"):
        CropCells(table=bare, side=16)(replace(tiny_screen, level="cell"))
