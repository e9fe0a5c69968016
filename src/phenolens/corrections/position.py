"""Models of what a well's position does to its features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int64

from phenolens.core.errors import InputError
from phenolens.corrections.explained import sums_of_squares
from phenolens.corrections.plate_layout import SPAN
from phenolens.corrections.polish import median_polish
from phenolens.corrections.regression import multiple_r2, regress_out

How = Literal["mean", "linear", "additive", "polish"]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the rows of one group lie.

    Attributes:
        height: (n,) row on the plate, from 0.
        column: (n,) column on the plate, from 0.
        fit: (n,) the rows of the table to fit on.
        where: The group and step, for errors.
    """

    height: Int64[np.ndarray, " n"]
    column: Int64[np.ndarray, " n"]
    fit: Bool[np.ndarray, " n"]
    where: str

    @property
    def well(self) -> Int64[np.ndarray, " n"]:
        """One code a position."""
        return self.height * SPAN + self.column

    def residuals(self, x: Float[np.ndarray, "n d"], how: How) -> Float[np.ndarray, "n d"]:
        """Return x less what position explains of it, at the level of the rows fitted on.

        Raises:
            InputError: A position, row or column has too few rows to fit on.
        """
        if how == "mean":
            return self._less_means(x)
        if how == "polish":
            return self._polished(x)
        return regress_out(x, self._design(how), self.fit, self.where)

    def explained(
        self, x: Float[np.ndarray, "n d"], how: How, size: Float[np.ndarray, " d"]
    ) -> Float[np.ndarray, " d"]:
        """Return the share of each feature's variance that position explains in the rows fitted on.

        Args:
            x: Features.
            how: The model; of `polish` that of `additive`.
            size: The features' largest values: a spread below 1e-6 of it is none.
        """
        if how == "mean":
            between, total = sums_of_squares(x[self.fit], self.well[self.fit])
            varies = total > self.fit.sum() * (1e-6 * size) ** 2
            return np.where(varies, between / np.where(varies, total, 1.0), 0.0)
        return multiple_r2(x[self.fit], self._design(how)[self.fit], size)

    def _design(self, how: How) -> Float[np.ndarray, "n k"]:
        if how == "linear":
            return np.stack([self.height, self.column], axis=1).astype(np.float64)
        lines = [np.eye(int(c.max()) + 1)[c] for c in (self.height, self.column)]
        design = np.concatenate(lines, axis=1)
        return design[:, design.any(axis=0)]

    def _less_means(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        wells, codes = np.unique(self.well, return_inverse=True)
        n = np.bincount(codes[self.fit], minlength=len(wells))
        few = np.flatnonzero(n < 2)
        if len(few):
            raise InputError(
                f"{self.where}: well {_name(int(wells[few[0]]))} has {n[few[0]]} row(s) to fit on, "
                f"and at least 2 are needed ({len(few)} such wells)",
                fix='leave it out, or use how = "linear"',
            )
        fitted = np.flatnonzero(self.fit)
        order = fitted[np.argsort(codes[fitted], kind="stable")]
        start = np.searchsorted(codes[order], np.arange(len(wells)))
        level = x[fitted].mean(axis=0)
        means = np.add.reduceat(x[order] - level, start, axis=0) / n[:, None]
        return x - means[codes]

    def _polished(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        rows, at_row = np.unique(self.height, return_inverse=True)
        columns, at_column = np.unique(self.column, return_inverse=True)
        known = np.zeros((len(rows), len(columns)), dtype=bool)
        known[at_row[self.fit], at_column[self.fit]] = True
        if len(np.unique(self.well)) < len(x):
            raise InputError(
                f"{self.where}: median polish needs one row a well",
                fix="aggregate to wells before",
            )
        if not (known.any(axis=1).all() and known.any(axis=0).all()):
            raise InputError(
                f"{self.where}: a row or column of the plate has no row to fit on",
                fix='fit on all rows (on = "all"), or use how = "linear"',
            )
        plate = np.zeros((*known.shape, x.shape[1]))
        plate[at_row, at_column] = x
        by_row, by_column = median_polish(plate, known)
        return x - by_row[at_row] - by_column[at_column]


def _name(well: int) -> str:
    """Return a position as plates name it."""
    height, column = divmod(well, SPAN)
    return f"{'A' * (height // 26)}{chr(ord('A') + height % 26)}{column + 1:02d}"
