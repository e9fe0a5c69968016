"""Layout: what the file of a grid says, each part of it checked before any recipe is made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from phenolens.comparison.changes import check_changes, is_optional
from phenolens.comparison.costs import COSTS
from phenolens.core.construct import fit_type
from phenolens.core.errors import InputError, nearest
from phenolens.core.names import file_name, file_names

RECIPE = "recipe"  # the axis that several base recipes make
WIDTH, OWN = "width", "own"  # the axis that `pca` makes, and its value without it
KEYS = ("name", "recipe", "recipes", "set", "axes", "seeds", "pca", "cells", "exclude", "claims")
_CELL_KEYS = ("name", "recipe", "axes", "set", "baseline", "optional")
# Columns of the long table that no axis may take.
COLUMNS = frozenset(
    {"cell", "seed", "seeds", "sd", "baseline", "score", "figure", "value", "low", "high", "null"}
    | {"n", "hits", *COSTS}
)
MOST = 10_000  # set-ups of one grid


@dataclass(frozen=True, slots=True)
class Setup:
    """One set-up before it is a recipe.

    Attributes:
        name: Readable and unique.
        base: Name of its base recipe.
        choices: Axis -> value.
        changes: (where they are written, tables of recipe keys), in the order they are applied.
        components: Principal components that its profiles are reduced to; 0: none.
        baseline: Whether it is what others are compared with.
        optional: Whether it is left out where its files are not there.
    """

    name: str
    base: str
    choices: Mapping[str, str]
    changes: Sequence[tuple[str, Mapping[str, Any]]]
    components: int = 0
    baseline: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What the file of a grid says.

    Attributes:
        bases: Name -> file or shipped name of each base recipe.
        axes: Axis -> value -> its table of recipe keys; `recipe` first where there are several.
        shared: Changes of all cells.
        seeds: None: each recipe's own.
        components: Of the axis `width`; 0: there is no such axis.
        exclude: Combinations left out: axis -> values.
        named: The further cells, as tables.
    """

    bases: Mapping[str, str]
    axes: Mapping[str, Mapping[str, Mapping[str, Any]]]
    shared: Mapping[str, Any]
    seeds: tuple[int, ...] | None
    components: int
    exclude: Sequence[Mapping[str, Sequence[str]]]
    named: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Layout:
        """Return the layout that the tables of a file describe.

        Raises:
            InputError: An unknown key, an axis without values, a value of the wrong kind: says
                where.
        """
        known(table, KEYS, "")
        bases = _bases(table)
        components = _components(table)
        axes = _axes(table, bases, components)
        return cls(
            bases=bases,
            axes=axes,
            shared=check_changes(table.get("set", {}), "set"),
            seeds=_seeds(table),
            components=components,
            exclude=tuple(
                _exclusion(given, axes, f"exclude[{i}]")
                for i, given in enumerate(_tables(table, "exclude"))
            ),
            named=_tables(table, "cells"),
        )

    def setups(self) -> tuple[Setup, ...]:
        """Return every set-up: the product of the axes without what is left out, then named ones.

        Raises:
            InputError: There is none, or two have one name.
        """
        combinations = self._combinations()
        named = [self._named(given, f"cells[{i}]") for i, given in enumerate(self.named)]
        if not self.axes and not named:
            combinations = [self._setup("", next(iter(self.bases)), {}, [])]
        made = (*combinations, *named)
        if not made:
            raise InputError("leaves out every combination", where="exclude")
        counts = Counter(setup.name for setup in made)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise InputError(
                f"two cells have the name {', '.join(map(repr, twice))}",
                where="cells",
                fix="give one of them another name",
            )
        return made

    def _combinations(self) -> list[Setup]:
        count = math.prod(len(values) for values in self.axes.values())
        if count > MOST:
            raise InputError(f"makes {count} combinations; at most {MOST}", where="axes")
        made = []
        for values in product(*self.axes.values()) if self.axes else ():
            choices = dict(zip(self.axes, values, strict=True))
            if not any(_matches(choices, left_out) for left_out in self.exclude):
                base = choices.get(RECIPE, next(iter(self.bases)))
                made.append(self._setup("+".join(values), base, choices, []))
        return made

    def _named(self, given: Mapping[str, Any], where: str) -> Setup:
        known(given, _CELL_KEYS, f"{where}.")
        if "name" not in given:
            raise InputError("is missing: every cell has a name", where=f"{where}.name")
        name = file_name(fit_type(given["name"], str, f"{where}.name"), f"{where}.name")
        chosen = fit_type(given.get("axes", {}), dict[str, str], f"{where}.axes")
        for axis, value in chosen.items():
            _among(axis, self.axes, f"{where}.axes")
            _among(value, self.axes[axis], f"{where}.axes.{axis}")
        base = fit_type(given.get(RECIPE, chosen.get(RECIPE, "")), str, f"{where}.{RECIPE}")
        if not base and len(self.bases) > 1:
            raise InputError(
                "there are several recipes", where=f"{where}.{RECIPE}", fix=", ".join(self.bases)
            )
        base = base or next(iter(self.bases))
        if len(self.bases) > 1 and base in self.bases:
            chosen = {RECIPE: base, **chosen}
        changes = check_changes(given.get("set", {}), f"{where}.set")
        flags = {
            key: fit_type(given.get(key, False), bool, f"{where}.{key}")
            for key in ("baseline", "optional")
        }
        made = self._setup(name, base, chosen, [(f"{where}.set", changes)])
        flags["optional"] |= made.optional
        return replace(made, **flags)

    def _setup(
        self,
        name: str,
        base: str,
        chosen: Mapping[str, str],
        more: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> Setup:
        choices = {axis: chosen.get(axis, "") for axis in self.axes}
        changes = [("set", self.shared)]
        changes += [
            (f"axes.{axis}.{value}", self.axes[axis][value])
            for axis, value in choices.items()
            if value and axis != RECIPE
        ]
        reduced = self.components if choices.get(WIDTH, OWN) not in ("", OWN) else 0
        absent = any(is_optional(table) for _, table in changes)
        return Setup(name, base, choices, (*changes, *more), reduced, optional=absent)


def known(table: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    """Raise InputError where a table has a key that is not one of these."""
    for key in table:
        if key not in keys:
            raise InputError("unknown key", where=f"{where}{key}", fix=nearest(key, keys))


def _bases(table: Mapping[str, Any]) -> dict[str, str]:
    if ("recipe" in table) == ("recipes" in table):
        raise InputError(
            'needs either recipe = "NAME" or several as [recipes]',
            where="grid",
            fix="name the recipe that all cells begin with",
        )
    if "recipe" in table:
        name = fit_type(table["recipe"], str, "recipe")
        return {name: name}
    bases = fit_type(table["recipes"], dict[str, str], "recipes")
    if not bases:
        raise InputError("has no recipe", where="recipes", fix='write byol = "simulated/byol"')
    file_names(bases, "recipes")
    return dict(bases)


def _axes(
    table: Mapping[str, Any], bases: Mapping[str, str], components: int
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if len(bases) > 1 or "recipes" in table:
        found[RECIPE] = {name: {} for name in bases}
    made: dict[str, dict[str, Any]] = {}
    if components:
        made[WIDTH] = {OWN: {}, f"pca{components}": {}}
    given = table.get("axes", {})
    if not isinstance(given, Mapping) or ("axes" in table and not given):
        raise InputError("has no axis", where="axes", fix="write [axes.NAME], or leave it out")
    file_names(given, "axes")
    for axis, values in given.items():
        where = f"axes.{axis}"
        if axis in (*found, *made, *COLUMNS):
            raise InputError("is a column of every table", where=where, fix="rename the axis")
        if not isinstance(values, Mapping) or not values:
            raise InputError(
                "has no values",
                where=where,
                fix=f'write [axes.{axis}.NAME] with recipe keys, or NAME = {{ "KEY" = VALUE }}',
            )
        file_names(values, where)
        found[axis] = {
            value: check_changes(keys, f"{where}.{value}") for value, keys in values.items()
        }
    return found | made


def _components(table: Mapping[str, Any]) -> int:
    components = fit_type(table.get("pca", 0), int, "pca")
    if "pca" in table and components < 1:
        raise InputError(f"must be 1 or more, got {components}", where="pca")
    return components


def _seeds(table: Mapping[str, Any]) -> tuple[int, ...] | None:
    if "seeds" not in table:
        return None
    seeds = fit_type(table["seeds"], tuple[int, ...], "seeds")
    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError("needs at least one seed, and each once", where="seeds")
    return seeds


def _exclusion(
    given: Mapping[str, Any], axes: Mapping[str, Mapping[str, Any]], where: str
) -> dict[str, tuple[str, ...]]:
    found = {}
    if not given:
        raise InputError("names no axis", where=where, fix=f"axes: {', '.join(axes) or 'none'}")
    for axis, values in given.items():
        _among(axis, axes, where)
        named = (values,) if isinstance(values, str) else values
        found[axis] = fit_type(named, tuple[str, ...], f"{where}.{axis}")
        if not found[axis]:
            raise InputError(
                "names no value", where=f"{where}.{axis}", fix=f"axis {axis}: name one"
            )
        for value in found[axis]:
            _among(value, axes[axis], f"{where}.{axis}")
    return found


def _matches(choices: Mapping[str, str], left_out: Mapping[str, Sequence[str]]) -> bool:
    return all(choices[axis] in values for axis, values in left_out.items())


def _among(name: str, allowed: Iterable[str], where: str) -> None:
    allowed = list(allowed)
    if name not in allowed:
        raise InputError(f"there is no {name!r}", where=where, fix=nearest(name, allowed))


def _tables(table: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    given = table.get(key, [])
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise InputError("is not a list of tables", where=key, fix=f"write [[{key}]]")
    return tuple(given)
