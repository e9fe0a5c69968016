"""NotFinite: the values of a streamed table that are not finite."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.grouping.incomplete import FIX


class NotFinite:
    """Counts the values that are not finite, and keeps the first one in the table.

    Args:
        table: The metadata of all rows, which names a row.
        names: All features, in the table's order.
    """

    def __init__(self, table: Profiles, names: list[str]) -> None:
        self.values, self._table = 0, table
        self._place = {name: i for i, name in enumerate(names)}
        self._first: tuple[int, int, str] | None = None

    def look(self, names: list[str], begin: int, x: Float32[np.ndarray, "m k"]) -> None:
        """Look at some features of some rows.

        Args:
            names: Of the features.
            begin: Number of the first row.
            x: (m, k) values.
        """
        finite = np.isfinite(x)
        if finite.all():
            return
        self.values += int((~finite).sum())
        row, column = map(int, np.argwhere(~finite)[0])
        what = f"'{names[column]}' is {x[row, column]} in {self._table.place(begin + row)}"
        found = (begin + row, self._place[names[column]], what)
        self._first = min(found, self._first or found)

    def refuse(self) -> None:
        """Raise what `Profiles.finite` raises of the whole table, where a value is not finite."""
        if self._first is not None:
            raise InputError(
                f"aggregate needs finite features; {self._first[2]} "
                f"({count_of(self.values, 'such value')})",
                fix=FIX,
            )
