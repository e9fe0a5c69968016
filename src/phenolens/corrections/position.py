"""Models of what a well's position does to its features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.corrections.explained import sums_of_squares
from phenolens.corrections.plate_layout import SPAN
from phenolens.corrections.polish import median_polish
from phenolens.corrections.regression import Line, multiple_r2, refuse_unspanned

How = Literal["mean", "linear", "additive", "polish"]


@dataclass(frozen=True, slots=True, eq=False)
class PositionEffects:
    """What a model has learned of one group's positions.

    Attributes:
        how: The model.
        line: What has an effect: `mean`: each position; `linear`: row number (0) and column
            number (1); `additive` and `polish`: each row, and each column as `SPAN` + its number.
        middle: Mean of the lines' design over the rows fitted on; 0 of `mean` and `polish`.
        effect: Of each line on each feature.
        wells: The positions that were fitted on, each once.
    """

    how: How
    line: Int64[np.ndarray, " l"]
    middle: Float64[np.ndarray, " l"]
    effect: Float64[np.ndarray, "l d"]
    wells: Int64[np.ndarray, " w"]

    def residuals(
        self,
        x: Float[np.ndarray, "n d"],
        height: Int64[np.ndarray, " n"],
        column: Int64[np.ndarray, " n"],
        where: str,
    ) -> Float[np.ndarray, "n d"]:
        """Return x less the effects of its positions.

        Raises:
            InputError: A position, row or column of which nothing was learned: names it.
        """
        if self.how == "mean":
            return x - self.effect[self._places(height * SPAN + column, where)]
        if self.how == "polish":
            at_row, at_column = self._places(height, where), self._places(SPAN + column, where)
            return x - self.effect[at_row] - self.effect[at_column]
        design = self._design(height, column, where)
        fitted = self._design(*np.divmod(self.wells, SPAN), where)
        refuse_unspanned(design, fitted, where)
        return Line(self.middle, self.effect).residuals(x, design)

    def _design(
        self, height: Int64[np.ndarray, " n"], column: Int64[np.ndarray, " n"], where: str
    ) -> Float64[np.ndarray, "n l"]:
        if self.how == "linear":
            return np.stack([height, column], axis=1).astype(np.float64)
        at_row, at_column = self._places(height, where), self._places(SPAN + column, where)
        design = np.zeros((len(height), len(self.line)), order="F")  # as it was when fitted
        design[np.arange(len(height)), at_row] = 1.0
        design[np.arange(len(height)), at_column] = 1.0
        return design

    def _places(self, code: Int64[np.ndarray, " n"], where: str) -> Int64[np.ndarray, " n"]:
        """Return where each code is among the lines."""
        place = np.searchsorted(self.line, code).clip(max=len(self.line) - 1)
        unknown = np.flatnonzero(self.line[place] != code)
        if len(unknown):
            first = int(code[unknown[0]])
            kind = f"row {_letters(first)}" if first < SPAN else f"column {first - SPAN + 1}"
            what = f"well {_name(first)}" if self.how == "mean" else kind
            raise InputError(
                f"{where}: {what} was not in the fit ({count_of(len(unknown), 'such row')} of "
                "the table)",
                fix='fit on a table that has it, or use how = "linear"',
            )
        return place


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The positions of one group's rows.

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
        """One code per position."""
        return self.height * SPAN + self.column

    def effects(self, x: Float[np.ndarray, "n d"], how: How) -> PositionEffects:
        """Return what position explains of x in the rows fitted on.

        Raises:
            InputError: A position, row or column has too few rows to fit on.
        """
        if how == "mean":
            line, effect = self._means(x)
            middle = np.zeros(len(line))
        elif how == "polish":
            line, effect = self._polish(x)
            middle = np.zeros(len(line))
        else:
            model = Line.of(x, self._design(how), self.fit, self.where)
            line, effect, middle = self._lines(how), model.beta, model.middle
        return PositionEffects(how, line, middle, effect, np.unique(self.well[self.fit]))

    def residuals(self, x: Float[np.ndarray, "n d"], how: How) -> Float[np.ndarray, "n d"]:
        """Return x less what position explains of it, at the level of the rows fitted on.

        Raises:
            InputError: A position, row or column has too few rows to fit on.
        """
        return self.effects(x, how).residuals(x, self.height, self.column, self.where)

    def explained(
        self, x: Float[np.ndarray, "n d"], how: How, size: Float[np.ndarray, " d"]
    ) -> Float[np.ndarray, " d"]:
        """Return the share of each feature's variance that position explains in the rows fitted on.

        Args:
            x: Features.
            how: The model; of `polish` that of `additive`.
            size: The features' largest values: a spread below 1e-6 of it counts as none.
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

    def _lines(self, how: How) -> Int64[np.ndarray, " l"]:
        """Return what the columns of the design are."""
        if how == "linear":
            return np.array([0, 1])
        return np.concatenate([np.unique(self.height), SPAN + np.unique(self.column)])

    def _means(
        self, x: Float[np.ndarray, "n d"]
    ) -> tuple[Int64[np.ndarray, " l"], Float[np.ndarray, "l d"]]:
        """Return each position's mean less that of all rows fitted on."""
        wells, codes = np.unique(self.well, return_inverse=True)
        n = np.bincount(codes[self.fit], minlength=len(wells))
        few = np.flatnonzero(n < 2)
        if len(few):
            raise InputError(
                f"{self.where}: well {_name(int(wells[few[0]]))} has {n[few[0]]} row(s) to fit on, "
                f"and at least 2 are needed ({count_of(len(few), 'such well')})",
                fix='leave it out, or use how = "linear"',
            )
        fitted = np.flatnonzero(self.fit)
        order = fitted[np.argsort(codes[fitted], kind="stable")]
        start = np.searchsorted(codes[order], np.arange(len(wells)))
        level = x[fitted].mean(axis=0)
        return wells, np.add.reduceat(x[order] - level, start, axis=0) / n[:, None]

    def _polish(
        self, x: Float[np.ndarray, "n d"]
    ) -> tuple[Int64[np.ndarray, " l"], Float[np.ndarray, "l d"]]:
        """Return the effects of rows and columns by median polish."""
        rows, at_row = np.unique(self.height, return_inverse=True)
        columns, at_column = np.unique(self.column, return_inverse=True)
        known = np.zeros((len(rows), len(columns)), dtype=bool)
        known[at_row[self.fit], at_column[self.fit]] = True
        if len(np.unique(self.well)) < len(x):
            raise InputError(
                f"{self.where}: median polish needs one row per well",
                fix="aggregate to wells before",
            )
        if not (known.any(axis=1).all() and known.any(axis=0).all()):
            raise InputError(
                f"{self.where}: a row or column of the plate has no row to fit on",
                fix='fit on all rows (on = "all"), or use how = "linear"',
            )
        plate = np.zeros((*known.shape, x.shape[1]))
        plate[at_row, at_column] = x
        effect = np.concatenate(median_polish(plate, known))
        return np.concatenate([rows, SPAN + columns]), effect


def _name(well: int) -> str:
    """Return a position as plates name it."""
    height, column = divmod(well, SPAN)
    return f"{_letters(height)}{column + 1:02d}"


def _letters(height: int) -> str:
    return f"{'A' * (height // 26)}{chr(ord('A') + height % 26)}"
