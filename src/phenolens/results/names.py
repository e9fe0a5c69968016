"""Names: what a page calls treatments: doses with their unit, a cell line only of several."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from phenolens.core.reading.doses import names_a_unit
from phenolens.core.reading.molar import NOT_GIVEN, unit_name
from phenolens.drawing.amounts import dose


@dataclass(frozen=True, slots=True)
class Names:
    """How the treatments of one table are named.

    Attributes:
        unit: Of the doses; empty where the table does not say it.
        lines: The cell lines of the table.
    """

    unit: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, *tables: pd.DataFrame | None) -> Names:
        """Return the names by the first of these tables that has what they need."""
        known = [table for table in tables if table is not None]
        units = (_unit(table) for table in known)
        return cls(next(filter(None, units), ""), next(filter(None, map(_lines, known)), ()))

    def dose(self, concentration: float) -> str:
        """Return a dose with its unit; empty where it is missing."""
        return dose(concentration, self.unit)

    def course(self, compound: str, line: str) -> str:
        """Return the name of a compound; in a cell line, where there are several."""
        return f"{compound} in {line}" if line and len(self.lines) > 1 else compound

    def treatment(self, compound: str, concentration: float, line: str) -> str:
        """Return the name of a compound at a dose; in a cell line, where there are several."""
        return self.course(f"{compound} {self.dose(concentration)}".rstrip(), line)


def _unit(table: pd.DataFrame) -> str:
    """Return the one unit of the doses of a table; empty where there is none, or several."""
    for name in map(str, table.columns):
        if names_a_unit(name):
            units = {unit_name(str(value)) for value in table[name].dropna()} - {"", NOT_GIVEN}
            if len(units) == 1:
                return units.pop()
    return ""


def _lines(table: pd.DataFrame) -> tuple[str, ...]:
    if "cell_line" not in table.columns:
        return ()
    return tuple(sorted(map(str, table["cell_line"].dropna().unique())))
