"""The rows that a step is fitted on in every group, and what happens if these are too few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.grouping.groups import RowGroups

On = Literal["controls", "all"]
Few = Literal["refuse", "all", "pooled"]
_NAMED = 20  # fallen-back groups that the facts name


@runtime_checkable
class Fitted(Protocol):
    """A step that is fitted group by group."""

    @property
    def by(self) -> tuple[str, ...]:
        """Columns that make a group."""

    @property
    def on(self) -> On:
        """Fitted on the negative controls, or on all rows of a group."""

    @property
    def few(self) -> Few:
        """What a group with too few controls is fitted on: nothing, all its rows, all controls."""


@dataclass(frozen=True, slots=True, eq=False)
class FitRows:
    """What each group is fitted on.

    Attributes:
        groups: The groups, every row in one of them.
        rows: The rows to fit on, group by group.
        short: The groups with too few controls of their own.
        pooled: Those of them that are fitted on the controls of all groups.
    """

    groups: RowGroups
    rows: tuple[Int64[np.ndarray, " _"], ...]
    short: tuple[int, ...]
    pooled: frozenset[int]

    @classmethod
    def of(
        cls, profiles: Profiles, step: Fitted, name: str, needed: int, *, has_pool: bool = False
    ) -> FitRows:
        """Return the rows to fit on, at least `needed` per group.

        Args:
            profiles: The table.
            step: Says what makes a group, and which of its rows count.
            name: The step's name, for messages.
            needed: Fewest rows of a group.
            has_pool: Whether figures pooled over another table's controls are at hand: a group
                that falls back on them then needs no rows here.

        Raises:
            InputError: A row is in no group or in several, no row is a control, or a group has
                too few rows and `few` does not help: names the group.
        """
        groups = RowGroups.of(profiles, step.by, name).every_row_in_one(name)
        fit = np.ones(len(profiles), dtype=bool)
        if step.on == "controls":
            has_pool = has_pool and "control" in profiles.meta.columns
            mask = control_rows(profiles.meta) if has_pool else None
            fit = profiles.controls(name) if mask is None else mask
        found, short = [], []
        for k, every in enumerate(groups):
            rows = own = every[fit[every]]
            if len(own) < needed:
                short.append(k)
                rows = {"refuse": own, "all": every, "pooled": np.flatnonzero(fit)}[step.few]
            if len(rows) < needed and not has_pool:
                raise _too_few(step, name, needed, f"{groups.name(k)} has {len(own)}")
            found.append(rows)
        pooled = frozenset(short if step.few == "pooled" else ())
        return cls(groups, tuple(found), tuple(short), pooled)

    def facts(self) -> dict[str, Any]:
        """Return how many groups were fitted on other rows, and the first of them by name."""
        return {
            "groups": len(self.groups),
            "fallen_back": len(self.short),
            "fallen_back_groups": [self.groups.name(k) for k in self.short[:_NAMED]],
        }


def _too_few(step: Fitted, name: str, needed: int, which: str) -> InputError:
    what = "negative controls" if step.on == "controls" else "rows"
    fix = f"leave the group out, {name} by a coarser one"
    if step.on == "controls" and step.few == "refuse":
        fix += ', or choose what else to fit it on: few = "all" or few = "pooled"'
    return InputError(f"{name} needs at least {needed} {what} in every group, and {which}", fix=fix)
