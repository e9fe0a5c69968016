"""Which rows a query keeps, and what is said where it cannot be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.query import matching

META = pd.DataFrame(
    {
        "plate": ["p1", "p1", "p2", "p2"],
        "moa": ["Eg5", None, "actin", np.nan],
        "control": [False, True, False, True],
        "concentration": [0.1, np.nan, 3.0, 10.0],
    }
)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("not control", [0, 2]),
        ("moa == moa", [0, 2]),
        ("moa == moa and not control", [0, 2]),
        ("plate == 'p2'", [2, 3]),
        ("plate in ['p1'] and concentration < 1", [0]),
        ("concentration > 1 or control", [1, 2, 3]),
        ("moa.str.startswith('E', na=False)", [0]),
        ("control", [1, 3]),
    ],
)
def test_rows_kept(query: str, kept: list[int]) -> None:
    rows = matching(META, query)
    assert rows.dtype == bool
    assert np.flatnonzero(rows).tolist() == kept


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("plat == 'p1'", "did you mean 'plate'?"),
        ("moa ==", "cannot apply query 'moa =='"),
        ("plate > 3", "cannot apply query"),
        ("plate", "is not a condition; compare a column"),
        ("concentration", "is not a condition"),
        ("1 == 1", "is not a condition"),
        ("new = 3", "is not a condition"),
        ("plate == 'p9'", "keeps none of 4 rows"),
    ],
)
def test_what_cannot_be_kept(query: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        matching(META, query)
    assert said in str(error.value)
    assert "new" not in META
