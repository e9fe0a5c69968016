"""The place that a message names is where its reader finds it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.core.reading.place import place_of, row_of


def test_rows_are_numbered_as_by_a_spreadsheet() -> None:
    assert row_of(pd.RangeIndex(3), 0) == "row 2"
    assert row_of(pd.Index([0, 4]), 1) == "row 6"  # rows of blanks were left out
    assert row_of(pd.Index(["a", "b"]), 1) == "row 3"


def test_a_row_of_profiles_is_named_by_what_it_is() -> None:
    meta = pd.DataFrame(
        {"plate": ["P1", "P2"], "well": ["A01", np.nan], "treatment": ["a@1", "b@1"], "time": 3}
    )
    assert place_of(meta, 0) == "plate P1, well A01, time 3"
    assert place_of(meta, 1) == "plate P2, time 3, treatment b@1"
    assert place_of(meta[["plate"]], 1) == "plate P2 (row 3)"
    assert place_of(meta[["treatment"]], 0) == "treatment a@1"
    assert place_of(pd.DataFrame({"x": [1]}), 0) == "row 2"
