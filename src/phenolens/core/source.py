"""Source: the row of the file that each profile was read from, for messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer

from phenolens.core.reading.place import HEADER


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The row of the file that each profile was read from; it enters no result.

    Attributes:
        files: Names of the files; an empty name is a table made in memory.
        begins: (file,) the number of each file's first row, if their rows are counted through.
        rows: (n,) the number of each profile's row, counted through all files. A range, which
            takes no memory, as long as nothing was filtered or sorted; None: profiles of several
            rows each.
    """

    files: tuple[str, ...]
    begins: tuple[int, ...]
    rows: Integer[np.ndarray, " n"] | range | None

    @classmethod
    def of(cls, index: pd.Index, file: str = "") -> Source:
        """Return the source of a table that was just read.

        Args:
            index: 0 for the first row below the header.
            file: Its name in messages.
        """
        if isinstance(index, pd.RangeIndex):
            return cls((file,), (0,), range(index.start, index.stop, index.step))
        return cls((file,), (0,), index.to_numpy(dtype=np.int64))

    @classmethod
    def unknown(cls) -> Source:
        """Return the source of profiles that were made of several rows each."""
        return cls((), (), None)

    def __len__(self) -> int:
        return 0 if self.rows is None else len(self.rows)

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> Source:
        """Return the source of these profiles (indices or a mask), in this order."""
        if self.rows is None:
            return self
        taken = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.asarray(rows)
        if isinstance(self.rows, range):
            step, start = self.rows.step, self.rows.start
            return Source(self.files, self.begins, start + step * (taken % max(1, len(self.rows))))
        return Source(self.files, self.begins, self.rows[taken])

    def name(self, row: int) -> str:
        """Return `wells.csv row 7`, as a spreadsheet numbers it (the header is row 1), or nothing.

        Args:
            row: The profile's place in the table, from 0.
        """
        if self.rows is None:
            return ""
        number = int(self.rows[row])
        file = int(np.searchsorted(self.begins, number, side="right")) - 1
        shown = f"row {number - self.begins[file] + HEADER}"
        return f"{self.files[file]} {shown}" if self.files[file] else shown

    @classmethod
    def stack(cls, parts: Sequence[Source], names: Sequence[str]) -> Source:
        """Return the source of several tables, one below the other.

        Args:
            parts: One for each table.
            names: What each table's file is called in messages.
        """
        if any(part.rows is None or len(part.files) != 1 for part in parts):
            return cls.unknown()
        begins, rows = [0], []
        for part in parts:
            numbers = np.asarray(part.rows, dtype=np.int64)
            rows.append(numbers + begins[-1])
            begins.append(begins[-1] + int(numbers.max(initial=-1)) + 1)
        return cls(tuple(names), tuple(begins[:-1]), np.concatenate(rows))
