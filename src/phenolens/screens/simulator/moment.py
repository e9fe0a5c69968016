"""The cells of a field at one hour: who is there, where, how old, and what is left of the dead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt64

from phenolens.screens.simulator.growth import Course
from phenolens.screens.simulator.lineage import lineage
from phenolens.screens.simulator.per_cell import Draw, uniforms
from phenolens.screens.simulator.population import settle

F = Float64[np.ndarray, " n"]
Places = Float64[np.ndarray, "n 2"]

FADE = 30.0  # hours: what is left of a dead cell is degraded or washed away
AHEAD = 2.0  # hours that a course must go on, so that cells know of their end in time
BITS = 4  # pieces that a dead cell leaves, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How untreated cells of a line settle and move. Lengths in micrometres.

    Attributes:
        founders: Cells per square micrometre at the start.
        clustering: Share of cells that settle next to another cell.
        radius: Of a spread cell.
        motility: How far a cell wanders in a day.
    """

    founders: float
    clustering: float
    radius: float
    motility: float


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Cells of a square field at one hour, dead ones included. Lengths in micrometres.

    Attributes:
        hour: Since the drug was added.
        side: Of the field.
        cell: Number of each cell: its random numbers follow from it (`per_cell`).
        mother: Number of the cell that it came from; its own for founders.
        place: Row and column; cells may overlap, and be outside of the field (`crowd.apart`).
        age: Hours since birth, since plating for founders.
        left: Hours until its end, infinite if that is not soon; negative for dead cells.
        dies: Whether its end is death.
        bits: Row and column of each piece that cells left which died and detached.
        course: What is expected of the well.
    """

    hour: float
    side: float
    cell: UInt64[np.ndarray, " n"]
    mother: UInt64[np.ndarray, " n"]
    place: Places
    age: F
    left: F
    dies: Bool[np.ndarray, " n"]
    bits: Float64[np.ndarray, "k 2"]
    course: Course

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def alive(self) -> Bool[np.ndarray, " n"]:
        """Living cells."""
        return self.left > 0

    @property
    def newborn(self) -> Bool[np.ndarray, " n"]:
        """Cells that were born from another one, not founders."""
        return self.mother != self.cell

    def about_to(self, hours: float, *, die: bool) -> Bool[np.ndarray, " n"]:
        """Return living cells that die (or divide) within so many hours."""
        return self.alive & (self.left < hours) & (self.dies == die)

    def slow(self, draw: Draw, count: int, period: float) -> Float64[np.ndarray, "n k"]:
        """Return numbers per cell that stay evenly spread over (0, 1) and change slowly in time.

        Args:
            draw: What is drawn.
            count: Numbers per cell.
            period: Hours after which a cell has the same numbers again.
        """
        turned = (uniforms(self.cell, draw, count) + self.hour / period) % 1.0
        found: Float64[np.ndarray, "n k"] = np.clip(1 - np.abs(2 * turned - 1), 1e-12, 1 - 1e-12)
        return found


def moment(
    rng: np.random.Generator, habit: Habit, course: Course, hour: float, side: float
) -> Moment:
    """Return the cells of one field at an hour; a function of the field's stream and the hour.

    Args:
        rng: Stream of the field, the same at every hour.
        habit: Of the line.
        course: Of the well, until `AHEAD` hours later or beyond.
        hour: Since the drug was added.
        side: Of the field.
    """
    count = int(rng.poisson(habit.founders * side**2))
    founders = rng.integers(0, 2**63, count, dtype=np.uint64)
    y, x, kept = settle(rng, np.full(count, habit.radius), int(side), habit.clustering)
    place = np.column_stack([y, x]) + uniforms(founders[kept], Draw.AXIS, 2)
    cells = lineage(founders[kept], place, course, habit.motility, 2 * habit.radius)
    gone = cells.left()
    places = cells.at(hour, habit.motility)
    here = (cells.born <= hour) & np.where(cells.dies, hour < gone, hour < cells.end)
    lost = gone <= hour
    bits = _bits(cells.cell[lost], places[lost], hour - gone[lost]) % side
    mother = np.where(cells.mother < 0, cells.cell, cells.cell[cells.mother])
    return Moment(
        hour=hour,
        side=side,
        cell=cells.cell[here],
        mother=mother[here],
        place=places[here],
        age=hour - cells.born[here],
        left=(cells.end - hour)[here],
        dies=cells.dies[here],
        bits=bits,
        course=course,
    )


def _bits(cell: UInt64[np.ndarray, " n"], place: Places, since: F) -> Places:
    """Return the places of pieces that are still there: each goes at a time of its own."""
    chance = uniforms(cell, Draw.BITS, 3 * BITS).reshape(-1, BITS, 3)
    there = chance[:, :, 0] < 0.75 * np.exp(-since / FADE)[:, None]
    reach = 4.0 + 10.0 * chance[:, :, 1]
    turn = 2 * np.pi * chance[:, :, 2]
    way = reach[:, :, None] * np.stack([np.sin(turn), np.cos(turn)], axis=2)
    found: Places = (place[:, None] + way)[there]
    return found
