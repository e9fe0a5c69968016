"""PairRule: which two rows are a pair, in training, in metrics and in the audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer

from phenolens.core.errors import InputError, nearest
from phenolens.core.partners import PartnerIndex, index_partners
from phenolens.core.values import Values, shares_all

__all__ = ["PairRule", "PartnerIndex"]


@dataclass(frozen=True, slots=True)
class PairRule:
    """Two different rows are a pair if they share every `same` column and no `differ` column.

    A cell may hold several values joined by `|` (a treatment's weeks, a drug's targets): `same`
    then means that the two share one, `differ` that they share none. A row with a missing or blank
    value has no pairs: the value can be shown neither to be the same nor to differ.

    `unless` excludes pairs that share all of these columns at once (the same batch and the same
    MoA, say). A missing value counts as shared there, since it may be.

    Attributes:
        same: Columns in which the two must share a value.
        differ: Columns in which the two must share no value.
        unless: Columns of which the two must not share all.

    Example:
        >>> meta = pd.DataFrame({"compound": ["a", "a", "b"], "batch": ["1", "2", "2"]})
        >>> PairRule(same=("compound",), differ=("batch",)).allows(meta).astype(int)
        array([[0, 1, 0],
               [1, 0, 0],
               [0, 0, 0]])
    """

    same: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for side in ("same", "differ", "unless"):
            names = getattr(self, side)
            if isinstance(names, str):  # else it would be read letter by letter
                raise InputError(f"`{side}` takes a list of columns", fix=f"write ['{names}']")
            object.__setattr__(self, side, tuple(dict.fromkeys(names)))
        both = set(self.same) & set(self.differ)
        if both:
            raise InputError(f"a pair rule has {sorted(both)} both in `same` and in `differ`")
        if self.unless and set(self.unless) <= set(self.same):
            raise InputError(
                f"a pair rule that asks for the same {' and '.join(self.unless)} excludes every "
                "pair by `unless`",
                fix="name another column in `unless`",
            )

    def __str__(self) -> str:
        parts = (
            ("of the same", self.same),
            ("of another", self.differ),
            ("not of the same", self.unless),
        )
        asked = [f"{words} {' and '.join(names)}" for words, names in parts if names]
        return ", ".join(asked) or "any other row"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule names, once."""
        return tuple(dict.fromkeys((*self.same, *self.differ, *self.unless)))

    def check(self, meta: pd.DataFrame) -> None:
        """Raise InputError where the rule names a column that the table lacks."""
        for name in self.columns:
            if name not in meta.columns:
                raise InputError(
                    f"the pair rule names a column '{name}' that the table lacks",
                    fix=nearest(name, meta.columns, "the table has"),
                )

    def allows(
        self, meta: pd.DataFrame, rows: Integer[np.ndarray, " k"] | None = None
    ) -> Bool[np.ndarray, "k n"]:
        """Return which rows are pairs: (k, n) for the given rows against all n, else (n, n).

        No row pairs with itself. For a large table pass blocks of rows.
        """
        self.check(meta)
        rows = np.arange(len(meta)) if rows is None else np.asarray(rows)
        allowed = np.ones((len(rows), len(meta)), dtype=bool)
        for name in self.same:
            allowed &= Values.of(meta[name]).shares(rows)
        for name in self.differ:
            column = Values.of(meta[name])
            allowed &= ~column.shares(rows) & column.known[rows, None] & column.known[None]
        if self.unless:
            allowed &= ~shares_all([Values.of(meta[name]) for name in self.unless], rows)
        allowed[np.arange(len(rows)), rows] = False
        return allowed

    def partners(self, meta: pd.DataFrame) -> PartnerIndex:
        """Return the index that draws partners: built once, constant time per draw.

        Raises:
            InputError: `same` is empty (any row would do), or a column is unknown.
        """
        self.check(meta)
        if not self.same:
            raise InputError("partners need a rule with at least one `same` column")
        return index_partners(
            [Values.of(meta[name]) for name in self.same],
            [Values.of(meta[name]) for name in self.differ],
            [Values.of(meta[name]) for name in self.unless],
        )
