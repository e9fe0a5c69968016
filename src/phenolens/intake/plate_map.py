"""Maps of plates: what each well has, as a grid of marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.reading.wells import named, plate_format, row_number

_LEAST = 96  # wells of a plate: of smaller ones no screen is made, and a few may be imaged
EMPTY, CONTROL, TREATED, UNKNOWN, FEWER = ".", "C", "o", "?", "-"
WORDS = {
    CONTROL: "control",
    TREATED: "treated",
    UNKNOWN: "images without metadata of a treatment",
    FEWER: "fewer images than most wells of the plate",
    EMPTY: "no image",
}


@dataclass(frozen=True, slots=True)
class PlateMap:
    """What the wells of a plate have.

    Attributes:
        plate: Its name.
        shape: Rows and columns of the plate: the smallest format with all wells that occur; 0 and
            0 where wells have no row and column.
        marks: Well -> one of `WORDS`; wells without images are not in it.
        images: Well -> how many images.
        usual: How many images most wells have.
    """

    plate: str
    shape: tuple[int, int]
    marks: Mapping[str, str]
    images: Mapping[str, int]
    usual: int

    @classmethod
    def of(cls, plate: str, rows: pd.DataFrame, *, fields: bool = True) -> PlateMap:
        """Return the map of a plate.

        Args:
            plate: Its name.
            rows: The rows of the screen's table that are of this plate.
            fields: Whether a row is a field, of which wells should have equally many; not a cell.
        """
        images = rows["well"].value_counts(sort=False)
        usual = int(images.mode().max())
        marks = {}
        for well, part in rows.groupby("well", observed=True, sort=False):
            marks[str(well)] = FEWER if fields and len(part) < usual else _mark(part)
        counts = {str(well): int(count) for well, count in images.items()}
        return cls(plate, shape_of(counts), marks, counts, usual)

    @property
    def wells(self) -> int:
        """How many wells the plate has; 0 where wells have no row and column."""
        return self.shape[0] * self.shape[1]

    @property
    def fewer(self) -> list[str]:
        """Wells with fewer images than most, each with its number."""
        few = (well for well, mark in self.marks.items() if mark == FEWER)
        return [f"{well} ({self.images[well]} of {self.usual})" for well in sorted(few)]

    def grid(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield the letter of each row with its wells: name and mark."""
        height, width = self.shape
        for row in range(1, height + 1):
            wells = [named(row, column) or "" for column in range(1, width + 1)]
            yield wells[0][:-2], [(well, self.marks.get(well, EMPTY)) for well in wells]

    def text(self) -> list[str]:
        """Return the map as lines: a mark for each well, a letter for each row."""
        width = self.shape[1]
        if not width:
            return [f"{count_of(len(self.images), 'well')} without row and column"]
        tens = "".join(f"{c // 10 or ' '}" for c in range(1, width + 1))
        ones = "".join(str(c % 10) for c in range(1, width + 1))
        head = [f"   {tens}"] * (width > 9) + [f"   {ones}"]
        return head + [
            f"{letter:>2} {''.join(mark for _, mark in wells)}" for letter, wells in self.grid()
        ]


def maps_of(meta: pd.DataFrame, *, fields: bool = True) -> list[PlateMap]:
    """Return the map of every plate, by name; `fields` is as in `PlateMap.of`."""
    return [
        PlateMap.of(str(plate), rows, fields=fields)
        for plate, rows in meta.groupby("plate", observed=True, sort=True)
    ]


def shape_of(wells: Iterable[str]) -> tuple[int, int]:
    """Return rows and columns of the smallest usual plate that has all these wells.

    0 and 0 where one is but a number.

    Example:
        >>> shape_of(["A01", "H12"]), shape_of(["A24"]), shape_of(["7"])
        ((8, 12), (16, 24), (0, 0))
    """
    places = []
    for well in wells:
        letters = well.rstrip("0123456789")
        if not letters:
            return 0, 0
        places.append((row_number(letters), int(well[len(letters) :])))
    tallest, widest = (max(place[i] for place in places) for i in (0, 1))
    return plate_format(tallest, widest, _LEAST)


def _mark(rows: pd.DataFrame) -> str:
    if "control" in rows and bool(rows["control"].any()):
        return CONTROL
    known = [name for name in ("treatment", "compound") if name in rows]
    return TREATED if any(rows[name].notna().any() for name in known) else UNKNOWN
