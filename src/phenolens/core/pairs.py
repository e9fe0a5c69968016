"""PairRule: who may stand with whom, in training and in evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64, Integer
from scipy import sparse

from phenolens.core.errors import InputError, nearest

SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class PairRule:
    """Two different rows are a pair if they share every `same` column and no `differ` column.

    A cell may hold several values joined by `|` (a treatment's weeks, a drug's targets): `same`
    then means that the two share one, `differ` that they share none. A missing value pairs with
    nothing: it can be shown neither to be the same nor to differ.

    Attributes:
        same: Columns in which the two must share a value.
        differ: Columns in which the two must share no value.

    Example:
        >>> meta = pd.DataFrame({"compound": ["a", "a", "b"], "batch": ["1", "2", "2"]})
        >>> PairRule(same=("compound",), differ=("batch",)).allows(meta).astype(int)
        array([[0, 1, 0],
               [1, 0, 0],
               [0, 0, 0]])
    """

    same: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "same", tuple(self.same))
        object.__setattr__(self, "differ", tuple(self.differ))
        both = set(self.same) & set(self.differ)
        if both:
            raise InputError(f"a pair rule cannot ask {sorted(both)} to be the same and to differ")

    def check(self, meta: pd.DataFrame) -> None:
        """Raise InputError where the rule names a column that the table lacks."""
        for name in (*self.same, *self.differ):
            if name not in meta.columns:
                raise InputError(
                    f"the pair rule names a column '{name}' that the table lacks",
                    mend=nearest(name, meta.columns),
                )

    def allows(
        self, meta: pd.DataFrame, rows: Integer[np.ndarray, " k"] | None = None
    ) -> Bool[np.ndarray, "k n"]:
        """Return who may pair with whom: (k, n) for the given rows against all n, else (n, n).

        No row pairs with itself. For a large table pass blocks of rows.
        """
        self.check(meta)
        rows = np.arange(len(meta)) if rows is None else np.asarray(rows)
        allowed = np.ones((len(rows), len(meta)), dtype=bool)
        for name in self.same:
            allowed &= _Column(meta[name]).shares(rows)
        for name in self.differ:
            column = _Column(meta[name])
            allowed &= ~column.shares(rows) & column.known[rows, None] & column.known[None]
        allowed[np.arange(len(rows)), rows] = False
        return allowed

    def partners(self, meta: pd.DataFrame) -> PartnerIndex:
        """Return the index that draws partners: built once, constant time a draw.

        Raises:
            InputError: `same` is empty (any row would do), or a column is unknown.
        """
        self.check(meta)
        if not self.same:
            raise InputError("partners need a rule with at least one `same` column")
        columns = [*self.same, *self.differ]
        # Rows alike in every column of the rule share one list of partners.
        kind, kinds = _kinds(meta[columns])
        order = np.argsort(kind, kind="stable").astype(np.int32)
        first = np.searchsorted(kind[order], np.arange(len(kinds) + 1))
        lists: list[np.ndarray] = []
        own = np.full(len(kinds), -1, dtype=np.int64)
        for k, allowed in enumerate(self._allowed_kinds(kinds)):
            chosen = [order[first[j] : first[j + 1]] for j in allowed]
            if k in allowed:
                own[k] = sum(len(part) for j, part in zip(allowed, chosen, strict=True) if j < k)
            lists.append(np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int32))
        count = np.array([len(x) for x in lists], dtype=np.int64)
        rank = np.empty(len(meta), dtype=np.int64)  # place of a row within its own kind
        rank[order] = np.arange(len(meta)) - first[kind[order]]
        return PartnerIndex(
            rows=np.concatenate(lists) if lists else np.empty(0, dtype=np.int32),
            start=(np.cumsum(count) - count)[kind],
            count=count[kind],
            own=np.where(own[kind] >= 0, own[kind] + rank, -1),
        )

    def _allowed_kinds(self, kinds: pd.DataFrame) -> Iterator[np.ndarray]:
        """Yield, kind by kind, the sorted kinds that may stand with it."""
        to_itself = self._self_allowed(kinds)
        block = max(1, 4_000_000 // max(1, len(kinds)))
        for begin in range(0, len(kinds), block):
            some = np.arange(begin, min(begin + block, len(kinds)))
            allowed = self.allows(kinds, some)
            allowed[np.arange(len(some)), some] = to_itself[some]
            for line in allowed:
                yield np.flatnonzero(line)

    def _self_allowed(self, kinds: pd.DataFrame) -> Bool[np.ndarray, " k"]:
        if self.differ:
            return np.zeros(len(kinds), dtype=bool)
        return kinds[list(self.same)].notna().all(axis=1).to_numpy()


@dataclass(frozen=True, slots=True, eq=False)
class PartnerIndex:
    """The allowed partners of every row, ready to draw from.

    Attributes:
        rows: Partner lists end to end; rows alike in the rule's columns share one list.
        start: (n,) where a row's list begins in `rows`.
        count: (n,) how long a row's list is, the row itself included where it stands in it.
        own: (n,) the row's own place in its list, -1 where it does not stand in it.
    """

    rows: Integer[np.ndarray, " total"]
    start: Int64[np.ndarray, " n"]
    count: Int64[np.ndarray, " n"]
    own: Int64[np.ndarray, " n"]

    @property
    def partners(self) -> Int64[np.ndarray, " n"]:
        """How many partners each row has, itself not counted."""
        return self.count - (self.own >= 0)

    @property
    def lonely(self) -> Bool[np.ndarray, " n"]:
        """Which rows have no partner but themselves."""
        return self.partners == 0

    def of(self, row: int) -> Integer[np.ndarray, " k"]:
        """Return the partners of one row, itself not counted."""
        mine = self.rows[self.start[row] : self.start[row] + self.count[row]]
        return mine[mine != row]

    def draw(
        self,
        rows: Integer[np.ndarray, " k"],
        rng: np.random.Generator,
        *,
        include_self: bool = False,
    ) -> Int64[np.ndarray, " k"]:
        """Draw one partner a row, uniformly; -1 where a row has none.

        Args:
            rows: Rows to find partners for.
            rng: Source of randomness.
            include_self: Whether a row may be its own partner, as in WS-DINO.
        """
        own = self.own[rows]
        skip = np.zeros(len(rows), dtype=bool) if include_self else own >= 0
        count = self.count[rows] - skip
        place = (rng.random(len(rows)) * count).astype(np.int64)
        place += skip & (place >= own)
        drawn = np.full(len(rows), -1, dtype=np.int64)
        some = count > 0
        drawn[some] = self.rows[self.start[rows][some] + place[some]]
        return drawn


def _kinds(table: pd.DataFrame) -> tuple[Int64[np.ndarray, " n"], pd.DataFrame]:
    """Return each row's kind (rows with equal values are one kind) and one row a kind."""
    codes = table.groupby(list(table.columns), dropna=False, sort=False).ngroup().to_numpy()
    _, first = np.unique(codes, return_index=True)
    return codes.astype(np.int64), table.iloc[first].reset_index(drop=True)


class _Column:
    """One column of a rule: codes where cells hold one value, sets where they hold several."""

    def __init__(self, values: pd.Series) -> None:
        self.known = values.notna().to_numpy()
        text = values.astype(str)
        several = bool(text.str.contains(SEPARATOR, regex=False)[self.known].any())
        self.sets = _membership(text, self.known) if several else None
        self.codes = pd.factorize(values)[0]

    def shares(self, rows: Integer[np.ndarray, " k"]) -> Bool[np.ndarray, "k n"]:
        """Return which of all rows share a value with each of the given ones."""
        if self.sets is not None:
            return np.asarray((self.sets[rows] @ self.sets.T).toarray() > 0)
        same = self.codes[rows, None] == self.codes[None]
        return same & self.known[rows, None] & self.known[None]


def _membership(text: pd.Series, known: Bool[np.ndarray, " n"]) -> sparse.csr_array:
    """Return the (row, value) membership of cells that hold several values."""
    exploded = text[known].reset_index(drop=True).str.split(SEPARATOR, regex=False).explode()
    rows = np.flatnonzero(known)[exploded.index.to_numpy()]
    codes, values = pd.factorize(exploded.str.strip())
    ones = np.ones(len(rows), dtype=np.int32)
    return sparse.csr_array((ones, (rows, codes)), shape=(len(text), len(values)))
