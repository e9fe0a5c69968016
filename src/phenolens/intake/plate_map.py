"""Maps of plates: what each well has, as a grid of marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from phenolens.core.reading.wells import named, row_number

FORMATS = {96: (8, 12), 384: (16, 24), 1536: (32, 48)}  # wells -> rows and columns
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
        wells: How many wells the plate has: the smallest format with all that occur; 0 where
            wells have no row and column.
        marks: Well -> one of `WORDS`; wells without images are not in it.
        images: Well -> how many images.
        usual: How many images most wells have.
    """

    plate: str
    wells: int
    marks: Mapping[str, str]
    images: Mapping[str, int]
    usual: int

    @classmethod
    def of(cls, plate: str, rows: pd.DataFrame) -> PlateMap:
        """Return the map of a plate.

        Args:
            plate: Its name.
            rows: The rows of the screen's table that are of this plate.
        """
        images = rows["well"].value_counts(sort=False)
        usual = int(images.mode().max())
        marks = {}
        for well, part in rows.groupby("well", observed=True, sort=False):
            marks[str(well)] = FEWER if len(part) < usual else _mark(part)
        counts = {str(well): int(count) for well, count in images.items()}
        return cls(plate, format_of(counts), marks, counts, usual)

    @property
    def fewer(self) -> list[str]:
        """Wells with fewer images than most, each with its number."""
        few = (well for well, mark in self.marks.items() if mark == FEWER)
        return [f"{well} ({self.images[well]} of {self.usual})" for well in sorted(few)]

    def grid(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield the letter of each row with its wells: name and mark."""
        height, width = FORMATS.get(self.wells, (0, 0))
        for row in range(1, height + 1):
            wells = [named(row, column) or "" for column in range(1, width + 1)]
            yield wells[0][:-2], [(well, self.marks.get(well, EMPTY)) for well in wells]

    def text(self) -> list[str]:
        """Return the map as lines: a mark for each well, a letter for each row."""
        width = FORMATS.get(self.wells, (0, 0))[1]
        if not width:
            return [f"{len(self.images)} wells without row and column"]
        tens = "".join(f"{c // 10 or ' '}" for c in range(1, width + 1))
        ones = "".join(str(c % 10) for c in range(1, width + 1))
        head = [f"   {tens}"] * (width > 9) + [f"   {ones}"]
        return head + [
            f"{letter:>2} {''.join(mark for _, mark in wells)}" for letter, wells in self.grid()
        ]


def maps_of(meta: pd.DataFrame) -> list[PlateMap]:
    """Return the map of every plate, by name."""
    return [
        PlateMap.of(str(plate), rows)
        for plate, rows in meta.groupby("plate", observed=True, sort=True)
    ]


def format_of(wells: Mapping[str, int]) -> int:
    """Return the smallest usual plate that has all these wells; 0 where one is but a number.

    Example:
        >>> format_of({"A01": 1, "H12": 1}), format_of({"A24": 1}), format_of({"7": 1})
        (96, 384, 0)
    """
    places = []
    for well in wells:
        letters = well.rstrip("0123456789")
        if not letters:
            return 0
        places.append((row_number(letters), int(well[len(letters) :])))
    tallest, widest = (max(place[i] for place in places) for i in (0, 1))
    whole = [n for n, (h, w) in FORMATS.items() if h >= tallest and w >= widest]
    return min(whole, default=1536)


def _mark(rows: pd.DataFrame) -> str:
    if "control" in rows and bool(rows["control"].any()):
        return CONTROL
    known = [name for name in ("treatment", "compound") if name in rows]
    return TREATED if any(rows[name].notna().any() for name in known) else UNKNOWN
