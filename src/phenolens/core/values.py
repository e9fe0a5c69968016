"""One column of a pair rule: which rows share a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64, Integer
from scipy import sparse

SEPARATOR = "|"


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One column of a rule.

    Attributes:
        codes: (n,) one code for each value of a cell, -1 where it is missing.
        sets: (n, value) membership, where some cell holds several values; else None.
    """

    codes: Int64[np.ndarray, " n"]
    sets: sparse.csr_array | None

    @classmethod
    def of(cls, values: pd.Series) -> Values:
        """Return the column of these cells; a blank one is missing."""
        codes, cells = pd.factorize(values)
        if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells):
            return cls(codes.astype(np.int64), None)
        text = pd.Series(cells, dtype=object).astype(str).str.strip()
        blank = text.str.strip(SEPARATOR + " ") == ""
        cell, distinct = pd.factorize(text.mask(blank))
        codes = np.append(cell, -1)[codes].astype(np.int64)
        several = any(SEPARATOR in value for value in distinct)
        return cls(codes, _membership(distinct)[codes] if several else None)

    @property
    def known(self) -> Bool[np.ndarray, " n"]:
        """Which rows have a value."""
        return self.codes >= 0

    @property
    def members(self) -> sparse.csr_array:
        """The (row, value) membership, one value per row or several."""
        if self.sets is not None:
            return self.sets
        rows = np.flatnonzero(self.known)
        ones = np.ones(len(rows), dtype=np.int32)
        shape = (len(self.codes), int(self.codes.max(initial=0)) + 1)
        return sparse.csr_array((ones, (rows, self.codes[rows])), shape=shape)

    def take(self, rows: Integer[np.ndarray, " k"]) -> Values:
        """Return the column of these rows."""
        return Values(self.codes[rows], None if self.sets is None else self.sets[rows])

    def shares(self, rows: Integer[np.ndarray, " k"]) -> Bool[np.ndarray, "k n"]:
        """Return which of all rows share a value with each of the given ones."""
        if self.sets is None:
            same = self.codes[rows, None] == self.codes[None]
        else:
            same = (self.sets[rows] @ self.sets.T).toarray() > 0
        return np.asarray(same) & self.known[rows, None] & self.known[None]

    def share(
        self, left: Integer[np.ndarray, " p"], right: Integer[np.ndarray, " p"]
    ) -> Bool[np.ndarray, " p"]:
        """Return which pairs of rows share a value, both known."""
        if self.sets is None:
            return np.asarray(self.codes[left] == self.codes[right])
        return np.asarray(self.sets[left].multiply(self.sets[right]).sum(axis=1) > 0).reshape(-1)


def _membership(cells: pd.Index) -> sparse.csr_array:
    """Return the (cell, value) membership of the distinct cells of a column.

    One row more than cells, and empty: code -1, a missing cell, reads it.
    """
    values = pd.Series(cells).str.split(SEPARATOR, regex=False).explode().str.strip()
    values = values[values != ""].reset_index()
    codes, names = pd.factorize(values[values.columns[1]])
    place = values["index"].to_numpy()
    table = sparse.csr_array(
        (np.ones(len(codes), dtype=np.int32), (place, codes)),
        shape=(len(cells) + 1, len(names)),
    )
    table.data[:] = 1  # a value named twice in one cell counts once
    return table


def joint_codes(columns: list[Values], *, keep_missing: bool = False) -> Int64[np.ndarray, " n"]:
    """Return one code for each combination of values, -1 where one is missing (unless kept)."""
    joint = columns[0].codes + 1
    missing = joint == 0
    for column in columns[1:]:
        missing |= ~column.known
        joint = pd.factorize(joint * (column.codes.max(initial=0) + 2) + column.codes + 1)[0]
    joint = pd.factorize(joint)[0].astype(np.int64)
    return joint if keep_missing else np.where(missing, -1, joint)


def shares_all(
    columns: Sequence[Values], rows: Integer[np.ndarray, " k"]
) -> Bool[np.ndarray, "k n"]:
    """Return which of all rows share every column with each given one; an unknown value may be."""
    shared: Bool[np.ndarray, "k n"] = np.ones((len(rows), len(columns[0].codes)), dtype=bool)
    for column in columns:
        unknown = ~column.known[rows, None] | ~column.known[None]
        shared &= column.shares(rows) | unknown
    return shared


def runs(
    *codes: Integer[np.ndarray, " m"],
) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " q"], Int64[np.ndarray, " q"]]:
    """Return the run of equal codes each place is in, where the runs begin and how long they are.

    Example:
        >>> [part.tolist() for part in runs(np.array([5, 5, 7]))]
        [[0, 0, 1], [0, 2], [2, 1]]
    """
    first = np.ones(len(codes[0]), dtype=bool)
    first[1:] = np.any([code[1:] != code[:-1] for code in codes], axis=0)
    start = np.flatnonzero(first)
    return np.cumsum(first) - 1, start, np.diff(start, append=len(first))
