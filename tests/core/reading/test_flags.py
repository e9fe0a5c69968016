"""A missing control is no control, in every type of column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.reading.flags import control_rows, true_or_false


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([True, False, np.nan]),
        pd.Series([True, False, None], dtype="boolean"),
        pd.Series(["True", "False", None]),
        pd.Series(["yes", "No", ""]),
        pd.Series([1.0, 0.0, np.nan]),
        pd.Series([1, 0, None], dtype="Int64"),
        pd.Series(["true", "false", None]).astype("category"),
        pd.Series(["1", "0", "  "]),
    ],
)
def test_every_type_is_read_alike(values: pd.Series) -> None:
    assert true_or_false(values).tolist() == [True, False, False]
    assert control_rows(pd.DataFrame({"control": values})).tolist() == [True, False, False]


def test_without_the_column_no_row_is_one() -> None:
    assert control_rows(pd.DataFrame({"well": ["A01"]})).tolist() == [False]


def test_another_value_is_named_with_its_row() -> None:
    with pytest.raises(InputError, match="row 3: 'control' is 2, neither true nor false") as error:
        true_or_false(pd.Series([1, 2]))
    assert "yes or no" in error.value.fix


def test_the_mask_is_a_copy() -> None:
    values = pd.Series([True, False])
    true_or_false(values)[0] = False
    assert values.tolist() == [True, False]
