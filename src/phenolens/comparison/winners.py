"""Winners: whether one combination of choices leads in every score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from phenolens.comparison.contrasts import contrast
from phenolens.comparison.matched import Choices, pairs
from phenolens.comparison.measured import Measured

Combination = tuple[str, ...]  # one value per axis


@dataclass(frozen=True, slots=True)
class _Race:
    """One score, in which combinations compete.

    Attributes:
        measured: The score.
        order: The combinations, the best first.
    """

    measured: Measured
    order: tuple[Combination, ...]

    @property
    def leader(self) -> Combination:
        return self.order[0]


def no_winner(
    measured: Sequence[Measured], choices: Choices, axes: Sequence[str]
) -> tuple[str, str]:
    """Return the verdict on the claim that no combination of the axes wins in every score.

    It holds where no combination leads in all scores, and in at least two scores the leader is
    ahead, by more than chance, of the leader of another score. It does not hold where one leads in
    all, in each ahead of the second by more than chance.

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
        races.append(_Race(one, order))
    leaders = {race.leader for race in races}
    single = len(leaders) == 1
    clear, words = 0, []
    for race in races:
        rivals = race.order[1:2] if single else sorted(leaders - {race.leader})
        leads = [_lead(race, rival, choices, axes) for rival in rivals]
        clear += any(ahead for ahead, _ in leads)
        named = " + ".join(race.leader)
        words.append(f"{race.measured.name}: {named} leads, {', '.join(text for _, text in leads)}")
    note = "; ".join(words)
    if single and clear == len(races):
        return "does not hold", note
    if not single and clear >= 2:
        return "holds", note
    return "undecided at this size", note


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


def _lead(
    race: _Race, rival: Combination, choices: Choices, axes: Sequence[str]
) -> tuple[bool, str]:
    """Return whether the leader is ahead of a rival by more than chance, and by how much."""
    one, other = (
        {axis: (value,) for axis, value in zip(axes, name, strict=True)}
        for name in (race.leader, rival)
    )
    found = contrast(race.measured, pairs(choices, one, other))
    shown = [float(str(found.row()[name])) for name in ("difference", "low", "high")]
    text = "by {:.3g} [{:.3g}, {:.3g}] of".format(*shown)
    ahead = found.high < 0 if race.measured.better == "low" else found.low > 0
    return ahead, f"{text} {' + '.join(rival)}"
