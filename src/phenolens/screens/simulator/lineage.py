"""The cells of one field over time: founders, divisions, deaths, and where each one is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt64
from scipy import special

from phenolens.screens.simulator.growth import START, STAY, Course
from phenolens.screens.simulator.per_cell import Draw, daughters, gammas, uniforms

F = Float64[np.ndarray, " n"]
Places = Float64[np.ndarray, "n 2"]
Cells = UInt64[np.ndarray, " n"]

STAGES = 25  # of a cell cycle; its length varies by 1 / sqrt(25): 20 %
LENGTH = 2 ** (1 / STAGES) - 1  # of a stage, so that the population grows by one per division rate
APART = 2.0  # hours in which two daughters move apart
PERIODS = np.array([9.0, 26.0, 70.0])  # hours of the waves that a cell's path is made of
WAVES = np.array([0.22, 0.45, 0.85])  # their amplitudes: far in a long time, little in a short one


@dataclass(frozen=True, slots=True, eq=False)
class Lineage:
    """Every cell that was in a field until some hour. Places in micrometres, times in hours.

    Attributes:
        cell: Number of each cell: its random numbers follow from it (`per_cell`).
        mother: Index of the cell that it came from; -1 for founders.
        born: Hour of birth; `START` for founders.
        end: Hour of division or death; infinite where that is later than was asked.
        dies: Whether its end is death.
        place: Where it was born.
        push: By how much it moves away from its sister.
    """

    cell: Cells
    mother: Int64[np.ndarray, " n"]
    born: F
    end: F
    dies: Bool[np.ndarray, " n"]
    place: Places
    push: Places

    def __len__(self) -> int:
        return len(self.cell)

    def at(self, hour: float, motility: float) -> Places:
        """Return where each cell is at an hour; dead ones where they died."""
        return _moved(self, np.minimum(self.end, hour), motility)

    def left(self) -> F:
        """Return the hour at which each dead cell detaches; infinite for the others."""
        stay = -0.5 * STAY * np.log(uniforms(self.cell, Draw.STAY, 2)).sum(axis=1)
        gone: F = np.where(self.dies, self.end + stay, np.inf)
        return gone


def lineage(
    founders: Cells, place: Places, course: Course, motility: float, reach: float
) -> Lineage:
    """Return the cells that come from these founders until the end of a course.

    A cell cycle has `STAGES` stages of exponential length, and founders are as far in it as cells
    of a growing culture are (Kendall 1948, Biometrika 35:316); death strikes at any age. So the
    expected number of living cells is exactly `Course.grown`, also while rates change.

    Args:
        founders: Numbers of the cells at `START`.
        place: Where they are.
        course: Of the well.
        motility: Micrometres that a cell wanders in a day.
        reach: Micrometres between two daughters once they are apart.
    """
    n = len(founders)
    first = uniforms(founders, Draw.CYCLE, 2)
    # Stage i of 25 is occupied in proportion to 2^(-i / 25): inverted here.
    stage = np.floor(-STAGES * np.log2(1 - first[:, 0] / 2))
    rest = special.gammaincinv(STAGES - stage, first[:, 1]) * LENGTH
    nothing = np.zeros((n, 2))
    cells = [_lived(founders, np.full(n, -1), np.full(n, START), rest, (place, nothing), course)]
    total = 0
    while True:
        mothers = cells[-1]
        splits = np.flatnonzero(~mothers.dies & np.isfinite(mothers.end))
        if not len(splits):
            break
        born = np.repeat(mothers.end[splits], 2)
        number = np.column_stack(daughters(mothers.cell[splits])).ravel()
        where = np.repeat(_moved(mothers, mothers.end, motility)[splits], 2, axis=0)
        turn = 2 * np.pi * uniforms(mothers.cell[splits], Draw.SIDE, 1)[:, 0]
        side = 0.5 * reach * np.column_stack([np.sin(turn), np.cos(turn)])
        push = np.stack([side, -side], axis=1).reshape(-1, 2)
        rest = gammas(uniforms(number, Draw.CYCLE, 1)[:, 0], STAGES) * STAGES * LENGTH
        index = np.repeat(splits + total, 2)
        total += len(mothers)
        cells.append(_lived(number, index, born, rest, (where, push), course))
    return Lineage(*(np.concatenate([getattr(c, f) for c in cells]) for f in Lineage.__slots__))


def _lived(
    cell: Cells,
    mother: Int64[np.ndarray, " n"],
    born: F,
    rest: F,
    places: tuple[Places, Places],
    course: Course,
) -> Lineage:
    """Return cells of one generation with their ends: the earlier of division and death."""
    life = -np.log(uniforms(cell, Draw.DEATH, 1)[:, 0])
    divides = _when(course.divided, np.interp(born, course.hours, course.divided) + rest, course)
    dies = _when(course.died, np.interp(born, course.hours, course.died) + life, course)
    dead = dies < divides
    place, push = places
    return Lineage(cell, mother, born, np.minimum(divides, dies), dead, place, push)


def _when(amount: F, target: F, course: Course) -> F:
    """Return the hour at which a rising amount reaches each target; infinite if it does not."""
    after = np.interp(target, amount, course.hours)
    found: F = np.where(target <= amount[-1], after, np.inf)
    return found


def _moved(cells: Lineage, hour: F, motility: float) -> Places:
    """Return places at an hour of each cell: apart from the sister, and along its own path."""
    hour = np.where(np.isfinite(hour), hour, cells.born)
    age = (hour - cells.born)[:, None]
    phase = 2 * np.pi * uniforms(cells.cell, Draw.MOTION, 6).reshape(-1, 2, 3)
    turn = 2 * np.pi / PERIODS
    now = np.sin(turn * hour[:, None, None] + phase)
    then = np.sin(turn * cells.born[:, None, None] + phase)
    path = motility * ((now - then) @ WAVES)
    found: Places = cells.place + cells.push * (1 - np.exp(-age / APART)) + path
    return found
