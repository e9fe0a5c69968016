"""Arrow's columns become pandas' without losing a digit, or are named."""

from __future__ import annotations

import pyarrow as pa
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.arrow import frame_of

LARGE = [2**53, 2**53 + 1, None]


def test_whole_numbers_next_to_a_blank_keep_every_digit() -> None:
    made = frame_of(pa.table({"n": pa.array(LARGE)}))
    assert made["n"].tolist() == LARGE
    assert frame_of(pa.table({"n": pa.array(LARGE)}), foreign=False)["n"].dtype == float


@pytest.mark.parametrize(
    "kind", [pa.date32(), pa.time64("us")], ids=["a date in another era", "an hour of no day"]
)
def test_a_value_that_python_has_no_form_for_is_named(kind: pa.DataType) -> None:
    number = {"date32[day]": 10**8}.get(str(kind), 2**60)
    width = pa.int32() if kind == pa.date32() else pa.int64()
    table = pa.table({"a": ["x"], "when": pa.array([number], width).cast(kind)})
    with pytest.raises(InputError, match=r"column 'when' cannot be read: .*; write it as text"):
        frame_of(table)
