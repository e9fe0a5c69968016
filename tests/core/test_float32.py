from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.float32 import in_float32


def test_numbers_are_rounded_once() -> None:
    x = np.array([[1 / 3, 3.4e38], [-1e-50, 0]])
    made = in_float32(x, "pca")
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, x.astype(np.float32))


@pytest.mark.parametrize("value", [3.5e38, -1e200])
def test_what_float32_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="coral: a value is more than float32 can hold"):
        in_float32(np.array([[0.0, value]]), "coral")
