"""Plain tables of settings: reading them, changing one by its key, spelling out, hashing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.small_files import read_small

_CLOSES = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|.', re.DOTALL)  # a string, or a sign


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        InputError: No such file, it is not TOML, or larger than settings can be.
    """
    if not path.is_file():
        raise InputError("no such file", where=path)
    try:
        return tomllib.loads(read_small(path))
    except InputError:
        raise
    except ValueError as error:  # of its syntax, or of its bytes
        raise InputError(f"is not TOML: {error}", where=path) from error
    except RecursionError as error:
        raise InputError("is nested too deeply to be read", where=path) from error


def changed(table: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Return a recipe's tables with `training.epochs=5` and the like applied.

    List items are numbered from 0. A value is TOML; a bare word is a string.

    Raises:
        InputError: There is no `=`, or the key goes through something that is not a table.

    Example:
        >>> changed({"steps": [{"step": "tvn"}]}, ["steps.0.family=ws_dino", "seed=3"])
        {'steps': [{'step': 'tvn', 'family': 'ws_dino'}], 'seed': 3}
    """
    made: dict[str, Any] = plain(table)
    for change in changes:
        _apply(made, change)
    return made


def _apply(table: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise InputError(f"expected KEY=VALUE, got {change!r}", where="--set")
    put(table, key.strip(), read_value(text), f"--set {key}")


def put(table: dict[str, Any], key: str, value: Any, where: str = "") -> None:
    """Set one dotted key of a recipe's tables; tables that it goes through are made.

    Args:
        table: Changed in place.
        key: As `training.epochs`; list items are numbered from 0, or named by their step, as
            `profiling.standardize.by`.
        value: Plain.
        where: The setting that says so, for the message; the key unless given.

    Raises:
        InputError: The key goes through something that is not a table, or a list is too short.
    """
    where = where or key
    *path, last = key.split(".")
    node: Any = table
    for name in path:
        if isinstance(node, dict):
            node = node.setdefault(name, {})
        else:
            node = node[item_place(node, name, where)]
    if isinstance(node, list):
        node[item_place(node, last, where)] = value
    elif isinstance(node, dict):
        node[last] = value
    else:
        raise InputError(f"'{'.'.join(path)}' is not a table", where=where)


def read_value(text: str) -> Any:
    """Return a value written as TOML; a bare word is a string, in a list too.

    Example:
        >>> read_value("[treatment, plate]"), read_value("0.5"), read_value("zca")
        (['treatment', 'plate'], 0.5, 'zca')
    """
    text = text.strip()
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # no TOML, or a number of more digits than Python reads
        quoted = re.fullmatch(r'"([^"]*)"', text)  # with what TOML escapes otherwise: \d of a regex
        if quoted:
            return quoted[1]
        if not (text.startswith("[") and text.endswith("]")):
            return text
    except RecursionError as error:
        raise InputError("is nested too deeply to be read", where="--set") from error
    return [read_value(part) for part in split_outside(text[1:-1], ",") if part.strip()]


def split_outside(text: str, separator: str) -> list[str]:
    """Return the parts between separators that are outside brackets and quotes.

    Raises:
        InputError: A bracket or a quote is never closed, or closed before it was opened.

    Example:
        >>> split_outside("a(b=[1,2],c='x,y'),d", ",")
        ["a(b=[1,2],c='x,y')", 'd']
    """
    parts, awaited = [""], list[str]()
    for token in _TOKEN.findall(text):
        if token in _CLOSES:
            awaited.append(_CLOSES[token])
        elif token in _CLOSES.values() and (not awaited or awaited.pop() != token):
            raise InputError(f"'{token}' closes no bracket", where=text)
        elif token in ("'", '"'):  # a whole string is one token
            raise InputError(f"{token} is missing", where=text)
        if token == separator and not awaited:
            parts.append("")
        else:
            parts[-1] += token
    if awaited:
        raise InputError(f"'{awaited[-1]}' is missing", where=text)
    return parts


def item_place(items: Any, name: str, where: str) -> int:
    """Return the place of an item of a list: by its number from 0, or by the name of its step.

    Args:
        items: The list; anything else has no items.
        name: As `1`, or `standardize` where one step alone is that.
        where: The setting that names it, for the message.

    Raises:
        InputError: There is no such item, or several steps have the name.

    Example:
        >>> item_place([{"step": "aggregate"}, {"step": "standardize"}], "standardize", "")
        1
    """
    items = items if isinstance(items, list) else []
    if name.isdecimal() and int(name) < len(items):
        return int(name)
    steps = [item.get("step") if isinstance(item, Mapping) else None for item in items]
    if steps.count(name) > 1:
        numbers = [str(place) for place, step in enumerate(steps) if step == name]
        raise InputError(
            f"several items are '{name}'", where=where, fix=f"number: {', '.join(numbers)}"
        )
    if name in steps:
        return steps.index(name)
    raise InputError(f"no item '{name}' (there are {len(items)})", where=where)


def plain(value: Any) -> Any:
    """Return a value as TOML knows it: dataclasses as tables, tuples as lists, no None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return value


def hashed(settings: object) -> str:
    """Return a hash of plain settings, the same whatever the order of their keys.

    Example:
        >>> hashed({"a": 1, "b": 2}) == hashed({"b": 2, "a": 1})
        True
    """
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
