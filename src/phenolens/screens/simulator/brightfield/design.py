"""The design: which line is on which plate, which drug in which well, where the controls are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phenolens.screens.simulator.brightfield.drugs import Drug
from phenolens.screens.simulator.streams import Stream, stream

ROWS, COLUMNS = 16, 24
WELLS = tuple(f"{row}{column:02d}" for row in "ABCDEFGHIJKLMNOP" for column in range(1, 25))
# DMSO wells of every plate, first to last: those of the screen of Dmitrenko et al. (2022).
FIXED = ("P21", "N19", "M08", "L14", "H09", "E02")


@dataclass(frozen=True, slots=True)
class Well:
    """One well: its place and its content (drug -1 is DMSO)."""

    batch: int
    plate: int
    line: int
    replicate: int
    place: int
    drug: int
    concentration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How many of everything.

    Attributes:
        lines: Cell lines.
        batches: Runs of the screen.
        lines_per_batch: Lines in one batch, taken in turn, so that a line may come again.
        replicates: Plates of one line in a batch, with the same treatments.
        doses: Concentrations per drug.
        wells: Wells per treatment on a plate.
        controls: DMSO wells per plate: the fixed ones first, any more at random places.
    """

    lines: int
    batches: int
    lines_per_batch: int
    replicates: int
    doses: int
    wells: int
    controls: int

    def used(self, drugs: int) -> int:
        """Return how many wells of a plate are used with so many drugs."""
        return drugs * self.doses * self.wells + self.controls

    def lines_of(self, batch: int) -> tuple[int, ...]:
        """Return the lines of a batch.

        Example:
            >>> design = Design(lines=3, batches=2, lines_per_batch=2, replicates=1, doses=1,
            ...                 wells=1, controls=6)
            >>> design.lines_of(0), design.lines_of(1)
            ((0, 1), (2, 0))
        """
        first = batch * self.lines_per_batch
        return tuple((first + k) % self.lines for k in range(self.lines_per_batch))

    def plates(self) -> tuple[tuple[int, int, int], ...]:
        """Return batch, line and replicate (from 1) of every plate."""
        return tuple(
            (batch, line, replicate)
            for batch in range(self.batches)
            for line in self.lines_of(batch)
            for replicate in range(1, self.replicates + 1)
        )

    def layout(self, seed: int, drugs: Sequence[Drug]) -> tuple[Well, ...]:
        """Return every well of the screen, plate by plate, in the order of the plate's rows.

        Places of drugs are drawn anew for every plate.
        """
        fixed = [WELLS.index(name) for name in FIXED]
        treatments = [
            (index, concentration)
            for index, drug in enumerate(drugs)
            for concentration in drug.concentrations(self.doses)
            for _ in range(self.wells)
        ]
        wells: list[Well] = []
        for plate, (batch, line, replicate) in enumerate(self.plates()):
            order = stream(seed, Stream.DESIGN, plate).permutation(len(WELLS)).tolist()
            free = [place for place in order if place not in fixed]
            controls = [*fixed, *free][: self.controls]
            places = [place for place in order if place not in controls]
            # A fixed well holds DMSO or nothing, also where there are fewer controls than such
            # wells and the plate is not full.
            places.sort(key=fixed.__contains__)
            content = [(place, (-1, 0.0)) for place in controls]
            content += list(zip(places, treatments, strict=False))
            wells += [
                Well(batch, plate, line, replicate, place, drug, concentration)
                for place, (drug, concentration) in sorted(content)
            ]
        return tuple(wells)


def edge_distance(place: int) -> tuple[float, float]:
    """Return a well's row and column position, each from -1 to 1 across the plate.

    Example:
        >>> edge_distance(0), edge_distance(383)
        ((-1.0, -1.0), (1.0, 1.0))
    """
    row, column = divmod(place, COLUMNS)
    return 2 * row / (ROWS - 1) - 1, 2 * column / (COLUMNS - 1) - 1
