"""Ranges of settings: what is allowed, what is refused, and in which words."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.ranges import above, at_least, below, between, finite


@pytest.mark.parametrize(
    ("check", "fits", "words"),
    [
        (lambda v: at_least(1, k=v), (1, 2.5, 10**9, np.int64(3), np.float32(1)), "at least 1"),
        (lambda v: above(0, k=v), (1e-9, 10**9), "above 0"),
        (lambda v: above(0, 1, k=v), (1e-9, 1), "above 0 and at most 1"),
        (lambda v: below(0, 1, k=v), (0, 0.999), "at least 0 and below 1"),
        (lambda v: between(0.5, 10**6, k=v), (0.5, 10**6), "from 0.5 to 1000000"),
        (lambda v: finite(k=v), (-1e300, 0, 3), "finite"),
    ],
)
def test_what_is_allowed_and_what_is_not(
    check: Callable[[object], None], fits: tuple[float, ...], words: str
) -> None:
    for value in fits:
        check(value)
    for value in (math.nan, math.inf, -math.inf, 10**400):
        with pytest.raises(InputError, match=f"^k: must be {words}, got "):
            check(value)
    wrong = {"3": "str", None: "NoneType", True: "bool", (1,): "tuple"}
    for other, kind in wrong.items():
        with pytest.raises(InputError, match=rf"^k: expected a number, got .* \({kind}\)$"):
            check(other)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (lambda v: at_least(1, k=v), 0),
        (lambda v: above(0, k=v), 0),
        (lambda v: above(0, 1, k=v), 1.01),
        (lambda v: below(0, 1, k=v), 1),
        (lambda v: below(0, 1, k=v), -0.1),
        (lambda v: between(0, 1, k=v), 1.1),
        (lambda v: between(0, 1, k=v), -1),
    ],
)
def test_the_ends_of_a_range(check: Callable[[float], None], value: float) -> None:
    with pytest.raises(InputError) as error:
        check(value)
    assert error.value.where == "k"
    assert str(value) in error.value.what


def test_several_are_checked_in_order() -> None:
    at_least(0, a=1, b=2)
    with pytest.raises(InputError, match=r"^b: "):
        at_least(0, a=1, b=-2, c=-3)
