"""Seeds are averaged row by row before scores are compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.score import Score
from phenolens.statistics.mean_rows import mean_rows


def score(values: list[float], names: list[str] | None = None) -> Score:
    names = names or [f"t{i}" for i in range(len(values))]
    rows = pd.DataFrame({"treatment": names, "compound": names, "value": values, "rank": 1})
    return Score("nsc", float(np.nanmean(values)), rows=rows, n=len(values))


def test_the_mean_of_each_row_whatever_the_order() -> None:
    found = mean_rows([score([1, 0, 1]), score([0, 0, 1], ["t2", "t1", "t0"])])
    assert found.rows.to_dict("list") == {
        "treatment": ["t0", "t1", "t2"],
        "compound": ["t0", "t1", "t2"],
        "value": [1.0, 0.0, 0.5],
    }
    assert (found.value, found.n, found.name) == (0.5, 3, "nsc")


def test_rows_that_one_seed_lacks_are_left_out() -> None:
    found = mean_rows([score([1, 0, np.nan]), score([0, 1], ["t0", "t2"])])
    assert found.rows["treatment"].tolist() == ["t0"]
    with pytest.raises(InputError, match="no row in common"):
        mean_rows([score([1], ["a"]), score([1], ["b"])])


def test_rows_that_nothing_identifies() -> None:
    with pytest.raises(InputError, match="cannot be matched over the seeds"):
        mean_rows([score([1, 0], ["a", "a"])])
    bare = Score("x", 1.0, rows=pd.DataFrame({"value": [1.0]}))
    with pytest.raises(InputError, match="over the seeds: no column identifies them"):
        mean_rows([bare])
