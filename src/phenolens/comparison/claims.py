"""Claims: what papers say, read from a file and checked before anything runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from phenolens.chains.settings import read_toml
from phenolens.comparison.costs import RATIOS
from phenolens.core.construct import construct, fit_type
from phenolens.core.errors import InputError, nearest
from phenolens.core.inside import permitted
from phenolens.runs.recipe import shipped_claims

Kind = Literal["contrast", "best", "no_winner", "interaction"]
Expect = Literal["more", "less", "no worse"]
Selection = dict[str, str | tuple[str, ...]]
# What each kind needs; what another kind needs alone, it may not have.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "contrast": ("score", "one", "other", "expect"),
    "best": ("score", "one", "among", "expect"),
    "no_winner": ("scores", "among"),
    "interaction": ("score", "one", "other", "against", "expect"),
}
_OF_KINDS = tuple(dict.fromkeys(key for keys in _NEEDED.values() for key in keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of a paper, and what would show it.

    Attributes:
        id: Its name.
        paper: Where it is from.
        text: What it says.
        shows: What would show it, in words.
        refutes: What would refute it.
        note: What a reader must know.
        grid: Names of the grids that it can be tested in; empty: any.
        kind: `contrast`: the cells `one` against the cells `other`. `best`: `one` against every
            other value of the axis `among`. `no_winner`: of the combinations of the axes `among`
            none leads in all `scores`. `interaction`: `one` less `other` against the same with the
            values of `against`.
        score: A score, a figure of it (`score.figure`), or a cost.
        scores: Of `no_winner`.
        one: Axis -> value, or a list of values.
        other: As `one`.
        against: As `one`.
        among: An axis, or a list of axes.
        expect: `more`, `less` or `no worse`, of `one` against `other`.
        margin: The smallest difference that counts, of costs the smallest ratio; of `no worse` the
            loss that is tolerated. None: 0, of costs 1.
    """

    id: str
    paper: str = ""
    text: str = ""
    shows: str = ""
    refutes: str = ""
    note: str = ""
    grid: tuple[str, ...] | str = ()
    kind: Kind = "contrast"
    score: str = ""
    scores: tuple[str, ...] = ()
    one: Selection | None = None
    other: Selection | None = None
    against: Selection | None = None
    among: tuple[str, ...] | str = ()
    expect: Expect | None = None
    margin: float | None = None

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InputError("is empty: every claim has a name", where="id")
        self._check_keys()
        self._check_cells()
        self._check_margin()

    def _check_keys(self) -> None:
        needed = _NEEDED[self.kind]
        for key in _OF_KINDS:
            if key in needed and not getattr(self, key):
                raise InputError(f"is missing: a claim of kind '{self.kind}' needs it", where=key)
            if key not in needed and getattr(self, key):
                raise InputError(
                    f"a claim of kind '{self.kind}' has none",
                    where=key,
                    fix=f"it has: {', '.join(needed)}",
                )
        if self.kind == "no_winner" and len(set(self.scores)) < 2:
            raise InputError("needs at least two scores", where="scores")

    def _check_cells(self) -> None:
        for key in ("one", "other", "against"):
            for axis, values in chosen(getattr(self, key)).items():
                if not values:
                    raise InputError("names no value", where=f"{key}.{axis}")
        if self.kind == "best" and (len(self.axes) != 1 or self.axes[0] not in (self.one or {})):
            raise InputError(
                "must be one axis of which `one` names the value",
                where="among",
                fix=nearest("".join(self.axes), self.one or ()),
            )
        if self.other and chosen(self.one) == chosen(self.other):
            raise InputError("names the same cells as `one`", where="other")

    def _check_margin(self) -> None:
        if self.margin is None:
            return
        if self.kind == "no_winner":
            raise InputError("a claim of kind 'no_winner' has none", where="margin")
        if not math.isfinite(self.margin) or self.margin < 0:
            raise InputError(f"must be 0 or more, got {self.margin}", where="margin")
        if self.score in RATIOS and 0 < self.margin < 1:
            raise InputError(
                f"is a ratio for a cost such as {self.score}, of 1 or more, got {self.margin}",
                where="margin",
                fix="write 1.5 for half as much again, or leave it out",
            )

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of `among`."""
        return (self.among,) if isinstance(self.among, str) else self.among

    @property
    def grids(self) -> tuple[str, ...]:
        """The grids that it can be tested in; empty: any."""
        return (self.grid,) if isinstance(self.grid, str) else self.grid

    @property
    def measured(self) -> tuple[str, ...]:
        """The scores that it is about."""
        return self.scores or (self.score,)

    @property
    def named(self) -> list[tuple[str, str | None]]:
        """Every axis and value that it names; None as the value where it names the axis alone."""
        sides = (chosen(side) for side in (self.one, self.other, self.against))
        found = [(axis, v) for side in sides for axis, values in side.items() for v in values]
        return [*dict.fromkeys(found), *((axis, None) for axis in self.axes)]


def chosen(selection: Selection | None) -> dict[str, tuple[str, ...]]:
    """Return axis -> values of a selection, in which one value may be plain text.

    Example:
        >>> chosen({"crops": "multi", "paradigm": ("byol", "autoencoder")})
        {'crops': ('multi',), 'paradigm': ('byol', 'autoencoder')}
    """
    return {
        axis: (values,) if isinstance(values, str) else values
        for axis, values in (selection or {}).items()
    }


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Return the claims of a file.

    Raises:
        InputError: It cannot be read, a key is unknown or of the wrong type, a claim lacks what
            its kind needs, or two have one name: names the file and the key.
    """
    table = read_toml(path)
    try:
        return _claims(table)
    except InputError as error:
        raise error.at(path.name) from error


def find_claims(grid: str, given: object, folder: Path) -> Path | None:
    """Return the claims that a grid tests: those it names, else the shipped ones about it.

    Args:
        grid: Its name.
        given: What its key `claims` says, a file relative to it; None: it has no such key.
        folder: Of the grid.

    Raises:
        InputError: There is no such file, it may not be read, or it is wrong.
    """
    if given is not None:
        name = fit_type(given, str, "claims")
        path = permitted(name, folder / name, "claims")
        if not path.is_file():
            raise InputError(f"no such file: {name}", where="claims", fix="a file next to the grid")
        try:
            read_claims(path)
        except InputError as error:
            raise error.at("claims") from error
        return path
    shipped = shipped_claims()
    if shipped and any(grid in claim.grids for claim in read_claims(shipped)):
        return shipped
    return None


def _claims(table: Mapping[str, Any]) -> tuple[Claim, ...]:
    for key in table:
        if key != "claim":
            raise InputError("unknown key", where=key, fix="write [[claim]]")
    given = table.get("claim", [])
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise InputError("is not a list of tables", where="claim", fix="write [[claim]]")
    found: list[Claim] = []
    for number, one in enumerate(given):
        where = f"claim[{number}]"
        if "id" not in one:
            raise InputError("is missing: every claim has a name", where=f"{where}.id")
        made = construct(Claim, one, where)
        if made.id in {earlier.id for earlier in found}:
            raise InputError(
                f"two claims have the name {made.id!r}",
                where=f"{where}.id",
                fix="give one of them another name",
            )
        found.append(made)
    return tuple(found)
