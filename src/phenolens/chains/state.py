"""What a step has learned, as arrays and plain values; and back, checked by its annotations."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from jaxtyping import AbstractArray, Float64, jaxtyped

from phenolens.core.construct import fit_type
from phenolens.core.errors import InputError

Plain = Mapping[str, Any]
Arrays = Mapping[str, np.ndarray]


def split_state(state: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the plain values and the arrays of a dataclass, by name; of an inner one by `a.b`."""
    plain: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for name, value in _parts(state, ""):
        (arrays if isinstance(value, np.ndarray) else plain)[name] = value
    return plain, arrays


def _parts(state: Any, before: str) -> Iterator[tuple[str, Any]]:
    for field in fields(state):
        value = getattr(state, field.name)
        if is_dataclass(value):
            yield from _parts(value, f"{before}{field.name}.")
        elif value is not None:
            yield before + field.name, value


def join_state(maker: type, plain: Plain, arrays: Arrays, features_in: int, out: int) -> Any:
    """Return the dataclass that `split_state` took apart.

    Every array must have the dtype and shape of its annotation, where `d` is the number of
    features in, `e` of those out, and each other letter one number throughout; floats are finite.

    Raises:
        InputError: A value is missing, unknown, or does not fit: names it.
    """
    unused = {*plain, *arrays}
    with jaxtyped("context"):
        _bind(features_in, Float64[np.ndarray, " d"], "features")
        _bind(out, Float64[np.ndarray, " e"], "features")
        state = _joined(maker, plain, arrays, "", unused)
    if unused:
        raise InputError(f"unknown value '{min(unused)}'")
    return state


def _joined(maker: type, plain: Plain, arrays: Arrays, before: str, unused: set[str]) -> Any:
    """Return the dataclass whose values have names that begin with `before`."""
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(maker).items():
        key = before + name
        inner = _inner(hint)
        if inner is not None:
            if any(other.startswith(f"{key}.") for other in (*plain, *arrays)):
                values[name] = _joined(inner, plain, arrays, f"{key}.", unused)
            continue
        is_array = isinstance(hint, type) and issubclass(hint, AbstractArray)
        source: Mapping[str, Any] = arrays if is_array else plain
        if key not in source:
            raise InputError(f"'{key}' is missing")
        unused.discard(key)
        values[name] = source[key] if is_array else fit_type(source[key], hint, key)
        if name == "groups":  # as many as the arrays' g
            _bind(len(values[name]), Float64[np.ndarray, " g"], key)
        if is_array:
            _refuse_other(values[name], hint, key)
    return maker(**values)


def _bind(size: int, letter: Any, key: str) -> None:
    """Fix the number that a letter of the annotations stands for, in the current context."""
    if not isinstance(np.empty(size), letter):
        raise InputError(f"'{key}' are {size}, and the arrays are of another number")


def _inner(hint: Any) -> type | None:
    """Return the dataclass that a field may hold: it, or nothing."""
    options = get_args(hint) if get_origin(hint) is types.UnionType else (hint,)
    return next((option for option in options if is_dataclass(option)), None)  # type: ignore[return-value]


def _refuse_other(array: np.ndarray, hint: Any, key: str) -> None:
    if not isinstance(array, hint):
        raise InputError(
            f"'{key}' is {array.dtype} of shape {array.shape}, which does not fit the other arrays",
            fix=f"expected {hint.__name__}",
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"'{key}' holds values that are not finite")
