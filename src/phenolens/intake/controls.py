"""Negative controls that a table marks by a code of its own."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from phenolens.core.errors import InputError, listed
from phenolens.core.query import columns_in, fulfilled
from phenolens.core.roles import with_roles, without_derived
from phenolens.core.screen import Screen


def with_controls(screen: Screen, query: str) -> tuple[Screen, str]:
    """Return the screen with the column `control` by a condition, and how many wells it marks.

    The table is then as if it had that column: what it said of controls is replaced, and a control
    without a compound is called `negcon` (`core.roles.with_roles`).

    Args:
        screen: As its layout reads it.
        query: A condition (`core.query`) that negative controls fulfil.

    Raises:
        InputError: It cannot be read, names an unknown column, or marks no image or every image.
    """
    meta = screen.meta
    try:
        control = fulfilled(meta, query)
        if control.all() or not control.any():
            what = f"{query!r} marks {'every' if control.all() else 'no'} image as a control"
            raise InputError(what, fix=_values(meta, query))
    except InputError as error:
        raise error.at("--controls") from error
    made = with_roles(without_derived(meta).assign(control=control))
    wells = meta[["plate", "well"]].assign(control=control)
    wells = wells.groupby(["plate", "well"], observed=True)["control"].any()
    words = f"controls: {int(wells.sum())} of {len(wells)} wells, where {query}"
    return replace(screen, meta=made), words


def _values(meta: pd.DataFrame, query: str) -> str:
    """Return the values that the columns of a condition have."""
    names = [name for name in columns_in(query) if name in meta]
    each = [f"{name} has {listed(_distinct(meta[name]))}" for name in names]
    return "; ".join(each)


def _distinct(values: pd.Series) -> list[object]:
    found = [value for value in values.unique() if not pd.isna(value)]
    found = [getattr(value, "item", lambda value=value: value)() for value in found]
    return sorted(found, key=lambda value: (str(type(value)), value))
