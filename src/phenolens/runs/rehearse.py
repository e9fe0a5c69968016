"""The chain and the metrics tried on the metadata alone, before any pixel is read.

What would stop a run at its end for want of a column, a control or a treatment's name is certain
from the screen's table. Every step and metric is called with profiles whose features do not exist
yet: what it refuses before it asks for them does not depend on them. It refuses nothing that would
have worked: a step of somebody else may change the rows, and some of ours change the metadata
(`changes_metadata`), so after one nothing is tried. Where images may be left out, the rows that
stay are not known, and only what no row changes is refused: a column that the screen does not have.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles, Step
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.embedding.tiles import Tiles
from phenolens.pixels.base import apply_chain
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe

_LOG = logging.getLogger("phenolens")
_OURS = "phenolens.profiling."
_COMBINE = (f"{_OURS}aggregate", f"{_OURS}consensus")  # steps of ours that combine rows
# The screen's columns, where its rows are not certain: only a column that is none of them is
# absent whatever rows there are. (What varies within a group is dropped when rows are combined.)
_Columns = frozenset[str] | None


class NotYetError(Exception):
    """Features are asked for that no model has computed yet."""


class _AbsentColumnError(InputError):
    """A column is needed that is not there, whatever rows there are."""

    def __init__(self, error: InputError, name: str) -> None:
        super().__init__(error.what, where=error.where, fix=error.fix)
        self.name = name


class _Unknown:
    """Features that no model has computed yet: so many rows, all finite. Any other use raises."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *_: object, **__: object) -> np.bool_:
        if ufunc is np.isfinite and method == "__call__":
            return np.bool_(True)  # noqa: FBT003
        raise NotYetError

    def _ask(self, *_: object, **__: object) -> NoReturn:
        raise NotYetError

    __array__ = __array_function__ = __getattr__ = __getitem__ = __iter__ = _ask


class _Planned(Profiles):
    """Profiles of which only the metadata are known."""

    __slots__ = ()

    @classmethod
    def of(cls, meta: pd.DataFrame) -> _Planned:
        planned = object.__new__(cls)
        for name, value in {"meta": meta, "provenance": (), "source": None}.items():
            object.__setattr__(planned, name, value)
        return planned

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> _Planned:
        return _Planned.of(self.meta.iloc[rows].reset_index(drop=True))

    def column(self, name: str, needed_by: str) -> pd.Series:
        try:
            return super().column(name, needed_by)
        except InputError as error:
            raise _AbsentColumnError(error, name) from error

    def not_empty(self, needed_by: str) -> Profiles:
        return self if len(self) else super().not_empty(needed_by)  # its features are to come

    def finite(self, needed_by: str) -> Any:
        del needed_by
        return _Unknown(len(self))

    @property
    def features(self) -> Any:
        return _Unknown(len(self))

    @property
    def names(self) -> Any:
        raise NotYetError


def rehearse(recipe: Recipe, planned: Screen, tiles: Tiles) -> None:
    """Raise what the recipe's steps or metrics will refuse, whatever the features are.

    Where images may be left out because they cannot be read, that is a missing column alone.

    Args:
        recipe: Its steps and metrics.
        planned: The screen that the pixel steps describe.
        tiles: How many rows there are of each image.

    Raises:
        InputError: As the step or the metric does; names it by its place in the recipe.
    """
    meta = planned.meta.loc[planned.meta.index.repeat(len(tiles))].reset_index(drop=True)
    meta["tile"] = np.tile(np.arange(len(tiles)), len(planned))
    rehearse_on(meta, recipe, rows_are_certain=planned.left_out is None)


def rehearse_screen(recipe: Recipe, screen: Screen) -> None:
    """Raise what a recipe will refuse of a screen, as its layout reads it.

    Raises:
        InputError: As `rehearse`, or the recipe is not about images.
    """
    if not isinstance(recipe.source, Learning):
        raise InputError("is about a table", where=recipe.name, fix="name a recipe with a [screen]")
    planned = apply_chain(recipe.source.pixels, screen)
    tiles = recipe.source.embedding.tiles
    tiles.check(planned.size)
    rehearse(recipe, planned, tiles)


def rehearse_on(meta: pd.DataFrame, recipe: Recipe, *, rows_are_certain: bool = True) -> None:
    """Raise what the recipe's steps or metrics will refuse of a table with these metadata.

    Args:
        meta: The table.
        recipe: Its steps and metrics.
        rows_are_certain: Whether no row will be left out.

    Raises:
        InputError: As `rehearse`.
    """
    try:
        first = with_roles(meta)
    except InputError:
        if rows_are_certain:
            raise
        return  # the row that is wrong may be left out
    known = None if rows_are_certain else frozenset(first.columns)
    made = _walk(first, recipe.profiling, known)
    for name, metric in recipe.metrics.items():
        if recipe.stages[name] < len(made):
            _try(metric, made[recipe.stages[name]], f"metrics.{name}", known)


def _walk(first: pd.DataFrame, steps: Sequence[Step], known: _Columns) -> list[pd.DataFrame]:
    """Return the metadata after each step, beginning with none, as far as they are certain."""
    made = [first]
    for place, step in enumerate(steps):
        where, module = f"profiling.{place}", type(step).__module__
        _try(step, made[-1], where, known)
        if module in _COMBINE:
            combined = _combined(made[-1], step, where, known)
            if combined is None:
                break
            made.append(combined)
        elif module.startswith(_OURS) and not getattr(step, "changes_metadata", False):
            made.append(made[-1])
        else:
            break
    return made


def _combined(meta: pd.DataFrame, step: Any, where: str, known: _Columns) -> pd.DataFrame | None:
    """Return the metadata after rows were combined; None where only features would show that."""
    nothing = np.zeros((len(meta), 1), dtype=np.float32)
    try:
        made: Profiles = replace(step, how="mean")(Profiles(meta, nothing, ("not computed yet",)))
    except InputError as error:
        if known is not None:
            return None
        raise error.at(where) from error
    except (TypeError, ValueError):  # columns of odd types, which a file would hold as text
        return None
    return made.meta


def _try(step: Any, meta: pd.DataFrame, where: str, known: _Columns) -> None:
    try:
        step(_Planned.of(meta))
    except InputError as error:
        if known is None or (isinstance(error, _AbsentColumnError) and error.name not in known):
            raise error.at(where) from error
    except Exception as error:
        # It asked for features, or met what it did not expect of them. What is wrong with it, if
        # anything, shows when there are some.
        _LOG.debug("%s: not tried further: %r", where, error)
