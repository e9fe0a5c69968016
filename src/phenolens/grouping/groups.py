"""Groups of rows that share values in some metadata columns, in an order free of row order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.values import SEPARATOR

Words = tuple[tuple[str, ...], ...]  # one group per entry: its values as text


@dataclass(frozen=True, slots=True, eq=False)
class RowGroups:
    """Rows that share values in the columns `by`, the groups sorted by those values.

    Attributes:
        by: The columns; with none of them all rows are one group.
        table: One row per group: its values, as they are in the metadata.
        codes: (n,) each row's group, -1 where one of its values is missing.
    """

    by: tuple[str, ...]
    table: pd.DataFrame
    codes: Int64[np.ndarray, " n"]

    @classmethod
    def of(cls, profiles: Profiles, by: tuple[str, ...], needed_by: str) -> RowGroups:
        """Return the groups of these profiles.

        Raises:
            InputError: A column is not in the table.
        """
        codes = np.zeros(len(profiles), dtype=np.int64)
        known = np.ones(len(profiles), dtype=bool)
        for name in by:
            column, values = _sorted_codes(profiles.column(name, needed_by))
            known &= column >= 0
            # Dense again after every column, so that no number of columns overflows.
            codes = _dense(codes * (len(values) + 1) + column + 1)[1]
        first, dense = _dense(codes[known])
        codes = np.full(len(profiles), -1, dtype=np.int64)
        codes[known] = dense
        rows = np.flatnonzero(known)[first]
        return cls(by, profiles.meta.iloc[rows][list(by)].reset_index(drop=True), codes)

    def __len__(self) -> int:
        return len(self.table)

    def only(self, rows: Bool[np.ndarray, " n"]) -> RowGroups:
        """Return the groups that have one of these rows; other rows are in none."""
        codes = np.where(rows, self.codes, -1)
        there = np.unique(codes[codes >= 0])
        place = np.full(len(self) + 1, -1, dtype=np.int64)  # the last is that of no group
        place[there] = np.arange(len(there))
        return RowGroups(self.by, self.table.iloc[there].reset_index(drop=True), place[codes])

    def __iter__(self) -> Iterator[Int64[np.ndarray, " k"]]:
        """Yield the rows of each group, in row order."""
        order = np.argsort(self.codes, kind="stable")
        bounds = np.searchsorted(self.codes[order], np.arange(len(self) + 1))
        for begin, end in pairwise(bounds):
            yield order[begin:end]

    @property
    def words(self) -> Words:
        """Each group's values as text: the name by which a saved fit finds it in another table."""
        if not self.by:
            return ((),)
        rows = self.table.itertuples(index=False, name=None)
        return tuple(tuple(value_text(value).strip() for value in row) for row in rows)

    def places(self, stored: Words) -> Int64[np.ndarray, " n"]:
        """Return where each row's group is among stored ones, -1 where it is not.

        Every row must have a group. Without columns all rows are the one group there is.
        """
        place = {words: k for k, words in enumerate(stored)}
        found = np.array([place.get(words, -1) for words in self.words], dtype=np.int64)
        return found[self.codes]

    def name(self, group: int) -> str:
        """Return a group as readers write it, as `plate=Week1_22123`."""
        return ", ".join(f"{c}={self.table[c].iloc[group]}" for c in self.by) or "all rows"

    def every_row_in_one(self, needed_by: str) -> RowGroups:
        """Return the groups, after checking that every row is in exactly one.

        Raises:
            InputError: A row has no value, or several (`Week1|Week2`).
        """
        lost = int((self.codes < 0).sum())
        if lost:
            raise InputError(
                f"{needed_by}: {count_of(lost, 'row has', 'rows have')} no value for "
                f"{list(self.by)}"
            )
        for column in self.by:
            for value in self.table[column]:
                if SEPARATOR in str(value):
                    raise InputError(
                        f"{needed_by} works within one {column}, and a row is in '{value}'",
                        fix=f"apply {needed_by} before aggregating to treatments",
                    )
        return self


def value_text(value: object) -> str:
    """Return a value as text; a whole number without a decimal point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _sorted_codes(values: pd.Series) -> tuple[Int64[np.ndarray, " n"], pd.Index]:
    """Return codes in the order of the values: numbers by size, else text; blank is missing."""
    if pd.api.types.is_numeric_dtype(values):
        codes, found = pd.factorize(values, sort=True)
        return codes.astype(np.int64), found
    # The few distinct values are read as text, not every row's.
    raw, distinct = pd.factorize(values)
    numbers = pd.Series(np.asarray(distinct)).infer_objects()
    if len(numbers) and pd.api.types.is_numeric_dtype(numbers):  # in a column of objects
        codes, found = pd.factorize(numbers, sort=True)
        return np.append(codes, -1).astype(np.int64)[raw], found
    text = pd.Series(distinct, dtype="object").astype("string").str.strip()
    codes, found = pd.factorize(text.mask(text == ""), sort=True)
    return np.append(codes, -1).astype(np.int64)[raw], found


def _dense(
    codes: Int64[np.ndarray, " n"],
) -> tuple[Int64[np.ndarray, " g"], Int64[np.ndarray, " n"]]:
    """Return where each code first appears, the codes sorted, and which of them each row has."""
    most = int(codes.max(initial=-1)) + 1
    if most > 4 * len(codes):  # too far apart to count
        return np.unique(codes, return_index=True, return_inverse=True)[1:]
    first = np.full(most, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    met = first < len(codes)
    return first[met], (np.cumsum(met) - 1)[codes]
