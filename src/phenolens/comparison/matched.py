"""Matched: which cells are compared with which, all else equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from phenolens.comparison.note import Known

Chosen = Mapping[str, Sequence[str]]  # axis -> the values that are chosen
Choices = Mapping[str, Mapping[str, str]]  # cell -> axis -> value


@dataclass(frozen=True, slots=True)
class Terms:
    """Cells whose scores are added, and cells whose scores are taken away.

    Attributes:
        plus: One cell, or two of a difference of differences.
        minus: As many.
    """

    plus: tuple[str, ...]
    minus: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.plus, *self.minus)


def product_cells(cells: Iterable[Known]) -> dict[str, Mapping[str, str]]:
    """Return the choices of every cell of the product of the axes, by name, in their order.

    A cell of a name of its own may have further changes, so nothing else is equal to it.
    """
    found = {cell.name: cell.choices for cell in cells}
    return {
        name: choices
        for name, choices in found.items()
        if all(choices.values()) and name == "+".join(choices.values())
    }


def values_of(cells: Choices) -> dict[str, tuple[str, ...]]:
    """Return the values of every axis that cells have, in their order."""
    found: dict[str, dict[str, None]] = {}
    for choices in cells.values():
        for axis, value in choices.items():
            found.setdefault(axis, {})[value] = None
    return {axis: tuple(values) for axis, values in found.items()}


def pairs(cells: Choices, one: Chosen, other: Chosen) -> list[Terms]:
    """Return every pair of a cell of one choice and a cell of the other, all else equal.

    The two agree on every axis, but for those of which the two choices name different values.

    Example:
        >>> cells = {"a1": {"x": "a", "y": "1"}, "b1": {"x": "b", "y": "1"},
        ...          "b2": {"x": "b", "y": "2"}}
        >>> pairs(cells, {"x": ["a"]}, {"x": ["b"]})
        [Terms(plus=('a1',), minus=('b1',))]
    """
    free = _differing(one, other)
    return [
        Terms((first,), (second,))
        for first, second in product(_fitting(cells, one), _fitting(cells, other))
        if first != second and _agree(cells[first], cells[second], free)
    ]


def quadruples(cells: Choices, one: Chosen, other: Chosen, against: Chosen) -> list[Terms]:
    """Return every pair of pairs: one less other, less the same with the choices of `against`.

    Example:
        >>> cells = {x + y: {"x": x, "y": y} for x in "ab" for y in "12"}
        >>> quadruples(cells, {"x": "a", "y": "1"}, {"x": "a", "y": "2"}, {"x": "b"})
        [Terms(plus=('a1', 'b2'), minus=('a2', 'b1'))]
    """
    free = set(against)
    rivals = pairs(cells, {**one, **against}, {**other, **against})
    return [
        Terms((*pair.plus, *rival.minus), (*pair.minus, *rival.plus))
        for pair, rival in product(pairs(cells, one, other), rivals)
        if _agree(cells[pair.plus[0]], cells[rival.plus[0]], free)
        and _agree(cells[pair.minus[0]], cells[rival.minus[0]], free)
        and pair != rival
    ]


def _fitting(cells: Choices, chosen: Chosen) -> list[str]:
    return [
        name
        for name, choices in cells.items()
        if all(choices.get(axis) in values for axis, values in chosen.items())
    ]


def _differing(one: Chosen, other: Chosen) -> set[str]:
    return {axis for axis in (*one, *other) if set(one.get(axis, ())) != set(other.get(axis, ()))}


def _agree(one: Mapping[str, str], other: Mapping[str, str], free: set[str]) -> bool:
    return all(value == other.get(axis) for axis, value in one.items() if axis not in free)
