"""Building an object from a table of settings: the constructor's signature is the schema."""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from phenolens.core.errors import InputError, nearest

T = TypeVar("T")


def construct(
    maker: Callable[..., T], settings: Mapping[str, Any], where: str, **given: object
) -> T:
    """Call a constructor with settings from a recipe, each checked against its annotation.

    Args:
        maker: A class or function whose parameters are annotated.
        settings: Parameter -> value, as TOML gives them.
        where: The key of these settings in the recipe, for messages.
        given: Parameters that do not come from the recipe, such as the encoder of a method.

    Raises:
        InputError: An unknown key, a missing one, or a value of the wrong type; names the key,
            what is allowed and the nearest match.
    """
    values = arguments(maker, settings, where, given)
    try:
        return maker(**given, **values)
    except InputError as error:
        # It names a setting: that is the end of the key.
        if re.split(r"\W", error.where)[0] in inspect.signature(maker).parameters:
            raise InputError(error.what, where=f"{where}.{error.where}", fix=error.fix) from error
        raise error.at(where) from error
    except (TypeError, ValueError) as error:
        raise InputError(str(error), where=where) from error


def arguments(
    maker: Callable[..., Any], settings: Mapping[str, Any], where: str, given: Iterable[str] = ()
) -> dict[str, Any]:
    """Return checked settings as the constructor takes them, without calling it.

    Raises:
        InputError: As `construct`.
    """
    signature = inspect.signature(maker)
    # A dataclass may inherit fields: their annotations are read in the module that wrote them.
    of_init = inspect.isclass(maker) and not dataclasses.is_dataclass(maker)
    hints = typing.get_type_hints(maker.__init__ if of_init else maker)
    accepted = {
        name: parameter
        for name, parameter in signature.parameters.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and name not in given
    }
    for key in settings:
        if key not in accepted:
            raise InputError("unknown key", where=f"{where}.{key}", fix=nearest(key, accepted))
    missing = [n for n, p in accepted.items() if p.default is p.empty and n not in settings]
    if missing:
        raise InputError(f"needs {', '.join(missing)}", where=where)
    return {k: fit_type(v, hints.get(k, Any), f"{where}.{k}") for k, v in settings.items()}


def defaults(maker: Callable[..., Any], given: Iterable[str] = ()) -> dict[str, Any]:
    """Return a constructor's parameters that have a default, with it."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(maker).parameters.items()
        if parameter.default is not parameter.empty and name not in given
    }


def fit_type(value: Any, hint: Any, where: str) -> Any:
    """Return the value in the type of its annotation: lists become tuples, tables dataclasses.

    Raises:
        InputError: The value has another type: names the key, the type expected and the value.
    """
    origin = typing.get_origin(hint)
    if hint is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _fit_union(value, hint, where)
    if origin is typing.Literal:
        if not any(value == a and type(value) is type(a) for a in typing.get_args(hint)):
            allowed = [str(a) for a in typing.get_args(hint)]
            raise InputError(
                f"{value!r} is not allowed", where=where, fix=nearest(str(value), allowed)
            )
        return value
    if origin is tuple:
        return _fit_tuple(value, hint, where)
    if origin in (dict, Mapping):
        inner = typing.get_args(hint)[1]
        _require(isinstance(value, Mapping), value, hint, where)
        return {str(k): fit_type(v, inner, f"{where}.{k}") for k, v in value.items()}
    return _fit_plain(value, hint, where)


def _fit_plain(value: Any, hint: Any, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 2**1023:
            raise InputError("the number is too large", where=where)
        return float(value)
    ours = inspect.isclass(hint) and hint.__module__ != "builtins"
    if ours and isinstance(value, Mapping) and not issubclass(hint, Mapping):
        return construct(hint, value, where)
    if isinstance(value, float) and math.isnan(value):  # TOML has it; no setting means it
        raise InputError(f"expected {readable(hint)}, got nan (not a number)", where=where)
    exact = not (hint is int and isinstance(value, bool))
    _require(inspect.isclass(hint) and isinstance(value, hint) and exact, value, hint, where)
    return value


def _fit_tuple(value: Any, hint: Any, where: str) -> tuple[Any, ...]:
    _require(isinstance(value, list | tuple), value, hint, where)
    inner = typing.get_args(hint)
    if inner[-1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if len(inner) != len(value):
        raise InputError(f"expected {len(inner)} values, got {len(value)}", where=where)
    return tuple(
        fit_type(v, h, f"{where}[{i}]") for i, (v, h) in enumerate(zip(value, inner, strict=True))
    )


def _fit_union(value: Any, hint: Any, where: str) -> Any:
    options = [option for option in typing.get_args(hint) if option is not type(None)]
    if value is None and len(options) < len(typing.get_args(hint)):
        return None
    for option in options:
        try:
            return fit_type(value, option, where)
        except InputError:
            table = isinstance(value, Mapping) and dataclasses.is_dataclass(option)
            if len(options) == 1 or table:
                raise
    raise _unexpected(value, hint, where)


def _require(fits: bool, value: Any, hint: Any, where: str) -> None:  # noqa: FBT001
    if not fits:
        raise _unexpected(value, hint, where)


def _unexpected(value: Any, hint: Any, where: str) -> InputError:
    kind = type(value).__name__
    return InputError(f"expected {readable(hint)}, got {value!r} ({kind})", where=where)


def readable(hint: Any) -> str:
    """Return an annotation as a user reads it.

    Example:
        >>> readable(tuple[str, ...])
        'a list of str'
    """
    inner = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin is tuple and inner[-1] is not Ellipsis:
        return f"[{', '.join(map(readable, inner))}]"
    if origin is tuple:
        return f"a list of {readable(inner[0])}"
    if origin is typing.Literal:
        return " or ".join(map(repr, inner))
    if origin in (typing.Union, types.UnionType):
        return " or ".join("nothing" if a is type(None) else readable(a) for a in inner)
    if origin in (dict, Mapping):
        return f"a table of {readable(inner[1])}"
    return hint.__name__ if inspect.isclass(hint) else str(hint).replace("typing.", "")
