"""The chain and the metrics tried on the metadata alone, before any feature is computed.

What would stop a run at its end for want of a column, a control or a second dose is certain from
the metadata of its first table. Every step and metric is called with profiles whose features do not
exist yet (`NotYet`): what it refuses before it asks for them does not depend on them.

What a step does to the metadata is known too. A step that makes other rows (`changes_rows`) is
called with random features in the place of the true ones. A step that adds columns (`adds`) has
values in them that only the features give, so a refusal after it counts only where it is the same
with these columns and without. Other steps of ours keep the metadata. A step of somebody else may
do anything, so after one nothing is tried. Nothing is refused that would have worked.

Where images may be left out, or a step leaves rows out for their features, the rows that stay are
not known, and only what no row changes is refused: a column that is nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles, Step
from phenolens.core.roles import with_roles
from phenolens.runs.not_yet import AbsentColumnError, NotYet

if TYPE_CHECKING:
    from phenolens.runs.recipe import Recipe

_LOG = logging.getLogger("phenolens")
_OURS = "phenolens.profiling."
_FEATURES = tuple(f"not computed yet {i}" for i in range(4))


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """A table of the run before its features are computed.

    Attributes:
        meta: The metadata, as far as they are certain.
        maybe: Further columns, whose values depend on the features.
        names: Of the features; None: not known.
        certain: Whether no row of it will be left out for what its images or features are.
    """

    meta: pd.DataFrame
    maybe: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None
    certain: bool = True

    @property
    def columns(self) -> frozenset[str]:
        """Every column that may be there."""
        return frozenset((*map(str, self.meta.columns), *self.maybe))

    def variants(self) -> list[NotYet]:
        """Return the table without the columns that are not certain, and with them."""
        made = [NotYet.of(self.meta, self.names)]
        if self.maybe:
            blank = self.meta.assign(**dict.fromkeys(self.maybe, np.nan))
            made.append(NotYet.of(blank, self.names))
        return made


def rehearse_on(
    meta: pd.DataFrame,
    recipe: Recipe,
    names: Sequence[str] | None = None,
    *,
    maybe: Sequence[str] = (),
    rows_are_certain: bool = True,
) -> None:
    """Raise what the recipe's steps or metrics will refuse of a table with these metadata.

    Args:
        meta: Of the first table.
        recipe: Its steps and metrics.
        names: Of the features of the first table; None: not known.
        maybe: Further columns, whose values are measured in the images.
        rows_are_certain: Whether no row will be left out.

    Raises:
        InputError: As the step or the metric does; names it by its place in the recipe.
    """
    try:
        first = with_roles(meta)
    except InputError:
        if rows_are_certain:
            raise
        return  # the row that is wrong may be left out
    given = None if names is None else tuple(names)
    table = _Table(first, tuple(maybe), given, certain=rows_are_certain)
    made = _walk(table, recipe.profiling)
    known = frozenset[str]().union(*(table.columns for table in made))
    for name, metric in recipe.metrics.items():
        if recipe.stages[name] < len(made):
            _try(metric, made[recipe.stages[name]], f"metrics.{name}", known)


def _walk(first: _Table, steps: Sequence[Step]) -> list[_Table]:
    """Return the table after each step, beginning with none, as far as it is known."""
    made, known = [first], first.columns
    for place, step in enumerate(steps):
        where = f"profiling.{place}"
        _try(step, made[-1], where, known)
        if not type(step).__module__.startswith(_OURS):
            break
        after = _after(step, made[-1], where)
        if after is None:
            break
        made.append(after)
        known |= after.columns
    return made


def _after(step: Any, table: _Table, where: str) -> _Table | None:
    """Return the table after a step of ours; None where only features would show it."""
    if step.changes_rows:
        return _with_other_rows(step, table, where)
    added = tuple(step.adds)
    if not added:
        return replace(table, names=None)  # it may choose, mix or rename features
    kept = table.meta.drop(columns=list(added), errors="ignore")
    return replace(table, meta=kept, maybe=tuple(dict.fromkeys((*table.maybe, *added))))


def _with_other_rows(step: Any, table: _Table, where: str) -> _Table | None:
    """Return the table after a step that makes other rows, called with random features."""
    shape = (len(table.meta), len(_FEATURES))
    features = np.random.default_rng(0).random(shape, dtype=np.float32)
    try:
        made = step.on_any_features()(Profiles(table.meta, features, _FEATURES))
    except InputError as error:
        if table.certain and not table.maybe:
            raise error.at(where) from error
        return None
    except (TypeError, ValueError):  # columns of odd types, which a file would hold as text
        return None
    names = table.names if made.names == _FEATURES else made.names
    certain = table.certain and not step.drops_by_features
    return replace(table, meta=made.meta, names=names, certain=certain)


def _try(step: Any, table: _Table, where: str, known: frozenset[str]) -> None:
    """Raise what a step or metric refuses of a table, where that is certain.

    Args:
        step: The step or metric.
        table: Its table.
        where: Its place in the recipe.
        known: Columns of the run; where the rows are not certain, another one is absent.
    """
    *others, last = [_refusal(step, one, where) for one in table.variants()]
    if last is None:
        return
    there = table.columns if table.certain else known
    absent = isinstance(last, AbsentColumnError) and last.name not in there
    same = table.certain and all(one is not None and one.what == last.what for one in others)
    if absent or same:
        raise last.at(where) from last


def _refusal(step: Any, given: NotYet, where: str) -> InputError | None:
    try:
        step(given)
    except InputError as error:
        return error
    except Exception as error:
        # It asked for features, or met what it did not expect of them. What is wrong with it, if
        # anything, shows when there are some.
        _LOG.debug("%s: not tried further: %r", where, error)
    return None
