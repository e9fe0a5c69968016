"""Changes of a recipe, as the tables of a grid give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phenolens.chains.settings import item_place, plain, put
from phenolens.core.construct import fit_type
from phenolens.core.errors import InputError

WITHOUT = "without"
OPTIONAL = "optional"  # its cells are left out where their files are not there
_DEEPEST = 50  # no recipe goes so deep
# Keys that name the entry a table is about: its other keys belong to that entry alone.
_NAMES = ("name", "layout", "step", "metric")
_RESERVED = {"seed": "give `seeds` at the top of the grid", "name": "a cell's name is the recipe's"}


def applied(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's tables with the changes of one table of a grid.

    A key is dotted, as `--set` takes it (`"training.epochs" = 5`), or a table of further keys. A
    table is put into the one that is there, key by key; one that names its entry (`method = {name =
    "byol"}`) replaces it, since the other settings there are of another entry. A list replaces a
    list. `without` lists keys that are left out, before anything is set.

    Raises:
        InputError: A key leads through something that is not a table; names the key.
    """
    made: dict[str, Any] = plain(table)
    for key in _left_out(changes):
        _drop(made, key)
    for key, value in changes.items():
        if key not in (WITHOUT, OPTIONAL):
            _merge(made, str(key), plain(value))
    return made


def check_changes(changes: Any, where: str) -> Mapping[str, Any]:
    """Return the changes that a grid gives, if they can be any.

    Raises:
        InputError: They are not a table, or set what the grid itself decides: seed and name.
    """
    if not isinstance(changes, Mapping):
        raise InputError(
            f"{changes!r} is not a table of recipe keys",
            where=where,
            fix='write { "training.epochs" = 5 }',
        )
    for key, why in _RESERVED.items():
        if key in changes:
            raise InputError("is set for each cell by the grid", where=f"{where}.{key}", fix=why)
    if _depth(changes) > _DEEPEST:
        raise InputError(f"is nested more than {_DEEPEST} deep", where=where)
    try:
        _left_out(changes)
        is_optional(changes)
    except InputError as error:
        raise error.at(where) from error
    return changes


def _left_out(changes: Mapping[str, Any]) -> Sequence[str]:
    return fit_type(changes.get(WITHOUT, []), tuple[str, ...], WITHOUT)


def _depth(value: Any, above: int = 0) -> int:
    """Return how deep tables and dotted keys go; it stops counting where that is too deep."""
    if not isinstance(value, Mapping) or above > _DEEPEST:
        return above
    inner = [_depth(one, above + 1 + str(key).count(".")) for key, one in value.items()]
    return max(inner, default=above)


def is_optional(changes: Mapping[str, Any]) -> bool:
    """Return whether cells with these changes are left out where their files are not there."""
    return fit_type(changes.get(OPTIONAL, False), bool, OPTIONAL)


def _merge(table: dict[str, Any], key: str, value: Any) -> None:
    there = _find(table, key)
    if isinstance(value, Mapping) and isinstance(there, Mapping) and not _names_entry(value):
        for inner, one in value.items():
            _merge(table, f"{key}.{inner}", one)
    else:
        put(table, key, value)


def _names_entry(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(name), str) for name in _NAMES)


def _find(table: Mapping[str, Any], key: str) -> Any:
    """Return what a dotted key leads to; None where there is nothing."""
    node: Any = table
    for name in key.split("."):
        if isinstance(node, list):
            try:
                node = node[item_place(node, name, key)]
            except InputError:
                return None
        else:
            node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _drop(table: dict[str, Any], key: str) -> None:
    """Remove a dotted key.

    Raises:
        InputError: It is not there.
    """
    path, _, last = key.rpartition(".")
    holder = _find(table, path) if path else table
    if isinstance(holder, list):
        del holder[item_place(holder, last, f"{WITHOUT}: {key}")]
    elif isinstance(holder, dict) and last in holder:
        del holder[last]
    else:
        raise InputError("is not in the recipe, and cannot be left out", where=f"{WITHOUT}: {key}")
