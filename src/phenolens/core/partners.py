"""PartnerIndex: the allowed partners of every row, ready to draw from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from jaxtyping import Bool, Int32, Int64, Integer
from scipy import sparse

from phenolens.core.values import Values, joint_codes, runs


@dataclass(frozen=True, slots=True, eq=False)
class PartnerIndex:
    """The allowed partners of every row, ready to draw from.

    A row's partners are one stretch of `rows` but for a block within it: itself, or all that
    share its `differ` value. So rows share stretches, and the index stays of the table's size.

    Attributes:
        rows: Stretches of candidates, end to end.
        start: (n,) where a row's stretch begins in `rows`.
        count: (n,) how long a row's stretch is, its block included.
        own: (n,) where in its stretch a row's block begins.
        width: (n,) how long a row's block is, 0 where there is none.
        itself: Whether a row may be its own partner (the rule has no `differ` and no `unless`).
    """

    rows: Int32[np.ndarray, " total"]
    start: Int64[np.ndarray, " n"]
    count: Int64[np.ndarray, " n"]
    own: Int64[np.ndarray, " n"]
    width: Int64[np.ndarray, " n"]
    itself: bool

    @property
    def partners(self) -> Int64[np.ndarray, " n"]:
        """How many partners each row has, itself not counted."""
        return self.count - self.width

    @property
    def lonely(self) -> Bool[np.ndarray, " n"]:
        """Which rows have no partner but themselves."""
        return self.partners == 0

    def of(self, row: SupportsIndex) -> Int32[np.ndarray, " k"]:
        """Return the partners of one row, itself not counted."""
        stretch = self.rows[self.start[row] : self.start[row] + self.count[row]]
        begin = self.own[row]
        return np.concatenate([stretch[:begin], stretch[begin + self.width[row] :]])

    def draw(
        self,
        rows: Integer[np.ndarray, " k"],
        rng: np.random.Generator,
        *,
        include_self: bool = False,
    ) -> Int64[np.ndarray, " k"]:
        """Draw one partner per row, uniformly; -1 where a row has none.

        Args:
            rows: Rows to find partners for.
            rng: Source of randomness.
            include_self: Whether a row may be its own partner, as in WS-DINO; without effect
                under a rule with `differ` or `unless`, as no row differs from itself.
        """
        width = self.width[rows] * (not (include_self and self.itself))
        count = self.count[rows] - width
        place = (rng.random(len(rows)) * count).astype(np.int64)
        place += width * (place >= self.own[rows])
        drawn = np.full(len(rows), -1, dtype=np.int64)
        some = count > 0
        drawn[some] = self.rows[self.start[rows][some] + place[some]]
        return drawn


def index_partners(
    same: list[Values], differ: list[Values], unless: list[Values] | None = None
) -> PartnerIndex:
    """Return the partners of every row under a rule's columns."""
    if unless:
        return _index_by_kind(same, differ, unless)
    if len(differ) < 2 and all(column.sets is None for column in (*same, *differ)):
        return _index_by_group(same, differ)
    return _index_by_kind(same, differ, [])


def _index_by_group(same: list[Values], differ: list[Values]) -> PartnerIndex:
    """Return the index where cells hold one value and at most one column must differ.

    Sorted by `same` and then by `differ`, a row's stretch is its group and its block what shares
    its `differ` value there (or the row alone).
    """
    group = joint_codes(same)
    inner = differ[0].codes if differ else np.arange(len(group))
    takes_part = (group >= 0) & (inner >= 0)
    order = np.lexsort((inner, group))
    order = order[takes_part[order]]
    run, start, count = runs(group[order])
    block, begin, width = runs(group[order], inner[order])
    table = np.zeros((4, len(group)), dtype=np.int64)
    table[:, order] = start[run], count[run], begin[block] - start[run], width[block]
    start, count, own, width = table
    return PartnerIndex(order.astype(np.int32), start, count, own, width, itself=not differ)


def _index_by_kind(same: list[Values], differ: list[Values], unless: list[Values]) -> PartnerIndex:
    """Return the index for any rule: rows alike in all its columns (a kind) share one stretch."""
    itself = not differ and not unless  # else no row is a partner of rows like itself
    kind = joint_codes([*same, *differ, *unless], keep_missing=True)
    _, one = np.unique(kind, return_index=True)
    left, right = _kind_pairs([c.take(one) for c in same], [c.take(one) for c in differ])
    if unless:
        kept = ~_share_all([c.take(one) for c in unless], left, right)
        left, right = left[kept], right[kept]
    order = np.argsort(kind, kind="stable")
    size = np.bincount(kind, minlength=len(one))
    first = np.cumsum(size) - size
    # Every allowed pair of kinds (left, right) lists the rows of `right`.
    length = size[right]
    begin = np.cumsum(length) - length
    rows = order[np.repeat(first[right] - begin, length) + np.arange(length.sum())]
    count = np.bincount(left, weights=length, minlength=len(one)).astype(np.int64)
    start = np.cumsum(count) - count
    own, width = np.zeros((2, len(kind)), dtype=np.int64)
    if itself:  # then a kind that has partners is in its own stretch
        with_itself = left == right
        place = np.zeros(len(one), dtype=np.int64)
        place[left[with_itself]] = begin[with_itself] - start[left[with_itself]]
        rank = np.empty(len(kind), dtype=np.int64)  # place of a row within its own kind
        rank[order] = np.arange(len(kind)) - first[kind[order]]
        width = (count[kind] > 0).astype(np.int64)
        own = (place[kind] + rank) * width
    return PartnerIndex(rows.astype(np.int32), start[kind], count[kind], own, width, itself=itself)


def _kind_pairs(
    same: list[Values], differ: list[Values]
) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
    """Return the ordered pairs of rows that the columns allow, a row with itself included."""
    simple = [column for column in same if column.sets is None]
    members = Values(joint_codes(simple), None).members if simple else same[0].members
    shared = sparse.csr_array(members @ members.T)
    shared.sort_indices()
    left = np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
    right = shared.indices.astype(np.int64)
    for column, wanted in [*((c, True) for c in same), *((c, False) for c in differ)]:
        kept = column.known[left] & column.known[right] & (column.share(left, right) == wanted)
        left, right = left[kept], right[kept]
    return left, right


def _share_all(
    columns: list[Values], left: Int64[np.ndarray, " p"], right: Int64[np.ndarray, " p"]
) -> Bool[np.ndarray, " p"]:
    """Return which pairs share every column; an unknown value may be shared."""
    shared: Bool[np.ndarray, " p"] = np.ones(len(left), dtype=bool)
    for column in columns:
        shared &= column.share(left, right) | ~column.known[left] | ~column.known[right]
    return shared
