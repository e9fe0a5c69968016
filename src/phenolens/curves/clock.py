"""Clock: the column of times of a table, and how many hours its numbers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, shown
from phenolens.core.reading.blanks import bare
from phenolens.core.reading.hours import hours_per_unit, hours_with_unit, unit_in_name
from phenolens.core.reading.place import row_of

_LEAST = 4  # times 0, 1, 2, 3 from which they look like numbers of frames
_WORDS = {1.0: "hours", 1 / 60: "minutes", 1 / 3600: "seconds", 24.0: "days"}
_FORMS = "2 h, 90 min, 1d 4h or 01:30:00"


@dataclass(frozen=True, slots=True)
class Clock:
    """The column of times of a table.

    Attributes:
        name: Of the column.
        hours: Of one unit of its numbers.
        known: Whether the unit is in the name, or the user gave it. Else hours are assumed.
        written: Whether the cells have a unit each.
    """

    name: str
    hours: float
    known: bool
    written: bool = False

    @classmethod
    def of(cls, name: str, unit: str = "", cells: pd.Series | None = None) -> Clock:
        """Return the clock of a column.

        Args:
            name: Of the column.
            unit: What the user says, as `min`, or `3 h` where the times are numbers of frames.
            cells: Of the column, which may have a unit each.
        """
        own = unit_in_name(name) or ""
        factor = hours_per_unit(unit or own)
        texts = [] if cells is None else [v for v in cells.unique() if isinstance(v, str)]
        written = any(hours_with_unit(text) is not None for text in texts)
        return cls(name, 1.0 if factor is None else factor, bool(unit or own), written)

    def __str__(self) -> str:
        if self.written:
            return f"'{self.name}', in the unit that each time has"
        unit = _WORDS.get(self.hours, f"in steps of {self.hours:g} h")
        return f"'{self.name}', {unit}" + ("" if self.known else " (no unit is given)")

    def read(self, cells: pd.Series) -> Float64[np.ndarray, " n"]:
        """Return the hours of cells, rounded to 6 decimals; NaN where a cell is empty.

        A text with its own unit is read by that.

        Args:
            cells: Numbers or text; the index counts the rows below row 1 of the file from 0.

        Raises:
            InputError: A cell is not a time, or has no unit where others have one: names the row.
        """
        codes, distinct = pd.factorize(cells.astype(object))
        found = np.full(len(distinct) + 1, np.nan)  # the last is that of an empty cell
        numbers, spelt = [], False
        for place, value in enumerate(distinct):
            text = bare(value) if isinstance(value, str) else value
            number = None if isinstance(value, bool) else _number(text)
            hours = hours_with_unit(str(text)) if number is None else number * self.hours
            if hours is None:
                raise self._refused(cells, codes == place, value)
            found[place], spelt = hours, spelt or number is None
            numbers += [place] if number else []  # 0 is 0 in any unit
        if spelt and numbers and not self.known:
            raise InputError(
                f"the time in '{self.name}' is {shown(distinct[numbers[0]])} without a unit, and "
                "other times have one",
                where=row_of(cells.index, int(np.flatnonzero(codes == numbers[0])[0])),
                fix=f"write all of them alike, as {_FORMS}",
            )
        return np.round(found[codes], 6)

    def _refused(self, cells: pd.Series, where: np.ndarray, value: object) -> InputError:
        return InputError(
            f"the time in '{self.name}' is {shown(value)}, which is not one "
            f"({count_of(int(where.sum()), 'such row')})",
            where=row_of(cells.index, int(np.flatnonzero(where)[0])),
            fix=f"write hours as a number with a decimal point, or with a unit as {_FORMS}",
        )

    def notes(self, hours: Float64[np.ndarray, " n"]) -> tuple[str, ...]:
        """Return what a reader should know: whole numbers in a row may be numbers of frames."""
        every = np.unique(hours[np.isfinite(hours)])
        if self.known or self.written or len(every) < _LEAST or every[0] not in (0, 1):
            return ()
        if not (np.diff(every) == 1).all():
            return ()
        return (
            f"'{self.name}' names no unit and holds {every[0]:g}, {every[1]:g}, ... {every[-1]:g}: "
            "taken as hours. If these are numbers of frames, or other units, say so with "
            "--time-unit '3 h' (the time from one frame to the next) or --time-unit min",
        )


def check_unit(unit: str) -> None:
    """Raise where a user gives a unit of time that is none.

    Raises:
        InputError: It is not one.
    """
    if unit and hours_per_unit(unit) is None:
        fix = "as min, h, s or d; or as '3 h', the time from one frame to the next"
        raise InputError(f"{shown(unit)} is not a unit of time", where="time_unit", fix=fix)


def _number(value: object) -> float | None:
    """Return a finite number, None where there is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
