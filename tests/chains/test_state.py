"""What a step learned, taken apart and put together again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float32, Float64, Int64

from phenolens.chains.state import join_state, split_state
from phenolens.core.errors import InputError


@dataclass(frozen=True)
class Inner:
    groups: tuple[tuple[str, ...], ...]
    maps: Float64[np.ndarray, "g e e"]


@dataclass(frozen=True)
class Outer:
    mean: Float64[np.ndarray, " d"]
    V: Float32[np.ndarray, "d k"]
    order: Int64[np.ndarray, " k"]
    inner: Inner | None = None
    share: float = 0.5


def state() -> Outer:
    inner = Inner((("a", "b"), ("c", "d")), np.ones((2, 3, 3)))
    return Outer(np.zeros(4), np.ones((4, 2), np.float32), np.arange(2), inner)


def test_it_comes_back() -> None:
    plain, arrays = split_state(state())
    assert plain == {"inner.groups": (("a", "b"), ("c", "d")), "share": 0.5}
    assert set(arrays) == {"mean", "V", "order", "inner.maps"}
    plain["inner.groups"] = [["a", "b"], ["c", "d"]]  # as TOML gives them
    again = join_state(Outer, plain, arrays, 4, 3)
    assert again.inner.groups == state().inner.groups  # type: ignore[union-attr]
    np.testing.assert_array_equal(again.V, state().V)
    assert again.share == 0.5


def test_an_inner_one_may_be_absent() -> None:
    plain, arrays = split_state(replace(state(), inner=None))
    assert join_state(Outer, plain, arrays, 4, 7).inner is None


@pytest.mark.parametrize(
    ("values", "sizes", "message"),
    [
        ({"mean": np.zeros(5)}, (4, 3), r"'mean' is float64 of shape \(5,\)"),
        ({}, (5, 3), "'mean' is float64"),
        ({}, (4, 2), r"'inner.maps' is float64 of shape \(2, 3, 3\)"),
        ({"order": np.arange(3)}, (4, 3), "'order' is int64 of shape"),
        ({"order": np.zeros(2)}, (4, 3), "'order' is float64"),
        ({"mean": np.array([0, 0, 0, np.inf])}, (4, 3), "'mean' holds values that are not finite"),
        ({"V": np.ones((4, 2))}, (4, 3), "'V' is float64"),
        ({"inner.groups": (("a",),)}, (4, 3), "'inner.maps' is float64"),
        ({"share": "much"}, (4, 3), "share: expected float, got 'much'"),
        ({"more": 1}, (4, 3), "unknown value 'more'"),
    ],
)
def test_what_does_not_fit_is_named(
    values: dict[str, Any], sizes: tuple[int, int], message: str
) -> None:
    plain, arrays = split_state(state())
    for key, value in values.items():
        (arrays if isinstance(value, np.ndarray) else plain)[key] = value
    with pytest.raises(InputError, match=message):
        join_state(Outer, plain, arrays, *sizes)


@pytest.mark.parametrize("key", ["mean", "inner.maps", "inner.groups"])
def test_what_is_missing_is_named(key: str) -> None:
    plain, arrays = split_state(state())
    plain.pop(key, None)
    arrays.pop(key, None)
    with pytest.raises(InputError, match=f"'{key}' is missing"):
        join_state(Outer, plain, arrays, 4, 3)
