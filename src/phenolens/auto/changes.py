"""Settings of the recipe that the user gives: they win, and a mistake names the option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phenolens.chains.settings import changed
from phenolens.core.errors import InputError
from phenolens.runs.recipe import Recipe

OPTION = "--recipe-set"


def with_changes(table: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """Return the tables of a recipe with `KEY=VALUE` changes.

    Raises:
        InputError: A change is not `KEY=VALUE`, or its key goes through no table: names it.
    """
    for end in range(1, len(changes)):
        _applied(table, changes[:end])
    return _applied(table, changes)


def recipe_with(table: Mapping[str, Any], changes: Sequence[str]) -> Recipe:
    """Return the recipe of tables with `KEY=VALUE` changes.

    Raises:
        InputError: A key or a value is wrong: names the change, what is allowed and the nearest.
    """
    try:
        return Recipe.from_table(with_changes(table, changes))
    except InputError as error:
        if error.where.startswith(OPTION) or not changes:
            raise
        raise _placed(table, changes, error) from error


def _applied(table: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    try:
        return changed(table, changes)
    except InputError as error:  # it names --set, the same option of other commands
        raise InputError(error.what, where=_place(changes[-1]), fix=error.fix) from error


def _placed(table: Mapping[str, Any], changes: Sequence[str], error: InputError) -> InputError:
    """Return the error at the one change without which the recipe is right, or at the first wrong.

    Two changes may be right together only, so that the first alone is not to blame.
    """
    for at, change in enumerate(changes):
        if _fault(table, (*changes[:at], *changes[at + 1 :])) is None:
            return error.at(_place(change))
    for end in range(1, len(changes) + 1):
        if (fault := _fault(table, changes[:end])) is not None:
            return fault.at(_place(changes[end - 1]))
    return error


def _fault(table: Mapping[str, Any], changes: Sequence[str]) -> InputError | None:
    try:
        Recipe.from_table(with_changes(table, changes))
    except InputError as error:
        return error
    return None


def _place(change: str) -> str:
    return f"{OPTION} {change}"
