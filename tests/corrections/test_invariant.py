from __future__ import annotations

import math

import pytest

from phenolens.core.errors import InputError
from phenolens.corrections.invariant import check_invariant


def test_within_the_tolerance_the_error_comes_back() -> None:
    assert check_invariant("mean", 0.01, 0.02) == 0.01


@pytest.mark.parametrize("error", [0.03, math.nan, math.inf])
def test_beyond_it_the_step_refuses(error: float) -> None:
    with pytest.raises(InputError, match="mean is off by"):
        check_invariant("mean", error, 0.02)
