"""The design of the screen: which compound is in which batch, on which plate, in which well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from phenolens.screens.simulator.compounds import Compound
from phenolens.screens.simulator.streams import Stream, stream

# BBBC021 uses the inner 60 wells of a 96-well plate.
INNER_WELLS = tuple(f"{row}{column:02d}" for row in "BCDEFG" for column in range(2, 12))


@dataclass(frozen=True, slots=True)
class Well:
    """One well: its place and its content (compound -1 is DMSO)."""

    batch: int
    plate: int
    replicate: int
    place: int
    compound: int
    concentration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How many of everything.

    Attributes:
        batches: Weeks of work.
        replicates: Plates that repeat the same treatments within a batch.
        doses: Concentrations per compound.
        controls: DMSO wells per plate.
        lone: How many mechanisms stay in one batch.
    """

    batches: int
    replicates: int
    doses: int
    controls: int
    lone: int = 0

    def batches_of(self, mechanism: int, compound: int, compounds: int) -> tuple[int, ...]:
        """Return the batches in which one compound of a mechanism is screened.

        The compounds of a mechanism are in successive batches, so compound and batch are
        confounded but mechanism and batch are not. With three batches or more the first compound
        is screened again in a second one. Every compound then has another one of its mechanism
        that shares none of its batches, except in a lone mechanism.
        """
        if mechanism < self.lone:
            return (mechanism % self.batches,)
        first = (mechanism + compound) % self.batches
        again = (mechanism + compounds) % self.batches
        if compound == 0 and self.batches > 2 and again != first:
            return first, again
        return (first,)

    def wells(self, seed: int, compounds: Sequence[Compound], each: int) -> tuple[Well, ...]:
        """Return every well of the screen, plate by plate.

        A batch whose treatments do not fit on one plate is spread over several. Positions,
        also those of DMSO, are drawn anew for every plate.

        Args:
            seed: Of the screen.
            compounds: All of them, mechanism by mechanism.
            each: Compounds per mechanism.
        """
        wells: list[Well] = []
        plate = 0
        for batch in range(self.batches):
            treatments = [
                (index, concentration)
                for index, compound in enumerate(compounds)
                if batch in self.batches_of(index // each, index % each, each)
                for concentration in compound.concentrations(self.doses)
            ]
            for part in _dealt(treatments, len(INNER_WELLS) - self.controls):
                content = [*part, *[(-1, 0.0)] * self.controls]
                for replicate in range(1, self.replicates + 1):
                    places = stream(seed, Stream.DESIGN, plate).permutation(len(INNER_WELLS))
                    placed = sorted(zip(places[: len(content)].tolist(), content, strict=True))
                    wells += [
                        Well(batch, plate, replicate, place, index, concentration)
                        for place, (index, concentration) in placed
                    ]
                    plate += 1
        return tuple(wells)


def _dealt(treatments: list[tuple[int, float]], capacity: int) -> list[list[tuple[int, float]]]:
    """Return the treatments spread over as few plates as possible."""
    plates = max(1, -(-len(treatments) // capacity))
    return [treatments[k::plates] for k in range(plates)]


def edge_distance(place: int) -> tuple[float, float]:
    """Return a well's row and column position, each from -1 to 1 across the inner wells.

    Example:
        >>> edge_distance(0), edge_distance(59)
        ((-1.0, -1.0), (1.0, 1.0))
    """
    row, column = divmod(place, 10)
    return float(np.interp(row, (0, 5), (-1, 1))), float(np.interp(column, (0, 9), (-1, 1)))
