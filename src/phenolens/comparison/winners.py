"""Winners: whether one combination of choices leads in every score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from phenolens.comparison.contrasts import Contrast, contrast
from phenolens.comparison.matched import Choices, pairs
from phenolens.comparison.measured import Measured
from phenolens.statistics.holm import holm

Combination = tuple[str, ...]  # one value per axis
_LEVEL = 0.025  # of one side, as that of a 95 % interval


@dataclass(frozen=True, slots=True, eq=False)
class _Race:
    """One score, in which combinations compete.

    Attributes:
        measured: The score.
        order: The combinations, the best first.
        found: (one, other) -> one less other, both ways round.
    """

    measured: Measured
    order: tuple[Combination, ...]
    found: Mapping[tuple[Combination, Combination], Contrast]

    @property
    def sign(self) -> float:
        return -1.0 if self.measured.better == "low" else 1.0

    def is_ahead(self, one: Combination, other: Combination) -> bool:
        """Return whether one is ahead of the other by more than chance."""
        found = self.found[one, other]
        return found.high < 0 if self.sign < 0 else found.low > 0

    def p_ahead(self, one: Combination, other: Combination) -> float:
        """Return the chance of so large a lead of one where it has none."""
        found = self.found[one, other]
        return found.p / 2 if self.sign * found.difference > 0 else 1 - found.p / 2


def no_winner(
    measured: Sequence[Measured], choices: Choices, axes: Sequence[str]
) -> tuple[str, str]:
    """Return the verdict on the claim that no combination of the axes wins in every score.

    It holds where every combination is behind another one in at least one score, by more than
    chance: p of the sign-flip test, one side, Holm's correction over all scores and rivals of that
    combination, below 0.025. So where one does win everywhere, it is said to have lost somewhere
    with a chance of at most 0.025 (every combination must lose: an intersection-union test, Berger
    1982, Technometrics 24, 295-300). The claim does not hold where one combination is ahead of
    every other in every score by more than chance (95 % intervals).

    Args:
        measured: The scores; two or more.
        choices: Axis -> value, of each cell of the product, finished or not.
        axes: Whose combinations compete.

    Returns:
        The verdict, and in words who leads where by how much.
    """
    races = []
    for one in measured:
        order = _order(one, choices, axes)
        if len(order) < 2:
            return "not tested here", f"fewer than two combinations share {one.name}"
        if one.better == "zero":
            return "not tested here", f"{one.name} is best near zero: nothing leads in it"
        races.append(_Race(one, order, _all_pairs(one, order, choices, axes)))
    every = list(dict.fromkeys(name for race in races for name in race.order))
    unbeaten = [name for name in every if not _is_beaten(name, races)]
    note = _words(races)
    if not unbeaten:
        return "holds", note
    if any(_wins(name, races) for name in every):
        return "does not hold", note
    named = ", ".join(map(_name, unbeaten))
    return "undecided at this size", f"{note}; not behind in any by more than chance: {named}"


def _is_beaten(name: Combination, races: Sequence[_Race]) -> bool:
    """Return whether another combination is ahead of it in some score, by more than chance."""
    p = [
        race.p_ahead(rival, name)
        for race in races
        for rival in race.order
        if name in race.order and rival != name
    ]
    return bool((holm(np.array(p, dtype=np.float64)) <= _LEVEL).any())


def _wins(name: Combination, races: Sequence[_Race]) -> bool:
    return all(
        name in race.order
        and all(race.is_ahead(name, rival) for rival in race.order if rival != name)
        for race in races
    )


def _all_pairs(
    measured: Measured, names: Sequence[Combination], choices: Choices, axes: Sequence[str]
) -> dict[tuple[Combination, Combination], Contrast]:
    chosen = {
        name: {axis: (value,) for axis, value in zip(axes, name, strict=True)} for name in names
    }
    found = {
        (one, other): contrast(measured, pairs(choices, chosen[one], chosen[other]))
        for one, other in combinations(names, 2)
    }
    return found | {(other, one): made.turned() for (one, other), made in found.items()}


def _order(measured: Measured, choices: Choices, axes: Sequence[str]) -> tuple[Combination, ...]:
    """Return the combinations by their mean, the best first: over choices that all of them have."""
    means = measured.means
    groups: dict[Combination, dict[Combination, float]] = {}
    for cell, values in choices.items():
        if cell in means:
            rest = tuple(value for axis, value in values.items() if axis not in axes)
            groups.setdefault(tuple(values[axis] for axis in axes), {})[rest] = means[cell]
    shared = set.intersection(*map(set, groups.values())) if groups else set()
    if not shared:
        return ()
    sign = -1.0 if measured.better == "low" else 1.0
    value: Mapping[Combination, float] = {
        name: sign * float(np.mean([found[rest] for rest in sorted(shared)]))
        for name, found in groups.items()
    }
    return tuple(sorted(value, key=lambda name: -value[name]))


def _words(races: Sequence[_Race]) -> str:
    """Return who leads in each score: by how much of the second, or of the other leaders."""
    leaders = {race.order[0] for race in races}
    texts = []
    for race in races:
        leader = race.order[0]
        rivals = race.order[1:2] if len(leaders) == 1 else sorted(leaders - {leader})
        leads = ", ".join(_lead(race.found[leader, rival], _name(rival)) for rival in rivals)
        texts.append(f"{race.measured.name}: {_name(leader)} leads, {leads}")
    return "; ".join(texts)


def _lead(found: Contrast, rival: str) -> str:
    shown = [float(str(found.row()[name])) for name in ("difference", "low", "high")]
    return "by {:.3g} [{:.3g}, {:.3g}] of".format(*shown) + f" {rival}"


def _name(combination: Combination) -> str:
    return " + ".join(combination)
