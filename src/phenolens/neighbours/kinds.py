"""Kinds: rows alike in every column of a pair rule, and which kinds may be paired."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64, Integer

from phenolens.core.pairs import PairRule
from phenolens.core.values import Values, shares_all

_BLOCK = 256  # kinds that are compared with all at a time


@dataclass(frozen=True, slots=True, eq=False)
class RuleKinds:
    """Rows alike in every column of a rule are one kind: the rule is applied once per kind.

    Kinds are numbered so that those which share a value of the rule's column with the fewest
    values are adjacent: with the rows sorted by kind, the rows a row may not be paired with are
    few slices.

    Attributes:
        code: (n,) each row's kind.
        same: The rule's `same` columns, one cell per kind.
        differ: The rule's `differ` columns, one cell per kind.
        unless: The rule's `unless` columns, one cell per kind.
    """

    code: Int64[np.ndarray, " n"]
    same: tuple[Values, ...]
    differ: tuple[Values, ...]
    unless: tuple[Values, ...] = ()

    @classmethod
    def of(cls, meta: pd.DataFrame, rule: PairRule) -> RuleKinds:
        """Return the kinds of these rows under a rule.

        Raises:
            InputError: The rule names a column that the table lacks.
        """
        rule.check(meta)
        columns = [Values.of(meta[n]) for n in (*rule.same, *rule.differ, *rule.unless)]
        if not columns:
            return cls(np.zeros(len(meta), dtype=np.int64), (), ())
        few_first = sorted(columns, key=lambda column: int(column.codes.max(initial=0)))
        table = np.stack([column.codes for column in few_first], axis=1)
        _, first, code = np.unique(table, axis=0, return_index=True, return_inverse=True)
        kinds = [column.take(first) for column in columns]
        parts = np.cumsum([0, len(rule.same), len(rule.differ), len(rule.unless)])
        same, differ, unless = (tuple(kinds[i:j]) for i, j in pairwise(parts))
        return cls(code.reshape(-1).astype(np.int64), same, differ, unless)

    def __len__(self) -> int:
        return int(self.code.max(initial=-1)) + 1

    def any_pair(self) -> bool:
        """Return whether two rows are a pair under the rule."""
        size = np.bincount(self.code, minlength=len(self))
        for begin in range(0, len(self), _BLOCK):  # the first block nearly always has one
            some = np.arange(begin, min(begin + _BLOCK, len(self)))
            met = self.allowed(some)
            met[some - begin, some] &= size[some] > 1
            if met.any():
                return True
        return False

    def allowed(self, some: Integer[np.ndarray, " k"]) -> Bool[np.ndarray, "k kinds"]:
        """Return which kinds may be paired with these, as `PairRule.allows` does for rows.

        A kind may be paired with itself, since it has several rows; the caller excludes the pair of
        a row with itself.
        """
        met = np.ones((len(some), len(self)), dtype=bool)
        for column in self.same:
            met &= column.shares(some)
        for column in self.differ:
            met &= ~column.shares(some) & column.known[some, None] & column.known[None]
        if self.unless:
            met &= ~shares_all(self.unless, some)
        return met
