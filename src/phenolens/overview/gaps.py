"""Gaps: the paired differences of one score, asked for in either direction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from phenolens.overview.compared import ALPHA
from phenolens.overview.entries import number, text


@dataclass(frozen=True, slots=True)
class Gap:
    """One cell less another, query by query. Absent numbers are NaN.

    Attributes:
        value: Mean difference.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n: Rows compared.
        p: Corrected over all pairs of the score (Holm).
        note: Why there is no difference.
    """

    value: float
    low: float
    high: float
    n: int
    p: float
    note: str = ""

    @property
    def clear(self) -> bool:
        """Whether the difference is more than chance; False too where it is not known."""
        return math.isfinite(self.value) and self.p < ALPHA

    def turned(self) -> Gap:
        """Return the difference the other way round."""
        value, low, high = (0.0 - end for end in (self.value, self.high, self.low))  # never -0.0
        return Gap(value, low, high, self.n, self.p, self.note)


NONE = Gap(math.nan, math.nan, math.nan, 0, math.nan, "not compared")


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The differences of one score.

    Attributes:
        pairs: (one, other) -> `one` less `other`, each pair once.
    """

    pairs: Mapping[tuple[str, str], Gap]

    @classmethod
    def of(cls, differences: pd.DataFrame, score: str) -> Gaps:
        """Return the differences of one score.

        Args:
            differences: As `Compared.differences`; it may be empty.
            score: Name of the score.
        """
        if "score" not in differences:
            return cls({})
        rows = differences[differences["score"] == score].to_dict("records")
        return cls({(text(row["one"]), text(row["other"])): gap_of(row) for row in rows})

    def between(self, one: str, other: str) -> Gap:
        """Return `one` less `other`; without numbers where the two were not compared."""
        found = self.pairs.get((one, other))
        if found is None:
            turned = self.pairs.get((other, one))
            return NONE if turned is None else turned.turned()
        return found

    def together(self, names: Sequence[str]) -> list[tuple[int, int]]:
        """Return the maximal runs of names, in order, in which no pair differs.

        A pair that was not compared ends a run: nothing says that its two are alike.

        Args:
            names: In the order of the axis.

        Returns:
            First and last place of each run of two names or more.
        """
        runs: list[tuple[int, int]] = []
        for first in range(len(names)):
            last = first
            while last + 1 < len(names) and all(
                self._alike(names[k], names[last + 1]) for k in range(first, last + 1)
            ):
                last += 1
            if last > first and (not runs or last > runs[-1][1]):
                runs.append((first, last))
        return runs

    def _alike(self, one: str, other: str) -> bool:
        return self.between(one, other).p >= ALPHA


def gap_of(row: Mapping[str, object] | Mapping[object, object]) -> Gap:
    """Return the difference in a row of `Compared.differences`, `effects` or `claims`."""
    entries = {str(key): value for key, value in row.items()}
    value, low, high, p = (
        number(entries.get(key)) for key in ("difference", "low", "high", "p_holm")
    )
    n = number(entries.get("n"))
    return Gap(value, low, high, int(n) if n == n else 0, p, text(entries.get("note")))
