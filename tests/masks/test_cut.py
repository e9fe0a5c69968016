"""A screen of fields becomes one of cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.masks.cut import Cut, cut_out

FIELDS = np.array([0, 0, 2])
CENTRES = np.array([[20.0, 24.0], [1.0, 24.0], [12.0, 12.0]])


def cut(screen: Screen, side: int = 16, **settings: object) -> tuple[Screen, dict[str, int]]:
    columns = pd.DataFrame({"area": [5, 6, 7]})
    return cut_out(screen, FIELDS, CENTRES, Cut(side=side, **settings), columns)  # type: ignore[arg-type]


def test_rows_are_cells_with_the_columns_of_their_fields(tiny_screen: Screen) -> None:
    made, facts = cut(tiny_screen)
    assert facts == {"cells": 3, "at_the_border": 1, "fields_without_cells": 22}
    assert made.meta[["plate", "well", "site", "cell", "area"]].to_numpy().tolist() == [
        ["p0", "A01", 0, 1, 5],
        ["p0", "A02", 0, 1, 7],
    ]
    assert (made.level, made.size) == ("cell", (16, 16))
    field = tiny_screen.read(np.array([2]))[0]
    assert np.array_equal(made.read(np.array([1]))[0], field[:, 4:20, 4:20])
    assert cut(tiny_screen, border="pad")[0].meta["cell"].tolist() == [1, 2, 1]


def test_what_cannot_be_cut_is_named(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="side: 64 pixels are more than the fields have"):
        cut(tiny_screen, side=64)
    with pytest.raises(InputError, match="side: must be at least 4"):
        Cut(side=2)
    with pytest.raises(InputError, match="all crops of 36 pixels leave their fields"):
        cut_out(tiny_screen, FIELDS[1:], CENTRES[1:], Cut(side=36), pd.DataFrame(index=range(2)))
    with pytest.raises(InputError, match="no cell was found"):
        cut_out(tiny_screen, FIELDS[:0], CENTRES[:0], Cut(side=16), pd.DataFrame())
